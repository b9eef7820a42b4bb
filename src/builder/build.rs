//! A build from the first to the last line: context, Dockerfile, stages, solver, image.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::context::{self, Wanted};
use super::export::{self, Output};
use super::ignore::{self, Ignore};
use super::instruction::{Refusal, understand};
use super::lint::{Lint, Warning};
use super::parser::{self, Lines, Tree};
use super::progress::{Display, End, Trace};
use super::report;
use super::solve::Solver;
use super::stage::{Base, Options, Resolved, Stages};
use crate::engine::api::{Answer, Progress, Reply, Request};
use crate::engine::build::{Ask, Found};
use crate::engine::client::{CallError, Connection, call};
use crate::kernel::Sys;
use crate::model::build::BuildRun;
use crate::model::file::Fs;
use crate::model::signal::Signal;
use crate::model::time::Time;
use crate::oci::layer;

/// Time that reading what is small takes.
/// Time between two drawings of a terminal, and in a long build.
const TICK: Time = Time::millis(150);
const SLOW_TICK: Time = Time::millis(500);
const LONG: Time = Time::seconds(20);
const LOAD: Time = Time::millis(6);

/// Where the files come from.
#[derive(Clone, Debug, PartialEq)]
pub enum Source {
    /// A directory of the host.
    Dir(String),
    /// A tar that came on standard input.
    Archive(Rc<Fs>),
    /// No files at all.
    Empty,
}

/// Where the Dockerfile comes from.
#[derive(Clone, Debug, PartialEq)]
pub enum Definition {
    /// A file of the host: its directory, and its name in it.
    File { dir: String, name: String },
    /// A file of the archive.
    Archived(String),
    /// What came on standard input.
    Given(Vec<u8>),
}

/// A build that is asked for.
pub struct Build {
    pub source: Source,
    pub definition: Definition,
    pub options: Options,
    pub tags: Vec<String>,
    pub output: Output,
    pub pull: bool,
    /// Only the checks are wanted.
    pub check: bool,
    pub secrets: BTreeMap<String, Rc<Vec<u8>>>,
    /// The name of this build among several.
    pub target: String,
    /// Where its progress is shown: standard error, as a rule.
    pub shown_on: u32,
}

/// Builds as they are shown, one after the other.
pub struct Show {
    pub trace: Trace,
    pub display: Display,
}

impl Show {
    pub fn new(display: Display) -> Show {
        Show { trace: Trace::default(), display }
    }

    /// Says the last of it.
    pub async fn finish(&mut self, sys: &Sys, shown_on: u32) {
        let text = self.display.finish(&mut self.trace, sys.now(), size(sys, shown_on));
        tell(sys, shown_on, &text).await;
    }
}

/// Why a build fails.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Failure {
    /// What is behind `ERROR: failed to solve: `.
    pub message: String,
    /// What the step itself says, where that is less.
    pub step: Option<String>,
    /// The lines of the Dockerfile to show.
    pub lines: Option<Lines>,
    pub canceled: bool,
    /// The daemon could not be asked.
    pub call: Option<String>,
}

impl Failure {
    pub fn new(message: impl Into<String>) -> Failure {
        Failure { message: message.into(), ..Failure::default() }
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Failure {
        Failure { message: refusal.message, lines: refusal.lines, ..Failure::default() }
    }
}

/// What a build gave.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Built {
    /// The image's id, if one was made.
    pub id: String,
    /// What the builder calls this build.
    pub reference: String,
    /// The files of the result, where they were asked for.
    pub tree: Option<Rc<Fs>>,
    pub warnings: Vec<Warning>,
    /// The Dockerfile's name and text, for what is said of its lines.
    pub name: String,
    pub text: String,
}

/// One build under way.
pub struct Session {
    pub sys: Sys,
    pub trace: Trace,
    pub display: Display,
    source: Source,
    ignore: Ignore,
    wanted: Wanted,
    secrets: BTreeMap<String, Rc<Vec<u8>>>,
    /// Layers of base images on their way, by digest.
    blobs: Vec<String>,
    /// The build context as it was sent before.
    pub before: Option<Rc<Fs>>,
    /// How the build stands, as the World has it, and its number there.
    pub report: BuildRun,
    number: Option<u64>,
    shown_on: u32,
}

impl Session {
    /// Prints what there is to see.
    pub async fn show(&mut self) {
        self.draw(false).await;
    }

    async fn draw(&mut self, tick: bool) {
        let now = self.sys.now();
        let text = self.display.show(&mut self.trace, now, size(&self.sys, self.shown_on), tick);
        tell(&self.sys, self.shown_on, &text).await;
    }

    /// The next reply to one of several requests that take their time, and to which; a terminal is drawn anew
    /// meanwhile.
    pub async fn next(&mut self, connections: Vec<&Connection>) -> Result<(usize, Reply), Failure> {
        loop {
            let since = self.trace.began.map_or(Time::ZERO, |began| self.sys.now().since(began));
            let tick = self.sys.now().plus(if since < LONG { TICK } else { SLOW_TICK });
            let ticks = matches!(self.display, Display::Tty(_));
            let reply = self
                .sys
                .block(|k| {
                    for (which, connection) in connections.iter().enumerate() {
                        if let Some(reply) = connection.poll(k) {
                            return Some(Some((which, reply)));
                        }
                    }
                    if ticks && k.world.now >= tick {
                        return Some(None);
                    }
                    if ticks {
                        k.wait_until(tick);
                    }
                    None
                })
                .await;
            match reply {
                None => self.draw(true).await,
                Some((which, Ok(Some(reply)))) => return Ok((which, reply)),
                Some(_) => return Err(self.lost()),
            }
        }
    }

    pub fn open(&self, ask: Ask) -> Result<Connection, Failure> {
        Connection::open(&self.sys, Request::Build(ask)).map_err(unreachable_daemon)
    }

    pub async fn ask(&self, ask: Ask) -> Result<Found, Failure> {
        match call(&self.sys, Request::Build(ask)).await {
            Ok(Answer::Build(found)) => Ok(found),
            Ok(_) => Ok(Found::Nothing),
            Err(CallError::Daemon(fault)) => Err(Failure::new(fault.message)),
            Err(CallError::Interrupted) => Err(self.lost()),
            Err(error) => Err(unreachable_daemon(error)),
        }
    }

    /// The connection broke, or somebody pressed ^C.
    pub fn lost(&self) -> Failure {
        while self.sys.take_signal().is_some() {}
        Failure { canceled: true, ..Failure::new("Canceled: context canceled") }
    }

    pub fn secret(&self, id: &str) -> Option<Rc<Vec<u8>>> {
        self.secrets.get(id).cloned()
    }

    /// Lets the World know how the build stands.
    pub async fn tell(&mut self) -> Result<(), Failure> {
        let report = Ask::Report { number: self.number, run: Rc::new(self.report.clone()) };
        if let Found::Number(number) = self.ask(report).await? {
            self.number = Some(number);
        }
        Ok(())
    }

    /// A name for what was sent, as errors show it.
    pub fn reference(&mut self) -> String {
        const DIGITS: &[u8; 36] = b"0123456789abcdefghijklmnopqrstuvwxyz";
        self.sys.world(|w| {
            let hex: String = w.engine.id.bytes().map(|b| format!("{b:02x}")).collect();
            let part = |from: usize, to: usize| hex.get(from..to).unwrap_or_default();
            let session = [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)].join("-");
            let digits: String = (0..25).map(|_| DIGITS[w.random.below(36) as usize] as char).collect();
            format!("{session}::{digits}")
        })
    }

    /// Loads the files that the build takes.
    pub async fn load_context(&mut self, name: &str, title: &str) -> Result<Rc<Fs>, Failure> {
        let step = self.trace.begin(title, self.sys.now());
        let (tree, known) = match &self.source {
            Source::Dir(dir) => {
                let read = context::read(&self.sys, dir, &self.ignore, &self.wanted);
                let tree = Rc::new(match read {
                    Ok(tree) => tree,
                    Err(why) => {
                        let now = self.sys.now();
                        self.trace.finish(step, End::Failed(why.clone()), now);
                        return Err(Failure::new(format!("failed to compute cache key: {why}")));
                    }
                });
                let place = format!("{name} {dir}");
                let before = match self.ask(Ask::Context { name: place, tree: tree.clone() }).await? {
                    Found::Tree(before) => before,
                    _ => None,
                };
                self.before.clone_from(&before);
                (tree, before)
            }
            Source::Archive(tree) => (filtered(tree, &self.ignore), Some(tree.clone())),
            Source::Empty => (Rc::new(Fs::new(layer::root_meta(0))), None),
        };
        let size = context::transferred(&tree, known.as_deref());
        let _ = self.sys.sleep(LOAD).await;
        let now = self.sys.now();
        self.trace.status(step, "transferring context:", (size, 0), true, now);
        self.trace.finish(step, End::Done, now);
        Ok(tree)
    }

    /// Something on the web, where there is none.
    pub async fn unreachable(&mut self, url: &str, name: &str) -> Failure {
        let step = self.trace.begin(name, self.sys.now());
        let host = url.split("://").nth(1).and_then(|rest| rest.split(['/', ':', '?']).next()).unwrap_or(url);
        let why = format!("Get \"{url}\": dial tcp: lookup {host}: Temporary failure in name resolution");
        let _ = self.sys.sleep(Time::millis(400)).await;
        let now = self.sys.now();
        self.trace.finish(step, End::Failed(why.clone()), now);
        Failure::new(format!("failed to load cache key: {why}"))
    }

    /// How far a layer of a base image is on its way.
    pub fn transfer(&mut self, step: usize, progress: &Progress) {
        let now = self.sys.now();
        let known = self.blobs.iter().find(|blob| blob.starts_with(&progress.id)).cloned();
        let id = &known.unwrap_or_else(|| progress.id.clone());
        match progress.status.as_str() {
            "Layer" => self.blobs.push(progress.id.clone()),
            "Downloading" => {
                self.trace.status(step, &format!("sha256:{id}"), (progress.current, progress.total), false, now);
            }
            "Download complete" => {
                let known = self.trace.steps[step].statuses.iter().find(|status| status.id == format!("sha256:{id}"));
                let total = known.map_or(0, |status| status.total);
                self.trace.status(step, &format!("sha256:{id}"), (total, total), true, now);
            }
            "Extracting" => self.trace.status(step, &format!("extracting sha256:{id}"), (0, 0), false, now),
            "Pull complete" => self.trace.status(step, &format!("extracting sha256:{id}"), (0, 0), true, now),
            _ => {}
        }
    }

    /// A step that reads something small.
    async fn small(&mut self, title: &str, status: &str, size: u64) -> usize {
        let step = self.trace.begin(title, self.sys.now());
        let _ = self.sys.sleep(LOAD).await;
        let now = self.sys.now();
        self.trace.status(step, status, (size, 0), true, now);
        self.trace.finish(step, End::Done, now);
        step
    }
}

/// Rows and columns of the terminal that progress is shown on.
fn size(sys: &Sys, shown_on: u32) -> (usize, usize) {
    let tty = sys.is_terminal(shown_on);
    let size =
        tty.and_then(|tty| sys.world(|w| w.terminal(tty).map(|t| (usize::from(t.rows), usize::from(t.columns)))));
    size.unwrap_or((24, 80))
}

async fn tell(sys: &Sys, shown_on: u32, text: &str) {
    if !text.is_empty() {
        // A reader that went away is no reason to end a build.
        let _ = sys.write(shown_on, text.as_bytes()).await;
    }
}

fn unreachable_daemon(error: CallError) -> Failure {
    Failure { call: Some(error.text()), ..Failure::default() }
}

/// A context without what is left out.
fn filtered(tree: &Rc<Fs>, ignore: &Ignore) -> Rc<Fs> {
    if ignore.is_empty() {
        return tree.clone();
    }
    let mut kept = Fs::new(layer::root_meta(0));
    layer::walk(tree, &mut |path, _, inode| {
        if !ignore.matches(path) {
            let kind = match &inode.kind {
                crate::model::file::Kind::Dir(_) => crate::model::file::Kind::Dir(Default::default()),
                kind => kind.clone(),
            };
            layer::add(&mut kept, &format!("/{path}"), inode.meta, kind);
        }
    });
    Rc::new(kept)
}

/// Carries a build out, showing it on the way; what it gave is there even where it failed.
pub async fn run(sys: &Sys, ask: Build, display: Display) -> (Built, Option<Failure>) {
    let shown_on = ask.shown_on;
    let (built, failed, mut show) = run_among(sys, ask, Show::new(display)).await;
    show.finish(sys, shown_on).await;
    (built, failed)
}

/// Carries out one of several builds that are shown together.
pub async fn run_among(sys: &Sys, ask: Build, show: Show) -> (Built, Option<Failure>, Show) {
    let mut session = Session {
        sys: sys.clone(),
        trace: Trace { target: ask.target.clone(), ..show.trace },
        display: show.display,
        source: ask.source.clone(),
        ignore: Ignore::default(),
        wanted: Wanted::new(&[]),
        secrets: ask.secrets.clone(),
        blobs: Vec::new(),
        before: None,
        report: report::begun(sys.now(), &ask),
        number: None,
        shown_on: ask.shown_on,
    };
    sys.catch_signal(Signal::INT, true);
    let reference = session.reference();
    let reference = reference.rsplit(':').next().unwrap_or_default().to_string();
    let mut built = Built { reference, ..Built::default() };
    let failed = carry_out(&mut session, &ask, &mut built).await.err();
    if failed.as_ref().is_some_and(|failure| failure.canceled) {
        let now = sys.now();
        for at in 0..session.trace.steps.len() {
            if session.trace.steps[at].end.is_none() {
                session.trace.finish(at, End::Canceled, now);
            }
        }
    }
    session.report.ended = Some(sys.now());
    session.report.error = failed.as_ref().map(|failure| failure.message.as_str().into());
    session.report.image = Some(built.id.as_str()).filter(|id| !id.is_empty()).map(Into::into);
    if !ask.check && failed.as_ref().is_none_or(|failure| failure.call.is_none()) {
        let _ = session.tell().await;
    }
    (built, failed, Show { trace: session.trace, display: session.display })
}

async fn carry_out(session: &mut Session, ask: &Build, built: &mut Built) -> Result<(), Failure> {
    let (step, tree) = define(session, ask, built).await?;
    let mut stages = match read_stages(&ask.options, &tree) {
        Ok(stages) => stages,
        Err(refused) => {
            let (refusal, lint) = *refused;
            warn(session, ask, step, &lint, built);
            return Err(refusal.into());
        }
    };
    // Warnings belong to the step that loaded the file, so that is shown when all of them are there.
    let prepared = prepare(session, ask, &mut stages, built, step).await;
    if let Err(failure) = prepared {
        warn(session, ask, step, &stages.lint, built);
        return Err(failure);
    }
    if ask.check {
        return Ok(());
    }
    session.wanted = Wanted::new(&stages.context_paths);
    let target = stages.drafts[stages.target].top;
    (session.report.stages, session.report.target) = (report::stages(&stages.drafts), stages.target);
    let graph = std::mem::take(&mut stages.graph);
    let solved = Solver::new(&graph, session).solve(target).await?;
    let image = stages.drafts[stages.target].image.clone();
    export::export(session, ask, image, solved, built).await
}

/// Reads the Dockerfile.
async fn define(session: &mut Session, ask: &Build, built: &mut Built) -> Result<(usize, Tree), Failure> {
    let (name, content) = match &ask.definition {
        Definition::Given(bytes) => ("Dockerfile".to_string(), Some(bytes.clone())),
        Definition::Archived(name) => {
            let tree = match &ask.source {
                Source::Archive(tree) => Some(tree.clone()),
                _ => None,
            };
            (name.clone(), tree.and_then(|tree| context::file(&tree, &crate::kernel::join("/", name))))
        }
        Definition::File { dir, name } => {
            let mut found = session.sys.read_file(&crate::kernel::join(dir, name)).await.ok();
            if found.is_none() && name == "Dockerfile" {
                found = session.sys.read_file(&crate::kernel::join(dir, "dockerfile")).await.ok();
            }
            (name.clone(), found)
        }
    };
    let title = format!("[internal] load build definition from {name}");
    let size = context::transferred_file(&name, content.as_deref());
    let step = session.small(&title, "transferring dockerfile:", size).await;
    let Some(content) = content else {
        return Err(Failure::new(format!("failed to read dockerfile: open {name}: no such file or directory")));
    };
    built.name = name;
    built.text = String::from_utf8_lossy(&content).into_owned();
    session.report.name = built.name.as_str().into();
    session.report.dockerfile = built.text.as_str().into();
    if built.text.is_empty() {
        return Err(Failure::new("the Dockerfile cannot be empty"));
    }
    Ok((step, parser::parse(&built.text)))
}

/// The stages of a Dockerfile, as far as that needs no image.
pub fn read_stages(options: &Options, tree: &Tree) -> Result<Stages, Box<(Refusal, Lint)>> {
    let plain = |refusal| Box::new((refusal, Lint::default()));
    let check = options.build_args.iter().find(|(name, _)| name == "BUILDKIT_DOCKERFILE_CHECK");
    let check = check.map(|(_, value)| value.as_str()).or(tree.directive("check")).unwrap_or_default();
    let mut lint = Lint::new(check).map_err(|why| plain(Refusal::new(why)))?;
    let file = understand(tree).map_err(plain)?;
    lint.text(tree, &file.stages);
    Stages::new(file, tree.escape, options.clone(), lint)
}

/// Shows what the checks found, at the step that loaded the file; a mere check tells it in its own way.
fn warn(session: &mut Session, ask: &Build, step: usize, lint: &Lint, built: &mut Built) {
    built.warnings.clone_from(&lint.warnings);
    for warning in lint.warnings.iter().filter(|_| !ask.check) {
        session.trace.warn(step, &warning.short());
    }
}

/// Base images, the ignore file, and the stages laid out on them.
async fn prepare(
    session: &mut Session,
    ask: &Build,
    stages: &mut Stages,
    built: &mut Built,
    step: usize,
) -> Result<(), Failure> {
    let all = ask.check && ask.options.target.is_empty();
    let mut known: BTreeMap<String, Resolved> = BTreeMap::new();
    loop {
        for base in stages.wanted(all)? {
            let found = match known.get(&base.reference) {
                Some(found) => found.clone(),
                None => resolve(session, ask, stages, &base).await?,
            };
            known.insert(base.reference.clone(), found.clone());
            stages.resolved(base.draft, &base.reference, found);
        }
        if !stages.triggers()? {
            break;
        }
    }
    load_ignore(session, ask).await?;
    let laid =
        if session.ignore.is_empty() { stages.lay_out(all, None) } else { stages.lay_out(all, Some(&session.ignore)) };
    laid?;
    warn(session, ask, step, &stages.lint, built);
    session.show().await;
    Ok(())
}

async fn resolve(session: &mut Session, ask: &Build, stages: &Stages, base: &Base) -> Result<Resolved, Failure> {
    let title = format!("[internal] load metadata for {}", base.reference);
    let step = session.trace.begin(&title, session.sys.now());
    let from = |remote| Ask::Resolve { reference: base.reference.clone(), remote };
    let mut found = if ask.pull { Ok(Found::Nothing) } else { session.ask(from(false)).await };
    if found == Ok(Found::Nothing) {
        // The registry takes its time.
        session.show().await;
        found = session.ask(from(true)).await;
    }
    let now = session.sys.now();
    match found {
        Ok(Found::Image { id, document, digest }) => {
            session.trace.finish(step, End::Done, now);
            Ok(Resolved { id, document: *document, digest })
        }
        Ok(_) => Err(session.lost()),
        Err(failure) if failure.call.is_some() || failure.canceled => Err(failure),
        Err(failure) => {
            session.trace.finish(step, End::Failed(failure.message.clone()), now);
            let message = stages.unresolved(base, &failure.message);
            Err(Failure { message, lines: Some(base.lines), ..failure })
        }
    }
}

/// `.dockerignore`, or the one that belongs to the Dockerfile.
async fn load_ignore(session: &mut Session, ask: &Build) -> Result<(), Failure> {
    let own = match &ask.definition {
        Definition::File { dir, name } => {
            session.sys.read_file(&crate::kernel::join(dir, &format!("{name}.dockerignore"))).await.ok()
        }
        _ => None,
    };
    let found = match (own, &ask.source) {
        (Some(own), _) => Some(own),
        (None, Source::Dir(dir)) => session.sys.read_file(&crate::kernel::join(dir, ".dockerignore")).await.ok(),
        (None, Source::Archive(tree)) => context::file(tree, "/.dockerignore"),
        (None, Source::Empty) => None,
    };
    let size = context::transferred_file(".dockerignore", found.as_deref());
    session.small("[internal] load .dockerignore", "transferring context:", size).await;
    let text = String::from_utf8_lossy(&found.unwrap_or_default()).into_owned();
    session.ignore = Ignore::new(&ignore::lines(&text)).map_err(Failure::new)?;
    Ok(())
}

/// The lines of a Dockerfile around those that are meant, as errors and checks show them.
pub fn excerpt(name: &str, text: &str, lines: Lines) -> String {
    let all: Vec<&str> = text.split('\n').collect();
    let (mut start, mut end) = (lines.0, lines.1.max(lines.0).min(all.len()));
    if start < 1 || start > all.len() {
        return String::new();
    }
    let pad = if end == start { 4 } else { 2 };
    let mut padded = 0;
    while padded < pad {
        if start > 1 {
            start -= 1;
            padded += 1;
        }
        if end != all.len() {
            end += 1;
            padded += 1;
        }
        padded += 1;
    }
    let rule = "-".repeat(20);
    let mut out = format!("{name}:{}\n{rule}\n", lines.0);
    for number in start..=end {
        let mark = if (lines.0..=lines.1.max(lines.0)).contains(&number) { ">>>" } else { "   " };
        out += &format!(" {number:3} | {mark} {}\n", all[number - 1]);
    }
    out + &format!("{rule}\n")
}
