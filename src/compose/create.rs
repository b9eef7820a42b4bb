//! `docker compose create`, and how a service becomes a container.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::converge::{Plan, Recreate};
use super::file::Value;
use super::label;
use super::program::Call;
use super::progress::{Mode, Progress};
use super::service::{environment, flags_of, healthcheck, published, refuse};
use super::stack::Stack;
use super::{image, resource};
use crate::cli::client::{Failure, Outcome};
use crate::cli::container::options;
use crate::cli::flag::{self, Flags};
use crate::cli::format::quote::quoted;
use crate::cli::spec;
use crate::engine::api::{Answer, ContainerSummary, Create, EndpointAsk, Request};
use crate::model::container::MountAsk;
use crate::oci::tar::{self, Body, Header, Kind};

/// What a service's containers are made from beside the service itself.
#[derive(Clone, Debug, Default)]
pub struct Making {
    pub name: String,
    /// The image's id, as the label tells it.
    pub image: String,
    pub volumes_from: Vec<String>,
    /// Namespaces of other containers: `network_mode`, `ipc`, `pid`.
    pub shared: BTreeMap<&'static str, String>,
    /// The container that this one is put in place of.
    pub replaces: String,
    /// Only for `run`: what is different, and the labels that tell of it.
    pub one_off: Option<OneOffAsk>,
}

/// A container for one command.
#[derive(Clone, Debug, Default)]
pub struct OneOffAsk {
    pub slug: String,
    pub auto_remove: bool,
    pub stdin: bool,
    pub aliases: bool,
}

pub async fn run(call: &Call<'_>) -> Outcome {
    let flags = call.flags;
    if flags.bool("build") && flags.bool("no-build") {
        return Err(Failure::new("--build and --no-build are incompatible"));
    }
    if flags.bool("force-recreate") && flags.bool("no-recreate") {
        return Err(Failure::new("--force-recreate and --no-recreate are incompatible"));
    }
    let mut project = call.services(call.args).await?;
    apply(&mut project, flags)?;
    bring(call, &project, "Creating", flags).await?;
    Ok(0)
}

/// The options of `up` and `create` that change the project.
pub fn apply(project: &mut super::file::Project, flags: &Flags) -> Result<(), Failure> {
    let mut set_policy = |policy: &str, builds: bool| {
        for service in project.services.values_mut() {
            if let Some(map) = service.as_map_mut()
                && (!builds || map.contains_key("build"))
            {
                map.insert("pull_policy".into(), Value::text(policy));
            }
        }
    };
    if flags.is_set("pull") {
        let policy = flags.text("pull");
        if !["always", "never", "build", "missing", "if_not_present"].contains(&policy) {
            return Err(Failure::new(format!("invalid --pull option {}", quoted(policy))));
        }
        set_policy(policy, false);
    }
    if flags.bool("build") {
        set_policy("build", true);
    }
    for scale in flags.list("scale") {
        let Some((name, count)) = scale.split_once('=').filter(|(_, count)| !count.contains('=')) else {
            return Err(Failure::new(format!("invalid --scale option {}. Should be SERVICE=NUM", quoted(scale))));
        };
        set_scale(project, name, count)?;
    }
    Ok(())
}

pub fn set_scale(project: &mut super::file::Project, name: &str, count: &str) -> Result<(), Failure> {
    let number: i64 =
        count.parse().map_err(|_| Failure::new(format!("strconv.Atoi: parsing {}: invalid syntax", quoted(count))))?;
    let Some(service) = project.services.get_mut(name) else {
        let why = if project.disabled.contains_key(name) { "disabled" } else { "not found" };
        return Err(Failure::new(format!("no such service: {name}: {why}")));
    };
    if let Some(map) = service.as_map_mut() {
        map.insert("scale".into(), Value::Int(number));
    }
    Ok(())
}

/// Makes images, networks, volumes and containers as the flags want them.
pub async fn bring(
    call: &Call<'_>,
    project: &super::file::Project,
    title: &'static str,
    flags: &Flags,
) -> Result<(), Failure> {
    let progress = Progress::new(call.mode, title);
    let stack = Stack::new(call.client, project, &progress);
    let plan = prepare(call, &stack, plan(call, flags)).await?;
    progress.run(call.client, finish(call, &stack, &plan)).await
}

/// The plan that the flags of `up`, `create` and `run` describe.
pub fn plan(call: &Call<'_>, flags: &Flags) -> Plan {
    let on = |name: &str| flags.bool(name);
    let recreate = match () {
        () if on("no-recreate") => Recreate::Never,
        () if on("force-recreate") || on("renew-anon-volumes") => Recreate::Force,
        () => Recreate::Diverged,
    };
    let recreate_dependencies = match () {
        () if on("no-recreate") => Recreate::Never,
        () if on("always-recreate-deps") => Recreate::Force,
        () => Recreate::Diverged,
    };
    let set = |name: &str| call.client.sys.env(name).is_some_and(|value| matches!(&*value, "1" | "true"));
    Plan {
        services: call.args.to_vec(),
        recreate,
        recreate_dependencies,
        inherit: !on("renew-anon-volumes"),
        timeout: call.timeout(),
        remove_orphans: on("remove-orphans") || set("COMPOSE_REMOVE_ORPHANS"),
        ignore_orphans: set("COMPOSE_IGNORE_ORPHANS"),
        ..Plan::default()
    }
}

/// Pulls and builds what is missing.
pub async fn prepare(call: &Call<'_>, stack: &Stack<'_>, plan: Plan) -> Result<Plan, Failure> {
    resource::check_names(stack.project)?;
    let mode = if call.flags.bool("quiet-pull") { Mode::Quiet } else { call.mode };
    let images = image::ensure(call, stack, &plan.services, mode).await?;
    Ok(Plan { images, ..plan })
}

/// Networks, volumes, then containers.
pub async fn finish<'a>(call: &Call<'_>, stack: &'a Stack<'a>, plan: &'a Plan) -> Result<(), Failure> {
    resource::networks(call, stack).await?;
    resource::volumes(call, stack).await?;
    if let Some(warning) = stack.orphans(plan).await? {
        call.warn(&[warning]).await;
    }
    stack.converge(plan).await
}

impl Stack<'_> {
    /// Makes one container of a service, and gives its id.
    pub async fn make(
        &self,
        making: &Making,
        name: &str,
        number: usize,
        inherit: Option<&ContainerSummary>,
    ) -> Result<String, Failure> {
        let create = self.request(making, name, number, inherit).await?;
        let answer = self.client.call(Request::ContainerCreate(Box::new(create))).await?;
        let Answer::Created { id, .. } = answer else { return Ok(String::new()) };
        self.inject(&making.name, &id).await?;
        Ok(id)
    }

    async fn request(
        &self,
        making: &Making,
        name: &str,
        number: usize,
        inherit: Option<&ContainerSummary>,
    ) -> Result<Create, Failure> {
        let service = self.service(&making.name);
        refuse(&making.name, service)?;
        let image = self.project.image(&making.name);
        let mut args = flags_of(service, making);
        args.extend(["--name".into(), name.to_string(), image]);
        let Some((command, _)) = spec::find("container create") else { return Ok(Create::default()) };
        let parsed = flag::parse(&command.flags, &args, true).map_err(Failure::new)?;
        let mut create = options::create(self.client, &parsed.flags, &parsed.args).await?;
        let config = &mut create.config;
        let list = |key: &str| service.at(key).and_then(Value::as_list).map(|_| service.words(key));
        config.cmd = list("command");
        config.entrypoint = list("entrypoint");
        config.tty = service.flag("tty");
        config.open_stdin = service.flag("stdin_open");
        config.attach_stdin = making.one_off.as_ref().is_some_and(|ask| ask.stdin);
        config.stdin_once = config.attach_stdin && config.open_stdin;
        config.env = environment(service);
        config.labels = self.labels(making, number).into_iter().collect();
        config.healthcheck = healthcheck(service);
        if let Some(period) = service.at("stop_grace_period").map(Value::show) {
            config.stop_timeout = flag::duration(&period).ok().map(|nanos| nanos / 1_000_000_000);
        }
        for (port, _) in published(service) {
            if !config.exposed_ports.contains(&port) {
                config.exposed_ports.push(port);
            }
        }
        create.host.port_bindings = BTreeMap::new();
        for (port, binding) in published(service) {
            create.host.port_bindings.entry(port).or_default().extend(binding);
        }
        create.host.auto_remove = making.one_off.as_ref().is_some_and(|ask| ask.auto_remove);
        self.join(making, number, &mut create);
        self.mount(making, inherit, &mut create).await?;
        Ok(create)
    }

    fn labels(&self, making: &Making, number: usize) -> BTreeMap<String, String> {
        let service = self.service(&making.name);
        let project = self.project;
        let mut labels: BTreeMap<String, String> = service.texts("labels");
        let mut set = |name: &str, value: String| labels.insert(name.to_string(), value);
        set(label::PROJECT, project.name.clone());
        set(label::SERVICE, making.name.clone());
        set(label::VERSION, label::NUMBER_OF_VERSION.into());
        set(label::WORKING_DIR, project.dir.clone());
        set(label::CONFIG_FILES, project.files.join(","));
        set(label::ONE_OFF, if making.one_off.is_some() { "True" } else { "False" }.into());
        set(label::IMAGE, making.image.clone());
        set(label::CONFIG_HASH, project.service_hash(&making.name));
        if !project.env_files.is_empty() {
            set(label::ENVIRONMENT_FILE, project.env_files.join(","));
        }
        match &making.one_off {
            Some(ask) => drop(set(label::SLUG, ask.slug.clone())),
            None => drop(set(label::NUMBER, number.to_string())),
        }
        let dependency =
            |(name, how): (&str, &Value)| format!("{name}:{}:{}", how.word("condition"), how.flag("restart"));
        let dependencies: Vec<String> = service.entries("depends_on").map(dependency).collect();
        set(label::DEPENDENCIES, dependencies.join(","));
        if !making.replaces.is_empty() {
            set(label::REPLACE, making.replaces.clone());
        }
        labels
    }

    /// The networks of a container; the most important one first.
    fn join(&self, making: &Making, number: usize, create: &mut Create) {
        let service = self.service(&making.name);
        let mode = making.shared.get("network_mode").map_or(service.word("network_mode"), String::as_str);
        if !mode.is_empty() {
            create.host.network_mode = mode.to_string();
            return;
        }
        let mut networks: Vec<(&str, &Value)> = service.entries("networks").collect();
        crate::model::order::Order::order_by_key(networks.as_mut_slice(), |(key, how)| {
            (std::cmp::Reverse(how.number("priority").unwrap_or(0)), key.to_string())
        });
        if networks.is_empty() || self.project.networks.is_empty() {
            create.host.network_mode = "none".into();
            return;
        }
        let with_aliases = making.one_off.as_ref().is_none_or(|ask| ask.aliases);
        let ask = |(key, how): &(&str, &Value)| {
            let name = self.project.networks.get(*key).map(|network| network.word("name")).unwrap_or(key);
            let mut aliases = vec![self.container_name(&making.name, number)];
            if with_aliases {
                aliases.push(making.name.clone());
                aliases.extend(how.words("aliases"));
            }
            (name.to_string(), EndpointAsk { aliases, ip: how.word("ipv4_address").to_string() })
        };
        create.networks = networks.iter().map(ask).collect();
        if let Some((name, _)) = create.networks.first() {
            create.host.network_mode = name.clone();
        }
    }

    async fn mount(
        &self,
        making: &Making,
        inherit: Option<&ContainerSummary>,
        create: &mut Create,
    ) -> Result<(), Failure> {
        let service = self.service(&making.name);
        let kept = match inherit {
            Some(old) => self.inherited(old, making).await?,
            None => Vec::new(),
        };
        for mount in service.list("volumes") {
            let target = mount.word("target");
            if mount.word("source").is_empty() && kept.iter().any(|kept| kept.target == target) {
                continue;
            }
            self.one_mount(mount, create)?;
        }
        create.host.mounts.extend(kept);
        for (section, folder) in [("secrets", "/run/secrets/"), ("configs", "/")] {
            for reference in service.list(section) {
                let known = if section == "secrets" { &self.project.secrets } else { &self.project.configs };
                let Some(file) = known.get(reference.word("source")) else { continue };
                if file.flag("external") {
                    let kind = section.trim_end_matches('s');
                    return Err(Failure::new(format!("unsupported external {kind} {}", file.word("name"))));
                }
                let source = file.word("file");
                if !source.is_empty() {
                    let target = target_of(reference, folder);
                    let kind = "bind".to_string();
                    let source = source.to_string();
                    create.host.mounts.push(MountAsk { kind, source, target, read_only: true, ..MountAsk::default() });
                }
            }
        }
        Ok(())
    }

    fn one_mount(&self, mount: &Value, create: &mut Create) -> Result<(), Failure> {
        let (kind, target) = (mount.word("type").to_string(), mount.word("target").to_string());
        let mut source = mount.word("source").to_string();
        let read_only = mount.flag("read_only");
        if kind == "volume" && !source.is_empty() {
            let known = self.project.volumes.get(&source).map(|volume| volume.word("name").to_string());
            source = known.unwrap_or(source);
        }
        let simple = match kind.as_str() {
            "bind" => mount.flag("bind.create_host_path"),
            "volume" => !source.is_empty() && !mount.flag("volume.nocopy"),
            _ => false,
        };
        for absent in ["volume.subpath", "bind.propagation", "bind.recursive", "image.subpath"] {
            if !mount.word(absent).is_empty() {
                return Err(Failure::not_simulated(&format!("{absent} of a mount")));
            }
        }
        if simple {
            let access = if read_only { "ro" } else { "rw" };
            create.host.binds.push(format!("{source}:{target}:{access}"));
            return Ok(());
        }
        match kind.as_str() {
            "volume" if source.is_empty() && !read_only => create.config.volumes.push(target),
            "bind" | "volume" | "tmpfs" => create.host.mounts.push(MountAsk {
                kind,
                source,
                target,
                read_only,
                no_copy: mount.flag("volume.nocopy"),
                size: mount.number("tmpfs.size").unwrap_or(0).unsigned_abs(),
                mode: mount.number("tmpfs.mode").and_then(|mode| u16::try_from(mode).ok()),
            }),
            other => return Err(Failure::not_simulated(&format!("a mount of type {other}"))),
        }
        Ok(())
    }

    /// The unnamed volumes of a container that is replaced.
    async fn inherited(&self, old: &ContainerSummary, making: &Making) -> Result<Vec<MountAsk>, Failure> {
        let document = super::stack::inspect(self.client, &old.id).await?;
        let image = self.project.image(&making.name);
        let image = match self.client.call(Request::ImageInspect { image }).await {
            Ok(Answer::Json(image)) => image,
            _ => serde_json::Value::Null,
        };
        let service = self.service(&making.name);
        let mut kept = Vec::new();
        for mount in super::stack::at(&document, "Mounts").and_then(|all| all.as_array()).into_iter().flatten() {
            let text = |key: &str| mount.get(key).and_then(|value| value.as_str()).unwrap_or_default().to_string();
            let target = text("Destination");
            let of_image = image.pointer("/Config/Volumes").and_then(|all| all.get(&target)).is_some();
            let unnamed = |mount: &Value| mount.word("target") == target && mount.word("source").is_empty();
            let named = |mount: &Value| mount.word("target") == target && !mount.word("source").is_empty();
            let volumes = service.list("volumes");
            if text("Type") == "volume" && !volumes.iter().any(named) && (of_image || volumes.iter().any(unnamed)) {
                let read_only = mount.get("RW") == Some(&serde_json::Value::Bool(false));
                kept.push(MountAsk {
                    kind: "volume".into(),
                    source: text("Name"),
                    target,
                    read_only,
                    ..MountAsk::default()
                });
            }
        }
        Ok(kept)
    }

    /// Secrets and configs that are no files are put into the container.
    async fn inject(&self, name: &str, id: &str) -> Result<(), Failure> {
        let service = self.service(name);
        for (section, folder) in [("secrets", "/run/secrets/"), ("configs", "/")] {
            let kind = section.trim_end_matches('s');
            for reference in service.list(section) {
                let known = if section == "secrets" { &self.project.secrets } else { &self.project.configs };
                let Some(file) = known.get(reference.word("source")) else { continue };
                let variable = file.word("environment");
                let content = if variable.is_empty() {
                    file.word("content").to_string()
                } else {
                    self.project.environment.get(variable).cloned().ok_or_else(|| {
                        let (variable, name) = (quoted(variable), quoted(file.word("name")));
                        Failure::new(format!("environment variable {variable} required by {kind} {name} is not set"))
                    })?
                };
                if content.is_empty() {
                    continue;
                }
                if service.flag("read_only") {
                    return Err(Failure::new(format!(
                        "cannot create {kind} {} in read-only service {name}: `file` is the sole supported option",
                        quoted(file.word("name"))
                    )));
                }
                self.put_file(id, reference, &target_of(reference, folder), content).await?;
            }
        }
        Ok(())
    }

    async fn put_file(&self, id: &str, reference: &Value, path: &str, content: String) -> Result<(), Failure> {
        let path = path.trim_start_matches('/');
        let mut headers = Vec::new();
        for (at, _) in path.match_indices('/') {
            headers.push((Header::new(&path[..at], Kind::Dir, 0o755), Vec::new()));
        }
        let mode = reference.number("mode").and_then(|mode| u16::try_from(mode).ok()).unwrap_or(0o444);
        let mut header = Header::new(path, Kind::File, mode);
        header.mtime = self.client.sys.now().epoch().0;
        header.uid = reference.word("uid").parse().unwrap_or(0);
        header.gid = reference.word("gid").parse().unwrap_or(0);
        headers.push((header, content.into_bytes()));
        let members = headers.iter().map(|(header, bytes)| (header, Body::Bytes(bytes.as_slice())));
        let request = Request::ArchivePut {
            container: id.into(),
            path: "/".into(),
            tar: Rc::new(tar::pack(members)),
            no_overwrite_dir_non_dir: false,
            copy_uid_gid: true,
        };
        self.client.call(request).await.map(|_| ())
    }
}

fn target_of(reference: &Value, folder: &str) -> String {
    match reference.word("target") {
        "" => format!("{folder}{}", reference.word("source")),
        target if target.starts_with('/') => target.to_string(),
        target => format!("{folder}{target}"),
    }
}
