//! The coach's rules, first to last, as `rules.txt` has them: what a rule looks for, what it marks and
//! proposes, and its text in both languages.
//!
//! Most rules look for a line of output. Where more has to be known, a function of the rule's name looks.

use super::{Case, Found, build, fill, find, made, reach};
use crate::words::Lang;

const TEXTS: &str = include_str!("rules.txt");

/// One rule of the table: its name, and its lines as key and value.
pub(super) struct Rule {
    pub name: &'static str,
    lines: Vec<(&'static str, &'static str)>,
}

/// What looks where no line of output tells enough.
type Finder = fn(&Case<'_>) -> Option<Found>;

pub(super) const FINDERS: &[(&str, Finder)] = &[
    ("daemon-unreachable", find::daemon),
    ("name-conflict", find::name_conflict),
    ("container-near", find::near_container),
    ("image-here-near", made::near_image_here),
    ("image-in-use", find::image_in_use),
    ("volume-in-use", find::volume_in_use),
    ("network-in-use", find::network_in_use),
    ("out-of-memory", find::out_of_memory),
    ("flag-after-image", made::flag_after_image),
    ("module-not-in-image", find::missing_module),
    ("exited-at-once", find::exited_at_once),
    ("nothing-to-do", find::nothing_to_do),
    ("unhealthy", find::unhealthy),
    ("restart-loop", made::restart_loop),
    ("ps-hides-stopped", made::ps_hides_stopped),
    ("prune-keeps-volumes", made::prune_keeps_volumes),
    ("prune-keeps-images", made::prune_keeps_images),
    ("data-gone", made::data_gone),
    ("no-curl", find::no_curl),
    ("no-bash", find::no_bash),
    ("quoted-command", made::quoted_command),
    ("port-taken", find::port_taken),
    ("image-near", find::near_image),
    ("tag-absent", find::no_tag),
    ("image-absent", find::no_image),
    ("name-uppercase", find::uppercase),
    ("no-names", reach::no_names),
    ("peer-stopped", reach::peer_stopped),
    ("name-on-host", reach::name_on_host),
    ("own-localhost", reach::own_localhost),
    ("not-published", reach::not_published),
    ("other-port", reach::other_port),
    ("wrong-port-inside", reach::wrong_port_inside),
    ("build-needs-path", build::no_path),
    ("copy-from-lacks", build::not_in_stage),
    ("nothing-to-copy", build::nothing_to_copy),
    ("run-failed", build::run_failed),
    ("unknown-instruction", build::unknown_instruction),
    ("floating-base", build::floating_base),
    ("command-near", find::near_command),
    ("arguments-missing", find::arguments),
    ("flag-near", find::near_flag),
    ("program-near", find::near_program),
    ("program-in-image", find::program_in_image),
];

/// All rules, in their order.
pub(super) fn all() -> Vec<Rule> {
    let mut rules: Vec<Rule> = Vec::new();
    for line in TEXTS.lines() {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            rules.push(Rule { name, lines: Vec::new() });
        } else if let (Some(pair), Some(rule)) = (line.split_once(": "), rules.last_mut()) {
            rule.lines.push(pair);
        }
    }
    rules
}

impl Rule {
    fn every(&self, key: &str) -> impl Iterator<Item = &'static str> {
        self.lines.iter().filter(move |(known, _)| *known == key).map(|(_, value)| *value)
    }

    /// What the coach says by the rule.
    pub(super) fn text(&self, lang: Lang) -> Option<&'static str> {
        self.every(lang.code()).next()
    }

    /// What the rule finds in a case, with the commands that the table proposes behind those found.
    pub(super) fn find(&self, case: &Case<'_>) -> Option<Found> {
        let mut found = match FINDERS.iter().find(|(name, _)| *name == self.name) {
            Some((_, find)) => find(case)?,
            None => self.read(case)?,
        };
        found.commands.extend(self.every("try").filter_map(|command| fill(command, case, &found.values)));
        Some(found)
    }

    /// What a line of output tells, where the command is one of those that the rule is about.
    fn read(&self, case: &Case<'_>) -> Option<Found> {
        let well = self.every("ends").next() == Some("well");
        let typed = case.canonical();
        let begins = |command: &str| typed.starts_with(command) && !typed[command.len()..].starts_with(|c| c != ' ');
        if well != (case.status == 0)
            || self.every("typed").next().is_some() && !self.every("typed").any(begins)
            || !self.every("has").all(|text| case.command.contains(text))
        {
            return None;
        }
        let values =
            self.every("says").find_map(|pattern| case.output.lines().find_map(|line| holes(pattern, line)))?;
        let resolved = values.into_iter().map(|(kind, value)| match case.container(value) {
            Some(container) if kind == "container" => container.name.to_string(),
            _ => value.to_string(),
        });
        Some(Found { values: resolved.collect(), commands: Vec::new() })
    }

    /// The object that the rule speaks of, such as `container web`.
    pub(super) fn marks(&self, case: &Case<'_>, values: &[String]) -> Option<String> {
        let known = |object: &String| super::super::stage_key(case.world, object).is_some();
        // Of several names the first one stands for all.
        let first = |object: String| object.split(", ").next().unwrap_or_default().to_string();
        self.every("marks").filter_map(|object| fill(object, case, values)).map(first).find(known)
    }
}

/// What stands in a line where the pattern has holes, `{}` or `{container}`, with what the hole is for.
fn holes<'a>(pattern: &'a str, line: &'a str) -> Option<Vec<(&'a str, &'a str)>> {
    let mut parts = pattern.split('{');
    let mut rest = line.split_once(parts.next()?)?.1;
    let mut values = Vec::new();
    for part in parts {
        let (kind, after) = part.split_once('}')?;
        let (value, behind) = if after.is_empty() { (rest, "") } else { rest.split_once(after)? };
        if value.is_empty() {
            return None;
        }
        values.push((kind, value.trim()));
        rest = behind;
    }
    Some(values)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_have_holes() {
        assert_eq!(holes("a {} c {container}", "x: a b c d "), Some(vec![("", "b"), ("container", "d")]));
        assert_eq!(holes("plain", "a plain line"), Some(Vec::new()));
        assert_eq!(holes("a {} c", "a  b"), None);
        assert_eq!(holes("a {}", "a "), None);
    }

    #[test]
    fn every_line_of_the_table_says_something() {
        const KEYS: [&str; 8] = ["says", "typed", "has", "ends", "marks", "try", "vi", "en"];
        let rules = all();
        for (at, rule) in rules.iter().enumerate() {
            assert!(rules[..at].iter().all(|before| before.name != rule.name), "{} is there twice", rule.name);
            assert!(rule.lines.iter().all(|(key, _)| KEYS.contains(key)), "{}: {:?}", rule.name, rule.lines);
            let found = FINDERS.iter().any(|(name, _)| *name == rule.name);
            assert_ne!(found, rule.every("says").next().is_some(), "{} needs one way to be found", rule.name);
            let texts = Lang::ALL.map(|lang| rule.text(lang).unwrap_or_default());
            assert!(texts.iter().all(|text| text.len() > 20), "{}: {texts:?}", rule.name);
            assert_ne!(texts[0], texts[1], "{}", rule.name);
        }
        for (name, _) in FINDERS {
            assert!(rules.iter().any(|rule| rule.name == *name), "{name} has no text");
        }
        let lines = TEXTS.lines().filter(|line| !line.is_empty() && !line.starts_with(['#', '[']));
        assert_eq!(rules.iter().map(|rule| rule.lines.len()).sum::<usize>(), lines.count());
    }
}
