//! Laying a stage out: each instruction becomes an operation, a change of the image's configuration, or both.

use super::{Draft, Resolved, SCRATCH, Stages, port};
use crate::builder::expand::{Lex, expand};
use crate::builder::graph::{Action, Op, Vertex};
use crate::builder::ignore::Ignore;
use crate::builder::instruction::{Arg, Command, Copy, Kind, Line, Pair, Refusal};
use crate::builder::lint;
use crate::builder::parser::Lines;
use crate::kernel::join;
use crate::model::image::Healthcheck;
use crate::model::quote::quoted;
use crate::model::signal::Signal;
use crate::oci::config::{self, Empty};

const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

impl Stages {
    /// Takes in a base image that was asked for.
    pub fn resolved(&mut self, at: usize, reference: &str, found: Resolved) {
        let mut document = found.document.clone();
        document.created.clear();
        let mut shown = reference.to_string();
        if let Some(digest) = found.digest.as_ref().filter(|_| !reference.contains('@')) {
            shown += &format!("@{digest}");
        }
        let draft = &mut self.drafts[at];
        draft.image = document;
        draft.done |= draft.implicit;
        if !found.document.rootfs.diff_ids.is_empty() {
            let vertex = Vertex {
                op: Op::Image { reference: reference.to_string(), id: found.id.clone() },
                inputs: Vec::new(),
                name: format!("{}FROM {shown}", draft.prefix(false)),
                lines: Some(draft.stage.lines),
                ignore_cache: false,
                link: false,
                digest: String::new(),
            };
            draft.top = Some(self.graph.add(vertex));
        }
        self.drafts[at].found = Some(found);
    }

    /// Lays out every stage that the target needs, or `all`.
    pub fn lay_out(&mut self, all: bool, ignore: Option<&Ignore>) -> Result<(), Refusal> {
        for (at, reached) in self.reachable(all).into_iter().enumerate() {
            if !reached || self.drafts[at].done {
                continue;
            }
            self.begin(at);
            let commands = self.drafts[at].commands.clone();
            for (command, sources) in &commands {
                self.instruct(at, command, sources, ignore).map_err(|why| Refusal::at(why, command.lines))?;
            }
            self.drafts[at].done = true;
        }
        let target = &mut self.drafts[self.target];
        for (name, value) in &self.options.labels {
            target.image.config.labels.insert(name.clone(), value.clone());
        }
        match self.lint.error() {
            Some(message) => Err(Refusal::new(message)),
            None => Ok(()),
        }
    }

    /// What a stage starts with.
    fn begin(&mut self, at: usize) {
        if let Some(base) = self.drafts[at].base {
            let base = self.drafts[base].clone();
            let draft = &mut self.drafts[at];
            (draft.top, draft.env, draft.image, draft.workdir_set) = (base.top, base.env, base.image, base.workdir_set);
        }
        let draft = &mut self.drafts[at];
        draft.image.config.on_build.clear();
        if draft.stage.base == SCRATCH && draft.base.is_none() {
            draft.image =
                config::Image { architecture: "amd64".into(), os: "linux".into(), ..config::Image::default() };
        }
        if !draft.image.config.env.iter().any(|entry| entry.starts_with("PATH=")) {
            draft.image.config.env.push(format!("PATH={PATH}"));
        }
        for entry in draft.image.config.env.clone() {
            let (name, value) = entry.split_once('=').unwrap_or((&entry, ""));
            draft.set_env(name, value);
        }
    }

    /// Puts variables into a word; those that are not set are warned of.
    pub(super) fn expanded(&mut self, at: usize, word: &str, lines: Lines) -> Result<String, String> {
        self.expanded_as(self.lex, at, word, lines)
    }

    pub(super) fn expanded_as(&mut self, lex: Lex, at: usize, word: &str, lines: Lines) -> Result<String, String> {
        let done = expand(lex, word, &self.drafts[at].env);
        let unmatched = match &done {
            Ok(done) => done.unmatched.clone(),
            Err(_) => Default::default(),
        };
        self.warn_unset(at, &unmatched, lines);
        done.map(|done| done.text)
    }

    fn instruct(
        &mut self,
        at: usize,
        command: &Command,
        sources: &[usize],
        ignore: Option<&Ignore>,
    ) -> Result<(), String> {
        let lines = command.lines;
        match &command.kind {
            Kind::Add(copy) => {
                let copy = self.expanded_copy(at, copy, lines)?;
                self.copy(at, command, &copy, None, true, ignore)
            }
            Kind::Copy(copy) => {
                let copy = self.expanded_copy(at, copy, lines)?;
                let source = sources.first().copied();
                if let Some(source) = source.filter(|source| !self.drafts[*source].done) {
                    let (from, name) = (quoted(&copy.from), quoted(&self.drafts[at].name));
                    let _ = source;
                    return Err(format!(
                        "cannot copy from stage {from}, it needs to be defined before current stage {name}"
                    ));
                }
                self.copy(at, command, &copy, source, false, ignore)
            }
            Kind::Run(run) => self.run(at, command, run, sources),
            Kind::Workdir(path) => self.workdir(at, command, path),
            Kind::Arg(args) => self.arg(at, args, lines),
            Kind::Env(pairs) => self.env(at, command, pairs),
            Kind::Label(pairs) => self.label(at, command, pairs),
            Kind::Expose(ports) => self.expose(at, ports, lines),
            kind => self.configure(at, command, kind),
        }
    }

    /// What only changes the configuration.
    fn configure(&mut self, at: usize, command: &Command, kind: &Kind) -> Result<(), String> {
        let lines = command.lines;
        match kind {
            Kind::Cmd(line) => {
                self.once(at, "CMD", |draft| &mut draft.cmd, command);
                let words = self.line(at, command, line);
                let draft = &mut self.drafts[at];
                draft.history(format!("CMD {}", list(&words)), false);
                draft.image.config.cmd = Some(words);
                draft.image.config.args_escaped = true;
            }
            Kind::Entrypoint(line) => {
                self.once(at, "ENTRYPOINT", |draft| &mut draft.entrypoint, command);
                let words = self.line(at, command, line);
                let draft = &mut self.drafts[at];
                draft.history(format!("ENTRYPOINT {}", list(&words)), false);
                draft.image.config.entrypoint = Some(words).filter(|words| !words.is_empty());
                if draft.cmd.is_none() {
                    draft.image.config.cmd = None;
                }
            }
            Kind::Healthcheck(check) => {
                self.once(at, "HEALTHCHECK", |draft| &mut draft.healthcheck, command);
                let draft = &mut self.drafts[at];
                draft.history(format!("HEALTHCHECK {}", health(check)), false);
                draft.image.config.healthcheck = Some(check.into());
            }
            Kind::Maintainer(name) => {
                let draft = &mut self.drafts[at];
                draft.image.author.clone_from(name);
                draft.history(format!("MAINTAINER {name}"), false);
            }
            Kind::OnBuild(expression) => self.drafts[at].image.config.on_build.push(expression.clone()),
            Kind::Shell(words) => {
                let draft = &mut self.drafts[at];
                draft.history(format!("SHELL [{}]", words.join(" ")), false);
                draft.image.config.shell = Some(words.clone());
            }
            Kind::StopSignal(signal) => {
                let signal = self.expanded(at, signal, lines)?;
                Signal::parse(&signal).ok_or_else(|| format!("invalid signal: {signal}"))?;
                let draft = &mut self.drafts[at];
                draft.history(format!("STOPSIGNAL {signal}"), false);
                draft.image.config.stop_signal = signal;
            }
            Kind::User(user) => {
                let user = self.expanded(at, user, lines)?;
                let draft = &mut self.drafts[at];
                draft.history(format!("USER {user}"), false);
                draft.image.config.user = user;
            }
            Kind::Volume(volumes) => {
                let mut all = Vec::new();
                for volume in volumes {
                    all.push(self.expanded(at, volume, lines)?);
                }
                if all.iter().any(String::is_empty) {
                    return Err("VOLUME specified can not be an empty string".into());
                }
                let draft = &mut self.drafts[at];
                draft.history(format!("VOLUME [{}]", all.join(" ")), false);
                draft.image.config.volumes.extend(all.into_iter().map(|volume| (volume, Empty {})));
            }
            _ => {}
        }
        Ok(())
    }

    /// Of some instructions a stage has one; an earlier one counts for nothing.
    fn once(&mut self, at: usize, name: &str, place: fn(&mut Draft) -> &mut Option<Lines>, command: &Command) {
        let before = place(&mut self.drafts[at]).replace(command.lines);
        if let Some(lines) = before {
            let message = format!(
                "Multiple {name} instructions should not be used in the same stage because only the last one will be used"
            );
            self.lint.warn(lint::MULTIPLE_INSTRUCTIONS_DISALLOWED, lines, message);
        }
    }

    /// The words of CMD or ENTRYPOINT.
    fn line(&mut self, at: usize, command: &Command, line: &Line) -> Vec<String> {
        if !line.shell {
            return line.words.clone();
        }
        let shell = self.drafts[at].image.config.shell.is_some();
        if !shell {
            let message = format!(
                "JSON arguments recommended for {} to prevent unintended behavior related to OS signals",
                command.keyword
            );
            self.lint.warn(lint::JSON_ARGS_RECOMMENDED, command.lines, message);
        }
        with_shell(&self.drafts[at], &line.words)
    }

    fn env(&mut self, at: usize, command: &Command, pairs: &[Pair]) -> Result<(), String> {
        let pairs = self.expanded_pairs(at, pairs, command.lines)?;
        let mut message = String::from("ENV");
        for pair in &pairs {
            self.legacy(command, pair);
            self.lint.secret("ENV", &pair.name, command.lines);
            message += &format!(" {}={}", pair.name, pair.value);
            let draft = &mut self.drafts[at];
            draft.set_env(&pair.name, &pair.value);
            let entry = format!("{}={}", pair.name, pair.value);
            let same = |known: &&mut String| known.split('=').next() == Some(pair.name.as_str());
            match draft.image.config.env.iter_mut().find(same) {
                Some(known) => *known = entry,
                None => draft.image.config.env.push(entry),
            }
        }
        self.drafts[at].history(message, false);
        Ok(())
    }

    fn label(&mut self, at: usize, command: &Command, pairs: &[Pair]) -> Result<(), String> {
        let pairs = self.expanded_pairs(at, pairs, command.lines)?;
        let mut message = String::from("LABEL");
        for pair in pairs {
            self.legacy(command, &pair);
            message += &format!(" {}={}", pair.name, pair.value);
            self.drafts[at].image.config.labels.insert(pair.name, pair.value);
        }
        self.drafts[at].history(message, false);
        Ok(())
    }

    fn expanded_pairs(&mut self, at: usize, pairs: &[Pair], lines: Lines) -> Result<Vec<Pair>, String> {
        let mut all = Vec::new();
        for pair in pairs {
            let name = self.expanded(at, &pair.name, lines)?;
            let value = self.expanded(at, &pair.value, lines)?;
            all.push(Pair { name, value, legacy: pair.legacy });
        }
        Ok(all)
    }

    fn legacy(&mut self, command: &Command, pair: &Pair) {
        if pair.legacy {
            let name = &command.keyword;
            let message = format!("\"{name} key=value\" should be used instead of legacy \"{name} key value\" format");
            self.lint.warn(lint::LEGACY_KEY_VALUE_FORMAT, command.lines, message);
        }
    }

    fn arg(&mut self, at: usize, args: &[Arg], lines: Lines) -> Result<(), String> {
        let mut shown = Vec::new();
        for arg in args {
            self.lint.secret("ARG", &arg.name, lines);
            let given = self.options.build_arg(&arg.name).map(String::from);
            let global = || self.globals.iter().find(|(name, _)| *name == arg.name).map(|(_, value)| value.clone());
            let value = match (given, &arg.value) {
                (Some(value), _) => Some(value),
                (None, Some(usual)) => Some(self.expanded(at, usual, lines)?),
                (None, None) => global(),
            };
            let draft = &mut self.drafts[at];
            if let Some(value) = &value {
                draft.set_env(&arg.name, value);
            }
            shown.push(value.as_ref().map_or_else(|| arg.name.clone(), |value| format!("{}={value}", arg.name)));
            draft.args.push((arg.name.clone(), value));
        }
        self.drafts[at].history(format!("ARG {}", shown.join(" ")), false);
        Ok(())
    }

    fn expose(&mut self, at: usize, ports: &[String], lines: Lines) -> Result<(), String> {
        let mut all = std::collections::BTreeSet::new();
        for word in ports {
            let done = expand(self.lex, word, &self.drafts[at].env)?;
            for word in done.words {
                all.extend(port::parse(&word)?);
            }
        }
        let _ = lines;
        let shown: Vec<String> = all.iter().map(|port| format!("{port}:{{}}")).collect();
        let draft = &mut self.drafts[at];
        draft.history(format!("EXPOSE map[{}]", shown.join(" ")), false);
        draft.image.config.exposed_ports.extend(all.into_iter().map(|port| (port, Empty {})));
        Ok(())
    }

    fn workdir(&mut self, at: usize, command: &Command, path: &str) -> Result<(), String> {
        let path = self.expanded(at, path, command.lines)?;
        if !self.drafts[at].workdir_set && !path.starts_with('/') {
            let message =
                format!("Relative workdir {} can have unexpected results if the base image changes", quoted(&path));
            self.lint.warn(lint::WORKDIR_RELATIVE_PATH, command.lines, message);
        }
        let draft = &mut self.drafts[at];
        draft.workdir_set = true;
        let path = join(draft.cwd(), &path);
        draft.image.config.working_dir.clone_from(&path);
        let layer = path != "/";
        if layer {
            let user = draft.image.config.user.clone();
            let op = Op::Files(vec![Action::MakeDir { path: path.clone(), user }]);
            let name = self.shown(at, command, self.lex);
            self.step(at, command, op, Vec::new(), name, false);
        }
        self.drafts[at].history(format!("WORKDIR {path}"), layer);
        Ok(())
    }

    pub(super) fn expanded_copy(&mut self, at: usize, copy: &Copy, lines: Lines) -> Result<Copy, String> {
        let mut copy = copy.clone();
        copy.chown = self.expanded(at, &copy.chown, lines)?;
        copy.chmod = self.expanded(at, &copy.chmod, lines)?;
        copy.checksum = self.expanded(at, &copy.checksum, lines)?;
        for source in &mut copy.sources {
            *source = self.expanded(at, source, lines)?;
        }
        copy.target = self.expanded(at, &copy.target, lines)?;
        let raw = Lex { skip_quotes: true, ..Lex::new('\\') };
        for document in copy.documents.iter_mut().filter(|document| document.expand) {
            document.content = self.expanded_as(raw, at, &document.content, lines)?;
        }
        Ok(copy)
    }

    /// An instruction as the display has it: its keyword in capitals, variables put in where that goes well.
    pub(super) fn shown(&self, at: usize, command: &Command, lex: Lex) -> String {
        self.shown_as(at, &command.code, lex)
    }

    pub(super) fn shown_as(&self, at: usize, code: &str, lex: Lex) -> String {
        let text = expand(lex, code, &self.drafts[at].env).map_or_else(|_| code.to_string(), |done| done.text);
        let (word, rest) = text.split_once(' ').map_or((text.as_str(), None), |(word, rest)| (word, Some(rest)));
        rest.map_or_else(|| word.to_uppercase(), |rest| format!("{} {rest}", word.to_uppercase()))
    }

    /// Puts an operation on top of a stage.
    pub(super) fn step(
        &mut self,
        at: usize,
        command: &Command,
        op: Op,
        others: Vec<Option<usize>>,
        name: String,
        link: bool,
    ) {
        let draft = &mut self.drafts[at];
        let workdir = matches!(command.kind, Kind::Workdir(_));
        let vertex = Vertex {
            op,
            inputs: std::iter::once(draft.top).chain(others).collect(),
            name: format!("{}{name}", draft.prefix(command.on_build)),
            lines: Some(command.lines),
            ignore_cache: draft.ignore_cache && !workdir,
            link,
            digest: String::new(),
        };
        draft.top = Some(self.graph.add(vertex));
    }
}

/// The shell in front of a command line.
pub(super) fn with_shell(draft: &Draft, words: &[String]) -> Vec<String> {
    let shell = draft.image.config.shell.clone().unwrap_or_else(|| vec!["/bin/sh".into(), "-c".into()]);
    shell.into_iter().chain([words.join(" ")]).collect()
}

/// A list of strings as Go's `%q` shows it.
fn list(words: &[String]) -> String {
    let words: Vec<String> = words.iter().map(|word| quoted(word)).collect();
    format!("[{}]", words.join(" "))
}

/// A health check as Go's `%+v` shows it.
fn health(check: &Healthcheck) -> String {
    let time = |nanos: u64| go_duration(nanos);
    format!(
        "{{Test:[{}] Interval:{} Timeout:{} StartPeriod:{} StartInterval:{} Retries:{}}}",
        check.test.join(" "),
        time(check.interval),
        time(check.timeout),
        time(check.start_period),
        time(check.start_interval),
        check.retries
    )
}

/// A duration as Go writes it: `1m30s`, `500ms`, `0s`.
fn go_duration(nanos: u64) -> String {
    const SECOND: u64 = 1_000_000_000;
    if nanos == 0 {
        return "0s".into();
    }
    if nanos < SECOND {
        return match nanos {
            1..1_000 => format!("{nanos}ns"),
            1_000..1_000_000 => format!("{}µs", nanos as f64 / 1e3),
            _ => format!("{}ms", nanos as f64 / 1e6),
        };
    }
    let (minutes, rest) = (nanos / (60 * SECOND), nanos % (60 * SECOND));
    let seconds = format!("{}s", rest as f64 / 1e9);
    match minutes {
        0 => seconds,
        1..60 => format!("{minutes}m{seconds}"),
        _ => format!("{}h{}m{seconds}", minutes / 60, minutes % 60),
    }
}
