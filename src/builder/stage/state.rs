//! A stage while it is laid out.

use super::Resolved;
use crate::builder::instruction::{Command, Stage};
use crate::builder::parser::Lines;
use crate::oci::config;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Draft {
    pub stage: Stage,
    /// The stage that it stands on.
    pub base: Option<usize>,
    /// The stages that it copies from, and where.
    pub deps: Vec<(usize, Lines)>,
    /// Its instructions, and the stages each takes files from.
    pub commands: Vec<(Command, Vec<usize>)>,
    /// As the display has it; empty where there is only one.
    pub name: String,
    /// An image that only COPY --from or a mount names.
    pub implicit: bool,
    pub resolved: bool,
    /// ONBUILD of its base was taken in.
    pub triggered: bool,
    pub ignore_cache: bool,
    /// Steps in all, and so far.
    pub steps: usize,
    pub step: usize,
    pub found: Option<Resolved>,
    /// Laid out: from here on others may copy from it.
    pub done: bool,

    /// What its last operation was.
    pub top: Option<usize>,
    /// What RUN and substitutions see: ENV, ARG and the base's environment.
    pub env: Vec<(String, String)>,
    /// ARG, with the value of each.
    pub args: Vec<(String, Option<String>)>,
    pub image: config::Image,
    pub workdir_set: bool,
    pub cmd: Option<Lines>,
    pub entrypoint: Option<Lines>,
    pub healthcheck: Option<Lines>,
}

impl Draft {
    pub fn new(stage: Stage) -> Draft {
        Draft { stage, ..Draft::default() }
    }

    pub fn set_env(&mut self, name: &str, value: &str) {
        match self.env.iter_mut().find(|(known, _)| known == name) {
            Some(pair) => pair.1 = value.to_string(),
            None => self.env.push((name.to_string(), value.to_string())),
        }
    }

    pub fn cwd(&self) -> &str {
        if self.image.config.working_dir.is_empty() { "/" } else { &self.image.config.working_dir }
    }

    /// `[build 2/4] `, and one more step.
    pub fn prefix(&mut self, on_build: bool) -> String {
        let prefix = self.next_prefix(on_build);
        self.step += usize::from(self.steps > 0);
        prefix
    }

    /// What the next step begins with.
    pub fn next_prefix(&self, on_build: bool) -> String {
        if self.steps == 0 {
            return String::new();
        }
        let width = self.steps.to_string().len();
        let name = if self.name.is_empty() { String::new() } else { format!("{} ", self.name) };
        let trigger = if on_build { "ONBUILD " } else { "" };
        format!("[{name}{:width$}/{}] {trigger}", self.step + 1, self.steps)
    }

    /// A line of the image's history.
    pub fn history(&mut self, created_by: String, layer: bool) {
        self.image.history.push(config::History {
            created_by,
            comment: "buildkit.dockerfile.v0".into(),
            empty_layer: !layer,
            ..config::History::default()
        });
    }
}
