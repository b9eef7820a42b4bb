//! RUN.

use super::Stages;
use super::lay::with_shell;
use crate::builder::expand::Lex;
use crate::builder::graph::{Exec, ExecMount, Op};
use crate::builder::instruction::{Command, Mount, MountKind, Run, mount_from, parse_mount};
use crate::builder::parser::{chomped, parse_heredoc};
use crate::kernel::join;

impl Stages {
    pub(super) fn run(&mut self, at: usize, command: &Command, run: &Run, sources: &[usize]) -> Result<(), String> {
        let mut exec = Exec {
            env: self.drafts[at].env.iter().map(|(name, value)| format!("{name}={value}")).collect(),
            cwd: self.drafts[at].cwd().to_string(),
            user: self.drafts[at].image.config.user.clone(),
            network: if run.network == "default" { self.options.network.clone() } else { run.network.clone() },
            hosts: self.options.hosts.clone(),
            ..Exec::default()
        };
        if run.security == "insecure" {
            return Err("security.insecure is not allowed".into());
        }
        if !run.devices.is_empty() {
            return Err("layerlab: RUN --device is not simulated".into());
        }
        let mut inputs = Vec::new();
        let (words, note) = self.words(run, &mut exec, &mut inputs)?;
        exec.argv = if run.line.shell { with_shell(&self.drafts[at], &words) } else { words };
        let mut sources = sources.iter();
        for text in &run.mounts {
            let lines = command.lines;
            let mount = parse_mount(text, &mut |value| self.expanded(at, value, lines))?;
            let source = mount_from(text).and_then(|_| sources.next().copied());
            self.mount(at, &mount, source, &mut exec, &mut inputs)?;
        }
        let lex = Lex { raw_quotes: true, skip_unset: true, ..self.lex };
        let name = self.shown_as(at, &format!("{}{note}", command.code), lex);
        let message = self.remembered(at, &exec.argv);
        self.step(at, command, Op::Exec(Box::new(exec)), inputs, name, false);
        self.drafts[at].history(format!("RUN {message} # buildkit"), true);
        Ok(())
    }

    /// The command line with its here-documents, and what the display says of them.
    fn words(
        &mut self,
        run: &Run,
        exec: &mut Exec,
        inputs: &mut Vec<Option<usize>>,
    ) -> Result<(Vec<String>, String), String> {
        let words = run.line.words.clone();
        let Some(first) = run.line.documents.first() else { return Ok((words, String::new())) };
        let ([word], true) = (words.as_slice(), run.line.shell) else {
            return Err(format!("parsing produced an invalid run command: [{}]", words.join(" ")));
        };
        if parse_heredoc(word).is_none() {
            // The shell reads the documents itself.
            let mut text = word.clone();
            for document in &run.line.documents {
                text += &format!("\n{}{}", document.content, document.name);
            }
            return Ok((vec![text], String::new()));
        }
        let content = if first.chomp { chomped(&first.content) } else { first.content.clone() };
        let note = format!(" ({})", summary(&first.content));
        if !first.content.starts_with("#!") {
            return Ok((vec![content], note));
        }
        inputs.push(Some(self.inline(&first.name, &content, 0o755)));
        let target = format!("/dev/pipes/{}", first.name);
        exec.mounts.push(ExecMount {
            input: Some(inputs.len()),
            source: format!("/{}", first.name),
            target: target.clone(),
            read_only: true,
            ..ExecMount::default()
        });
        Ok((vec![target], note))
    }

    fn mount(
        &mut self,
        at: usize,
        mount: &Mount,
        source: Option<usize>,
        exec: &mut Exec,
        inputs: &mut Vec<Option<usize>>,
    ) -> Result<(), String> {
        let draft = &self.drafts[at];
        let mut made = ExecMount {
            kind: mount.kind,
            source: join("/", &mount.source),
            target: join(draft.cwd(), &mount.target),
            read_only: mount.read_only,
            size: mount.size,
            id: mount.id.clone(),
            required: mount.required,
            mode: mount.mode.unwrap_or(if mount.kind == MountKind::Secret { 0o400 } else { 0o755 }),
            uid: mount.uid.unwrap_or(0),
            gid: mount.gid.unwrap_or(0),
            ..ExecMount::default()
        };
        match mount.kind {
            MountKind::Secret => {
                if made.id.is_empty() {
                    let name = if mount.source.is_empty() { &mount.target } else { &mount.source };
                    made.id = name.rsplit('/').next().unwrap_or(name).to_string();
                }
                made.env = mount.env.clone().map(|name| if name.is_empty() { made.id.clone() } else { name });
                if mount.target.is_empty() {
                    made.target = if made.env.is_some() { String::new() } else { format!("/run/secrets/{}", made.id) };
                }
            }
            MountKind::Ssh => {}
            _ => {
                if mount.target.is_empty() {
                    return Err("mount target is required".into());
                }
                if made.target == "/" {
                    return Err("invalid mount target \"/\"".into());
                }
                if mount.kind == MountKind::Cache && made.id.is_empty() {
                    made.id.clone_from(&made.target);
                }
                let input = match source {
                    Some(source) => {
                        if !self.drafts[source].done {
                            let from = crate::model::quote::quoted(&mount.from);
                            let name = crate::model::quote::quoted(&self.drafts[at].name);
                            return Err(format!(
                                "cannot mount from stage {from} to {}, stage needs to be defined before current command ({name})",
                                crate::model::quote::quoted(&mount.target)
                            ));
                        }
                        Some(self.drafts[source].top)
                    }
                    None if mount.kind == MountKind::Bind => {
                        self.context_paths.push(made.source.clone());
                        Some(Some(self.context("context")))
                    }
                    None => None,
                };
                if let Some(input) = input {
                    inputs.push(input);
                    made.input = Some(inputs.len());
                }
            }
        }
        exec.mounts.push(made);
        Ok(())
    }

    /// A command line as the history has it: the arguments that were declared stand before it.
    fn remembered(&self, at: usize, argv: &[String]) -> String {
        let draft = &self.drafts[at];
        let mut all: Vec<(String, String)> = Vec::new();
        for (name, value) in &draft.args {
            let seen = draft.env.iter().find(|(known, _)| known == name).map(|(_, value)| value.clone());
            let value = seen.or_else(|| value.clone()).unwrap_or_default();
            match all.iter_mut().find(|(known, _)| known == name) {
                Some(pair) => pair.1 = value,
                None => all.push((name.clone(), value)),
            }
        }
        let mut words: Vec<String> = Vec::new();
        if !all.is_empty() {
            words.push(format!("|{}", all.len()));
            words.extend(all.iter().map(|(name, value)| format!("{name}={value}")));
        }
        words.extend(argv.iter().cloned());
        words.join(" ")
    }
}

/// The first line of a document, and dots if there are more.
fn summary(document: &str) -> String {
    let text = document.trim();
    match text.split_once('\n') {
        Some((first, _)) => format!("{}...", first.trim_end_matches('\r')),
        None => text.to_string(),
    }
}
