//! Commands on one container of a service, which the docker client carries out: `exec`, `cp`, `attach`, `commit`,
//! `export`, `push`, `stats`.

use super::image;
use super::program::Call;
use super::progress::Progress;
use super::ps::chosen;
use super::stack::{OneOff, Stack, containers};
use crate::cli::client::{Failure, Outcome};
use crate::cli::dispatch::dispatch;
use crate::cli::program::carry_out;

/// Carries out a command of the docker client.
async fn docker(call: &Call<'_>, words: &[&str], rest: Vec<String>) -> Outcome {
    let args: Vec<String> = words.iter().map(|word| word.to_string()).chain(rest).collect();
    match dispatch(&args, &call.home) {
        Ok(invocation) => carry_out(call.client, &invocation).await,
        Err(answer) => {
            call.client.print(&answer.stdout).await?;
            Err(Failure::with(answer.code, answer.stderr.trim_end()))
        }
    }
}

pub async fn run(call: &Call<'_>, command: &str) -> Outcome {
    match command {
        "exec" => exec(call).await,
        "cp" => cp(call).await,
        "push" => push(call).await,
        "stats" => stats(call).await,
        "attach" => {
            let container = chosen(call, &call.args[0], false).await?;
            let mut args = given(call, &["detach-keys", "no-stdin", "sig-proxy"]);
            args.push(container.id.to_string());
            docker(call, &["container", "attach"], args).await
        }
        "export" => {
            let container = chosen(call, &call.args[0], true).await?;
            let mut args = given(call, &["output"]);
            args.push(container.id.to_string());
            docker(call, &["container", "export"], args).await
        }
        _ => {
            let container = chosen(call, &call.args[0], true).await?;
            let mut args = given(call, &["author", "message", "pause"]);
            args.extend(call.flags.list("change").iter().map(|change| format!("--change={change}")));
            args.push(container.id.to_string());
            args.extend(call.args.get(1).cloned());
            docker(call, &["container", "commit"], args).await
        }
    }
}

/// The flags of these names that were given, as the docker client spells them.
fn given(call: &Call<'_>, names: &[&str]) -> Vec<String> {
    let set = names.iter().filter(|name| call.flags.is_set(name));
    set.map(|name| format!("--{name}={}", call.flags.text(name))).collect()
}

async fn exec(call: &Call<'_>) -> Outcome {
    let flags = call.flags;
    let container = chosen(call, &call.args[0], false).await?;
    let mut args = given(call, &["user", "workdir", "privileged", "detach"]);
    for variable in flags.list("env") {
        let from_environment = || call.client.sys.env(variable).map(|value| format!("{variable}={value}"));
        let variable = if variable.contains('=') { Some(variable.clone()) } else { from_environment() };
        args.extend(variable.map(|variable| format!("--env={variable}")));
    }
    // A terminal is given where there is one, unless it is refused.
    let terminal = call.client.sys.is_terminal(1).is_some();
    let tty = if flags.is_set("no-TTY") { !flags.bool("no-TTY") } else { terminal && flags.bool("tty") };
    if flags.bool("interactive") && !flags.bool("detach") {
        args.push("--interactive".into());
    }
    if tty {
        args.push("--tty".into());
    }
    args.push(container.id.to_string());
    args.extend(call.args[1..].iter().cloned());
    docker(call, &["container", "exec"], args).await
}

async fn cp(call: &Call<'_>) -> Outcome {
    let flags = call.flags;
    let split = |arg: &str| -> Option<(String, String)> {
        let (service, path) = arg.split_once(':')?;
        let is_path = arg.starts_with(['/', '.']) || service.is_empty();
        (!is_path).then(|| (service.to_string(), path.to_string()))
    };
    let (from, to) = (split(&call.args[0]), split(&call.args[1]));
    let project = call.name().await?;
    let mut options = Vec::new();
    for name in ["archive", "follow-link"] {
        if flags.bool(name) {
            options.push(format!("--{name}"));
        }
    }
    match (from, to) {
        (Some(_), Some(_)) => Err(Failure::new("copying between services is not supported")),
        (None, None) => Err(Failure::new("unknown copy direction")),
        (Some((service, path)), None) => {
            let container = chosen(call, &service, true).await?;
            options.extend([format!("{}:{path}", container.name), call.args[1].clone()]);
            docker(call, &["container", "cp"], options).await
        }
        (None, Some((service, path))) => {
            // Without a number it goes into all containers of the service.
            let one_off = if flags.bool("all") { OneOff::Include } else { OneOff::Exclude };
            let mut found = match flags.number("index") {
                0 => containers(call.client, &project, one_off, true, std::slice::from_ref(&service)).await?,
                _ => vec![chosen(call, &service, true).await?],
            };
            if found.is_empty() {
                let service = crate::cli::format::quote::quoted(&service);
                return Err(Failure::new(format!("no container found for service {service}")));
            }
            found.reverse();
            for container in found {
                let mut args = options.clone();
                args.extend([call.args[0].clone(), format!("{}:{path}", container.name)]);
                let code = docker(call, &["container", "cp"], args).await?;
                if code != 0 {
                    return Ok(code);
                }
            }
            Ok(0)
        }
    }
}

async fn push(call: &Call<'_>) -> Outcome {
    let project = call.project(call.args).await?;
    let progress = Progress::quiet();
    let stack = Stack::new(call.client, &project, &progress);
    for (name, service) in &project.services {
        let image = service.word("image");
        if service.at("build").is_none() || image.is_empty() {
            continue;
        }
        if image::id_of(&stack, image).await?.is_none() {
            return Err(Failure::new(format!("An image does not exist locally with the tag: {name}")));
        }
        docker(call, &["image", "push"], vec![image.to_string()]).await?;
    }
    Ok(0)
}

async fn stats(call: &Call<'_>) -> Outcome {
    let flags = call.flags;
    let name = call.name().await?;
    let found = containers(call.client, &name, OneOff::Include, flags.bool("all"), call.args).await?;
    let mut args = given(call, &["format"]);
    for name in ["no-stream", "no-trunc", "all"] {
        if flags.bool(name) {
            args.push(format!("--{name}"));
        }
    }
    if found.is_empty() {
        return Ok(0);
    }
    args.extend(found.iter().map(|container| container.name.to_string()));
    docker(call, &["container", "stats"], args).await
}
