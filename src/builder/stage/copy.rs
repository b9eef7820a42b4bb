//! COPY and ADD.

use super::Stages;
use crate::builder::graph::{Action, CopyFiles, Op, Vertex};
use crate::builder::ignore::Ignore;
use crate::builder::instruction::{Command, Copy};
use crate::builder::lint;
use crate::kernel::join;
use crate::model::quote::quoted;

impl Stages {
    /// Lays out one COPY or ADD, from the context or from another stage.
    pub(super) fn copy(
        &mut self,
        at: usize,
        command: &Command,
        copy: &Copy,
        source: Option<usize>,
        add: bool,
        ignore: Option<&Ignore>,
    ) -> Result<(), String> {
        let keyword = if add { "ADD" } else { "COPY" };
        let mode = mode(&copy.chmod)?;
        check_checksum(copy, add)?;
        let target = absolute(self.drafts[at].cwd(), &copy.target);
        let mut inputs: Vec<Option<usize>> = Vec::new();
        let mut actions = Vec::new();
        let name = self.shown(at, command, self.lex);
        let base = CopyFiles {
            target,
            chown: copy.chown.clone(),
            mode,
            excludes: copy.excludes.clone(),
            ..CopyFiles::default()
        };
        for path in &copy.sources {
            if is_url(path) {
                if !add {
                    return Err("source can't be a URL for COPY".into());
                }
                let title = format!("{}{name}", self.drafts[at].next_prefix(command.on_build));
                let (input, file) = self.download(path, &title, command);
                inputs.push(Some(input));
                actions.push(CopyFiles { input: inputs.len(), source: format!("/{file}"), ..base.clone() });
                continue;
            }
            if is_git(path) {
                return Err(if add {
                    format!("layerlab: ADD of a git repository ({path}) is not simulated")
                } else {
                    "source can't be a git ref for COPY".into()
                });
            }
            if source.is_none() {
                self.ignored(path, add, command, ignore);
                self.context_paths.push(join("/", path));
            }
            let input = match source {
                Some(source) => self.drafts[source].top,
                None => Some(self.context("context")),
            };
            inputs.push(input);
            let mut files =
                CopyFiles { input: inputs.len(), source: join("/", path), unpack: add, wildcard: true, ..base.clone() };
            if copy.parents {
                let (parent, pattern) = path.split_once("/./").unwrap_or(("/", path));
                files.source = join("/", parent);
                files.include = Some(join("/", pattern).trim_start_matches('/').to_string());
            }
            actions.push(files);
        }
        for document in &copy.documents {
            inputs.push(Some(self.inline(&document.name, &document.content, 0o644)));
            actions.push(CopyFiles { input: inputs.len(), source: format!("/{}", document.name), ..base.clone() });
        }
        let mut message = keyword.to_string();
        if copy.parents {
            message += " --parents";
        }
        for (flag, value) in [("chown", &copy.chown), ("chmod", &copy.chmod)] {
            if !value.is_empty() {
                message += &format!(" --{flag}={value}");
            }
        }
        message.extend(copy.sources.iter().map(|path| format!(" {path}")));
        message.extend(copy.documents.iter().map(|document| format!(" <<{}", document.name)));
        message += &format!(" {} # buildkit", copy.target);
        let actions = actions.into_iter().map(|files| Action::Copy(Box::new(files))).collect();
        self.step(at, command, Op::Files(actions), inputs, name, copy.link);
        self.drafts[at].history(message, true);
        Ok(())
    }

    /// A context as an operation.
    pub(super) fn context(&mut self, name: &str) -> usize {
        self.source(Op::Context(name.into()), "[internal] load build context".into())
    }

    /// A here-document as an operation.
    pub(super) fn inline(&mut self, name: &str, content: &str, mode: u16) -> usize {
        let op = Op::Inline { name: name.into(), content: content.into(), mode };
        self.source(op, "[internal] preparing inline document".into())
    }

    fn source(&mut self, op: Op, name: String) -> usize {
        let vertex = Vertex {
            op,
            inputs: Vec::new(),
            name,
            lines: None,
            ignore_cache: false,
            link: false,
            digest: String::new(),
        };
        self.graph.add(vertex)
    }

    fn download(&mut self, url: &str, name: &str, command: &Command) -> (usize, String) {
        let path = url.split(['?', '#']).next().unwrap_or(url);
        let path = path.split_once("://").and_then(|(_, rest)| rest.split_once('/')).map_or("", |(_, path)| path);
        let file = path.trim_end_matches('/').rsplit('/').next().filter(|file| !file.is_empty());
        let at = self.source(Op::Http { url: url.into() }, name.to_string());
        self.graph.vertices[at].lines = Some(command.lines);
        (at, file.unwrap_or("__unnamed__").to_string())
    }

    /// A file that .dockerignore keeps out can't be copied.
    fn ignored(&mut self, path: &str, add: bool, command: &Command, ignore: Option<&Ignore>) {
        let Some(ignore) = ignore.filter(|ignore| !ignore.has_exceptions()) else { return };
        if ignore.matches(join("/", path).trim_start_matches('/')) {
            let word = if add { "Add" } else { "Copy" };
            let message = format!("Attempting to {word} file {} that is excluded by .dockerignore", quoted(path));
            self.lint.warn(lint::COPY_IGNORED_FILE, command.lines, message);
        }
    }
}

fn mode(text: &str) -> Result<Option<u16>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    match u32::from_str_radix(text, 8) {
        Ok(mode) if mode <= 0o7777 => Ok(Some(mode as u16)),
        _ => Err(format!("invalid chmod parameter: '{text}'. it should be octal string and between 0 and 07777")),
    }
}

fn check_checksum(copy: &Copy, add: bool) -> Result<(), String> {
    if copy.checksum.is_empty() {
        return Ok(());
    }
    if !add {
        return Err("checksum can't be specified for COPY".into());
    }
    match copy.sources.as_slice() {
        [one] if is_url(one) || is_git(one) => Ok(()),
        [_] => Err("checksum requires HTTP(S) or Git sources".into()),
        _ => Err("checksum can't be specified for multiple sources".into()),
    }
}

fn is_url(path: &str) -> bool {
    (path.starts_with("http://") || path.starts_with("https://")) && !is_git(path)
}

fn is_git(path: &str) -> bool {
    let repository = path.split(['#', '?']).next().unwrap_or(path);
    path.starts_with("git@")
        || path.starts_with("git://")
        || path.starts_with("ssh://")
        || (path.contains("://") && repository.ends_with(".git"))
}

/// A destination in a directory, with the slash at its end that says that it is one.
fn absolute(cwd: &str, path: &str) -> String {
    let joined = join(cwd, path);
    let dir = path.is_empty() || path == "." || path.ends_with('/') || path.ends_with("/.");
    if dir && joined != "/" { format!("{joined}/") } else { joined }
}
