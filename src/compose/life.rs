//! Starting, stopping and removing what is there: `start`, `stop`, `restart`, `kill`, `rm`, `pause`, `unpause`, `wait`.

use super::file::{Dependencies, Value};
use super::program::Call;
use super::progress::{Event, Progress, Status};
use super::resource::asked;
use super::stack::{OneOff, Stack, Task, all, containers, inspect, service_of, shown, text_at};
use crate::cli::client::{Failure, Outcome};
use crate::cli::format::quote::quoted;
use crate::engine::api::{Answer, ContainerSummary, Request, WaitCondition};
use crate::kernel::{Either, race};
use crate::model::time::Time;

/// Time between two looks at something that is waited for.
const LOOK: Time = Time::millis(500);

impl<'a> Stack<'a> {
    /// Stops the containers of services, those first that depend on others.
    pub async fn stop(&'a self, services: &[String], timeout: Option<i64>) -> Result<(), Failure> {
        let found = self.containers(OneOff::Exclude, true).await?;
        self.in_order(true, |name| {
            let chosen = services.is_empty() || services.contains(&name);
            let own = found.iter().filter(|one| chosen && service_of(one) == name);
            let own: Vec<ContainerSummary> = own.cloned().collect();
            Box::pin(async move {
                let tasks = own.iter().map(|one| -> Task<'_> { Box::pin(self.stop_one(one, timeout)) });
                all(tasks.collect()).await
            })
        })
        .await
    }

    pub async fn stop_one(&self, container: &ContainerSummary, timeout: Option<i64>) -> Result<(), Failure> {
        let id = shown(container);
        self.tell(Event::working(&id, "Stopping")).await;
        let request = Request::ContainerStop { container: container.id.to_string(), timeout, signal: None };
        match self.client.call(request).await {
            Ok(_) => {
                self.tell(Event::done(&id, "Stopped")).await;
                Ok(())
            }
            Err(failure) => {
                self.tell(Event::error(&id, "Error while Stopping")).await;
                Err(failure)
            }
        }
    }

    pub async fn stop_and_remove(
        &self,
        container: &ContainerSummary,
        timeout: Option<i64>,
        volumes: bool,
    ) -> Result<(), Failure> {
        let id = shown(container);
        match self.stop_one(container, timeout).await {
            Err(failure) if failure.not_found => {
                self.tell(Event::done(&id, "Removed")).await;
                return Ok(());
            }
            other => other?,
        }
        self.tell(Event::working(&id, "Removing")).await;
        let request = Request::ContainerRemove { container: container.id.to_string(), force: true, volumes };
        match self.client.call(request).await {
            Err(failure) if !failure.not_found && !failure.message.contains("already in progress") => {
                self.tell(Event::error(&id, "Error while Removing")).await;
                Err(failure)
            }
            _ => {
                self.tell(Event::done(&id, "Removed")).await;
                Ok(())
            }
        }
    }

    pub async fn remove(&self, container: &ContainerSummary, force: bool, volumes: bool) -> Result<(), Failure> {
        let id = shown(container);
        self.tell(Event::working(&id, "Removing")).await;
        let container = container.id.to_string();
        self.client.call(Request::ContainerRemove { container, force, volumes }).await?;
        self.tell(Event::done(&id, "Removed")).await;
        Ok(())
    }

    /// Starts the containers of every service once what it depends on is as far as it has to be.
    pub async fn start(&'a self) -> Result<(), Failure> {
        let found = self.containers(OneOff::Exclude, true).await?;
        let found = std::rc::Rc::new(found);
        self.in_order(false, |name| {
            let found = found.clone();
            Box::pin(async move { self.start_service(&name, &found).await })
        })
        .await
    }

    async fn start_service(&'a self, name: &str, found: &[ContainerSummary]) -> Result<(), Failure> {
        if self.service(name).number("deploy.replicas") == Some(0) {
            return Ok(());
        }
        let depends_on: Vec<(String, Value)> =
            self.service(name).entries("depends_on").map(|(name, how)| (name.to_string(), how.clone())).collect();
        self.wait_for(name, &depends_on, found).await?;
        if found.is_empty() {
            return match self.scale(name) {
                0 => Ok(()),
                _ => Err(Failure::new(format!("service {} has no container to start", quoted(name)))),
            };
        }
        for container in found.iter().filter(|one| service_of(one) == name && one.state != "running") {
            let id = shown(container);
            self.tell(Event::working(&id, "Starting")).await;
            self.client.call(Request::ContainerStart { container: container.id.to_string() }).await?;
            self.tell(Event::done(&id, "Started")).await;
        }
        Ok(())
    }

    /// Waits until others are as far as somebody needs them.
    pub async fn wait_for(
        &self,
        name: &str,
        depends_on: &[(String, Value)],
        found: &[ContainerSummary],
    ) -> Result<(), Failure> {
        let mut tasks: Vec<Task<'_>> = Vec::new();
        for (other, how) in depends_on {
            let condition = how.word("condition").to_string();
            if condition == "service_started" || !self.project.services.contains_key(other) || self.scale(other) == 0 {
                continue;
            }
            let own: Vec<ContainerSummary> = found.iter().filter(|one| service_of(one) == other).cloned().collect();
            for container in &own {
                self.tell(Event::working(shown(container), "Waiting")).await;
            }
            if own.is_empty() {
                if how.flag("required") {
                    return Err(Failure::new(format!("{name} is missing dependency {other}")));
                }
                continue;
            }
            let (other, required) = (other.clone(), how.flag("required"));
            tasks.push(Box::pin(async move { self.watch(&other, &own, &condition, required).await }));
        }
        all(tasks).await
    }

    async fn watch(
        &self,
        other: &str,
        own: &[ContainerSummary],
        condition: &str,
        required: bool,
    ) -> Result<(), Failure> {
        loop {
            self.client.sys.sleep(LOOK).await.map_err(|_| Failure::with(130, ""))?;
            if condition == "service_completed_successfully" {
                match self.completed(own).await? {
                    None => continue,
                    Some(0) => return self.settle(own, Status::Done, "Exited").await,
                    Some(code) => {
                        let what = format!("{} didn't complete successfully: exit {code}", quoted(other));
                        if !required {
                            let why = format!("Skipped: optional dependency {what}");
                            return self.settle(own, Status::Warning, &why).await;
                        }
                        let why = format!("service {what}");
                        self.settle(own, Status::Error, &why).await?;
                        return Err(Failure::new(why));
                    }
                }
            }
            let running_will_do = condition == "running_or_healthy";
            match self.healthy(own, running_will_do).await {
                Ok(true) => return self.settle(own, Status::Done, "Healthy").await,
                Ok(false) => {}
                Err(_) if !required => {
                    let why = match running_will_do {
                        true => {
                            format!("Skipped: optional dependency {} is not running or is unhealthy", quoted(other))
                        }
                        false => format!("Skipped: optional dependency {} failed to start", quoted(other)),
                    };
                    return self.settle(own, Status::Warning, &why).await;
                }
                Err(failure) if running_will_do => return Err(failure),
                Err(failure) => {
                    self.settle(own, Status::Error, "Error").await?;
                    let message = format!("dependency failed to start: {}", failure.message);
                    return Err(Failure { message, ..failure });
                }
            }
        }
    }

    async fn settle(&self, own: &[ContainerSummary], status: Status, text: &str) -> Result<(), Failure> {
        for container in own {
            self.tell(Event::new(shown(container), status, text)).await;
        }
        Ok(())
    }

    /// The exit status of the first that has ended.
    async fn completed(&self, own: &[ContainerSummary]) -> Result<Option<i64>, Failure> {
        for container in own {
            let document = inspect(self.client, &container.id).await?;
            if text_at(&document, "State.Status") == "exited" {
                return Ok(super::stack::at(&document, "State.ExitCode").and_then(|code| code.as_i64()));
            }
        }
        Ok(None)
    }

    async fn healthy(&self, own: &[ContainerSummary], running_will_do: bool) -> Result<bool, Failure> {
        for container in own {
            let document = inspect(self.client, &container.id).await?;
            let name = &container.name;
            let status = text_at(&document, "State.Status");
            if status == "exited" {
                let code = super::stack::at(&document, "State.ExitCode").and_then(|code| code.as_i64()).unwrap_or(0);
                return Err(Failure::new(format!("container {name} exited ({code})")));
            }
            if running_will_do && super::stack::at(&document, "Config.Healthcheck").is_none() {
                return Ok(status == "running");
            }
            match text_at(&document, "State.Health.Status").as_str() {
                "healthy" => {}
                "starting" => return Ok(false),
                "unhealthy" => return Err(Failure::new(format!("container {name} is unhealthy"))),
                "" => return Err(Failure::new(format!("container {name} has no healthcheck configured"))),
                other => {
                    let why = format!("container {name} had unexpected health status {}", quoted(other));
                    return Err(Failure::new(why));
                }
            }
        }
        Ok(true)
    }

    /// Waits until every service runs or is healthy, or, if somebody waits for its end, has ended.
    pub async fn wait_for_all(&self, seconds: i64) -> Result<(), Failure> {
        let found = self.containers(OneOff::Exclude, true).await?;
        let ends = |name: &str| {
            let path = format!("depends_on.{name}.condition");
            self.project.services.values().any(|other| other.word(&path) == "service_completed_successfully")
        };
        let condition = |name: &String| {
            let condition = if ends(name) { "service_completed_successfully" } else { "running_or_healthy" };
            let how = [("condition", Value::text(condition)), ("required", Value::Bool(true))];
            (name.clone(), Value::map(how))
        };
        let all: Vec<(String, Value)> = self.project.services.keys().map(condition).collect();
        let waiting = self.wait_for(&self.project.name, &all, &found);
        if seconds == 0 {
            return waiting.await;
        }
        let limit = self.client.sys.now().plus(Time::seconds(seconds.unsigned_abs()));
        match race(waiting, self.client.sys.sleep_until(limit)).await {
            Either::Left(outcome) => outcome,
            Either::Right(()) => {
                let limit = crate::engine::go_duration(Time::seconds(seconds.unsigned_abs()));
                Err(Failure::new(format!("application not healthy after {limit}")))
            }
        }
    }
}

pub async fn stop(call: &Call<'_>) -> Outcome {
    let project = call.project_or_containers(call.args).await?;
    let progress = Progress::new(call.mode, "Stopping");
    let stack = Stack::new(call.client, &project, &progress);
    progress.run(call.client, stack.stop(call.args, call.timeout())).await?;
    Ok(0)
}

pub async fn start(call: &Call<'_>) -> Outcome {
    let project = call.project_or_containers(call.args).await?;
    let progress = Progress::new(call.mode, "Running");
    let stack = Stack::new(call.client, &project, &progress);
    progress.run(call.client, stack.start()).await?;
    Ok(0)
}

pub async fn restart(call: &Call<'_>) -> Outcome {
    let mut project = call.project_or_containers(&[]).await?.with_enabled(call.args);
    if call.flags.bool("no-deps") {
        project = project.with_selected(call.args, Dependencies::Ignore).map_err(Failure::new)?;
    }
    // Only those are restarted along that ask for it.
    for service in project.services.values_mut() {
        if let Some(Value::Map(depends_on)) = service.as_map_mut().and_then(|map| map.get_mut("depends_on")) {
            depends_on.retain(|_, how| how.flag("restart"));
        }
    }
    let project = project.with_selected(call.args, Dependencies::Dependents).map_err(Failure::new)?;
    let progress = Progress::new(call.mode, "Restarting");
    let stack = Stack::new(call.client, &project, &progress);
    let work = async {
        let found = std::rc::Rc::new(stack.containers(OneOff::Exclude, true).await?);
        let (stack, timeout) = (&stack, call.timeout());
        stack
            .in_order(false, |name| {
                let found = found.clone();
                Box::pin(async move {
                    let depends_on: Vec<(String, Value)> = stack
                        .service(&name)
                        .entries("depends_on")
                        .map(|(name, how)| (name.to_string(), how.clone()))
                        .collect();
                    stack.wait_for(&name, &depends_on, &found).await?;
                    let own = found.iter().filter(|one| service_of(one) == name);
                    let one = |container: &'_ ContainerSummary| -> Task<'_> {
                        let (id, container) = (shown(container), container.id.to_string());
                        Box::pin(async move {
                            stack.tell(Event::working(&id, "Restarting")).await;
                            stack.client.call(Request::ContainerRestart { container, timeout, signal: None }).await?;
                            stack.tell(Event::done(&id, "Started")).await;
                            Ok(())
                        })
                    };
                    all(own.map(one).collect()).await
                })
            })
            .await
    };
    progress.run(call.client, work).await?;
    Ok(0)
}

pub async fn kill(call: &Call<'_>) -> Outcome {
    let (project, name) = call.project_or_name(call.args).await?;
    let found = containers(call.client, &name, OneOff::Include, false, call.args).await?;
    let project = project.unwrap_or_else(|| super::stack::from_containers(&name, &found));
    let keep =
        |one: &ContainerSummary| call.flags.bool("remove-orphans") || project.services.contains_key(service_of(one));
    let found: Vec<ContainerSummary> = found.into_iter().filter(keep).collect();
    if found.is_empty() {
        call.client.warn("no container to kill").await;
        return Ok(0);
    }
    let progress = Progress::new(call.mode, "Killing");
    let stack = Stack::new(call.client, &project, &progress);
    let (stack, signal) = (&stack, call.flags.text("signal"));
    let one = |container: &'_ ContainerSummary| -> Task<'_> {
        let (id, container) = (shown(container), container.id.to_string());
        Box::pin(async move {
            stack.tell(Event::working(&id, "Killing")).await;
            let request = Request::ContainerKill { container, signal: Some(signal.to_string()) };
            match stack.client.call(request).await {
                Ok(_) => stack.tell(Event::done(&id, "Killed")).await,
                Err(failure) => {
                    stack.tell(Event::error(&id, "Error while Killing")).await;
                    return Err(failure);
                }
            }
            Ok(())
        })
    };
    progress.run(call.client, all(found.iter().map(one).collect())).await?;
    Ok(0)
}

pub async fn pause(call: &Call<'_>, pause: bool) -> Outcome {
    let (project, name) = call.project_or_name(call.args).await?;
    let mut found = containers(call.client, &name, OneOff::Exclude, false, call.args).await?;
    if let Some(project) = &project {
        found.retain(|one| project.services.contains_key(service_of(one)));
    }
    let project = project.unwrap_or_default();
    let progress = Progress::new(call.mode, if pause { "Pausing" } else { "Running" });
    let stack = Stack::new(call.client, &project, &progress);
    let stack = &stack;
    let one = |container: &'_ ContainerSummary| -> Task<'_> {
        let (id, container) = (shown(container), container.id.to_string());
        Box::pin(async move {
            let request = match pause {
                true => Request::ContainerPause { container },
                false => Request::ContainerUnpause { container },
            };
            stack.client.call(request).await?;
            stack.tell(Event::done(&id, if pause { "Paused" } else { "Unpaused" })).await;
            Ok(())
        })
    };
    progress.run(call.client, all(found.iter().map(one).collect())).await?;
    Ok(0)
}

pub async fn rm(call: &Call<'_>) -> Outcome {
    let (project, name) = call.project_or_name(call.args).await?;
    let flags = call.flags;
    if flags.bool("stop") {
        let own = match &project {
            Some(project) => project.clone(),
            None => call.project_or_containers(call.args).await?,
        };
        let progress = Progress::new(call.mode, "Stopping");
        let stack = Stack::new(call.client, &own, &progress);
        progress.run(call.client, stack.stop(call.args, None)).await?;
    }
    let mut found = containers(call.client, &name, OneOff::Exclude, true, call.args).await?;
    if let Some(project) = &project {
        found.retain(|one| project.services.contains_key(service_of(one)));
    }
    found.retain(|one| !matches!(one.state, "running" | "paused" | "restarting"));
    if found.is_empty() {
        call.client.warn("No stopped containers\n").await;
        return Ok(0);
    }
    let names: Vec<String> = found.iter().map(|one| one.name.to_string()).collect();
    let question = format!("Going to remove {}", names.join(", "));
    if flags.bool("force") {
        call.client.print(&format!("{question}\n")).await?;
    } else if !asked(call, &question).await? {
        return Ok(0);
    }
    let project = project.unwrap_or_default();
    let progress = Progress::new(call.mode, "Removing");
    let stack = Stack::new(call.client, &project, &progress);
    let (force, volumes) = (flags.bool("force"), flags.bool("volumes"));
    let tasks = found.iter().map(|one| -> Task<'_> { Box::pin(stack.remove(one, force, volumes)) });
    progress.run(call.client, all(tasks.collect())).await?;
    Ok(0)
}

pub async fn wait(call: &Call<'_>) -> Outcome {
    let name = call.name().await?;
    let found = containers(call.client, &name, OneOff::Include, false, call.args).await?;
    if found.is_empty() {
        return Err(Failure::new(format!("no containers for project {}", quoted(&name))));
    }
    let last = std::cell::Cell::new(0);
    let last_ref = &last;
    let one = |container: &'_ ContainerSummary| -> Task<'_> {
        let id = container.id.to_string();
        Box::pin(async move {
            let request = Request::ContainerWait { container: id.clone(), condition: WaitCondition::NotRunning };
            if let Answer::ExitCode { code, .. } = call.client.call(request).await? {
                let text = format!("container {} exited with status code {code}\n", quoted(&id));
                call.client.print(&text).await?;
                last_ref.set(code);
            }
            Ok(())
        })
    };
    all(found.iter().map(one).collect()).await?;
    if call.flags.bool("down-project") {
        super::down::project(call, &name, None, &[], true).await?;
    }
    Ok(last.get())
}
