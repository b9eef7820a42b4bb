//! Who types: lines drawn from a seed, half of them about names that are likely to be there.

use layerlab::cli::spec;
use layerlab::model::random::Random;
use layerlab::model::time::Time;
use layerlab::session::log::{Content, Input, Key, Switch};

/// What is done next.
pub enum Act {
    Line(String),
    Input(Input),
    Pause(Time),
}

/// Lines: `%C` a new container's name, `%c` one that is probably there, `%i` an image, `%v` a volume, `%n` a network, `%f` a file, `%t` a tag
/// of one's own, `%d` a digit.
pub const TEMPLATES: [&str; 91] = [
    "printf 'FROM %i\\nCOPY . /x\\nRUN echo %d > /y\\nCMD [\"cat\",\"/y\"]\\n' > Dockerfile; docker build -t %t .",
    "printf 'FROM %i AS a\\nRUN echo %d > /y\\nFROM scratch\\nCOPY --from=a /y /z\\n' | docker build -q -t %t -",
    "docker build .",
    "docker builder prune -f",
    "docker builder prune -af",
    "docker run -d --name %C %i sleep 300",
    "docker run -d --name %C %i sleep 300",
    "docker run -d --name %C %i sh -c 'while true; do echo %d; sleep 1; done'",
    "docker run --rm %i echo %d",
    "docker run -it --name %C %i sh",
    "docker run %i nosuch",
    "docker create --name %C %i echo %d",
    "docker start %c",
    "docker start -a %c",
    "docker stop -t 1 %c",
    "docker restart -t 0 %c",
    "docker kill %c",
    "docker pause %c",
    "docker unpause %c",
    "docker rm -f %c",
    "docker rm -f %c",
    "docker rm -f %c",
    "docker rm %c",
    "docker rename %c %C",
    "docker exec %c echo %d > %f",
    "docker exec %c sh -c 'echo %d > /x%d'",
    "docker exec -it %c sh",
    "docker logs %c",
    "docker logs -f %c",
    "docker ps",
    "docker ps -a",
    "docker ps -aq | while read x; do echo $x; done",
    "docker inspect %c",
    "docker inspect -f '{{.State.Status}}' %c",
    "docker diff %c",
    "docker commit %c %t",
    "docker cp %f %c:/tmp/",
    "docker top %c",
    "docker port %c",
    "docker wait %c",
    "docker attach %c",
    "docker container prune -f",
    "docker images",
    "docker images -a",
    "docker pull %i",
    "docker pull hello-world",
    "docker tag %i %t",
    "docker rmi %t",
    "docker rmi -f %t",
    "docker image prune -f",
    "docker history %i",
    "docker image inspect %i",
    "docker volume create %v",
    "docker network create %n",
    "docker network ls",
    "docker run -d --name %C -m 16m --cpus 0.%d1 --pids-limit 9 %i sh -c 'x=a; while :; do x=$x$x; done'",
    "docker run -d --name %C --restart on-failure:2 -m 8m %i tail /dev/zero",
    "docker run -d --name %C --cpu-shares 51%d %i sh -c 'i=0; while [ $i -lt 4%d00 ]; do i=$((i+1)); done'",
    "docker run -d --name %C --health-cmd 'test -d /tmp' --health-interval 1s %i sleep 300",
    "docker run -d --name %C --health-cmd 'exit %d' --health-interval 500ms --health-retries 1 %i sleep 300",
    "docker run --rm -m 16m --tmpfs /t %i dd if=/dev/zero of=/t/x bs=1M count=3%d",
    "docker update --cpus 0.%d1 -m 3%dm --memory-swap 64m %c",
    "docker update --restart always --pids-limit %d %c",
    "docker exec %c cat /sys/fs/cgroup/memory.current /sys/fs/cgroup/pids.max",
    "docker stats --no-stream",
    "docker stats",
    "docker events --since 1m --until 0s --filter type=container",
    "docker events",
    "docker system df",
    "docker system df -v",
    "docker system prune -f",
    "echo layerlab | docker login -u learner --password-stdin",
    "docker logout",
    "docker tag %i learner/mine:%d; docker push learner/mine:%d",
    "docker pull learner/mine:%d",
    "docker search alpine",
    "docker version",
    "docker info",
    "docker --help",
    "docker run --help",
    "echo %d > %f",
    "cd /tmp; pwd; cd - > /dev/null",
    "x=%d; echo $((x * %d))",
    "for i in 1 2 %d; do echo $i; done",
    "sleep %d &",
    "sleep %d",
    "read x < %f; echo $x",
    "f() { echo $1; }; f %d | while read y; do echo $y; done",
    "cat <<E\n$HOME %d\nE",
    "if test -e %f; then echo there; fi",
    "case %d in [0-4]) echo low;; *) echo high;; esac",
];

const NAMES: [&str; 5] = ["web", "db", "app", "cache", "proxy"];

pub struct Typist {
    random: Random,
    /// Names of containers that were made and probably are still there.
    names: Vec<&'static str>,
    paths: Vec<&'static str>,
}

impl Typist {
    pub fn new(seed: u64) -> Typist {
        let paths = spec::all().iter().filter_map(|command| command.paths.first().copied()).collect();
        Typist { random: Random(seed.wrapping_mul(7919)), names: Vec::new(), paths }
    }

    pub fn below(&mut self, bound: u64) -> u64 {
        self.random.below(bound)
    }

    /// Whether a command is typed without a template too.
    pub fn bare(&mut self, path: &str) -> bool {
        self.paths.contains(&path)
    }

    pub fn next(&mut self) -> Act {
        match self.below(100) {
            0..84 => {
                let template = TEMPLATES[self.below(TEMPLATES.len() as u64) as usize];
                Act::Line(self.fill(template))
            }
            84..90 => {
                let at = self.below(self.paths.len() as u64) as usize;
                let path = self.paths[at];
                let tail = ["", "", " %c", " %i", " --help", " --nosuch", " %v", " -f %n"][self.below(8) as usize];
                let line = self.fill(&format!("docker {path}{tail}"));
                Act::Line(line.trim_end().to_string())
            }
            90..92 => Act::Input(Input::Key(Key::Interrupt)),
            92 => Act::Input(Input::Key(Key::End)),
            93 => Act::Input(Input::Switch(Switch::Network(self.below(3) > 0))),
            94 => Act::Input(Input::Resize { rows: 10 + self.below(50) as u16, columns: 20 + self.below(150) as u16 }),
            95..97 => {
                let path = format!("/home/learner/myapp/{}", self.fill("%f"));
                Act::Input(Input::Edit { path, content: Content::new(b"edited\n") })
            }
            97 => Act::Input(Input::Undo),
            _ => Act::Pause(Time(self.below(5_000_000_000))),
        }
    }

    fn fill(&mut self, template: &str) -> String {
        let mut line = String::new();
        let mut chars = template.chars();
        while let Some(c) = chars.next() {
            if c != '%' {
                line.push(c);
                continue;
            }
            let number = self.below(3);
            match chars.next() {
                Some('C') => {
                    let free = NAMES.iter().find(|name| !self.names.contains(name)).unwrap_or(&NAMES[0]);
                    self.names.push(free);
                    line.push_str(free);
                }
                Some('c') if self.names.is_empty() => line.push_str(NAMES[number as usize]),
                Some('c') => {
                    let at = self.below(self.names.len() as u64) as usize;
                    line.push_str(self.names[at]);
                    if template.starts_with("docker rm ") || template.starts_with("docker rename") {
                        self.names.remove(at);
                    }
                }
                Some('i') => line.push_str(["alpine:3.19", "busybox", "alpine:3.19"][number as usize]),
                Some('v') => line.push_str(["data", "logs", "data"][number as usize]),
                Some('n') => line.push_str(["front", "back", "front"][number as usize]),
                Some('f') => line.push_str(["a.txt", "b.txt", "server.js"][number as usize]),
                Some('t') => line.push_str(["mine:1", "mine:2", "other"][number as usize]),
                Some('d') => line.push_str(&self.below(10).to_string()),
                Some(other) => line.push(other),
                None => line.push('%'),
            }
        }
        line
    }
}
