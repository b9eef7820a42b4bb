//! A project on the engine: what every command has at hand, and the containers that are its own.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;

use serde_json::Value as Json;

use super::file::{Project, Value};
use super::label;
use super::progress::{Event, Progress};
use crate::cli::client::{Client, Failure};
use crate::engine::api::{Answer, ContainerSummary, Request};
use crate::kernel::join_all;
use crate::model::order::Order;

pub type Task<'a> = Pin<Box<dyn Future<Output = Result<(), Failure>> + 'a>>;

/// What a command works with.
pub struct Stack<'a> {
    pub client: &'a Client,
    pub project: &'a Project,
    pub progress: &'a Progress,
}

/// Which containers of `run` count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OneOff {
    Include,
    Exclude,
}

/// What a label of a container says.
pub fn tag<'a>(container: &'a ContainerSummary, label: &str) -> &'a str {
    container.labels.get(label).map(String::as_str).unwrap_or_default()
}

pub fn service_of(container: &ContainerSummary) -> &str {
    tag(container, label::SERVICE)
}

pub fn is_one_off(container: &ContainerSummary) -> bool {
    tag(container, label::ONE_OFF) == "True"
}

pub fn number_of(container: &ContainerSummary) -> usize {
    tag(container, label::NUMBER).parse().unwrap_or(0)
}

/// What progress calls a container.
pub fn shown(container: &ContainerSummary) -> String {
    format!("Container {}", container.name)
}

/// A container's name without the project's in front of it.
pub fn bare_name(container: &ContainerSummary) -> String {
    let prefix = format!("{}-", tag(container, label::PROJECT));
    container.name.strip_prefix(&prefix).unwrap_or(&container.name).to_string()
}

/// The containers of a project, newest first.
pub async fn containers(
    client: &Client,
    project: &str,
    one_off: OneOff,
    all: bool,
    services: &[String],
) -> Result<Vec<ContainerSummary>, Failure> {
    let filters = vec![("label".to_string(), format!("{}={}", label::PROJECT, project.to_lowercase()))];
    let request = Request::ContainerList { all, limit: None, size: false, filters };
    let Answer::Containers(mut found) = client.call(request).await? else { return Ok(Vec::new()) };
    found.retain(|container| {
        container.labels.contains_key(label::CONFIG_HASH)
            && (one_off == OneOff::Include || !is_one_off(container))
            && (services.is_empty() || services.iter().any(|service| service == service_of(container)))
    });
    Ok(found)
}

/// The document of an object that is there.
pub async fn inspect(client: &Client, container: &str) -> Result<Json, Failure> {
    match client.call(Request::ContainerInspect { container: container.into(), size: false }).await? {
        Answer::Json(document) => Ok(document),
        _ => Ok(Json::Null),
    }
}

/// The text at a path of a document: `State.Health.Status`.
pub fn text_at(document: &Json, path: &str) -> String {
    at(document, path).and_then(Json::as_str).unwrap_or_default().to_string()
}

pub fn at<'a>(document: &'a Json, path: &str) -> Option<&'a Json> {
    path.split('.').try_fold(document, |value, key| value.get(key)).filter(|value| !value.is_null())
}

impl<'a> Stack<'a> {
    pub fn new(client: &'a Client, project: &'a Project, progress: &'a Progress) -> Stack<'a> {
        Stack { client, project, progress }
    }

    pub async fn tell(&self, event: Event) {
        self.progress.tell(self.client, event).await;
    }

    pub async fn containers(&self, one_off: OneOff, all: bool) -> Result<Vec<ContainerSummary>, Failure> {
        containers(self.client, &self.project.name, one_off, all, &[]).await
    }

    pub fn service(&self, name: &str) -> &'a Value {
        static NONE: Value = Value::Null;
        self.project.services.get(name).unwrap_or(&NONE)
    }

    /// How many containers a service is to have.
    pub fn scale(&self, name: &str) -> usize {
        let service = self.service(name);
        let scale = service.number("scale").or_else(|| service.number("deploy.replicas"));
        usize::try_from(scale.unwrap_or(1)).unwrap_or(0)
    }

    /// Whether a container has no place in the project any more.
    pub fn is_orphan(&self, container: &ContainerSummary) -> bool {
        if is_one_off(container) {
            return matches!(container.state, "exited" | "dead");
        }
        let service = service_of(container);
        !self.project.services.contains_key(service) && !self.project.disabled.contains_key(service)
    }

    /// Does something with each service once it is done for those it depends on; or, the other way round, for those
    /// that depend on it. What does not depend on each other goes on at once.
    pub async fn in_order<'t>(&self, reverse: bool, work: impl Fn(String) -> Task<'t>) -> Result<(), Failure> {
        let mut names = self.project.ordered();
        if reverse {
            names.reverse();
        }
        let done: RefCell<BTreeSet<String>> = RefCell::default();
        let failed: RefCell<Option<Failure>> = RefCell::default();
        let one = |name: &String| -> Pin<Box<dyn Future<Output = ()> + '_>> {
            let before: Vec<String> = if reverse {
                self.project.dependents(name)
            } else {
                let needs = self.service(name).entries("depends_on").map(|(other, _)| other.to_string());
                needs.filter(|other| self.project.services.contains_key(other)).collect()
            };
            let task = work(name.clone());
            let (name, done, failed) = (name.clone(), &done, &failed);
            Box::pin(async move {
                // Those before stand before it in the list, so they are polled first.
                poll_fn(|_| {
                    let ready = failed.borrow().is_some() || before.iter().all(|other| done.borrow().contains(other));
                    if ready { Poll::Ready(()) } else { Poll::Pending }
                })
                .await;
                if failed.borrow().is_some() {
                    return;
                }
                match task.await {
                    Ok(()) => drop(done.borrow_mut().insert(name)),
                    Err(failure) => drop(failed.borrow_mut().get_or_insert(failure)),
                }
            })
        };
        join_all(names.iter().map(one).collect()).await;
        failed.into_inner().map_or(Ok(()), Err)
    }
}

/// Does several things at once; the first failure counts.
pub async fn all(tasks: Vec<Task<'_>>) -> Result<(), Failure> {
    join_all(tasks).await.into_iter().collect()
}

/// The project that containers alone tell of, where no file is at hand.
pub fn from_containers(name: &str, containers: &[ContainerSummary]) -> Project {
    let mut project = Project { name: name.into(), ..Project::default() };
    for container in containers.iter().filter(|container| !is_one_off(container)) {
        let depends_on = tag(container, label::DEPENDENCIES).split(',').filter(|text| !text.is_empty()).map(|text| {
            let mut parts = text.split(':');
            let name = parts.next().unwrap_or_default().to_string();
            let condition = parts.next().unwrap_or("service_started");
            let restart = parts.next() == Some("true");
            let how = Value::map([
                ("condition", Value::text(condition)),
                ("restart", Value::Bool(restart)),
                ("required", Value::Bool(false)),
            ]);
            (name, how)
        });
        let service = Value::map([
            ("image", Value::text(container.image.clone())),
            ("depends_on", Value::Map(depends_on.collect())),
        ]);
        project.services.insert(service_of(container).to_string(), service);
    }
    project
}

/// Containers by their names.
pub fn sorted(mut containers: Vec<ContainerSummary>) -> Vec<ContainerSummary> {
    containers.order_by_key(|container| container.name.to_string());
    containers
}
