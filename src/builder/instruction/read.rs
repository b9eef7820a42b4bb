//! One node to one instruction.

use super::flag::{Takes, read as flags};
use super::{Arg, Copy, Document, Kind, Language, Line, Pair, Run, Stage};
use crate::builder::parser::{Heredoc, Node, chomped, parse_heredoc};
use crate::engine::parse_duration;
use crate::model::image::Healthcheck;
use crate::model::order::Order;
use crate::model::quote::quoted;

fn at_least_one(keyword: &str) -> String {
    format!("{keyword} requires at least one argument")
}

fn exactly_one(keyword: &str) -> String {
    format!("{keyword} requires exactly one argument")
}

/// What an instruction is, by its name in small letters; none if there is no such.
pub fn kind(node: &Node, name: &str, language: Language) -> Result<Option<Kind>, String> {
    let plain = |kind: Kind| flags(&node.flags, &[]).map(|_| Some(kind));
    let single = |keyword: &str| match node.args.as_slice() {
        [one] => Ok(one.clone()),
        _ => Err(exactly_one(keyword)),
    };
    match name {
        "add" => add(node, language).map(Some),
        "arg" => Ok(Some(Kind::Arg(arguments(node)?))),
        "cmd" => plain(Kind::Cmd(line(node))),
        "copy" => copy(node, language).map(Some),
        "entrypoint" => plain(Kind::Entrypoint(line(node))),
        "env" => {
            flags(&node.flags, &[])?;
            Ok(Some(Kind::Env(pairs(node, "ENV")?)))
        }
        "expose" => {
            let mut ports = some(node, "EXPOSE")?;
            flags(&node.flags, &[])?;
            ports.order();
            Ok(Some(Kind::Expose(ports)))
        }
        "healthcheck" => healthcheck(node).map(|check| Some(Kind::Healthcheck(check))),
        "label" => {
            flags(&node.flags, &[])?;
            Ok(Some(Kind::Label(pairs(node, "LABEL")?)))
        }
        "maintainer" => plain(Kind::Maintainer(single("MAINTAINER")?)),
        "onbuild" => on_build(node).map(Some),
        "run" => run(node).map(|run| Some(Kind::Run(Box::new(run)))),
        "shell" => {
            flags(&node.flags, &[])?;
            let words = some(node, "SHELL")?;
            if !node.json {
                return Err("SHELL requires the arguments to be in JSON form".into());
            }
            Ok(Some(Kind::Shell(words)))
        }
        "stopsignal" => Ok(Some(Kind::StopSignal(single("STOPSIGNAL")?))),
        "user" => plain(Kind::User(single("USER")?)),
        "volume" => {
            let volumes: Vec<String> = some(node, "VOLUME")?.iter().map(|v| v.trim().to_string()).collect();
            flags(&node.flags, &[])?;
            if volumes.iter().any(String::is_empty) {
                return Err("VOLUME specified can not be an empty string".into());
            }
            Ok(Some(Kind::Volume(volumes)))
        }
        "workdir" => plain(Kind::Workdir(single("WORKDIR")?)),
        _ => Ok(None),
    }
}

fn some(node: &Node, keyword: &str) -> Result<Vec<String>, String> {
    if node.args.is_empty() { Err(at_least_one(keyword)) } else { Ok(node.args.clone()) }
}

/// FROM.
pub fn stage(node: &Node) -> Result<Stage, String> {
    let name = match node.args.as_slice() {
        [_] => String::new(),
        [_, word, name] if word.eq_ignore_ascii_case("as") => {
            let small = name.to_lowercase();
            let good = small.starts_with(|c: char| c.is_ascii_lowercase())
                && small.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.".contains(c));
            if !good {
                let name = quoted(name);
                return Err(format!(
                    "invalid name for build stage: {name}, name can't start with a number or contain symbols"
                ));
            }
            small
        }
        _ => return Err("FROM requires either one or three arguments".into()),
    };
    let flags = flags(&node.flags, &[("platform", Takes::Text)])?;
    let comment = node.comments.iter().find_map(|line| line.strip_prefix(&name)?.strip_prefix(' '));
    Ok(Stage {
        comment: comment.filter(|_| !name.is_empty()).unwrap_or_default().to_string(),
        name,
        base: node.args.first().cloned().unwrap_or_default(),
        platform: flags.text("platform"),
        keyword: node.keyword.clone(),
        code: node.original.trim().to_string(),
        lines: node.lines,
        comments: node.comments.clone(),
        commands: Vec::new(),
    })
}

fn pairs(node: &Node, keyword: &str) -> Result<Vec<Pair>, String> {
    if node.args.is_empty() {
        return Err(at_least_one(keyword));
    }
    let pair = |three: &[String]| match three {
        [name, ..] if name.is_empty() => Err(format!("{keyword} names can not be blank")),
        [name, value, sign] => Ok(Pair { name: name.clone(), value: value.clone(), legacy: sign.is_empty() }),
        _ => Err(format!("Bad input to {keyword}, too many arguments")),
    };
    node.args.chunks(3).map(pair).collect()
}

fn arguments(node: &Node) -> Result<Vec<Arg>, String> {
    let one = |word: &String| match word.split_once('=') {
        Some(("", _)) => Err("ARG names can not be blank".to_string()),
        Some((name, value)) => Ok(Arg { name: name.into(), value: Some(value.into()) }),
        None => Ok(Arg { name: word.clone(), value: None }),
    };
    some(node, "ARG")?.iter().map(one).collect()
}

fn document(heredoc: &Heredoc) -> Document {
    Document {
        name: heredoc.name.clone(),
        content: heredoc.content.clone(),
        expand: heredoc.expand,
        chomp: heredoc.chomp,
    }
}

fn line(node: &Node) -> Line {
    Line { words: node.args.clone(), shell: !node.json, documents: node.heredocs.iter().map(document).collect() }
}

fn run(node: &Node) -> Result<Run, String> {
    let table =
        [("mount", Takes::Texts), ("network", Takes::Text), ("security", Takes::Text), ("device", Takes::Texts)];
    let flags = flags(&node.flags, &table)?;
    let or = |name: &str, usual: &str| match flags.text(name).as_str() {
        "" => usual.to_string(),
        value => value.to_string(),
    };
    let run = Run {
        line: line(node),
        mounts: flags.texts("mount"),
        network: or("network", "default"),
        security: or("security", "sandbox"),
        devices: flags.texts("device"),
    };
    for mount in &run.mounts {
        super::mount::check_from(mount)?;
    }
    if !matches!(run.network.as_str(), "default" | "none" | "host") {
        return Err(format!("invalid network mode {}", quoted(&run.network)));
    }
    if !matches!(run.security.as_str(), "sandbox" | "insecure") {
        return Err(format!("security {} is not valid", quoted(&run.security)));
    }
    Ok(run)
}

fn copy(node: &Node, language: Language) -> Result<Kind, String> {
    let mut table = vec![("chown", Takes::Text), ("from", Takes::Text), ("chmod", Takes::Text), ("link", Takes::Bool)];
    if language.newest {
        table.extend([("exclude", Takes::Texts), ("parents", Takes::Bool)]);
    }
    both(node, "COPY", &table).map(Kind::Copy)
}

fn add(node: &Node, language: Language) -> Result<Kind, String> {
    let mut table = vec![
        ("chown", Takes::Text),
        ("chmod", Takes::Text),
        ("link", Takes::Bool),
        ("keep-git-dir", Takes::Bool),
        ("checksum", Takes::Text),
    ];
    if language.newest {
        table.push(("exclude", Takes::Texts));
    }
    both(node, "ADD", &table).map(Kind::Add)
}

fn both(node: &Node, keyword: &str, table: &[(&str, Takes)]) -> Result<Copy, String> {
    let Some((target, sources)) = node.args.split_last().filter(|(_, sources)| !sources.is_empty()) else {
        return Err(format!(
            "{keyword} requires at least two arguments, but only one was provided. Destination could not be determined"
        ));
    };
    let flags = flags(&node.flags, table)?;
    if parse_heredoc(target).is_some() {
        return Err(format!("{keyword} cannot accept a heredoc as a destination"));
    }
    let mut copy = Copy {
        target: target.clone(),
        from: flags.text("from"),
        chown: flags.text("chown"),
        chmod: flags.text("chmod"),
        checksum: flags.text("checksum"),
        link: flags.is("link"),
        parents: flags.is("parents"),
        keep_git_dir: flags.is("keep-git-dir"),
        excludes: flags.texts("exclude"),
        ..Copy::default()
    };
    for source in sources {
        let Some(announced) = parse_heredoc(source) else {
            copy.sources.push(source.clone());
            continue;
        };
        let found = node.heredocs.iter().find(|known| known.name == announced.name);
        let content = found.map(|heredoc| heredoc.content.clone()).unwrap_or_default();
        let content = if announced.chomp { chomped(&content) } else { content };
        copy.documents.push(Document { content, ..document(&announced) });
    }
    Ok(copy)
}

fn on_build(node: &Node) -> Result<Kind, String> {
    let Some(child) = &node.child else { return Err(at_least_one("ONBUILD")) };
    flags(&node.flags, &[])?;
    match child.keyword.to_uppercase().as_str() {
        "ONBUILD" => return Err("Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed".into()),
        trigger @ ("MAINTAINER" | "FROM") => return Err(format!("{trigger} isn't allowed as an ONBUILD trigger")),
        _ => {}
    }
    let original = node.original.trim_start();
    let mut expression = original.get("onbuild".len()..).unwrap_or_default().trim_start().to_string();
    for heredoc in &node.heredocs {
        expression += &format!("\n{}{}", heredoc.content, heredoc.name);
    }
    Ok(Kind::OnBuild(expression))
}

fn healthcheck(node: &Node) -> Result<Healthcheck, String> {
    let Some((kind, command)) = node.args.split_first() else { return Err(at_least_one("HEALTHCHECK")) };
    let kind = kind.to_uppercase();
    if kind == "NONE" {
        if !command.is_empty() {
            return Err("HEALTHCHECK NONE takes no arguments".into());
        }
        return Ok(Healthcheck { test: vec![kind], ..Healthcheck::default() });
    }
    let names = ["interval", "timeout", "start-period", "start-interval", "retries"];
    let flags = flags(&node.flags, &names.map(|name| (name, Takes::Text)))?;
    if kind != "CMD" {
        return Err(format!("Unknown type {} in HEALTHCHECK (try CMD)", quoted(&kind)));
    }
    if command.is_empty() {
        return Err("Missing command after HEALTHCHECK CMD".into());
    }
    let test = if node.json {
        std::iter::once(kind).chain(command.iter().cloned()).collect()
    } else {
        vec!["CMD-SHELL".into(), command.join(" ")]
    };
    let interval = |name: &str| duration(name, &flags.text(name));
    Ok(Healthcheck {
        test,
        interval: interval("interval")?,
        timeout: interval("timeout")?,
        start_period: interval("start-period")?,
        start_interval: interval("start-interval")?,
        retries: retries(&flags.text("retries"))?,
    })
}

/// A duration in nanoseconds, of at least a millisecond.
fn duration(name: &str, value: &str) -> Result<u64, String> {
    if value.is_empty() {
        return Ok(0);
    }
    let time = parse_duration(value.trim_start_matches('-'));
    let time = time.ok_or_else(|| format!("time: invalid duration {}", quoted(value)))?;
    match time.0 {
        0 => Ok(0),
        nanos if nanos >= 1_000_000 && !value.starts_with('-') => Ok(nanos),
        _ => Err(format!("Interval {} cannot be less than 1ms", quoted(name))),
    }
}

fn retries(value: &str) -> Result<u32, String> {
    if value.is_empty() {
        return Ok(0);
    }
    let bad = |why: &str| format!("strconv.ParseInt: parsing {}: {why}", quoted(value));
    let number: i64 = value.parse().map_err(|_| bad("invalid syntax"))?;
    match i32::try_from(number) {
        Ok(number) if number < 0 => Err(format!("--retries cannot be negative ({number})")),
        Ok(number) => Ok(number.unsigned_abs()),
        Err(_) => Err(bad("value out of range")),
    }
}
