//! What a flag's value must be, by the type or check that its table names.

use super::{duration, mount, ram_bytes, rational_nanos};
use crate::cli::format::address;
use crate::cli::format::quote::quoted;

const ULIMITS: &str =
    " core cpu data fsize locks memlock msgqueue nice nofile nproc rss rtprio rttime sigpending stack ";
const SYSCTLS: &str = " kernel.msgmax kernel.msgmnb kernel.msgmni kernel.sem kernel.shmall kernel.shmmax kernel.shmmni kernel.shm_rmid_forced ";

/// Whether the table may name this type or check.
pub fn is_known(check: &str) -> bool {
    const ALL: &str = " string list stringArray map strings bool int uint16 uint64 bytes swap duration decimal filter \
        stringToString ulimit mount network gpu-request host attach weight bps iops cgrule ip domain env label link sysctl ";
    ALL.contains(&format!(" {check} "))
}

/// The value as it is kept, or several of a list of comma-separated values.
pub fn checked(check: &str, value: &str) -> Result<Vec<String>, String> {
    let kept = match check {
        "bool" => go_bool(value)?.to_string(),
        "int" => go_int(value)?.to_string(),
        "uint16" => unsigned(value, u64::from(u16::MAX))?.to_string(),
        "uint64" => unsigned(value, u64::MAX)?.to_string(),
        "bytes" => ram_bytes(value).map(|_| value.to_string())?,
        "swap" if value == "-1" => value.to_string(),
        "swap" => ram_bytes(value).map(|_| value.to_string())?,
        "duration" => duration(value).map(|_| value.to_string())?,
        "decimal" => rational_nanos(value).map(|_| value.to_string())?,
        "strings" => return if value.is_empty() { Ok(Vec::new()) } else { comma_separated(value) },
        "stringToString" => return string_to_string(value),
        "filter" if value.is_empty() => return Ok(Vec::new()),
        "filter" => filter(value)?,
        "attach" => attach(value)?,
        "ip" => match address::canonical(value.trim()) {
            Some(address) => address,
            None => return Err(format!("IP address is not correctly formatted: {value}")),
        },
        "domain" => domain(value)?,
        "host" => host(value)?,
        other => {
            unchanged(other, value)?;
            value.to_string()
        }
    };
    Ok(vec![kept])
}

fn unchanged(check: &str, value: &str) -> Result<(), String> {
    match check {
        "env" if value.is_empty() || value.starts_with('=') => Err(format!("invalid environment variable: {value}")),
        "label" => label(value),
        "link" if value.is_empty() => Err("empty string specified for links".to_string()),
        "link" if value.split(':').count() > 2 => Err(format!("bad format for links: {value}")),
        "sysctl" => sysctl(value),
        "cgrule" => device_rule(value),
        "weight" | "bps" | "iops" => device(check, value),
        "ulimit" => ulimit(value),
        "mount" => mount::check(value),
        "network" => network(value),
        "gpu-request" => gpus(value),
        _ => Ok(()),
    }
}

/// Go's spellings of true and false.
pub fn go_bool(text: &str) -> Result<bool, String> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Ok(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Ok(false),
        _ => Err(format!("strconv.ParseBool: parsing {}: invalid syntax", quoted(text))),
    }
}

/// A number as `strconv.ParseInt` reads it, with the bases 0x, 0o and 0b.
pub fn go_int(text: &str) -> Result<i64, String> {
    let bad = |why: &str| format!("strconv.ParseInt: parsing {}: {why}", quoted(text));
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => (-1, digits),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    let value = magnitude(digits).map_err(bad)?;
    i64::try_from(i128::from(value) * sign).map_err(|_| bad("value out of range"))
}

fn unsigned(text: &str, most: u64) -> Result<u64, String> {
    let bad = |why: &str| format!("strconv.ParseUint: parsing {}: {why}", quoted(text));
    let value = magnitude(text).map_err(bad)?;
    if value > most { Err(bad("value out of range")) } else { Ok(value) }
}

fn magnitude(text: &str) -> Result<u64, &'static str> {
    let lower = text.to_ascii_lowercase();
    let (radix, digits) = match lower.as_bytes() {
        [b'0', b'x', ..] => (16, &lower[2..]),
        [b'0', b'o', ..] => (8, &lower[2..]),
        [b'0', b'b', ..] => (2, &lower[2..]),
        [b'0', _, ..] => (8, &lower[1..]),
        _ => (10, lower.as_str()),
    };
    if digits.is_empty() || !digits.chars().all(|c| c.is_digit(radix)) {
        return Err("invalid syntax");
    }
    u64::from_str_radix(digits, radix).map_err(|_| "value out of range")
}

/// One line of comma-separated values, quoted the way of RFC 4180.
pub fn comma_separated(text: &str) -> Result<Vec<String>, String> {
    let mut fields = vec![String::new()];
    let mut chars = text.chars().peekable();
    let mut column = 0;
    let mut in_quotes = false;
    while let Some(c) = chars.next() {
        column += c.len_utf8();
        let Some(field) = fields.last_mut() else { continue };
        match c {
            '"' if in_quotes && chars.peek() == Some(&'"') => {
                field.push('"');
                column += 1;
                chars.next();
            }
            '"' if in_quotes => {
                in_quotes = false;
                if chars.peek().is_some_and(|next| *next != ',') {
                    return Err(format!(
                        "parse error on line 1, column {column}: extraneous or missing \" in quoted-field"
                    ));
                }
            }
            '"' if field.is_empty() => in_quotes = true,
            '"' => return Err(format!("parse error on line 1, column {column}: bare \" in non-quoted-field")),
            ',' if !in_quotes => fields.push(String::new()),
            c => field.push(c),
        }
    }
    if in_quotes {
        return Err(format!("parse error on line 1, column {}: extraneous or missing \" in quoted-field", column + 1));
    }
    Ok(fields)
}

fn string_to_string(value: &str) -> Result<Vec<String>, String> {
    // pflag takes a value with a single `=` as it is, commas and all.
    let pairs = match value.matches('=').count() {
        0 => return Err(format!("{value} must be formatted as key=value")),
        1 => vec![value.trim_matches('"').to_string()],
        _ => comma_separated(value)?,
    };
    match pairs.iter().find(|pair| !pair.contains('=')) {
        Some(pair) => Err(format!("{pair} must be formatted as key=value")),
        None => Ok(pairs),
    }
}

fn filter(value: &str) -> Result<String, String> {
    match value.split_once('=') {
        Some((name, value)) => Ok(format!("{}={}", name.trim().to_lowercase(), value.trim())),
        None => Err("bad format of filter (expected name=value)".to_string()),
    }
}

fn attach(value: &str) -> Result<String, String> {
    let lower = value.to_lowercase();
    match lower.as_str() {
        "stdin" | "stdout" | "stderr" => Ok(lower),
        _ => Err("valid streams are STDIN, STDOUT and STDERR".to_string()),
    }
}

fn domain(value: &str) -> Result<String, String> {
    let value = value.trim_matches(' ');
    let name = value.trim_end().trim_end_matches('.');
    let is_part = |part: &str| {
        let inner = part.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
        inner && !part.is_empty() && !part.starts_with('-') && !part.ends_with('-')
    };
    let has_letter = name.contains(|c: char| c.is_ascii_alphabetic());
    match value {
        "." => Ok(value.to_string()),
        _ if has_letter && name.len() < 255 && name.split('.').all(is_part) => Ok(name.to_string()),
        _ => Err(format!("{value} is not a valid domain")),
    }
}

/// `name:address` or `name=address`, kept with a colon and without brackets.
fn host(value: &str) -> Result<String, String> {
    let pair = value.split_once('=').or_else(|| value.split_once(':'));
    let Some((name, rest)) = pair.filter(|(name, _)| !name.is_empty() && !name.contains(':')) else {
        return Err(format!("bad format for add-host: {}", quoted(value)));
    };
    let bare = rest.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')).filter(|inner| !inner.is_empty());
    let text = bare.unwrap_or(rest);
    if text != "host-gateway" && address::canonical(text.trim()).is_none() {
        return Err(format!("invalid IP address in add-host: {}", quoted(text)));
    }
    Ok(format!("{name}:{text}"))
}

fn label(value: &str) -> Result<(), String> {
    let key = value.split('=').next().unwrap_or_default().trim_start_matches([' ', '\t']);
    if key.is_empty() {
        return Err(format!("invalid label '{value}': empty name"));
    }
    if key.contains([' ', '\t']) { Err(format!("label '{key}' contains whitespaces")) } else { Ok(()) }
}

fn sysctl(value: &str) -> Result<(), String> {
    let known = value.split_once('=').is_some_and(|(key, _)| {
        key.starts_with("net.") || key.starts_with("fs.mqueue.") || SYSCTLS.contains(&format!(" {key} "))
    });
    if known { Ok(()) } else { Err(format!("sysctl '{value}' is not allowed")) }
}

/// A rule of the cgroup's device list: `c 1:3 rwm`.
fn device_rule(value: &str) -> Result<(), String> {
    let is_number = |text: &str| text == "*" || !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
    let parts: Vec<&str> = value.split(' ').collect();
    let fits = match parts.as_slice() {
        ["a" | "c" | "b", numbers, modes] => {
            let pair = numbers.split_once(':').is_some_and(|(major, minor)| is_number(major) && is_number(minor));
            pair && matches!(modes.len(), 1..=3) && modes.chars().all(|c| "rwm".contains(c))
        }
        _ => false,
    };
    if fits { Ok(()) } else { Err(format!("invalid device cgroup format '{value}'")) }
}

/// `path:rate` or `path:weight` of a block device.
fn device(check: &str, value: &str) -> Result<(), String> {
    let Some((path, rate)) = value.split_once(':').filter(|(path, _)| !path.is_empty()) else {
        return Err(format!("bad format: {value}"));
    };
    if !path.starts_with("/dev/") {
        return Err(format!("bad format for device path: {value}"));
    }
    let number = "The correct format is <device-path>:<number>";
    match check {
        "weight" => match rate.parse::<u16>() {
            Ok(0 | 10..=1000) => Ok(()),
            _ => Err(format!("invalid weight for device: {value}")),
        },
        "bps" if ram_bytes(rate).is_err() => Err(format!(
            "invalid rate for device: {value}. {number}[<unit>]. Number must be a positive integer. Unit is optional and can be kb, mb, or gb"
        )),
        "iops" if rate.parse::<u64>().is_err() => {
            Err(format!("invalid rate for device: {value}. {number}. Number must be a positive integer"))
        }
        _ => Ok(()),
    }
}

fn ulimit(value: &str) -> Result<(), String> {
    let (name, limits) = value.split_once('=').ok_or_else(|| format!("invalid ulimit argument: {value}"))?;
    if name.contains(' ') || !ULIMITS.contains(&format!(" {name} ")) {
        return Err(format!("invalid ulimit type: {name}"));
    }
    let decimal = |text: &str| {
        let bad = || format!("strconv.ParseInt: parsing {}: invalid syntax", quoted(text));
        text.parse::<i64>().map_err(|_| bad())
    };
    let parts: Vec<&str> = limits.split(':').collect();
    let (soft, hard) = match parts.as_slice() {
        [soft] => (decimal(soft)?, decimal(soft)?),
        [soft, hard] => {
            let hard = decimal(hard)?;
            (decimal(soft)?, hard)
        }
        _ => {
            return Err(format!("too many limit value arguments - {limits}, can only have up to two, `soft[:hard]`"));
        }
    };
    let unequal = "ulimit soft limit must be less than or equal to hard limit";
    match (soft, hard) {
        (_, -1) => Ok(()),
        (-1, hard) => Err(format!("{unequal}: soft: -1 (unlimited), hard: {hard}")),
        (soft, hard) if soft > hard => Err(format!("{unequal}: {soft} > {hard}")),
        _ => Ok(()),
    }
}

/// A name, or keys and values: `name=front,alias=db`.
fn network(value: &str) -> Result<(), String> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let has_pair =
        value.match_indices('=').any(|(at, _)| value[..at].ends_with(is_word) && value[at + 1..].starts_with(is_word));
    if !has_pair {
        return Ok(());
    }
    let mut name = String::new();
    for field in comma_separated(value)? {
        let lower = field.to_lowercase();
        let Some((key, value)) = lower.split_once('=').filter(|(key, _)| !key.is_empty()) else {
            return Err(format!("invalid field {field}"));
        };
        let value = value.trim();
        match key.trim() {
            "name" => name = value.to_string(),
            "alias" | "ip" | "ip6" | "mac-address" | "link-local-ip" => {}
            "driver-opt" if value.split_once('=').is_some_and(|(key, _)| !key.is_empty()) => {}
            "driver-opt" => return Err("invalid key value pair format in driver options".to_string()),
            "gw-priority" if value.parse::<i64>().is_ok() => {}
            "gw-priority" => return Err(format!("invalid gw-priority ({value}): invalid syntax")),
            key => return Err(format!("invalid field key {key}")),
        }
    }
    if name.is_empty() { Err("network name/id is not specified".to_string()) } else { Ok(()) }
}

fn gpus(value: &str) -> Result<(), String> {
    let is_count = |text: &str| {
        let bad = || format!("invalid count ({text}): value must be either \"all\" or an integer: invalid syntax");
        if text == "all" || text.parse::<i64>().is_ok() { Ok(()) } else { Err(bad()) }
    };
    let mut seen: Vec<String> = Vec::new();
    for field in comma_separated(value)? {
        let (key, rest) = match field.split_once('=') {
            Some((key, rest)) => (key, Some(rest)),
            None => (field.as_str(), None),
        };
        if seen.iter().any(|known| known == key) {
            return Err(format!("gpu request key '{key}' can be specified only once"));
        }
        seen.push(key.to_string());
        match (key, rest) {
            (count, None) | ("count", Some(count)) => {
                is_count(count)?;
                seen.push("count".to_string());
            }
            ("driver" | "device" | "capabilities" | "options", Some(_)) => {}
            (key, Some(_)) => return Err(format!("unexpected key '{key}' in '{field}'")),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(check: &str, value: &str) -> String {
        checked(check, value).expect_err("an error")
    }

    #[test]
    fn numbers_as_go_reads_them() {
        assert_eq!(checked("int", "0x10"), Ok(vec!["16".into()]));
        assert_eq!(checked("int", "-9223372036854775808"), Ok(vec![i64::MIN.to_string()]));
        let big = "99999999999999999999";
        assert_eq!(refused("int", big), format!("strconv.ParseInt: parsing \"{big}\": value out of range"));
        assert_eq!(refused("uint16", "99999999"), "strconv.ParseUint: parsing \"99999999\": value out of range");
        assert_eq!(refused("uint16", "x"), "strconv.ParseUint: parsing \"x\": invalid syntax");
    }

    #[test]
    fn refusals_of_the_clients_own_types() {
        for (check, value, message) in [
            ("filter", "x", "bad format of filter (expected name=value)"),
            ("attach", "foo", "valid streams are STDIN, STDOUT and STDERR"),
            ("env", "=x", "invalid environment variable: =x"),
            ("label", "=x", "invalid label '=x': empty name"),
            ("link", "a:b:c", "bad format for links: a:b:c"),
            ("host", "foo:bar", "invalid IP address in add-host: \"bar\""),
            ("host", "foo", "bad format for add-host: \"foo\""),
            ("ip", "foo", "IP address is not correctly formatted: foo"),
            ("domain", "", " is not a valid domain"),
            ("weight", "x", "bad format: x"),
            ("iops", "x:y", "bad format for device path: x:y"),
            ("ulimit", "nofile=10:5", "ulimit soft limit must be less than or equal to hard limit: 10 > 5"),
            ("ulimit", "foo=1:2", "invalid ulimit type: foo"),
            ("gpu-request", "x=y", "unexpected key 'x' in 'x=y'"),
            ("sysctl", "x", "sysctl 'x' is not allowed"),
            ("network", "nme=x", "invalid field key nme"),
            ("cgrule", "x", "invalid device cgroup format 'x'"),
        ] {
            assert_eq!(refused(check, value), message, "{check} {value}");
        }
    }

    #[test]
    fn lists_come_apart_at_commas() {
        let fields = ["a", "b,c", "d\"e", ""].map(String::from).to_vec();
        assert_eq!(checked("strings", "a,\"b,c\",\"d\"\"e\","), Ok(fields));
        assert_eq!(checked("strings", ""), Ok(Vec::new()));
        assert!(comma_separated("a\"b").is_err() && comma_separated("\"a").is_err());
        assert_eq!(checked("host", "db=[::1]"), Ok(vec!["db:::1".into()]));
        assert_eq!(checked("domain", "example.com."), Ok(vec!["example.com".into()]));
    }
}
