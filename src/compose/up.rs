//! `docker compose up` and `docker compose scale`.

use super::attached::{Cascade, Rest, Watch};
use super::converge::Plan;
use super::create::{apply, finish, plan, prepare, set_scale};
use super::file::{Dependencies, Project};
use super::log::Consumer;
use super::program::Call;
use super::progress::Progress;
use super::stack::{OneOff, Stack, service_of};
use crate::cli::client::{Failure, Outcome};
use crate::cli::flag::Flags;
use crate::engine::api::{ContainerSummary, Request};
use crate::kernel::{Either, race};
use crate::model::signal::Signal;

pub async fn run(call: &Call<'_>) -> Outcome {
    let flags = call.flags;
    let detached = check(flags)?;
    for absent in ["watch", "menu"] {
        if flags.bool(absent) {
            return Err(Failure::not_simulated(&format!("docker compose up --{absent}")));
        }
    }
    let mut project = call.services(call.args).await?;
    if project.services.is_empty() && !call.globals.bool("all-resources") {
        return Err(Failure::new("no service selected"));
    }
    apply(&mut project, flags)?;
    if flags.bool("no-deps") {
        project = project.with_selected(call.args, Dependencies::Ignore).map_err(Failure::new)?;
    }
    let from = flags.text("exit-code-from");
    if !from.is_empty() && !project.services.contains_key(from) {
        return Err(Failure::new(format!("no such service: {from}: not found")));
    }
    if flags.bool("no-start") {
        super::create::bring(call, &project, "Creating", flags).await?;
        return Ok(0);
    }
    let attach = if detached { Vec::new() } else { attached_services(&project, call.args, flags)? };
    let progress = Progress::new(call.mode, "Running");
    let stack = Stack::new(call.client, &project, &progress);
    let plan = prepare(call, &stack, plan(call, flags)).await?;
    let work = async {
        finish(call, &stack, &plan).await?;
        if detached {
            stack.start().await?;
            if flags.bool("wait") {
                stack.wait_for_all(flags.number("wait-timeout")).await?;
            }
        }
        Ok::<(), Failure>(())
    };
    progress.run(call.client, work).await?;
    if detached {
        return Ok(0);
    }
    foreground(call, &project, attach, &plan).await
}

/// Flags that don't go together; whether the command comes back at once.
fn check(flags: &Flags) -> Result<bool, Failure> {
    let on = |name: &str| flags.bool(name);
    let fail = on("abort-on-container-failure");
    let stop = on("abort-on-container-exit") || !flags.text("exit-code-from").is_empty() && !fail;
    let attach = !flags.list("attach").is_empty();
    let both = |bad: bool, text: &str| if bad { Err(Failure::new(text)) } else { Ok(()) };
    both(stop && fail, "--abort-on-container-failure cannot be combined with --abort-on-container-exit")?;
    let wait = on("wait");
    both(
        wait && (on("attach-dependencies") || stop || attach),
        "--wait cannot be combined with --abort-on-container-exit, --attach or --attach-dependencies",
    )?;
    let detached = wait || on("detach");
    both(on("build") && on("no-build"), "--build and --no-build are incompatible")?;
    let stays = on("attach-dependencies") || stop || fail || attach || on("watch");
    let others = "cannot be combined with --abort-on-container-exit, --abort-on-container-failure, --attach, --attach-dependencies or --watch";
    both(detached && stays, &format!("{} {others}", if wait { "--wait" } else { "--detach" }))?;
    both(on("renew-anon-volumes") && on("no-recreate"), "--no-recreate and --renew-anon-volumes are incompatible")?;
    both(on("force-recreate") && on("no-recreate"), "--force-recreate and --no-recreate are incompatible")?;
    both(on("always-recreate-deps") && on("no-recreate"), "--always-recreate-deps and --no-recreate are incompatible")?;
    both(attach && on("attach-dependencies"), "cannot combine --attach and --attach-dependencies")?;
    Ok(detached)
}

/// The services whose output is shown.
fn attached_services(project: &Project, args: &[String], flags: &Flags) -> Result<Vec<String>, Failure> {
    let given = flags.list("attach");
    let mut shown: Vec<String> = if given.is_empty() {
        let policy = if flags.bool("attach-dependencies") { Dependencies::Include } else { Dependencies::Ignore };
        let chosen = project.clone().with_selected(args, policy).map_err(Failure::new)?;
        let attaches =
            |(_, service): &(&String, &super::file::Value)| service.at("attach").is_none() || service.flag("attach");
        chosen.services.iter().filter(attaches).map(|(name, _)| name.clone()).collect()
    } else {
        let strangers: Vec<&str> =
            given.iter().filter(|name| !project.services.contains_key(*name)).map(String::as_str).collect();
        if !strangers.is_empty() {
            let names = strangers.join(", ");
            return Err(Failure::new(format!("cannot attach to services not included in up: {names}")));
        }
        given.to_vec()
    };
    shown.retain(|name| !flags.list("no-attach").contains(name));
    Ok(shown)
}

/// Starts the services and stays with them.
async fn foreground(call: &Call<'_>, project: &Project, attach: Vec<String>, plan: &Plan) -> Outcome {
    let flags = call.flags;
    let client = call.client;
    let consumer = Consumer::new(call, flags.bool("timestamps"));
    for signal in [Signal::INT, Signal::TERM] {
        client.sys.catch_signal(signal, true);
    }
    let quiet = Progress::quiet();
    let stack = Stack::new(client, project, &quiet);
    let required = if call.args.is_empty() { project.services.keys().cloned().collect() } else { call.args.to_vec() };
    let mut watch = Watch::new(client, &consumer, &project.name, (attach.clone(), required), None).await?;
    watch.cascade = match () {
        () if flags.bool("abort-on-container-failure") => Cascade::Fail,
        () if flags.bool("abort-on-container-exit") || !flags.text("exit-code-from").is_empty() => Cascade::Stop,
        () => Cascade::Ignore,
    };
    watch.exit_code_from = flags.text("exit-code-from").to_string();
    let there = watch.there().await?;
    let shown: Vec<&ContainerSummary> =
        there.iter().filter(|one| attach.iter().any(|name| name == service_of(one))).collect();
    if !shown.is_empty() {
        let names: Vec<String> = shown.iter().map(|one| super::stack::bare_name(one)).collect();
        client.print(&format!("Attaching to {}\n", names.join(", "))).await?;
    }
    for container in &there {
        watch.add(container, true).await?;
    }
    // Where the start fails nobody stays; who runs already goes on.
    let starting = async {
        match stack.start().await {
            Ok(()) => std::future::pending().await,
            Err(failure) => failure,
        }
    };
    let rest = match race(starting, stay(call, &stack, &mut watch, plan)).await {
        Either::Left(failure) if failure.code == 130 => Ok(Rest::Interrupted),
        Either::Left(failure) => Err(failure),
        Either::Right(rest) => rest,
    };
    let code = watch.exit_code;
    watch.close();
    Ok(if rest? == Rest::Interrupted { 130 } else { code })
}

/// Shows what the containers write until they have ended or were stopped.
async fn stay<'a>(call: &Call<'_>, stack: &'a Stack<'a>, watch: &mut Watch<'_>, plan: &Plan) -> Result<Rest, Failure> {
    let mut rest = watch.run().await?;
    match rest {
        Rest::Over => return Ok(rest),
        Rest::Abort => {
            call.client.warn("Aborting on container exit...\n").await;
            stop(call, stack, plan, "Running").await?;
        }
        Rest::Interrupted => {
            while call.client.sys.take_signal().is_some() {}
            watch.silent = true;
            call.client.warn("Gracefully stopping... (press Ctrl+C again to force)\n").await;
            if let Err(failure) = stop(call, stack, plan, "Stopping").await {
                if failure.code != 130 {
                    return Err(failure);
                }
                // A second ^C: no more waiting.
                while call.client.sys.take_signal().is_some() {}
                kill(call, stack, plan).await?;
            }
        }
    }
    // The ends of those that were stopped may count for the exit status.
    if rest == Rest::Abort {
        while !watch.is_over() {
            if watch.run().await? == Rest::Interrupted {
                rest = Rest::Interrupted;
                break;
            }
        }
    }
    Ok(rest)
}

async fn stop<'a>(call: &Call<'_>, stack: &'a Stack<'a>, plan: &Plan, title: &'static str) -> Result<(), Failure> {
    let progress = Progress::new(call.mode, title);
    let stopping = Stack::new(call.client, stack.project, &progress);
    progress.run(call.client, stopping.stop(&plan.services, None)).await
}

async fn kill(call: &Call<'_>, stack: &Stack<'_>, plan: &Plan) -> Result<(), Failure> {
    for container in stack.containers(OneOff::Include, true).await? {
        if plan.services.is_empty() || plan.services.iter().any(|name| name == service_of(&container)) {
            let request =
                Request::ContainerKill { container: container.id.to_string(), signal: Some("SIGKILL".into()) };
            let _ = call.client.call(request).await;
        }
    }
    Ok(())
}

/// `docker compose scale`.
pub async fn scale(call: &Call<'_>) -> Outcome {
    let mut wanted = Vec::new();
    for arg in call.args {
        let Some((name, count)) = arg.split_once('=') else {
            return Err(Failure::new(format!("invalid scale specifier: {arg}")));
        };
        wanted.push((name.to_string(), count.to_string()));
    }
    let names: Vec<String> = wanted.iter().map(|(name, _)| name.clone()).collect();
    let mut project = call.services(&names).await?;
    if call.flags.bool("no-deps") {
        project = project.with_selected(&names, Dependencies::Ignore).map_err(Failure::new)?;
    }
    for (name, count) in &wanted {
        set_scale(&mut project, name, count)?;
    }
    let progress = Progress::new(call.mode, "Running");
    let stack = Stack::new(call.client, &project, &progress);
    let plan = Plan { services: names, inherit: true, ..Plan::default() };
    let plan = prepare(call, &stack, plan).await?;
    let work = async {
        finish(call, &stack, &plan).await?;
        stack.start().await
    };
    progress.run(call.client, work).await?;
    Ok(0)
}
