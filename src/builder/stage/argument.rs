//! ARG before the first FROM, and what a platform brings with it.

use super::Options;
use crate::builder::expand::{Expanded, Lex, expand};
use crate::builder::instruction::{Arg, File, Refusal, Stage};
use crate::builder::lint::{self, Lint};
use crate::builder::parser::Lines;
use crate::builder::suggest;
use crate::model::quote::quoted;
use crate::oci::reference::Reference;

/// The only platform of this machine.
pub const PLATFORM: &str = "linux/amd64";

type Values = Vec<(String, String)>;

/// The predefined arguments of the global scope.
pub fn platform(options: &Options, target: &str) -> Values {
    let target = if target.is_empty() { "default" } else { target };
    let all = [
        ("BUILDPLATFORM", PLATFORM),
        ("BUILDOS", "linux"),
        ("BUILDOSVERSION", ""),
        ("BUILDARCH", "amd64"),
        ("BUILDVARIANT", ""),
        ("TARGETPLATFORM", PLATFORM),
        ("TARGETOS", "linux"),
        ("TARGETOSVERSION", ""),
        ("TARGETARCH", "amd64"),
        ("TARGETVARIANT", ""),
        ("TARGETSTAGE", target),
    ];
    let value = |name: &str, usual: &str| options.build_arg(name).unwrap_or(usual).to_string();
    all.map(|(name, usual)| (name.to_string(), value(name, usual))).to_vec()
}

/// The global scope with the file's own arguments; without options as if none were given.
pub fn globals(
    arguments: &[(Vec<Arg>, Lines)],
    lex: Lex,
    mut values: Values,
    options: Option<&Options>,
) -> Result<Values, Refusal> {
    for (args, lines) in arguments {
        for arg in args {
            let given = options.and_then(|options| options.build_arg(&arg.name)).map(String::from);
            let value = match (given, &arg.value) {
                (Some(value), _) => Some(value),
                (None, Some(value)) => Some(expand(lex, value, &values).map_err(|why| Refusal::at(why, *lines))?.text),
                (None, None) => None,
            };
            if let Some(value) = value {
                set(&mut values, &arg.name, value);
            }
        }
    }
    Ok(values)
}

fn set(values: &mut Values, name: &str, value: String) {
    match values.iter_mut().find(|(known, _)| known == name) {
        Some(pair) => pair.1 = value,
        None => values.push((name.to_string(), value)),
    }
}

/// A base must be named even when nobody gives arguments.
pub fn check_defaults(file: &File, lex: Lex, platform: &Values, lint: &mut Lint) {
    let Ok(values) = globals(&file.arguments, lex, platform.clone(), None) else { return };
    for stage in &file.stages {
        let Ok(named) = expand(lex, &stage.base, &values) else { return };
        if Reference::parse(&named.text).is_err() {
            let message = format!("Default value for ARG {} results in empty or invalid base image name", stage.base);
            lint.warn(lint::INVALID_DEFAULT_ARG_IN_FROM, stage.lines, message);
        }
    }
}

/// Arguments that FROM names and nobody declared.
pub fn undeclared(named: &Expanded, known: &[&str], lines: Lines, lint: &mut Lint) {
    for name in named.unmatched.iter().filter(|name| !known.contains(&name.as_str())) {
        let hint = suggest::search(name, known, true).map(|near| format!(" (did you mean {near}?)"));
        let message = format!("FROM argument '{name}' is not declared{}", hint.unwrap_or_default());
        lint.warn(lint::UNDEFINED_ARG_IN_FROM, lines, message);
    }
}

/// `FROM --platform=`.
pub fn check_platform(
    stage: &Stage,
    lex: Lex,
    globals: &Values,
    known: &[&str],
    lint: &mut Lint,
) -> Result<(), Refusal> {
    let lines = stage.lines;
    let given = expand(lex, &stage.platform, globals)
        .map_err(|why| Refusal::at(format!("failed to process arguments for platform : {why}"), lines))?;
    undeclared(&given, known, lines, lint);
    if given.matched.iter().map(String::as_str).eq(["TARGETPLATFORM"])
        && given.unmatched.is_empty()
        && given.text == PLATFORM
    {
        let message = format!(
            "Setting platform to predefined {} in FROM is redundant as this is the default behavior",
            stage.platform
        );
        lint.warn(lint::REDUNDANT_TARGET_PLATFORM, lines, message);
    }
    if given.text.is_empty() {
        let mut message = format!("empty platform value from expression {}", stage.platform);
        if let Some(near) = given.unmatched.iter().find_map(|name| suggest::search(name, known, true)) {
            message += &format!(" (did you mean {near}?)");
        }
        return Err(Refusal::at(message, lines));
    }
    if given.matched.is_empty() && given.unmatched.is_empty() {
        let mut parts = given.text.split('/');
        let named = |part: Option<&str>| part.is_some_and(|part| stage.name.contains(part));
        if !named(parts.next()) && !named(parts.next()) {
            let message = format!("FROM --platform flag should not use constant value {}", quoted(&given.text));
            lint.warn(lint::FROM_PLATFORM_FLAG_CONST_DISALLOWED, lines, message);
        }
    }
    match given.text.as_str() {
        "linux/amd64" | "amd64" | "linux" | "linux/x86_64" | "x86_64" | "local" => Ok(()),
        other => Err(Refusal::at(format!("layerlab: platform {other} is not simulated"), lines)),
    }
}
