//! `docker compose run`.

use super::converge::Plan;
use super::create::{Making, OneOffAsk, apply, finish, prepare};
use super::file::{Project, Value, words};
use super::program::Call;
use super::progress::{Event, Mode, Progress, Status};
use super::stack::{OneOff, Stack};
use crate::cli::client::{Failure, Outcome};
use crate::cli::container::ports::published;
use crate::cli::container::run::attached;
use crate::cli::container::stream::{Signals, Streams, check_terminal};
use crate::engine::api::Request;

pub async fn run(call: &Call<'_>) -> Outcome {
    let flags = call.flags;
    let service = call.args[0].clone();
    if !flags.list("publish").is_empty() && flags.bool("service-ports") {
        return Err(Failure::new("--service-ports and --publish are incompatible"));
    }
    if flags.is_set("tty") && flags.is_set("no-TTY") {
        return Err(Failure::new("--tty and --no-TTY can't be used together"));
    }
    let mut project = call.services(std::slice::from_ref(&service)).await?;
    if flags.bool("no-deps") {
        let chosen = project.with_selected(std::slice::from_ref(&service), super::file::Dependencies::Ignore);
        project = chosen.map_err(Failure::new)?;
    }
    let terminal = call.client.sys.is_terminal(1).is_some();
    let tty = if flags.is_set("no-TTY") { !flags.bool("no-TTY") } else { terminal && flags.bool("tty") };
    change(call, &mut project, &service, tty)?;
    apply(&mut project, flags)?;
    dependencies(call, &project, &service).await?;
    check_terminal(call.client, flags.bool("interactive"), tty)?;
    let id = make(call, &project, &service).await?;
    if flags.bool("detach") {
        call.client.call(Request::ContainerStart { container: id.clone() }).await?;
        call.client.print(&format!("{id}\n")).await?;
        return Ok(0);
    }
    let streams = Streams { stdin: flags.bool("interactive"), stdout: true, stderr: true, tty };
    let signals = Some(Signals::catch(call.client, &id));
    let outcome = attached(call.client, &id, &streams, (flags.bool("rm"), ""), &signals, |failure| failure).await;
    if let Some(signals) = signals {
        signals.release(call.client);
    }
    outcome
}

/// Brings up what the service depends on.
async fn dependencies(call: &Call<'_>, project: &Project, service: &str) -> Result<(), Failure> {
    let mut others = project.clone();
    if let Some(own) = others.services.remove(service) {
        others.disabled.insert(service.into(), own);
    }
    let progress = Progress::new(if call.flags.bool("quiet") { Mode::Quiet } else { call.mode }, "Creating");
    let stack = Stack::new(call.client, &others, &progress);
    let plan = Plan {
        services: others.services.keys().cloned().collect(),
        inherit: false,
        remove_orphans: call.flags.bool("remove-orphans"),
        ..Plan::default()
    };
    let plan = if others.services.is_empty() { plan } else { prepare(call, &stack, plan).await? };
    // What the service itself uses is made along.
    progress.run(call.client, finish(call, &stack, &plan)).await?;
    if others.services.is_empty() {
        return Ok(());
    }
    let progress = Progress::new(progress.mode(), "Running");
    let stack = Stack::new(call.client, &others, &progress);
    progress.run(call.client, stack.start()).await
}

/// Makes the service what the options say.
fn change(call: &Call<'_>, project: &mut Project, service: &str, tty: bool) -> Result<(), Failure> {
    let flags = call.flags;
    let environment = project.environment.clone();
    let Some(Value::Map(own)) = project.services.get_mut(service) else {
        return Err(Failure::new(format!("no such service: {service}")));
    };
    let texts = |list: &[String]| Value::List(list.iter().map(|text| Value::text(text.as_str())).collect());
    own.insert("tty".into(), Value::Bool(tty));
    own.insert("stdin_open".into(), Value::Bool(flags.bool("interactive")));
    own.insert("scale".into(), Value::Int(1));
    for key in ["restart", "container_name"] {
        own.remove(key);
    }
    if let Some(Value::Map(deploy)) = own.get_mut("deploy") {
        deploy.remove("restart_policy");
    }
    let command = &call.args[1..];
    if flags.is_set("entrypoint") {
        let entrypoint = words::split(flags.text("entrypoint")).map_err(Failure::new)?;
        own.insert("entrypoint".into(), texts(&entrypoint));
        if command.is_empty() {
            own.insert("command".into(), Value::List(Vec::new()));
        }
    }
    if !command.is_empty() {
        own.insert("command".into(), texts(command));
    }
    for (flag, key) in [("user", "user"), ("workdir", "working_dir")] {
        if flags.is_set(flag) {
            own.insert(key.into(), Value::text(flags.text(flag)));
        }
    }
    for (add, drop) in [("cap_add", "cap_drop"), ("cap_drop", "cap_add")] {
        let given = flags.list(&add.replace('_', "-"));
        let list = |key: &str| own.get(key).and_then(Value::as_list).unwrap_or_default().to_vec();
        let mut more = list(add);
        more.extend(given.iter().map(|cap| Value::text(cap.as_str())));
        let mut less = list(drop);
        less.retain(|cap| !given.iter().any(|given| cap.as_text() == Some(given)));
        own.insert(add.into(), Value::List(more));
        own.insert(drop.into(), Value::List(less));
    }
    if !flags.list("env-from-file").is_empty() {
        return Err(Failure::not_simulated("docker compose run --env-from-file"));
    }
    entries(own, "environment", flags.list("env"), |name| environment.get(name).cloned());
    if flags.list("label").iter().any(|label| !label.contains('=')) {
        return Err(Failure::new("label must be set as KEY=VALUE"));
    }
    entries(own, "labels", flags.list("label"), |_| None);
    if !flags.bool("service-ports") {
        own.insert("ports".into(), ports(flags.list("publish"))?);
    }
    let mut volumes = own.get("volumes").and_then(Value::as_list).unwrap_or_default().to_vec();
    for spec in flags.list("volume") {
        let mut mount = super::file::mount(spec).map_err(Failure::new)?;
        let source = mount.word("source").to_string();
        if let Some(map) = mount.as_map_mut()
            && map.get("type").and_then(Value::as_text) == Some("bind")
        {
            map.insert("source".into(), Value::Text(call.client.absolute(&source)));
        }
        volumes.push(mount);
    }
    if !volumes.is_empty() {
        own.insert("volumes".into(), Value::List(volumes));
    }
    Ok(())
}

/// Adds `NAME=value`s to a mapping; a name alone has the value that `known` has for it.
fn entries(own: &mut super::file::value::Table, key: &str, given: &[String], known: impl Fn(&str) -> Option<String>) {
    if given.is_empty() {
        return;
    }
    let map = own.entry(key.into()).or_insert_with(|| Value::Map(Default::default()));
    let Value::Map(map) = map else { return };
    for text in given {
        match text.split_once('=') {
            Some((name, value)) => drop(map.insert(name.into(), Value::text(value))),
            None => drop(known(text).map(|value| map.insert(text.clone(), Value::Text(value)))),
        }
    }
}

fn ports(specs: &[String]) -> Result<Value, Failure> {
    let mut all = Vec::new();
    for spec in specs {
        for (key, bindings) in published(spec).map_err(Failure::new)?.bindings {
            let (target, protocol) = key.split_once('/').unwrap_or((&key, "tcp"));
            for binding in bindings {
                all.push(Value::map([
                    ("target", Value::Int(target.parse().unwrap_or(0))),
                    ("protocol", Value::text(protocol)),
                    ("host_ip", Value::text(binding.host_ip)),
                    ("published", Value::text(binding.host_port)),
                ]));
            }
        }
    }
    Ok(Value::List(all))
}

/// Makes the container, after its image is there and what it depends on is far enough.
async fn make(call: &Call<'_>, project: &Project, service: &str) -> Result<String, Failure> {
    let flags = call.flags;
    let slug = call.client.sys.world(|world| world.random.id());
    let mut named = project.clone();
    if let Some(Value::Map(own)) = named.services.get_mut(service) {
        let name = match flags.text("name") {
            "" => format!("{}-{service}-run-{}", project.name, slug.get(..12).unwrap_or(&slug)),
            name => name.to_string(),
        };
        own.insert("container_name".into(), Value::Text(name));
    }
    // The display of what comes before has ended: nothing of this container's making is shown.
    let progress = Progress::quiet();
    let stack = Stack::new(call.client, &named, &progress);
    let mode = if flags.bool("quiet-pull") || flags.bool("quiet") { Mode::Quiet } else { call.mode };
    let services = [service.to_string()];
    let images = super::image::ensure(call, &stack, &services, mode).await?;
    if !flags.bool("no-deps") {
        let found = stack.containers(OneOff::Exclude, true).await?;
        let own = stack.service(service).entries("depends_on");
        let depends_on: Vec<(String, Value)> = own.map(|(name, how)| (name.to_string(), how.clone())).collect();
        stack.wait_for(service, &depends_on, &found).await?;
    }
    let plan = Plan { images, ..Plan::default() };
    let one_off = OneOffAsk {
        slug: slug.to_string(),
        auto_remove: flags.bool("rm"),
        stdin: flags.bool("interactive"),
        aliases: flags.bool("use-aliases"),
    };
    let making = Making { one_off: Some(one_off), ..stack.making_alone(service, &plan).await? };
    let name = stack.container_name(service, 0);
    let id = format!("Container {name}");
    stack.tell(Event::working(&id, "Creating")).await;
    let made = stack.make(&making, &name, 0, None).await;
    if let Err(failure) = &made {
        stack.tell(Event::new(&id, Status::Error, failure.message.clone())).await;
    }
    made
}
