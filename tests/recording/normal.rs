//! What differs from run to run is replaced before two answers are compared; identities (ids, generated
//! names) are kept aside, since they must map one to one through a scenario.

use layerlab::model::order::Order;
use std::cell::OnceCell;
use std::collections::BTreeMap;

use super::pattern::{Found, Pattern};

const MONTHS: &str = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec";

/// Patterns and what stands in their place, in this order; `\1` is a group.
const RULES: [(&str, &str); 31] = [
    (r"docker-import-\d+", "docker-import-<n>"),
    // Points in time; the zero time 0001-01-01 means "never" and stays.
    (
        r"(?!0001-)\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?: ?(?:Z|[+-]\d\d:?\d\d))?(?: [A-Z]{3,4}\b)?",
        "<time>",
    ),
    (r"\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) (?:MONTHS) [ \d]\d \d\d:\d\d:\d\d (?:[A-Z]+ )?\d{4}", "<time>"),
    (r"\b(?:MONTHS) [ \d]\d  ?(?:\d\d:\d\d|\d{4})(?= )", "<date>"),
    (r"\b1[78]\d{8}\b", "<epoch>"),
    (r"\b1[78]\d{17}\b", "<epochnano>"),
    // Ages.
    (r"\b(?:Less than a|About an?|\d+) (?:second|minute|hour|day|week|month|year)s?(?: ago\b)?", "<age>"),
    // docker top: UID PID PPID C STIME TTY TIME CMD.
    (r"^(\S+) +\d+ +\d+ +\d+ +\d\d:\d\d +(\S+) +\d\d:\d\d:\d\d +", r"\1  <pid>  <ppid>  0  <time>  \2  <time>  "),
    (r#"("Pid": ?)[1-9]\d*"#, r"\1<pid>"),
    // Sizes, percentages, durations.
    (r"(?<![\w.])(?!0 ?B)\d+(?:\.\d+)?(?:e[+-]\d+)? ?(?:B|[kKMGT]i?B)\b", "<size>"),
    (r"\b\d+\.\d+%", "<pct>"),
    (r"\(\d+%\)", "(<pct>)"),
    (r"\btime=\d+\.\d+ ms", "time=<t> ms"),
    (r"= \d+\.\d+/\d+\.\d+/\d+\.\d+ ms", "= <t>/<t>/<t> ms"),
    (r"\b\d+m\d+\.\d+s\b", "<t>"),
    (r#"("(?:Size|VirtualSize|SizeRw|SizeRootFs)": ?)[1-9]\d*"#, r"\1<size>"),
    (r"^total \d+$", "total <n>"),
    // Addresses.
    (r"\b(?:[0-9a-f]{2}:){5}[0-9a-f]{2}\b", "<mac>"),
    (r"(?<=:)(?:3[2-9]\d{3}|[45]\d{4}|60\d{3})\b", "<port>"),
    (r#"("HostPort": ?)"(?:3[2-9]\d{3}|[45]\d{4}|60\d{3})""#, r#"\1"<port>""#),
    (r"overlay2/[a-z0-9]{25}\b", "overlay2/<layer>"),
    (r#"("(?:CgroupnsMode|AppArmorProfile)": ?)"[a-z-]*""#, r#"\1"<host>""#),
    (r#"("OomKillDisable": ?)(?:null|false)"#, r"\1<host>"),
    (r"\bref [0-9a-f-]{36}::[a-z0-9]{25}\b", "ref <ref>"),
    (r"to \d+\.\d\d, as there are only \d+ CPUs", "to <n>, as there are only <n> CPUs"),
    (r"available: 0(?:-\d+)?\b", "available: <cpus>"),
    (r"^bash: line \d+: ", "bash: "),
    (r#"^time="<time>" level=error msg="Can.t (?:add|close) .*\n"#, ""),
    // Pulls: only the lasting states of a layer.
    (r"^[0-9a-f]{12}: (?:Verifying Checksum|Download complete|Waiting|Downloading|Extracting)\n", ""),
    // After the tokens.
    (r" {2,}", "  "),
    (r"[ \t]+$", ""),
];

/// How many of [`RULES`] come before the tokens.
const EARLY: usize = 29;

const TOKENS: &str = concat!(
    r"(?<![0-9A-Za-z])(?:([0-9a-f]{64})|([0-9a-f]{12})|([0-9a-f]{13,16}…))(?![0-9A-Za-z])",
    r"|(?<![\w.:-])(?!exec_|health_)([a-z]+_[a-z]+)(?![\w=-])"
);

/// The patterns, made once.
struct Patterns {
    rules: Vec<(Pattern, &'static str)>,
    tokens: Pattern,
    named: BTreeMap<&'static str, Pattern>,
}

thread_local! {
    static PATTERNS: OnceCell<Patterns> = const { OnceCell::new() };
}

const NAMED: [(&str, &str); 14] = [
    ("step", r"#(\d+) (.*)"),
    ("any step", r"^#\d+ "),
    ("seconds first", r"^\d+\.\d+ "),
    ("done", r"^(DONE|CANCELED) \d+\.\d+s$"),
    ("took", r" \d+\.\d+s( done)?$"),
    ("transferring", r"^(transferring \w+:) .*"),
    ("skip", r"sha256:\w+ \S+ / \S+|extracting sha256:"),
    ("usage", r"^Usage:  docker"),
    ("sections", r"^.*(?:Commands|Options):$"),
    ("wrapped", r"\n {10,}(?=\S)"),
    ("flag", r" {2,6}((?:-\w, )?--.*?)(?: {2,}(.*))?$"),
    ("command", r"  ([a-z][\w-]*)\b"),
    ("section", r"\S.*:$"),
    ("default", r#".*?(\(default (?:"[^"]*"|[^\s)]+)\))"#),
];

fn with<T>(use_them: impl FnOnce(&Patterns) -> T) -> T {
    PATTERNS.with(|cell| {
        use_them(cell.get_or_init(|| Patterns {
            rules: RULES.iter().map(|(rule, by)| (Pattern::new(&rule.replace("MONTHS", MONTHS)), *by)).collect(),
            tokens: Pattern::new(TOKENS),
            named: NAMED.iter().map(|(name, pattern)| (*name, Pattern::new(pattern))).collect(),
        }))
    })
}

fn fill(template: &str, found: &Found) -> String {
    template.replace(r"\1", &found.text(1)).replace(r"\2", &found.text(2))
}

/// The text normalised, and its identities in order.
pub fn normalise(text: &str) -> (String, Vec<String>) {
    with(|patterns| {
        let mut text = build_log(patterns, &help_text(patterns, text));
        for (pattern, by) in &patterns.rules[..EARLY] {
            text = pattern.replace(&text, |found| fill(by, found));
        }
        let mut identities = Vec::new();
        text = patterns.tokens.replace(&text, |found| {
            let id = (1..4).find_map(|group| found.group(group));
            identities.push(match &id {
                Some(id) => id.chars().take(12).collect(),
                None => found.text(4),
            });
            let shown = [(1, "<ID>"), (2, "<id>"), (3, "<id…>")];
            shown.iter().find(|(group, _)| found.group(*group).is_some()).map_or("<name>", |(_, shown)| shown).into()
        });
        for (pattern, by) in &patterns.rules[EARLY..] {
            text = pattern.replace(&text, |found| fill(by, found));
        }
        (text, identities)
    })
}

/// A sort key that puts `[2/10]` before `[10/10]`: numbers before text.
fn natural(text: &str) -> Vec<(u8, u128, String)> {
    let mut key: Vec<(u8, u128, String)> = Vec::new();
    for c in text.chars() {
        match (c.to_digit(10), key.last_mut()) {
            (Some(digit), Some((0, number, _))) => *number = number.saturating_mul(10) + u128::from(digit),
            (Some(digit), _) => key.push((0, u128::from(digit), String::new())),
            (None, Some((1, _, part))) => part.push(c),
            (None, _) => key.push((1, 0, c.to_string())),
        }
    }
    key
}

/// BuildKit's plain progress in a settled order: steps that ran side by side are sorted by title; numbers,
/// timings and transfer progress are dropped.
fn build_log(patterns: &Patterns, text: &str) -> String {
    let named = |name: &str| &patterns.named[name];
    if !named("any step").is_in(text) {
        return text.to_string();
    }
    let mut groups: Vec<(String, Vec<String>)> = Vec::new();
    let mut rest = Vec::new();
    for line in text.split('\n') {
        match named("step").at_start(line, |found| (found.text(1), found.text(2))) {
            Some((number, line)) => match groups.iter_mut().find(|(known, _)| *known == number) {
                Some((_, lines)) => lines.push(line),
                None => groups.push((number, vec![line])),
            },
            None if !line.trim().is_empty() => rest.push(named("seconds first").replace(line, |_| "<t> ".into())),
            None => {}
        }
    }
    let mut out: Vec<Vec<String>> = groups.into_iter().map(|(_, lines)| build_step(patterns, lines)).collect();
    out.order_by_key(|lines| {
        let first = lines.first().map_or("", String::as_str);
        let kind =
            (!first.starts_with("building with"), !first.starts_with("[internal]"), first.starts_with("exporting"));
        (kind, natural(first))
    });
    let steps: Vec<String> = out.into_iter().flatten().collect();
    let end = if rest.is_empty() { "" } else { "\n" };
    format!("{}\n{}{end}", steps.join("\n"), rest.join("\n"))
}

fn build_step(patterns: &Patterns, lines: Vec<String>) -> Vec<String> {
    let named = |name: &str| &patterns.named[name];
    let mut kept: Vec<String> = Vec::new();
    for line in lines {
        let line = named("done").replace(&line, |found| found.text(1));
        let line = named("took").replace(&line, |found| found.text(1));
        let line = named("seconds first").replace(&line, |_| "<t> ".into());
        let line = named("transferring").replace(&line, |found| format!("{} <size>", found.text(1)));
        let skip = line == "..." || named("skip").at_start(&line, |_| ()).is_some();
        if !(skip || kept.contains(&line) && !line.starts_with("<t> ")) {
            kept.push(line);
        }
    }
    let all = kept.clone();
    kept.retain(|line| !all.contains(&format!("{line} done")));
    kept.order_by_key(|line| line == "DONE");
    kept
}

/// Help without its sentences: usage, command names, flags, types, defaults.
fn help_text(patterns: &Patterns, text: &str) -> String {
    let named = |name: &str| &patterns.named[name];
    if !named("usage").is_in(text) || !named("sections").is_in(text) {
        return text.to_string();
    }
    let (mut out, mut section) = (Vec::new(), String::new());
    for line in named("wrapped").replace(text, |_| " ".into()).split('\n') {
        let flag = named("flag").at_start(line, |found| (found.text(1), found.text(2)));
        let command = named("command").at_start(line, |found| found.text(1));
        if named("section").at_start(line, |_| ()).is_some() {
            section = line.to_string();
            out.push(line.to_string());
        } else if line.starts_with("Usage:") || section == "Aliases:" && !line.is_empty() {
            out.push(line.to_string());
        } else if section.ends_with("Options:")
            && let Some((flag, words)) = flag
        {
            let default = named("default").at_start(&words, |found| found.text(1));
            out.push(format!("  {flag}{}", default.map_or(String::new(), |default| format!("  {default}"))));
        } else if section.ends_with("Commands:")
            && let Some(command) = command
        {
            out.push(format!("  {command}"));
        }
    }
    out.join("\n") + "\n"
}
