//! From what is there to what the project asks for: containers that are missing, changed or too many.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::create::Making;
use super::label;
use super::progress::{Event, Status};
use super::stack::{OneOff, Stack, Task, all, number_of, service_of, shown, tag};
use crate::cli::client::Failure;
use crate::cli::format::quote::quoted;
use crate::engine::api::{Answer, ContainerSummary, Request};
use crate::model::order::Order;

/// When a container is made anew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Recreate {
    #[default]
    Diverged,
    Force,
    Never,
}

/// How a project is brought about.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// The services that were named; the others are only needed by them.
    pub services: Vec<String>,
    pub recreate: Recreate,
    pub recreate_dependencies: Recreate,
    /// New containers take over the unnamed volumes of those that they replace.
    pub inherit: bool,
    pub timeout: Option<i64>,
    pub remove_orphans: bool,
    pub ignore_orphans: bool,
    /// The images that services are made of: their ids.
    pub images: BTreeMap<String, String>,
}

type Observed = RefCell<BTreeMap<String, Vec<ContainerSummary>>>;

impl<'a> Stack<'a> {
    /// Brings every service to what it is to be.
    pub async fn converge(&'a self, plan: &'a Plan) -> Result<(), Failure> {
        let found = self.containers(OneOff::Exclude, true).await?;
        let observed: Observed = RefCell::default();
        for container in found {
            observed.borrow_mut().entry(service_of(&container).to_string()).or_default().push(container);
        }
        let observed = std::rc::Rc::new(observed);
        self.in_order(false, |name| {
            let observed = observed.clone();
            Box::pin(async move { self.ensure(&name, plan, &observed).await })
        })
        .await
    }

    async fn ensure(&'a self, name: &str, plan: &'a Plan, observed: &Observed) -> Result<(), Failure> {
        let expected = self.scale(name);
        let own_name = self.service(name).word("container_name");
        if expected > 1 && !own_name.is_empty() {
            return Err(Failure::new(format!(
                "WARNING: The {} service is using the custom container name {}. Docker requires each container to have \
                 a unique name. Remove the custom name to scale the service",
                quoted(name),
                quoted(own_name)
            )));
        }
        let recreate = match plan.services.is_empty() || plan.services.iter().any(|service| service == name) {
            true => plan.recreate,
            false => plan.recreate_dependencies,
        };
        let making = self.making(name, plan, observed)?;
        let mut there = observed.borrow().get(name).cloned().unwrap_or_default();
        // The newest numbers go first when there are too many, and of all those what has changed.
        there.order_by_key(|container| (self.has_changed(container, &making, recreate), number_of(container)));
        let updated: RefCell<Vec<ContainerSummary>> = RefCell::default();
        let (making, updated_ref) = (&making, &updated);
        let mut tasks: Vec<Task<'_>> = Vec::new();
        for (at, container) in there.iter().enumerate() {
            if at >= expected {
                tasks.push(Box::pin(self.stop_and_remove(container, plan.timeout, false)));
            } else if self.has_changed(container, making, recreate) {
                self.stop_dependents(name, observed).await?;
                tasks.push(Box::pin(async move {
                    let recreated = self.recreate(container, making, plan).await?;
                    updated_ref.borrow_mut().push(recreated);
                    Ok(())
                }));
            } else {
                self.keep(container).await?;
                updated.borrow_mut().push(container.clone());
            }
        }
        let next = there.iter().map(number_of).max().unwrap_or(0) + 1;
        for number in (next..).take(expected.saturating_sub(there.len())) {
            tasks.push(Box::pin(async move {
                let created = self.create(making, number).await?;
                updated_ref.borrow_mut().push(created);
                Ok(())
            }));
        }
        all(tasks).await?;
        observed.borrow_mut().insert(name.to_string(), updated.take());
        Ok(())
    }

    /// What the containers of a service are made from; what it shares with others is found among those.
    fn making(&self, name: &str, plan: &Plan, observed: &Observed) -> Result<Making, Failure> {
        let first = |service: &str| {
            let known = observed.borrow();
            let mut names: Vec<ContainerSummary> = known.get(service).cloned().unwrap_or_default();
            names.order_by_key(|container| container.name.to_string());
            names.first().map(|container| container.id.to_string())
        };
        let service = self.service(name);
        let mut volumes_from = Vec::new();
        for from in service.words("volumes_from") {
            let (head, rest) = from.split_once(':').unwrap_or((&from, ""));
            let id = match head {
                "container" => rest.split(':').next().unwrap_or_default().to_string(),
                other => first(other).ok_or_else(|| {
                    Failure::new(format!("cannot share volume with service {other}: container missing"))
                })?,
            };
            volumes_from.push(id);
        }
        let mut shared = BTreeMap::new();
        for (key, words) in [("network_mode", "network namespace"), ("ipc", "IPC namespace"), ("pid", "PID namespace")]
        {
            if let Some(other) = service.word(key).strip_prefix("service:") {
                let id = first(other).ok_or_else(|| {
                    Failure::new(format!("cannot share {words} with service {other}: container missing"))
                })?;
                shared.insert(key, format!("container:{id}"));
            }
        }
        let image = plan.images.get(name).cloned().unwrap_or_default();
        Ok(Making { name: name.into(), image, volumes_from, shared, ..Making::default() })
    }

    /// The same for a container beside the others.
    pub async fn making_alone(&self, name: &str, plan: &Plan) -> Result<Making, Failure> {
        let observed: Observed = RefCell::default();
        for container in self.containers(OneOff::Exclude, true).await? {
            observed.borrow_mut().entry(service_of(&container).to_string()).or_default().push(container);
        }
        self.making(name, plan, &observed)
    }

    fn has_changed(&self, container: &ContainerSummary, making: &Making, recreate: Recreate) -> bool {
        match recreate {
            Recreate::Never => false,
            Recreate::Force => true,
            Recreate::Diverged => {
                let service = self.service(&making.name);
                let network =
                    |key: &str| self.project.networks.get(key).map(|network| network.word("name").to_string());
                let volume = |key: &str| self.project.volumes.get(key).map(|volume| volume.word("name").to_string());
                let joined = |(key, _): (&str, _)| network(key).is_none_or(|name| container.networks.contains(&name));
                let mounted = |mount: &super::file::Value| {
                    mount.word("type") != "volume"
                        || mount.word("source").is_empty()
                        || volume(mount.word("source")).is_none_or(|name| container.mounts.contains(&name))
                };
                tag(container, label::CONFIG_HASH) != self.project.service_hash(&making.name)
                    || tag(container, label::IMAGE) != making.image
                    || container.state == "running" && !service.entries("networks").all(joined)
                    || !service.list("volumes").iter().all(mounted)
            }
        }
    }

    /// A container that may stay as it is.
    async fn keep(&self, container: &ContainerSummary) -> Result<(), Failure> {
        match container.state {
            "running" => self.tell(Event::done(shown(container), "Running")).await,
            "created" | "restarting" => {}
            "exited" => self.tell(Event::done(shown(container), "Created")).await,
            _ => {
                self.tell(Event::working(shown(container), "Restart")).await;
                self.client.call(Request::ContainerStart { container: container.id.to_string() }).await?;
                self.tell(Event::done(shown(container), "Restarted")).await;
            }
        }
        Ok(())
    }

    /// Stops who depends on a service with `restart: true`, before that is made anew.
    async fn stop_dependents(&'a self, name: &str, observed: &Observed) -> Result<(), Failure> {
        let path = format!("depends_on.{name}.restart");
        for dependent in self.project.dependents(name) {
            if !self.service(&dependent).flag(&path) {
                continue;
            }
            let there = observed.borrow().get(&dependent).cloned().unwrap_or_default();
            for container in &there {
                self.stop_one(container, None).await?;
            }
            if let Some(known) = observed.borrow_mut().get_mut(&dependent) {
                known.iter_mut().for_each(|container| container.state = "exited");
            }
        }
        Ok(())
    }

    async fn create(&self, making: &Making, number: usize) -> Result<ContainerSummary, Failure> {
        let name = self.container_name(&making.name, number);
        let id = format!("Container {name}");
        self.tell(Event::working(&id, "Creating")).await;
        match self.make(making, &name, number, None).await {
            Ok(container) => {
                self.tell(Event::done(&id, "Created")).await;
                self.summary(&container).await
            }
            Err(failure) => {
                self.tell(Event::new(&id, Status::Error, failure.message.clone())).await;
                Err(failure)
            }
        }
    }

    async fn recreate(
        &self,
        old: &ContainerSummary,
        making: &Making,
        plan: &Plan,
    ) -> Result<ContainerSummary, Failure> {
        let id = shown(old);
        self.tell(Event::working(&id, "Recreate")).await;
        match self.replace(old, making, plan).await {
            Ok(container) => {
                self.tell(Event::done(&id, "Recreated")).await;
                self.summary(&container).await
            }
            Err(failure) => {
                self.tell(Event::new(&id, Status::Error, failure.message.clone())).await;
                Err(failure)
            }
        }
    }

    async fn replace(&self, old: &ContainerSummary, making: &Making, plan: &Plan) -> Result<String, Failure> {
        let number = number_of(old);
        let name = self.container_name(&making.name, number);
        let short: String = old.id.chars().take(12).collect();
        let replacing = Making { replaces: old.id.to_string(), ..making.clone() };
        let inherit = plan.inherit.then_some(old);
        let new = self.make(&replacing, &format!("{short}_{name}"), number, inherit).await?;
        let container = old.id.to_string();
        let stop = Request::ContainerStop { container: container.clone(), timeout: plan.timeout, signal: None };
        self.client.call(stop).await?;
        self.client.call(Request::ContainerRemove { container, force: false, volumes: false }).await?;
        self.client.call(Request::ContainerRename { container: new.clone(), name }).await?;
        Ok(new)
    }

    /// A container as lists show it.
    async fn summary(&self, id: &str) -> Result<ContainerSummary, Failure> {
        let filters = vec![("id".to_string(), id.to_string())];
        let request = Request::ContainerList { all: true, limit: None, size: false, filters };
        match self.client.call(request).await? {
            Answer::Containers(found) => {
                found.into_iter().next().ok_or_else(|| Failure::new(format!("No such container: {id}")))
            }
            _ => Err(Failure::new(format!("No such container: {id}"))),
        }
    }

    /// The name of a service's container.
    pub fn container_name(&self, service: &str, number: usize) -> String {
        match self.service(service).word("container_name") {
            "" => format!("{}-{service}-{number}", self.project.name),
            name => name.to_string(),
        }
    }

    /// Says who is left over, or removes them.
    pub async fn orphans(&'a self, plan: &Plan) -> Result<Option<String>, Failure> {
        let found = self.containers(OneOff::Include, true).await?;
        let orphans: Vec<ContainerSummary> = found.into_iter().filter(|container| self.is_orphan(container)).collect();
        if orphans.is_empty() || plan.ignore_orphans {
            return Ok(None);
        }
        if plan.remove_orphans {
            let tasks = orphans.iter().map(|one| -> Task<'_> { Box::pin(self.stop_and_remove(one, None, false)) });
            all(tasks.collect()).await?;
            return Ok(None);
        }
        let names: Vec<String> = orphans.iter().map(|container| container.name.to_string()).collect();
        Ok(Some(format!(
            "Found orphan containers ([{}]) for this project. If you removed or renamed this service in your compose \
             file, you can run this command with the --remove-orphans flag to clean it up.",
            names.join(" ")
        )))
    }
}
