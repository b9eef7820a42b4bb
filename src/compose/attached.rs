//! Several containers watched at once: what they write, and when they end. `up` and `logs -f` stay here.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::label;
use super::log::{Consumer, Lines};
use super::stack::{OneOff, bare_name, containers, inspect, service_of, text_at};
use crate::cli::client::{Client, Failure};
use crate::engine::api::{ContainerSummary, Logs, Reply, Request};
use crate::engine::client::{CallError, Connection};
use crate::model::engine::Event;
use crate::model::process::Stream;

/// What the end of a container means for the others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Cascade {
    #[default]
    Ignore,
    Stop,
    Fail,
}

/// Why the watching came to a rest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rest {
    /// Nobody is left.
    Over,
    /// One has ended, and the others are to be stopped.
    Abort,
    /// Somebody pressed ^C.
    Interrupted,
}

struct Watched {
    id: String,
    name: String,
    connection: Option<Connection>,
    stdout: Lines,
    stderr: Lines,
}

/// Containers under watch.
pub struct Watch<'a> {
    client: &'a Client,
    consumer: &'a Consumer<'a>,
    project: String,
    /// Services whose output is shown, and those whose end is waited for.
    shown: Vec<String>,
    required: Vec<String>,
    logs: Option<Logs>,
    watched: Vec<Watched>,
    /// Containers that run or will, and whether something of them has started.
    expected: BTreeMap<String, String>,
    events: Connection,
    pub cascade: Cascade,
    /// The service whose exit status counts.
    pub exit_code_from: String,
    pub exit_code: i32,
    /// Nothing more is told.
    pub silent: bool,
}

enum Seen {
    Event(Rc<Event>),
    Reply(usize, Option<Reply>),
    Signal,
}

impl<'a> Watch<'a> {
    /// Watches a project's containers. With `logs` their logs are followed, else they are attached to.
    pub async fn new(
        client: &'a Client,
        consumer: &'a Consumer<'a>,
        project: &str,
        (shown, required): (Vec<String>, Vec<String>),
        logs: Option<Logs>,
    ) -> Result<Watch<'a>, Failure> {
        let filters = vec![
            ("type".to_string(), "container".to_string()),
            ("label".to_string(), format!("{}={project}", label::PROJECT)),
        ];
        let events = Connection::open(&client.sys, Request::Events { since: None, until: None, filters })?;
        events.ready().await?;
        Ok(Watch {
            client,
            consumer,
            project: project.into(),
            shown,
            required,
            logs,
            watched: Vec::new(),
            expected: BTreeMap::new(),
            events,
            cascade: Cascade::default(),
            exit_code_from: String::new(),
            exit_code: 0,
            silent: false,
        })
    }

    /// The containers there are, by name.
    pub async fn there(&self) -> Result<Vec<ContainerSummary>, Failure> {
        let found = containers(self.client, &self.project, OneOff::Exclude, true, &[]).await?;
        Ok(super::stack::sorted(found))
    }

    fn is_shown(&self, service: &str) -> bool {
        self.shown.iter().any(|known| known == service)
    }

    fn is_required(&self, service: &str) -> bool {
        match self.required.is_empty() {
            true => self.is_shown(service),
            false => self.required.iter().any(|known| known == service),
        }
    }

    /// Follows a container from now on.
    pub async fn add(&mut self, container: &ContainerSummary, tail: bool) -> Result<(), Failure> {
        let (id, name) = (container.id.to_string(), bare_name(container));
        let service = service_of(container);
        if self.is_required(service) && (self.logs.is_none() || container.state == "running") {
            self.expected.insert(id.clone(), service.to_string());
        }
        if self.is_shown(service) {
            self.consumer.register(&name);
            self.open(&id, name, tail).await?;
        }
        Ok(())
    }

    async fn open(&mut self, id: &str, name: String, tail: bool) -> Result<(), Failure> {
        let request = match &self.logs {
            Some(logs) => {
                let since = if tail { logs.since } else { Some(self.client.sys.now()) };
                Request::ContainerLogs(Logs { container: id.into(), since, ..logs.clone() })
            }
            None => {
                Request::ContainerAttach { container: id.into(), stdin: false, stdout: true, stderr: true, logs: false }
            }
        };
        let connection = Connection::open(&self.client.sys, request)?;
        if self.logs.is_none() {
            connection.ready().await?;
        }
        let (stdout, stderr) = (Lines::default(), Lines::default());
        let watched = Watched { id: id.into(), name, connection: Some(connection), stdout, stderr };
        match self.watched.iter().position(|one| one.id == id) {
            Some(at) => self.watched[at] = watched,
            None => self.watched.push(watched),
        }
        Ok(())
    }

    /// Whether anything is left to wait for.
    pub fn is_over(&self) -> bool {
        self.expected.is_empty()
    }

    /// Tells what happens until nobody is left, one has ended that the others depend on, or a signal comes.
    pub async fn run(&mut self) -> Result<Rest, Failure> {
        loop {
            if self.is_over() && self.watched.iter().all(|one| one.connection.is_none()) {
                return Ok(Rest::Over);
            }
            match self.next().await? {
                Seen::Signal => return Ok(Rest::Interrupted),
                Seen::Reply(at, reply) => self.received(at, reply).await?,
                Seen::Event(event) => {
                    if self.happened(&event).await? {
                        self.drain().await?;
                        return Ok(Rest::Abort);
                    }
                }
            }
        }
    }

    async fn next(&self) -> Result<Seen, Failure> {
        let events = &self.events;
        let seen = self
            .client
            .sys
            .block(|k| {
                for (at, one) in self.watched.iter().enumerate() {
                    if let Some(reply) = one.connection.as_ref().and_then(|connection| connection.poll(k)) {
                        return Some(match reply {
                            Err(CallError::Interrupted) => Ok(Seen::Signal),
                            Err(_) => Ok(Seen::Reply(at, None)),
                            Ok(reply) => Ok(Seen::Reply(at, reply)),
                        });
                    }
                }
                events.poll(k).map(|reply| match reply {
                    Ok(Some(Reply::Event(event))) => Ok(Seen::Event(event)),
                    Err(CallError::Interrupted) => Ok(Seen::Signal),
                    Ok(_) => Err(CallError::Unreachable),
                    Err(error) => Err(error),
                })
            })
            .await;
        Ok(seen?)
    }

    async fn received(&mut self, at: usize, reply: Option<Reply>) -> Result<(), Failure> {
        let one = &mut self.watched[at];
        match reply {
            Some(Reply::Output { stream, bytes }) => {
                let lines = if stream == Stream::Stderr { &mut one.stderr } else { &mut one.stdout };
                let lines = lines.take(&bytes);
                // Of a log it is not told which stream a line came from.
                let stream = if self.logs.is_some() { Stream::Stdout } else { stream };
                for line in lines.iter().filter(|_| !self.silent) {
                    self.consumer.line(&one.name, stream, line.trim_end_matches('\r')).await?;
                }
            }
            Some(Reply::Ready | Reply::Progress(_)) => {}
            _ => {
                for (lines, stream) in [(&mut one.stdout, Stream::Stdout), (&mut one.stderr, Stream::Stderr)] {
                    if let Some(line) = lines.rest().filter(|_| !self.silent) {
                        self.consumer.line(&one.name, stream, &line).await?;
                    }
                }
                if let Some(connection) = one.connection.take() {
                    connection.close();
                }
            }
        }
        Ok(())
    }

    /// Takes in what has been written already.
    async fn drain(&mut self) -> Result<(), Failure> {
        loop {
            let ready = self.client.sys.with(|k| {
                self.watched.iter().enumerate().find_map(|(at, one)| {
                    let reply = one.connection.as_ref()?.poll(k)?;
                    Some((at, reply.ok().flatten()))
                })
            });
            let Some((at, reply)) = ready else { return Ok(()) };
            self.received(at, reply).await?;
        }
    }

    /// Takes an event in; true if the others are to be stopped.
    async fn happened(&mut self, event: &Event) -> Result<bool, Failure> {
        let id = event.actor.to_string();
        let service = event.attribute(label::SERVICE).unwrap_or_default().to_string();
        if event.attribute(label::ONE_OFF) == Some("True") || !(self.is_shown(&service) || self.is_required(&service)) {
            return Ok(false);
        }
        match event.action.as_str() {
            "start" if !self.watched.iter().any(|one| one.id == id && one.connection.is_some()) => {
                let found = self.there().await?;
                if let Some(container) = found.iter().find(|one| *one.id == *id) {
                    self.add(container, false).await?;
                }
            }
            "die" => return self.ended(&id, &service, event).await,
            "destroy" => drop(self.expected.remove(&id)),
            _ => {}
        }
        Ok(false)
    }

    async fn ended(&mut self, id: &str, service: &str, event: &Event) -> Result<bool, Failure> {
        // What it wrote last comes before the word of its end.
        let mut waits = 0;
        while self.watched.iter().any(|one| one.id == id && one.connection.is_some()) && waits < 8 {
            self.drain().await?;
            let _ = self.client.sys.sleep(crate::model::time::Time::millis(1)).await;
            waits += 1;
        }
        let code: i32 = event.attribute("exitCode").and_then(|code| code.parse().ok()).unwrap_or(0);
        let restarts = match inspect(self.client, id).await {
            Ok(document) => matches!(text_at(&document, "State.Status").as_str(), "restarting" | "running"),
            Err(_) => false,
        };
        let name = event.attribute("name").unwrap_or_default();
        let name = name.strip_prefix(&format!("{}-", self.project)).unwrap_or(name).to_string();
        if !self.silent && self.expected.contains_key(id) {
            self.consumer.status(&name, &format!("exited with code {code}")).await?;
        }
        if !restarts {
            self.expected.remove(id);
        }
        let abort = match self.cascade {
            Cascade::Ignore => false,
            Cascade::Stop => {
                if self.exit_code_from.is_empty() {
                    self.exit_code_from = service.to_string();
                }
                true
            }
            Cascade::Fail if code != 0 => {
                self.exit_code_from = service.to_string();
                true
            }
            Cascade::Fail => false,
        };
        if self.exit_code_from == service {
            self.exit_code = code;
        }
        let first = abort && !self.silent;
        self.silent |= abort;
        Ok(first)
    }

    /// Lets go of all connections.
    pub fn close(self) {
        self.events.close();
        for connection in self.watched.into_iter().filter_map(|one| one.connection) {
            connection.close();
        }
    }
}
