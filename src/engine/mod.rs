//! What dockerd does.

pub mod api;
mod archive;
mod attach;
pub mod build;
mod capability;
pub mod catalogue;
mod change;
pub mod client;
mod commit;
mod container;
mod create;
pub mod daemon;
mod disk;
pub mod endpoint;
pub mod events;
mod exec;
mod fault;
mod find;
mod health;
mod image;
mod info;
pub mod inspect;
mod layout;
mod life;
mod listing;
mod logs;
mod mounts;
mod names;
mod network;
mod offer;
pub mod policy;
mod pull;
mod push;
mod resources;
mod start;
pub mod stats;
pub mod store;
mod top;
pub mod transfer;
mod user;
mod volume;

pub use health::go_duration;

use crate::model::World;
use crate::model::time::Time;

/// The client's and the engine's version.
pub const VERSION: &str = "28.2.2";

/// What the engine has before anybody used it: the default networks, and images that were pulled before.
/// The references that the registry does not have come back.
pub fn boot(world: &mut World, images: &[String]) -> Vec<String> {
    world.engine.id = engine_id(world);
    network::boot(world);
    images.iter().filter(|image| !store::preload(world, image)).cloned().collect()
}

/// `XXXX:XXXX:...`, twelve groups of base 32, as `docker info` shows it.
fn engine_id(world: &mut World) -> String {
    const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut group = || (0..4).map(|_| LETTERS[world.random.below(32) as usize] as char).collect::<String>();
    (0..12).map(|_| group()).collect::<Vec<_>>().join(":")
}

/// The client's and the engine's words for a length of time (go-units `HumanDuration`).
pub fn human_duration(time: Time) -> String {
    let seconds = time.as_secs();
    let (minutes, hours) = (seconds / 60, (seconds + 1800) / 3600);
    match seconds {
        0 => "Less than a second".into(),
        1 => "1 second".into(),
        2..60 => format!("{seconds} seconds"),
        _ if minutes == 1 => "About a minute".into(),
        _ if minutes < 60 => format!("{minutes} minutes"),
        _ if hours == 1 => "About an hour".into(),
        _ if hours < 48 => format!("{hours} hours"),
        _ if hours < 24 * 7 * 2 => format!("{} days", hours / 24),
        _ if hours < 24 * 30 * 2 => format!("{} weeks", hours / 24 / 7),
        _ if hours < 24 * 365 * 2 => format!("{} months", hours / 24 / 30),
        _ => format!("{} years", hours / 24 / 365),
    }
}

/// A duration as Go reads it: `10m`, `1h30m`, `1.5s`, `300ms`.
pub fn parse_duration(text: &str) -> Option<Time> {
    let mut rest = text.strip_prefix('+').unwrap_or(text);
    if rest.is_empty() {
        return None;
    }
    let mut total = 0f64;
    while !rest.is_empty() {
        let digits = rest.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(rest.len());
        let number: f64 = rest[..digits].parse().ok()?;
        rest = &rest[digits..];
        let letters = rest.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(rest.len());
        total += number
            * match &rest[..letters] {
                "h" => 3600.0,
                "m" => 60.0,
                "s" => 1.0,
                "ms" => 1e-3,
                "us" | "µs" => 1e-6,
                "ns" => 1e-9,
                "" if text == "0" => 1.0,
                _ => return None,
            };
        rest = &rest[letters..];
    }
    Some(Time::from_secs_f64(total))
}

/// `--filter name=`: a regular expression in Docker; here `^`, `$`, `.` and `.*` of it, else a part of the name.
pub fn name_matches(name: &str, pattern: &str) -> bool {
    let name = name.strip_prefix('/').unwrap_or(name);
    let pattern = pattern.replacen("^/", "^", 1);
    let pattern = pattern.strip_prefix('/').unwrap_or(&pattern);
    let (start, rest) = pattern.strip_prefix('^').map_or((false, pattern), |rest| (true, rest));
    let (end, rest) = rest.strip_suffix('$').map_or((false, rest), |rest| (true, rest));
    let pieces: Vec<&str> = rest.split(".*").collect();
    let mut at = 0;
    for (number, piece) in pieces.iter().enumerate() {
        let anchored = number == 0 && start;
        let last = number + 1 == pieces.len();
        let found = if last && end && !(anchored && pieces.len() == 1) {
            let from = name.len().checked_sub(piece.len()).filter(|from| *from >= at);
            from.filter(|from| name.is_char_boundary(*from) && literal(&name[*from..], piece).is_some())
        } else if anchored {
            literal(name, piece).map(|_| 0)
        } else {
            name[at..]
                .char_indices()
                .map(|(i, _)| at + i)
                .chain([name.len()])
                .find(|i| literal(&name[*i..], piece).is_some())
        };
        let Some(from) = found else { return false };
        at = from + piece.len();
        if last && end && at != name.len() {
            return false;
        }
    }
    true
}

/// Whether a text starts with a pattern in which `.` is any character.
fn literal(text: &str, pattern: &str) -> Option<()> {
    let mut chars = text.chars();
    pattern.chars().all(|p| chars.next().is_some_and(|c| p == '.' || p == c)).then_some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_match_as_patterns() {
        for (name, pattern, expected) in [
            ("/box", "box", true),
            ("/box.2", "box", true),
            ("/box.2", "^box$", false),
            ("/box", "^/box$", true),
            ("/web-1", "^web-.*$", true),
            ("/web", "x", false),
            ("/ab", "b$", true),
            ("/a", "", true),
        ] {
            assert_eq!(name_matches(name, pattern), expected, "{name} {pattern}");
        }
    }

    #[test]
    fn durations_are_read_and_told() {
        assert_eq!(parse_duration("1h30m"), Some(Time::seconds(5400)));
        assert_eq!(parse_duration("10 m"), None);
        assert_eq!(human_duration(Time::seconds(61)), "About a minute");
        assert_eq!(human_duration(Time::seconds(3600)), "About an hour");
        assert_eq!(human_duration(Time::seconds(86_400 * 3)), "3 days");
    }
}
