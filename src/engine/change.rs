//! Dockerfile instructions as `--change` of `docker commit` and `docker import` takes them: those that only
//! change the configuration.

use super::api::Fault;
use super::fault::invalid;
use crate::model::image::{Config, Healthcheck};
use crate::model::order::Order;
use crate::model::signal::Signal;

const KNOWN: [&str; 11] = [
    "CMD",
    "ENTRYPOINT",
    "ENV",
    "EXPOSE",
    "HEALTHCHECK",
    "LABEL",
    "ONBUILD",
    "STOPSIGNAL",
    "USER",
    "VOLUME",
    "WORKDIR",
];

/// Changes a configuration by instructions, one each.
pub fn apply(config: &mut Config, changes: &[String]) -> Result<(), Fault> {
    let lines: Vec<(&str, &str)> = changes
        .iter()
        .flat_map(|change| change.lines())
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| line.split_once(char::is_whitespace).map_or((line, ""), |(word, rest)| (word, rest.trim())))
        .collect();
    if lines.is_empty() && !changes.is_empty() {
        return Err(invalid("file with no instructions"));
    }
    if let Some((word, _)) = lines.iter().find(|(word, _)| !KNOWN.contains(&word.to_uppercase().as_str())) {
        return Err(invalid(format!("{word} is not a valid change command")));
    }
    let mut command_set = false;
    for (word, rest) in lines {
        let word = word.to_uppercase();
        command_set |= word == "CMD";
        instruct(config, &word, rest, command_set).map_err(invalid)?;
    }
    Ok(())
}

fn instruct(config: &mut Config, word: &str, rest: &str, command_set: bool) -> Result<(), String> {
    let least_one = || format!("{word} requires at least one argument");
    let exactly_one = || format!("{word} requires exactly one argument");
    if rest.is_empty() && !matches!(word, "CMD" | "ENTRYPOINT") {
        return Err(if matches!(word, "USER" | "WORKDIR" | "STOPSIGNAL") { exactly_one() } else { least_one() });
    }
    match word {
        "CMD" => config.cmd = Some(command(config, rest)),
        "ENTRYPOINT" => {
            config.entrypoint = Some(command(config, rest)).filter(|words| !words.is_empty());
            // A command that was meant for another entry point is dropped.
            if !command_set {
                config.cmd = None;
            }
        }
        "ENV" => {
            for (key, value) in pairs(config, word, rest)? {
                set_env(&mut config.env, &key, &value);
            }
        }
        "LABEL" => config.labels.extend(pairs(config, word, rest)?),
        "EXPOSE" => {
            for port in words(config, rest) {
                expose(config, &port)?;
            }
            config.exposed_ports.order();
            config.exposed_ports.dedup();
        }
        "VOLUME" => {
            let list = json_list(rest).unwrap_or_else(|| words(config, rest));
            if list.iter().any(|volume| volume.trim().is_empty()) {
                return Err("VOLUME specified can not be an empty string".into());
            }
            config.volumes.extend(list);
            config.volumes.order();
            config.volumes.dedup();
        }
        "USER" => config.user = expand(config, rest),
        "WORKDIR" => config.working_dir = crate::kernel::join(&working_dir(config), &expand(config, rest)),
        "STOPSIGNAL" => {
            let signal = expand(config, rest);
            Signal::parse(&signal).ok_or_else(|| format!("invalid signal: {signal}"))?;
            config.stop_signal = signal;
        }
        "ONBUILD" => on_build(config, rest)?,
        _ => config.healthcheck = Some(healthcheck(rest)?),
    }
    Ok(())
}

fn working_dir(config: &Config) -> String {
    if config.working_dir.is_empty() { "/".into() } else { config.working_dir.clone() }
}

fn on_build(config: &mut Config, rest: &str) -> Result<(), String> {
    let trigger = rest.split_whitespace().next().unwrap_or_default().to_uppercase();
    match trigger.as_str() {
        "ONBUILD" => return Err("Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed".into()),
        "MAINTAINER" | "FROM" => return Err(format!("{trigger} isn't allowed as an ONBUILD trigger")),
        _ => config.on_build.push(rest.into()),
    }
    Ok(())
}

/// A JSON list of strings, if that is what is there.
fn json_list(text: &str) -> Option<Vec<String>> {
    serde_json::from_str(text).ok()
}

/// The exec form, or the shell form with the shell in front.
fn command(config: &Config, rest: &str) -> Vec<String> {
    json_list(rest).unwrap_or_else(|| {
        let shell = config.shell.clone().unwrap_or_else(|| vec!["/bin/sh".into(), "-c".into()]);
        shell.into_iter().chain([rest.to_string()]).collect()
    })
}

fn set_env(env: &mut Vec<String>, key: &str, value: &str) {
    let entry = format!("{key}={value}");
    let same = |old: &&mut String| old.split_once('=').map_or(old.as_str(), |(known, _)| known) == key;
    match env.iter_mut().find(same) {
        Some(old) => *old = entry,
        None => env.push(entry),
    }
}

fn expose(config: &mut Config, spec: &str) -> Result<(), String> {
    let (range, kind) = spec.split_once('/').unwrap_or((spec, "tcp"));
    let bad = || format!("invalid containerPort: {range}");
    let kind = kind.to_lowercase();
    if !matches!(kind.as_str(), "tcp" | "udp" | "sctp") {
        return Err(format!("invalid proto: {kind}"));
    }
    let (first, last) = range.split_once('-').unwrap_or((range, range));
    let (first, last): (u16, u16) = (first.parse().map_err(|_| bad())?, last.parse().map_err(|_| bad())?);
    if first > last {
        return Err(bad());
    }
    config.exposed_ports.extend((first..=last).map(|port| format!("{port}/{kind}")));
    Ok(())
}

fn healthcheck(rest: &str) -> Result<Healthcheck, String> {
    let mut check = Healthcheck::default();
    let mut rest = rest.trim_start();
    while let Some(flag) = rest.strip_prefix("--") {
        let (flag, after) = flag.split_once(char::is_whitespace).unwrap_or((flag, ""));
        let (name, value) = flag.split_once('=').ok_or_else(|| format!("Missing a value on flag: {flag}"))?;
        match name {
            "interval" => check.interval = duration(name, value)?,
            "timeout" => check.timeout = duration(name, value)?,
            "start-period" => check.start_period = duration(name, value)?,
            "start-interval" => check.start_interval = duration(name, value)?,
            "retries" => {
                let number: i64 =
                    value.parse().map_err(|_| format!("strconv.ParseInt: parsing {value:?}: invalid syntax"))?;
                if number < 0 {
                    return Err(format!("--retries cannot be negative ({number})"));
                }
                check.retries = u32::try_from(number).unwrap_or(u32::MAX);
            }
            _ => return Err(format!("unknown flag: {name}")),
        }
        rest = after.trim_start();
    }
    let (kind, command) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let command = command.trim();
    match kind.to_uppercase().as_str() {
        "NONE" if command.is_empty() => check.test = vec!["NONE".into()],
        "NONE" => return Err("HEALTHCHECK NONE takes no arguments".into()),
        "CMD" if command.is_empty() => return Err("Missing command after HEALTHCHECK CMD".into()),
        "CMD" => {
            check.test = match json_list(command) {
                Some(list) => std::iter::once("CMD".to_string()).chain(list).collect(),
                None => vec!["CMD-SHELL".into(), command.into()],
            }
        }
        kind => return Err(format!("Unknown type {kind:?} in HEALTHCHECK (try CMD)")),
    }
    Ok(check)
}

/// A duration in nanoseconds, of at least a millisecond.
fn duration(flag: &str, value: &str) -> Result<u64, String> {
    let time = super::parse_duration(value).ok_or_else(|| format!("time: invalid duration {value:?}"))?;
    match time.0 {
        0 => Ok(0),
        1..1_000_000 => Err(format!("Interval {flag:?} cannot be less than 1ms")),
        nanos => Ok(nanos),
    }
}

/// `KEY=value ...`, or `KEY value` with the rest of the line as the value.
fn pairs(config: &Config, word: &str, rest: &str) -> Result<Vec<(String, String)>, String> {
    let split = split(rest);
    let blank = || format!("{word} names can not be blank");
    if split.first().is_some_and(|first| !first.contains('=')) {
        let (key, value) = rest.split_once(char::is_whitespace).ok_or(format!("{word} must have two arguments"))?;
        return Ok(vec![(expand(config, key), expand(config, value.trim()))]);
    }
    let one = |entry: &String| {
        let (key, value) = entry
            .split_once('=')
            .ok_or_else(|| format!("Syntax error - can't find = in {entry:?}. Must be of the form: name=value"))?;
        if key.is_empty() { Err(blank()) } else { Ok((expand(config, key), expand(config, value))) }
    };
    split.iter().map(one).collect()
}

fn words(config: &Config, rest: &str) -> Vec<String> {
    split(rest).iter().map(|word| expand(config, word)).collect()
}

/// Words between blanks, quotes and backslashes kept.
fn split(text: &str) -> Vec<String> {
    let mut all = Vec::new();
    let mut word = String::new();
    let mut quote = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (None, c) if c.is_whitespace() => {
                if !word.is_empty() {
                    all.push(std::mem::take(&mut word));
                }
                continue;
            }
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if c == open => quote = None,
            (None | Some('"'), '\\') => {
                word.push(c);
                word.extend(chars.next());
                continue;
            }
            _ => {}
        }
        word.push(c);
    }
    if !word.is_empty() {
        all.push(word);
    }
    all
}

/// Takes quotes off and puts the values of `$NAME`, `${NAME}`, `${NAME:-word}` and `${NAME:+word}` in, from
/// the configuration's environment.
fn expand(config: &Config, text: &str) -> String {
    let value = |name: &str| {
        let found = config.env.iter().find_map(|entry| entry.strip_prefix(name)?.strip_prefix('='));
        found.unwrap_or_default().to_string()
    };
    let mut out = String::new();
    let mut quote = None;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if c == open => quote = None,
            (None | Some('"'), '\\') => out.extend(chars.next()),
            (None | Some('"'), '$') if chars.next_if_eq(&'{').is_some() => {
                let inner: String = chars.by_ref().take_while(|c| *c != '}').collect();
                out.push_str(&match (inner.split_once(":-"), inner.split_once(":+")) {
                    (Some((name, word)), _) if value(name).is_empty() => word.to_string(),
                    (Some((name, _)), _) => value(name),
                    (None, Some((name, word))) => {
                        if value(name).is_empty() {
                            String::new()
                        } else {
                            word.to_string()
                        }
                    }
                    (None, None) => value(&inner),
                });
            }
            (None | Some('"'), '$') => {
                let mut name = String::new();
                while let Some(c) = chars.next_if(|c| c.is_ascii_alphanumeric() || *c == '_') {
                    name.push(c);
                }
                if name.is_empty() {
                    out.push('$');
                } else {
                    out.push_str(&value(&name));
                }
            }
            (_, c) => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn changed(changes: &[&str]) -> Result<Config, String> {
        let mut config = Config { cmd: Some(vec!["sh".into()]), env: vec!["A=1".into()], ..Config::default() };
        let changes: Vec<String> = changes.iter().map(|change| change.to_string()).collect();
        apply(&mut config, &changes).map(|()| config).map_err(|fault| fault.message)
    }

    #[test]
    fn instructions_change_the_configuration() {
        let config = changed(&[
            "env B=\"x y\" C=$A",
            "ENV D a b",
            "EXPOSE 80 53/udp 8000-8001",
            "LABEL a=b",
            "WORKDIR /srv",
            "WORKDIR app",
            "USER nobody",
            "VOLUME [\"/data\"]",
            "STOPSIGNAL SIGQUIT",
            "ONBUILD RUN x",
            "HEALTHCHECK --interval=5s CMD wget -q localhost",
            "ENTRYPOINT [\"echo\"]",
        ])
        .unwrap_or_default();
        assert_eq!(config.env, ["A=1", "B=x y", "C=1", "D=a b"]);
        assert_eq!(config.exposed_ports, ["53/udp", "80/tcp", "8000/tcp", "8001/tcp"]);
        assert_eq!(config.working_dir, "/srv/app");
        assert_eq!((config.user.as_str(), config.stop_signal.as_str()), ("nobody", "SIGQUIT"));
        assert_eq!((config.volumes, config.on_build), (vec!["/data".to_string()], vec!["RUN x".to_string()]));
        let check = config.healthcheck.unwrap_or_default();
        assert_eq!((check.interval, check.test), (5_000_000_000, vec!["CMD-SHELL".into(), "wget -q localhost".into()]));
        assert_eq!((config.cmd, config.entrypoint), (None, Some(vec!["echo".to_string()])));
        let shell = changed(&["CMD echo $A"]).unwrap_or_default();
        assert_eq!(shell.cmd, Some(vec!["/bin/sh".into(), "-c".into(), "echo $A".into()]));
    }

    #[test]
    fn bad_instructions_are_refused() {
        for (change, words) in [
            ("BAKE a cake", "BAKE is not a valid change command"),
            ("run x", "run is not a valid change command"),
            ("USER", "USER requires exactly one argument"),
            ("EXPOSE abc", "invalid containerPort: abc"),
            ("STOPSIGNAL NOPE", "invalid signal: NOPE"),
            ("ENV A", "ENV must have two arguments"),
            ("", "file with no instructions"),
        ] {
            assert_eq!(changed(&[change]).err().as_deref(), Some(words), "{change}");
        }
    }
}
