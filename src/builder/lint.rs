//! BuildKit's build checks: names and words of each rule, and which of them a file switches off.

use super::instruction::Stage;
use super::parser::{Lines, Tree};

/// A check: its name, the last part of its address, what it asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    pub name: &'static str,
    pub page: &'static str,
    pub experimental: bool,
}

const fn rule(name: &'static str, page: &'static str) -> Rule {
    Rule { name, page, experimental: false }
}

pub const STAGE_NAME_CASING: Rule = rule("StageNameCasing", "stage-name-casing");
pub const FROM_AS_CASING: Rule = rule("FromAsCasing", "from-as-casing");
pub const NO_EMPTY_CONTINUATION: Rule = rule("NoEmptyContinuation", "no-empty-continuation");
pub const CONSISTENT_INSTRUCTION_CASING: Rule = rule("ConsistentInstructionCasing", "consistent-instruction-casing");
pub const DUPLICATE_STAGE_NAME: Rule = rule("DuplicateStageName", "duplicate-stage-name");
pub const RESERVED_STAGE_NAME: Rule = rule("ReservedStageName", "reserved-stage-name");
pub const JSON_ARGS_RECOMMENDED: Rule = rule("JSONArgsRecommended", "json-args-recommended");
pub const MAINTAINER_DEPRECATED: Rule = rule("MaintainerDeprecated", "maintainer-deprecated");
pub const UNDEFINED_ARG_IN_FROM: Rule = rule("UndefinedArgInFrom", "undefined-arg-in-from");
pub const WORKDIR_RELATIVE_PATH: Rule = rule("WorkdirRelativePath", "workdir-relative-path");
pub const UNDEFINED_VAR: Rule = rule("UndefinedVar", "undefined-var");
pub const MULTIPLE_INSTRUCTIONS_DISALLOWED: Rule =
    rule("MultipleInstructionsDisallowed", "multiple-instructions-disallowed");
pub const LEGACY_KEY_VALUE_FORMAT: Rule = rule("LegacyKeyValueFormat", "legacy-key-value-format");
pub const REDUNDANT_TARGET_PLATFORM: Rule = rule("RedundantTargetPlatform", "redundant-target-platform");
pub const SECRETS_USED_IN_ARG_OR_ENV: Rule = rule("SecretsUsedInArgOrEnv", "secrets-used-in-arg-or-env");
pub const INVALID_DEFAULT_ARG_IN_FROM: Rule = rule("InvalidDefaultArgInFrom", "invalid-default-arg-in-from");
pub const FROM_PLATFORM_FLAG_CONST_DISALLOWED: Rule =
    rule("FromPlatformFlagConstDisallowed", "from-platform-flag-const-disallowed");
pub const COPY_IGNORED_FILE: Rule = Rule { experimental: true, ..rule("CopyIgnoredFile", "copy-ignored-file") };
pub const INVALID_DEFINITION_DESCRIPTION: Rule =
    Rule { experimental: true, ..rule("InvalidDefinitionDescription", "invalid-definition-description") };

/// Something a check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    pub rule: Rule,
    pub message: String,
    pub lines: Lines,
}

impl Warning {
    /// `Rule: message (line 2)`.
    pub fn short(&self) -> String {
        let line = if self.lines.0 > 0 { format!(" (line {})", self.lines.0) } else { String::new() };
        format!("{}: {}{line}", self.rule.name, self.message)
    }

    pub fn address(&self) -> String {
        format!("https://docs.docker.com/go/dockerfile/rule/{}/", self.rule.page)
    }
}

/// Collects warnings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lint {
    pub warnings: Vec<Warning>,
    skip: Vec<String>,
    skip_all: bool,
    experimental: Vec<String>,
    experimental_all: bool,
    /// A warning fails the build.
    pub fails: bool,
}

impl Lint {
    /// A lint as the `check` directive wants it: `skip=A,B;error=true`.
    pub fn new(options: &str) -> Result<Lint, String> {
        let mut lint = Lint::default();
        let failed = |why: String| format!("failed to parse check options: {why}");
        for part in options.trim().splitn(3, ';').filter(|_| !options.trim().is_empty()) {
            let bad = |name: &str| failed(format!("invalid check option {}", crate::model::quote::quoted(name)));
            let (key, value) = part.split_once('=').ok_or_else(|| bad(part))?;
            let value = value.trim();
            let list = || value.split(',').map(|name| name.trim().to_string()).collect::<Vec<_>>();
            match key.trim() {
                "skip" if value == "all" => lint.skip_all = true,
                "skip" => lint.skip = list(),
                "experimental" if value == "all" => lint.experimental_all = true,
                "experimental" => lint.experimental = list(),
                "error" => {
                    lint.fails = match value {
                        "true" | "1" | "t" | "T" | "TRUE" | "True" => true,
                        "false" | "0" | "f" | "F" | "FALSE" | "False" => false,
                        _ => {
                            let part = crate::model::quote::quoted(part);
                            let value = crate::model::quote::quoted(value);
                            let why = format!("strconv.ParseBool: parsing {value}: invalid syntax");
                            return Err(failed(format!("failed to parse check option {part}: {why}")));
                        }
                    }
                }
                key => return Err(bad(key)),
            }
        }
        Ok(lint)
    }

    pub fn warn(&mut self, rule: Rule, lines: Lines, message: String) {
        let listed = |list: &[String]| list.iter().any(|name| name == rule.name);
        let silent = if rule.experimental {
            !self.experimental_all && !listed(&self.experimental)
        } else {
            self.skip_all || listed(&self.skip)
        };
        if !silent {
            self.warnings.push(Warning { rule, message, lines });
        }
    }

    /// What a build fails with because of its warnings, if it is to.
    pub fn error(&self) -> Option<String> {
        let mut names: Vec<&str> = Vec::new();
        for warning in &self.warnings {
            if !names.contains(&warning.rule.name) {
                names.push(warning.rule.name);
            }
        }
        (self.fails && !names.is_empty()).then(|| format!("lint violation found for rules: {}", names.join(", ")))
    }

    /// What can be said of the text before any stage is laid out.
    pub fn text(&mut self, tree: &Tree, stages: &[Stage]) {
        for line in &tree.empty_continuations {
            self.warn(NO_EMPTY_CONTINUATION, (*line, *line), "Empty continuation line".into());
        }
        for node in &tree.nodes {
            match node.name().as_str() {
                "maintainer" => {
                    let message = "Maintainer instruction is deprecated in favor of using label";
                    self.warn(MAINTAINER_DEPRECATED, node.lines, message.into());
                }
                "from" if node.args.len() == 3 => self.from(&node.keyword, &node.args, node.lines),
                _ => {}
            }
            self.description(node);
        }
        self.names(stages);
        self.casing(stages);
    }

    fn from(&mut self, keyword: &str, args: &[String], lines: Lines) {
        let (word, name) = (&args[1], &args[2]);
        if *name != name.to_lowercase() {
            self.warn(STAGE_NAME_CASING, lines, format!("Stage name '{name}' should be lowercase"));
        }
        let lower = keyword == keyword.to_lowercase();
        let upper = keyword == keyword.to_uppercase();
        let fits = if lower { *word == word.to_lowercase() } else { *word == word.to_uppercase() };
        if (lower || upper) && !fits {
            self.warn(FROM_AS_CASING, lines, format!("'{word}' and '{keyword}' keywords' casing do not match"));
        }
    }

    /// A comment that seems to describe a stage or an argument and names another one.
    fn description(&mut self, node: &super::parser::Node) {
        let Some(comment) = node.comments.last() else { return };
        let name = |arg: &String| arg.split('=').next().unwrap_or_default().to_lowercase();
        let names: Vec<String> = match node.name().as_str() {
            "from" => node.args.get(2).map(|name| name.to_lowercase()).into_iter().collect(),
            "arg" => node.args.iter().map(name).collect(),
            _ => return,
        };
        let first = comment.split(' ').next().unwrap_or_default();
        if names.is_empty() || names.iter().any(|name| name == &first.to_lowercase()) {
            return;
        }
        let example = if names.len() > 1 { "<arg_key>" } else { &names[0] };
        let keyword = node.keyword.to_uppercase();
        let message = format!("Comment for {keyword} should follow the format: `# {example} <description>`");
        self.warn(INVALID_DEFINITION_DESCRIPTION, node.lines, message);
    }

    fn names(&mut self, stages: &[Stage]) {
        for (at, stage) in stages.iter().enumerate().filter(|(_, stage)| !stage.name.is_empty()) {
            let name = crate::model::quote::quoted(&stage.name);
            if matches!(stage.name.as_str(), "context" | "scratch") {
                let message = format!("Stage name should not use the same name as reserved stage {name}");
                self.warn(RESERVED_STAGE_NAME, stage.lines, message);
            }
            if stages[..at].iter().any(|other| other.name == stage.name) {
                let message = format!("Duplicate stage name {name}, stage names should be unique");
                self.warn(DUPLICATE_STAGE_NAME, stage.lines, message);
            }
        }
    }

    /// Keywords should all be in capitals, or none.
    fn casing(&mut self, stages: &[Stage]) {
        let all: Vec<(&str, Lines)> = stages
            .iter()
            .flat_map(|stage| {
                let commands = stage.commands.iter().map(|command| (command.keyword.as_str(), command.lines));
                std::iter::once((stage.keyword.as_str(), stage.lines)).chain(commands)
            })
            .collect();
        let lower = all.iter().filter(|(word, _)| *word == word.to_lowercase()).count();
        let upper = all.iter().filter(|(word, _)| *word == word.to_uppercase()).count();
        let small = lower > upper;
        for (word, lines) in all {
            let (fits, casing) =
                if small { (word.to_lowercase(), "lowercase") } else { (word.to_uppercase(), "uppercase") };
            if word != fits {
                let message = format!("Command '{word}' should match the case of the command majority ({casing})");
                self.warn(CONSISTENT_INSTRUCTION_CASING, lines, message);
            }
        }
    }

    /// An ARG or ENV whose name says that its value is a secret.
    pub fn secret(&mut self, keyword: &str, name: &str, lines: Lines) {
        const SECRET: [&str; 10] =
            ["apikey", "auth", "credential", "credentials", "key", "password", "pword", "passwd", "secret", "token"];
        let name_lower = name.to_lowercase();
        let has = |words: &[&str]| name_lower.split('_').any(|part| words.contains(&part));
        if has(&SECRET) && !has(&["public"]) {
            let name = crate::model::quote::quoted(name);
            let message = format!("Do not use ARG or ENV instructions for sensitive data ({keyword} {name})");
            self.warn(SECRETS_USED_IN_ARG_OR_ENV, lines, message);
        }
    }
}
