docker version --format '{{.Server.Version}} {{.Server.APIVersion}} {{.Server.Os}}'
docker version --format '{{json .Server.Components}}'
docker info --format '{{.ServerVersion}} {{.Driver}} {{.Containers}} {{.Images}} {{.OSType}}'
docker system info --format '{{.NCPU}} {{.LoggingDriver}} {{.CgroupVersion}} {{.Swarm.LocalNodeState}}'
docker ps
docker ps -a
docker images
docker image ls --format '{{.Repository}}:{{.Tag}}'
docker pull busybox
docker pull alpine:3.19
docker image pull -q hello-world
docker pull nosuchimage
docker pull alpine:nosuchtag
docker images alpine
docker images -q --no-trunc
docker image inspect alpine:3.19
docker image inspect --format '{{.Os}}/{{.Architecture}} {{.Config.Cmd}}' busybox
docker image history alpine:3.19
docker history -q busybox
docker search nginx --limit 3
docker search --filter is-official=true redis
docker run hello-world
docker run --rm alpine:3.19 echo hello
docker run --rm alpine:3.19 sh -c 'echo out; echo err >&2; exit 3'
docker run --rm alpine:3.19 nosuchcommand
echo 'echo from stdin; uname -n | wc -c' | docker run -i --rm alpine:3.19 sh
docker run -d --name web -p 8080:80 -e MODE=test --label tier=front nginx:alpine
docker ps --format 'table {{.Names}}\t{{.Image}}\t{{.Status}}\t{{.Ports}}'
docker container ls -a --filter label=tier=front -q
docker port web
docker container port web 80
docker logs web 2>&1 | head -2
docker container logs --tail 1 web
docker logs -t --tail 1 web
docker exec web cat /etc/hostname
docker exec -e A=1 -w /tmp web sh -c 'echo $A; pwd'
docker container exec web nosuch
echo 'cat /etc/alpine-release' | docker exec -i web sh
docker exec -d web touch /tmp/detached
docker exec web ls /tmp
docker top web
docker container top web -o pid,comm | wc -l
docker inspect web --format '{{.State.Status}} {{.Config.Env}} {{json .Config.Labels}}'
docker inspect web
docker container inspect --size --format '{{.SizeRw}}' web
docker inspect nosuch
docker inspect --type volume nosuch
docker stats --no-stream web
docker container stats --no-stream --format '{{.Name}} {{.PIDs}}' web
docker run -d --name web -p 8080:80 nginx:alpine
docker run -d --name other -p 8080:80 nginx:alpine
docker ps -a --format '{{.Names}} {{.Status}}'
docker rm other
docker diff web
docker container diff web | head -3
echo notes > notes.txt; docker cp notes.txt web:/tmp/
docker cp web:/etc/hostname ./name.txt; wc -c < name.txt
docker container cp web:/tmp/notes.txt -  | tar -xOf -
docker cp web:/nosuch .
docker cp notes.txt web:/no/such/dir/
docker commit -m 'with notes' web site:1
docker container commit --change 'CMD ["sh"]' web site:2
docker image inspect --format '{{.Config.Cmd}} {{.Comment}}' site:2
docker tag site:1 learner/site:1
docker image tag site:1 bad_tag:UP/x
docker push learner/site:1
docker login -u learner -p wrong
docker login -u learner -p layerlab
docker image push learner/site:1
docker push nosuch/thing
docker logout
docker pause web
docker ps --format '{{.Status}}'
docker exec web true
docker container unpause web
docker unpause web
docker update --memory 64m --memory-swap 64m web
docker container inspect --format '{{.HostConfig.Memory}}' web
docker rename web site
docker container rename nosuch other
docker restart -t 1 site
docker kill -s HUP site
docker container kill site
docker wait site
docker start site
docker stop -t 1 site
docker container start -a nosuch
docker create --name later alpine:3.19 sh -c 'echo later; exit 4'
docker start -a later
docker wait later
docker volume create data
docker volume create --label a=b other
docker volume ls
docker volume inspect data
docker run --rm -v data:/data alpine:3.19 sh -c 'echo kept > /data/file'
docker run --rm --mount type=volume,source=data,target=/data,readonly alpine:3.19 cat /data/file
docker volume rm data other nosuch
docker network create front
docker network create --subnet 10.7.0.0/24 --gateway 10.7.0.1 --internal back
docker network ls
docker network inspect --format '{{json .IPAM.Config}} {{.Internal}}' back
docker run -d --name db --network front --network-alias store alpine:3.19 sleep 1000
docker network connect back db
docker run --rm --network front alpine:3.19 sh -c 'getent hosts store | wc -l'
docker network disconnect back db
docker network rm front
docker export db -o files.tar; tar -tf files.tar | grep -c .
docker container export db | docker import -m 'from files' - imported:1
docker image import files.tar imported:2
docker save -o saved.tar alpine:3.19; tar -tf saved.tar | grep -c blobs
docker image rm imported:2
docker image load -i saved.tar
docker save busybox | docker load
docker rmi -f imported:1
docker rmi nosuch
docker run --rm alpine:3.19 sleep 2
docker events --since 1h --until 0s --filter type=network --filter event=create --format '{{.Action}} {{.Actor.Attributes.name}}'
docker system events --since 1h --until 0s --filter container=later --format '{{.Action}}'
docker system df
docker system df -v
docker rm later
docker container rm -f db nosuch
docker network rm front back
docker rmi alpine:3.19
docker container prune -f
docker rmi alpine:3.19
docker image prune -f
docker image prune -a --force --filter until=1h
docker volume prune -f
docker network prune -f
docker system prune -f
docker ps --filter bad=filter
docker run --restart often alpine:3.19
docker container attach nosuch
