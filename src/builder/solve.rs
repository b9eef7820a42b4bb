//! The solver: which operations the cache already knows, and doing those that it does not.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::build::{Failure, Session};
use super::checksum::{self, Memo, key};
use super::copy;
use super::graph::{Action, CopyFiles, Graph, Op, Vertex};
use super::progress::End;
use super::report::{describe, description, step};
use super::snapshot::resolve;
use crate::engine::api::{Answer, Reply};
use crate::engine::build::{Ask, Found, Keep, Snapshot};
use crate::engine::client::Connection;
use crate::model::Text;
use crate::model::build::StepState;
use crate::model::file::{Data, Fs, Kind};
use crate::oci::layer;

/// Names of changed files that a step remembers.
const CHANGED: usize = 8;

/// What an operation is known to be.
#[derive(Default)]
struct Node {
    /// What it is known by without looking at content, and with it.
    key: Option<String>,
    content_key: Option<String>,
    hit: Option<Snapshot>,
    result: Option<Outcome>,
    /// Its step in the display.
    step: Option<usize>,
    /// It, or what it stands on, must be done anew.
    anew: bool,
    /// The digests of its files that were computed.
    memo: RefCell<Memo>,
}

#[derive(Clone, Default)]
struct Outcome {
    snapshot: Option<Snapshot>,
    tree: Option<Rc<Fs>>,
}

/// What an operation made: its layer and, where that is known, all below it with it.
#[derive(Default)]
pub(super) struct Made {
    pub(super) diff: Option<Rc<Fs>>,
    pub(super) merged: Option<Rc<Fs>>,
}

/// An operation that dockerd is at.
pub(super) struct Running {
    at: usize,
    pub(super) step: usize,
    connection: Connection,
}

impl Running {
    pub(super) fn argv<'a>(&self, graph: &'a Graph) -> &'a [String] {
        match &graph.vertices[self.at].op {
            Op::Exec(exec) => &exec.argv,
            _ => &[],
        }
    }
}

/// What a build came to.
#[derive(Default)]
pub struct Solved {
    pub chain: Option<Text>,
    /// When each layer above the base was made, lowest first.
    pub created: Vec<(i64, u32)>,
}

pub struct Solver<'a> {
    pub(super) graph: &'a Graph,
    pub(super) session: &'a mut Session,
    nodes: Vec<Node>,
    /// Contexts by name.
    contexts: BTreeMap<String, Rc<Fs>>,
}

impl<'a> Solver<'a> {
    pub fn new(graph: &'a Graph, session: &'a mut Session) -> Solver<'a> {
        let nodes = graph.vertices.iter().map(|_| Node::default()).collect();
        Solver { graph, session, nodes, contexts: BTreeMap::new() }
    }

    /// Solves for a target: what the cache knows is taken from there, the rest is done.
    pub async fn solve(&mut self, target: Option<usize>) -> Result<Solved, Failure> {
        let order = self.graph.needed(target);
        self.session.report.steps = self.graph.vertices.iter().map(step).collect();
        self.session.trace.expected = self.session.trace.steps.len() + order.len();
        for at in &order {
            self.probe(*at).await?;
        }
        let wanted = self.wanted(target);
        self.announce(&order, &wanted).await?;
        self.perform(order.into_iter().filter(|at| wanted[*at]).collect()).await?;
        let mut solved = Solved::default();
        let mut next = target;
        if let Some(at) = target {
            solved.chain = self.snapshot(at).and_then(|snapshot| snapshot.chain.clone());
        }
        while let Some(at) = next {
            let vertex = &self.graph.vertices[at];
            if matches!(vertex.op, Op::Files(_) | Op::Exec(_))
                && let Some(created) = self.created(at).await?
            {
                solved.created.push(created);
            }
            next = vertex.inputs.first().copied().flatten();
        }
        solved.created.reverse();
        Ok(solved)
    }

    pub(super) fn snapshot(&self, at: usize) -> Option<&Snapshot> {
        let node = &self.nodes[at];
        node.result.as_ref().and_then(|result| result.snapshot.as_ref()).or(node.hit.as_ref())
    }

    async fn created(&mut self, at: usize) -> Result<Option<(i64, u32)>, Failure> {
        Ok(self.snapshot(at).map(|snapshot| snapshot.created))
    }

    /// Finds out what an operation is known by, and whether the cache knows it.
    async fn probe(&mut self, at: usize) -> Result<(), Failure> {
        let vertex = &self.graph.vertices[at];
        match &vertex.op {
            Op::Image { id, .. } => {
                let step = self.session.trace.begin(&vertex.name, self.session.sys.now());
                self.session.trace.finish(step, End::Done, self.session.sys.now());
                self.nodes[at].step = Some(step);
                let image = format!("image {id}");
                self.nodes[at].hit = self.look(vec![image.clone()]).await?;
                self.nodes[at].key = Some(image);
            }
            Op::Context(name) => {
                let tree = self.session.load_context(name, &vertex.name).await?;
                self.contexts.insert(name.clone(), tree.clone());
                self.nodes[at].result = Some(Outcome { snapshot: None, tree: Some(tree) });
            }
            Op::Inline { name, content, mode } => {
                let now = self.session.sys.now();
                let step = self.session.trace.begin(&vertex.name, now);
                self.session.trace.finish(step, End::Done, now);
                let mut fs = Fs::new(layer::root_meta(now.epoch().0));
                let meta = crate::model::file::Meta { mode: *mode, ..layer::root_meta(now.epoch().0) };
                layer::add(&mut fs, &format!("/{name}"), meta, Kind::File(Data::new(content.as_bytes().to_vec())));
                self.nodes[at].result = Some(Outcome { snapshot: None, tree: Some(Rc::new(fs)) });
            }
            Op::Http { url } => {
                let name = vertex.name.clone();
                return Err(self.session.unreachable(url, &name).await);
            }
            Op::Exec(_) | Op::Files(_) => {
                let anew = |input: &Option<usize>| input.is_some_and(|input| self.nodes[input].anew);
                let below = vertex.inputs.iter().any(anew);
                self.check(at)?;
                self.nodes[at].key = self.definition_key(at);
                self.nodes[at].content_key = self.content_key(at);
                self.nodes[at].anew = vertex.ignore_cache || below;
                let known = [self.nodes[at].key.clone(), self.nodes[at].content_key.clone()];
                let keys: Vec<String> = known.into_iter().flatten().collect();
                if !self.nodes[at].anew {
                    self.nodes[at].hit = self.look(keys).await?;
                }
            }
        }
        Ok(())
    }

    async fn look(&mut self, keys: Vec<String>) -> Result<Option<Snapshot>, Failure> {
        match self.session.ask(Ask::Look { keys }).await? {
            Found::Snapshot(snapshot) => Ok(Some(snapshot)),
            _ => Ok(None),
        }
    }

    /// What must be there: the target, and what is below an operation that the cache does not know.
    fn wanted(&self, target: Option<usize>) -> Vec<bool> {
        let mut wanted = vec![false; self.nodes.len()];
        if let Some(target) = target {
            wanted[target] = true;
        }
        for at in (0..self.nodes.len()).rev() {
            if wanted[at] && (self.nodes[at].hit.is_none() || matches!(self.graph.vertices[at].op, Op::Image { .. })) {
                for input in self.graph.vertices[at].inputs.iter().flatten() {
                    wanted[*input] = true;
                }
            }
        }
        wanted
    }

    /// How one operation stands from now on, for whoever looks at the World.
    fn report(&mut self, at: usize, state: StepState) {
        let base = self.graph.vertices[at].inputs.first().copied().flatten();
        let below = base.and_then(|base| self.nodes[base].key.clone()).unwrap_or_default();
        let content: Vec<String> = self.contents(at);
        let changed = if state == StepState::Running { self.changed(at) } else { Vec::new() };
        let chain = self.snapshot(at).and_then(|snapshot| snapshot.chain.clone());
        let now = self.session.sys.now();
        let step = &mut self.session.report.steps[at];
        (step.state, step.chain) = (state, chain);
        match state {
            StepState::Running => (step.started, step.changed) = (Some(now), changed),
            StepState::Done | StepState::Failed | StepState::Canceled => step.ended = Some(now),
            StepState::Waiting | StepState::Cached => {}
        }
        step.known.1 = below.as_str().into();
        step.known.2 = content.join(" ").as_str().into();
    }

    /// Files that a copy takes of a context and that are not what they were when it was sent before.
    fn changed(&self, at: usize) -> Vec<Text> {
        let vertex = &self.graph.vertices[at];
        let (Op::Files(actions), Some(before)) = (&vertex.op, &self.session.before) else { return Vec::new() };
        let mut changed = Vec::new();
        for action in actions {
            let Action::Copy(files) = action else { continue };
            let input = vertex.inputs.get(files.input).copied().flatten();
            let context = input.filter(|input| matches!(self.graph.vertices[*input].op, Op::Context(_)));
            if let Some(tree) = self.tree(context) {
                changed.extend(checksum::changed(tree, before, files, CHANGED - changed.len().min(CHANGED)));
            }
        }
        changed.iter().map(|path| path.as_str().into()).collect()
    }

    /// Lets the World know, of one operation or of what the cache knows.
    async fn tell(&mut self, one: Option<(usize, StepState)>) -> Result<(), Failure> {
        match one {
            Some((at, state)) => self.report(at, state),
            None => {
                for at in 0..self.nodes.len() {
                    if self.nodes[at].hit.is_some() {
                        self.report(at, StepState::Cached);
                    } else if self.nodes[at].result.is_some() {
                        self.report(at, StepState::Done);
                    }
                }
            }
        }
        self.session.tell().await
    }

    /// The digests of the files that an operation takes from elsewhere, as far as they are known.
    fn contents(&self, at: usize) -> Vec<String> {
        let vertex = &self.graph.vertices[at];
        let others = vertex.inputs.iter().enumerate().skip(1);
        others.filter_map(|(number, input)| self.digest(vertex, number, (*input)?)).collect()
    }

    /// Shows what comes from the cache.
    async fn announce(&mut self, order: &[usize], wanted: &[bool]) -> Result<(), Failure> {
        for at in order.iter().filter(|at| wanted[**at]) {
            self.base(*at).await?;
        }
        let now = self.session.sys.now();
        for at in order {
            let vertex = &self.graph.vertices[*at];
            match &vertex.op {
                Op::Image { .. } if wanted[*at] && self.nodes[*at].hit.is_some() => {
                    if let Some(step) = self.nodes[*at].step {
                        self.session.trace.settle(step, End::Cached);
                    }
                }
                Op::Exec(_) | Op::Files(_) if self.nodes[*at].hit.is_some() => {
                    let step = self.session.trace.begin(&vertex.name, now);
                    self.session.trace.finish(step, End::Cached, now);
                    self.nodes[*at].step = Some(step);
                }
                _ => {}
            }
        }
        self.session.show().await;
        self.tell(None).await
    }

    /// A base whose layers are here is had at once; one that must be fetched has not ended yet.
    async fn base(&mut self, at: usize) -> Result<(), Failure> {
        let vertex = &self.graph.vertices[at];
        let Op::Image { reference, id } = &vertex.op else { return Ok(()) };
        if let Some(hit) = self.nodes[at].hit.clone() {
            return self.have(at, hit).await;
        }
        let now = self.session.sys.now();
        let step = self.nodes[at].step.unwrap_or_default();
        if let Some((_, shown)) = vertex.name.split_once("FROM ").filter(|(_, shown)| shown.contains('@')) {
            self.session.trace.status(step, &format!("resolve {shown}"), (0, 0), true, now);
        }
        let ask = Ask::Base { reference: reference.clone(), id: id.clone(), transfer: false };
        match self.session.ask(ask).await? {
            Found::Snapshot(snapshot) => self.have(at, snapshot).await,
            _ => {
                self.session.trace.again(step, now);
                Ok(())
            }
        }
    }

    /// Does what the cache does not know: what stands on nothing that is still under way goes on side by side.
    async fn perform(&mut self, mut pending: Vec<usize>) -> Result<(), Failure> {
        let mut running: Vec<Running> = Vec::new();
        let done = loop {
            let ready = pending.iter().position(|at| self.ready(*at));
            if let Some(next) = ready {
                match self.start(pending.remove(next)).await {
                    Ok(started) => running.extend(started),
                    Err(failure) => break Err(failure),
                }
                continue;
            }
            if running.is_empty() {
                break Ok(());
            }
            let (which, reply) = match self.session.next(running.iter().map(|one| &one.connection).collect()).await {
                Ok(reply) => reply,
                Err(failure) => break Err(failure),
            };
            match self.take(&mut running[which], reply).await {
                Ok(false) => {}
                Ok(true) => running.remove(which).connection.close(),
                Err(failure) => {
                    running.remove(which).connection.close();
                    break Err(failure);
                }
            }
        };
        // The first failure ends what goes on beside it.
        for one in running {
            self.report(one.at, StepState::Canceled);
            one.connection.close();
            self.session.trace.finish(one.step, End::Canceled, self.session.sys.now());
        }
        done
    }

    /// Whether all that an operation needs is there.
    fn ready(&self, at: usize) -> bool {
        let there = |input: &usize| self.nodes[*input].result.is_some();
        self.nodes[at].hit.is_some() || self.graph.vertices[at].inputs.iter().flatten().all(there)
    }

    /// Begins an operation; what takes its time comes back.
    async fn start(&mut self, at: usize) -> Result<Option<Running>, Failure> {
        let vertex = &self.graph.vertices[at];
        if self.nodes[at].result.is_some() {
            return Ok(None);
        }
        if let Op::Image { reference, id } = &vertex.op {
            let connection =
                self.session.open(Ask::Base { reference: reference.clone(), id: id.clone(), transfer: true })?;
            let step = self.nodes[at].step.unwrap_or_default();
            self.tell(Some((at, StepState::Running))).await?;
            return Ok(Some(Running { at, step, connection }));
        }
        if self.nodes[at].hit.is_none() {
            self.look_again(at).await?;
        }
        if let Some(hit) = self.nodes[at].hit.clone() {
            self.have(at, hit).await?;
            self.report(at, StepState::Cached);
            return Ok(None);
        }
        let step = self.session.trace.begin(&vertex.name, self.session.sys.now());
        self.nodes[at].step = Some(step);
        self.tell(Some((at, StepState::Running))).await?;
        self.session.show().await;
        let done = match &vertex.op {
            Op::Exec(exec) => match self.exec(at, exec) {
                Ok(connection) => return Ok(Some(Running { at, step, connection })),
                Err(failure) => Err(failure),
            },
            Op::Files(actions) => self.files(at, actions).await,
            _ => Ok(Made::default()),
        };
        self.ended(at, step, done).await?;
        Ok(None)
    }

    /// What an operation takes from other stages is known by now, and with it perhaps its result.
    async fn look_again(&mut self, at: usize) -> Result<(), Failure> {
        self.nodes[at].content_key = self.content_key(at);
        let content = self.nodes[at].content_key.clone().filter(|_| !self.nodes[at].anew);
        let Some(content) = content else { return Ok(()) };
        self.nodes[at].hit = self.look(vec![content]).await?;
        if let Some(hit) = self.nodes[at].hit.clone() {
            let now = self.session.sys.now();
            let step = self.session.trace.begin(&self.graph.vertices[at].name, now);
            self.session.trace.finish(step, End::Cached, now);
            let keys = self.nodes[at].key.clone().into_iter().collect();
            self.session.ask(Ask::Know { record: hit.record, keys }).await?;
        }
        Ok(())
    }

    /// Takes a result over.
    async fn have(&mut self, at: usize, snapshot: Snapshot) -> Result<(), Failure> {
        let found = self.session.ask(Ask::Tree { chain: snapshot.chain.clone() }).await?;
        let Found::Tree(tree) = found else { return Err(self.session.lost()) };
        self.nodes[at].result = Some(Outcome { snapshot: Some(snapshot), tree });
        Ok(())
    }

    /// Takes a reply to something under way; true if it is over.
    async fn take(&mut self, one: &mut Running, reply: Reply) -> Result<bool, Failure> {
        let now = self.session.sys.now();
        match reply {
            Reply::Output { bytes, .. } => self.session.trace.log(one.step, &bytes, now),
            Reply::Progress(progress) => {
                self.session.transfer(one.step, &progress);
            }
            Reply::Done(Answer::Build(Found::Snapshot(snapshot))) => {
                self.session.trace.finish(one.step, End::Done, now);
                self.have(one.at, snapshot).await?;
                self.tell(Some((one.at, StepState::Done))).await?;
                return Ok(true);
            }
            Reply::Done(Answer::Build(found)) => {
                let done = self.ran(one, found);
                self.ended(one.at, one.step, done).await?;
                return Ok(true);
            }
            Reply::Failed(fault) => {
                self.ended(one.at, one.step, Err(Failure::new(fault.message))).await?;
                return Ok(true);
            }
            _ => {}
        }
        self.session.show().await;
        Ok(false)
    }

    /// Keeps what an operation made, or says why it made nothing.
    async fn ended(&mut self, at: usize, step: usize, done: Result<Made, Failure>) -> Result<(), Failure> {
        match done {
            Ok(made) => self.keep(at, step, made).await,
            Err(failure) => {
                let why = failure.step.clone().unwrap_or_else(|| failure.message.clone());
                let end = if failure.canceled { End::Canceled } else { End::Failed(why) };
                self.report(at, if failure.canceled { StepState::Canceled } else { StepState::Failed });
                self.session.trace.finish(step, end, self.session.sys.now());
                Err(Failure { lines: self.graph.vertices[at].lines, ..failure })
            }
        }
    }

    async fn keep(&mut self, at: usize, step: usize, made: Made) -> Result<(), Failure> {
        let vertex = &self.graph.vertices[at];
        let base = vertex.inputs.first().copied().flatten().and_then(|base| self.snapshot(base)).cloned();
        let node = &self.nodes[at];
        let keep = Keep {
            keys: [&node.key, &node.content_key].into_iter().flatten().cloned().collect(),
            parent: base.as_ref().and_then(|base| base.chain.clone()),
            record: base.map(|base| base.record),
            diff: made.diff.unwrap_or_else(|| Rc::new(Fs::new(layer::root_meta(0)))),
            merged: made.merged,
            description: description(vertex),
        };
        self.session.report.steps[at].size = layer::size(&keep.diff);
        let kept = self.session.ask(Ask::Keep(Box::new(keep))).await?;
        let Found::Snapshot(snapshot) = kept else { return Err(self.session.lost()) };
        self.have(at, snapshot).await?;
        self.tell(Some((at, StepState::Done))).await?;
        self.session.trace.finish(step, End::Done, self.session.sys.now());
        self.session.show().await;
        Ok(())
    }

    pub(super) fn tree(&self, input: Option<usize>) -> Option<&Rc<Fs>> {
        self.nodes[input?].result.as_ref()?.tree.as_ref()
    }

    /// The key of an operation by what it is and what it stands on.
    fn definition_key(&self, at: usize) -> Option<String> {
        self.step_key(at, None, &|input| self.nodes[input].key.clone())
    }

    /// The key by the content of what it, or what it stands on, takes from elsewhere, where that is known.
    fn content_key(&self, at: usize) -> Option<String> {
        let vertex = &self.graph.vertices[at];
        let base = vertex.inputs.first().copied().flatten().filter(|_| !vertex.link);
        let below = base.and_then(|base| self.nodes[base].content_key.clone());
        let mut others = vertex.inputs.iter().skip(1).flatten();
        let plain = |input: &usize| matches!(self.graph.vertices[*input].op, Op::Context(_) | Op::Inline { .. });
        if below.is_none() && others.all(plain) {
            return None;
        }
        self.step_key(at, below, &|_| None)
    }

    fn step_key(&self, at: usize, below: Option<String>, of: &dyn Fn(usize) -> Option<String>) -> Option<String> {
        let vertex = &self.graph.vertices[at];
        let base = match (vertex.inputs.first().copied().flatten(), below) {
            _ if vertex.link => String::new(),
            (_, Some(below)) => below,
            (Some(base), None) => self.nodes[base].key.clone()?,
            (None, None) => "scratch".into(),
        };
        let mut parts = vec![describe(&vertex.op), base];
        for number in 1..vertex.inputs.len() {
            let Some(input) = vertex.inputs[number] else {
                parts.push("scratch".into());
                continue;
            };
            let known = of(input).or_else(|| self.digest(vertex, number, input));
            parts.push(known?);
        }
        let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
        Some(key(&parts))
    }

    /// The digest of what an operation takes of an input.
    fn digest(&self, vertex: &Vertex, number: usize, input: usize) -> Option<String> {
        let tree = self.nodes[input].result.as_ref()?.tree.as_ref()?;
        let memo = &mut *self.nodes[input].memo.borrow_mut();
        match &vertex.op {
            Op::Files(actions) => actions.iter().find_map(|action| match action {
                Action::Copy(files) if files.input == number => Some(checksum::of_copy(tree, files, memo)),
                _ => None,
            }),
            Op::Exec(exec) => {
                let mount = exec.mounts.iter().find(|mount| mount.input == Some(number))?;
                Some(checksum::of_path(tree, &resolve(tree, &mount.source), memo))
            }
            _ => None,
        }
    }

    /// Refuses a copy of something that is not in the context.
    fn check(&mut self, at: usize) -> Result<(), Failure> {
        let vertex = &self.graph.vertices[at];
        let Op::Files(actions) = &vertex.op else { return Ok(()) };
        for action in actions {
            let Action::Copy(files) = action else { continue };
            let input = vertex.inputs.get(files.input).copied().flatten();
            let Some(tree) = self.tree(input) else { continue };
            if copy::missing(tree, files) {
                return Err(self.not_found(at, files));
            }
        }
        Ok(())
    }

    pub(super) fn not_found(&mut self, at: usize, files: &CopyFiles) -> Failure {
        let vertex = &self.graph.vertices[at];
        let path = match &files.include {
            Some(pattern) => crate::kernel::join(&files.source, pattern),
            None => files.source.clone(),
        };
        let reference = self.session.reference();
        let why = format!(
            "failed to calculate checksum of ref {reference}: {}: not found",
            crate::model::quote::quoted(&path)
        );
        let now = self.session.sys.now();
        let step = match self.nodes[at].step {
            Some(step) => step,
            None => self.session.trace.begin(&vertex.name, now),
        };
        self.settle_bases();
        self.report(at, StepState::Failed);
        self.session.trace.finish(step, End::Failed(why.clone()), now);
        Failure { message: format!("failed to compute cache key: {why}"), lines: vertex.lines, ..Failure::default() }
    }

    /// When a build ends before anything is done, what is known counts as taken from the cache.
    fn settle_bases(&mut self) {
        for at in (0..self.nodes.len()).filter(|at| self.nodes[*at].hit.is_some()).collect::<Vec<_>>() {
            self.report(at, StepState::Cached);
        }
        for node in self.nodes.iter().filter(|node| node.hit.is_some()) {
            if let Some(step) = node.step {
                self.session.trace.settle(step, End::Cached);
            }
        }
    }
}
