//! What a machine says of itself: uname, hostname, date, uptime, free, nproc, id, whoami, groups.

use super::command::Cmd;
use super::list::human;
use crate::model::process::HOST;
use crate::model::time::{Civil, MONTHS, WEEKDAYS};

const KERNEL: &str = "6.8.0-layerlab";
const BUILD: &str = "#1 SMP PREEMPT_DYNAMIC";

pub fn uname(cmd: &mut Cmd) {
    if let Some(extra) = cmd.args.first().cloned() {
        return cmd.misuse("extra operand ‘{}’", &extra);
    }
    let all = cmd.has('a');
    let host = cmd.sys.hostname().to_string();
    let system = if cmd.gnu() { "GNU/Linux" } else { "Linux" };
    let parts = [('s', "Linux"), ('n', &host), ('r', KERNEL), ('v', BUILD), ('m', "x86_64"), ('o', system)];
    let mut words: Vec<&str> = parts.iter().filter(|(c, _)| all || cmd.has(*c)).map(|(_, text)| *text).collect();
    for option in ['p', 'i'] {
        if cmd.has(option) {
            words.push("unknown");
        }
    }
    if words.is_empty() {
        words.push("Linux");
    }
    let line = words.join(" ") + "\n";
    cmd.out(&line);
}

pub fn hostname(cmd: &mut Cmd) {
    if let Some(name) = cmd.args.first().cloned() {
        if cmd.sys.user().uid != 0 || cmd.sys.me(|p| p.cgroup.is_some()).unwrap_or(false) {
            let text = "you must be root to change the host name";
            return cmd.object(text, "sethostname: Operation not permitted", "");
        }
        let uts = cmd.sys.me(|p| p.ns.uts).unwrap_or(HOST);
        return cmd.sys.world(|w| drop(w.hostnames.insert(uts, name.as_str().into())));
    }
    let name = cmd.sys.hostname();
    if cmd.has('i') || cmd.has('I') {
        // The addresses that /etc/hosts gives the name.
        let hosts = super::command::text_of(&cmd.sys, "/etc/hosts");
        let mut words = hosts.lines().filter(|line| line.split_whitespace().skip(1).any(|word| word == &*name));
        let address = words.next().and_then(|line| line.split_whitespace().next()).unwrap_or("127.0.0.1").to_string();
        return cmd.out(&format!("{address}\n"));
    }
    let shown = if cmd.has('s') { name.split('.').next().unwrap_or("").to_string() } else { name.to_string() };
    if cmd.has('d') {
        let domain = name.split_once('.').map_or("", |(_, domain)| domain).to_string();
        return cmd.out(&format!("{domain}\n"));
    }
    cmd.out(&format!("{shown}\n"));
}

/// strftime(3) in UTC, with GNU's `%N` and `%-d`.
pub fn local_date(format: &str, seconds: i64, nanos: u32) -> String {
    let c = Civil::from_epoch(seconds);
    const LONG_DAYS: [&str; 7] = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
    const LONG_MONTHS: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let day = WEEKDAYS.get(c.weekday as usize).copied().unwrap_or("");
    let month = MONTHS.get(c.month as usize - 1).copied().unwrap_or("");
    let hour12 = (c.hour + 11) % 12 + 1;
    let mut text = String::new();
    let mut chars = format.chars();
    while let Some(letter) = chars.next() {
        if letter != '%' {
            text.push(letter);
            continue;
        }
        let mut letter = chars.next();
        let flag = letter.filter(|c| "-_0^".contains(*c));
        if flag.is_some() {
            letter = chars.next();
        }
        let two = |n: u32| format!("{n:02}");
        let value = match letter {
            Some('Y') => c.year.to_string(),
            Some('C') => two((c.year / 100) as u32),
            Some('y') => two((c.year.rem_euclid(100)) as u32),
            Some('m') => two(c.month),
            Some('d') => two(c.day),
            Some('e') => format!("{:>2}", c.day),
            Some('H') => two(c.hour),
            Some('k') => format!("{:>2}", c.hour),
            Some('I') => two(hour12),
            Some('l') => format!("{hour12:>2}"),
            Some('M') => two(c.minute),
            Some('S') => two(c.second),
            Some('N') => format!("{nanos:09}"),
            Some('p') => if c.hour < 12 { "AM" } else { "PM" }.into(),
            Some('P') => if c.hour < 12 { "am" } else { "pm" }.into(),
            Some('a') => day.into(),
            Some('A') => LONG_DAYS.get(c.weekday as usize).copied().unwrap_or("").into(),
            Some('b' | 'h') => month.into(),
            Some('B') => LONG_MONTHS.get(c.month as usize - 1).copied().unwrap_or("").into(),
            Some('j') => format!("{:03}", c.yearday),
            Some('u') => if c.weekday == 0 { 7 } else { c.weekday }.to_string(),
            Some('w') => c.weekday.to_string(),
            Some('s') => seconds.to_string(),
            Some('F') => format!("{:04}-{:02}-{:02}", c.year, c.month, c.day),
            Some('T' | 'X') => format!("{:02}:{:02}:{:02}", c.hour, c.minute, c.second),
            Some('R') => format!("{:02}:{:02}", c.hour, c.minute),
            Some('D' | 'x') => format!("{:02}/{:02}/{:02}", c.month, c.day, c.year.rem_euclid(100)),
            Some('r') => local_date("%I:%M:%S %p", seconds, nanos),
            Some('c') => local_date("%a %b %e %H:%M:%S %Y", seconds, nanos),
            Some('U') => two((c.yearday + 6 - c.weekday) / 7),
            Some('W') => two((c.yearday + 6 - (c.weekday + 6) % 7) / 7),
            Some('z') => "+0000".into(),
            Some(':') => {
                chars.next();
                "+00:00".into()
            }
            Some('Z') => "UTC".into(),
            Some('n') => "\n".into(),
            Some('t') => "\t".into(),
            Some('%') => "%".into(),
            Some(other) => format!("%{other}"),
            None => "%".into(),
        };
        text.push_str(&match flag {
            Some('-') => match value.trim_start_matches(['0', ' ']) {
                "" => "0".to_string(),
                trimmed => trimmed.to_string(),
            },
            Some('^') => value.to_uppercase(),
            _ => value,
        });
    }
    text
}

/// Seconds since 1970 of a civil date in UTC.
fn epoch(year: i64, month: i64, day: i64) -> i64 {
    let shifted = if month <= 2 { year - 1 } else { year };
    let era = shifted.div_euclid(400);
    let yoe = shifted.rem_euclid(400);
    let doy = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    let doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
    (era * 146_097 + doe - 719_468) * 86_400
}

/// The dates that `date -d` is asked for most: `@N`, ISO 8601, `now`, `2 days ago`, `+1 hour`, `tomorrow`.
pub fn parse_date(text: &str, now: i64) -> Option<i64> {
    let text = text.trim();
    if let Some(seconds) = text.strip_prefix('@') {
        return seconds.parse().ok();
    }
    let lower = text.to_ascii_lowercase().replace('t', "T");
    let lower = if text.contains(|c: char| c.is_ascii_digit()) && text.contains('-') {
        lower.replace('T', " ")
    } else {
        lower.replace('T', "t")
    };
    let mut base = None;
    let mut offset = 0;
    let mut clock = None;
    let mut amount: Option<i64> = None;
    let mut last = 0;
    for word in lower.trim_end_matches('z').split_whitespace() {
        match word {
            "now" | "utc" => {}
            "today" => base = base.or(Some(now)),
            "yesterday" => offset -= 86_400,
            "tomorrow" => offset += 86_400,
            "next" => amount = Some(1),
            "last" => amount = Some(-1),
            "ago" => offset -= 2 * last,
            _ if word.contains(':') => {
                let mut parts = word.split(['+', '.']).next()?.split(':').map(|n| n.parse::<i64>().ok());
                let (hour, minute, second) = (parts.next()??, parts.next()??, parts.next().unwrap_or(Some(0))?);
                if !(0..24).contains(&hour) || !(0..60).contains(&minute) || !(0..61).contains(&second) {
                    return None;
                }
                clock = Some(hour * 3600 + minute * 60 + second);
            }
            _ if word.matches(['-', '/']).count() == 2 => {
                let parts: Vec<i64> = word.split(['-', '/']).map(|n| n.parse().ok()).collect::<Option<_>>()?;
                let [a, b, c] = parts.as_slice() else { return None };
                let (year, month, day) = if word.contains('/') && *c > 31 { (*c, *a, *b) } else { (*a, *b, *c) };
                if !(1..=12).contains(&month) || !(1..=31).contains(&day) || !(0..=9999).contains(&year) {
                    return None;
                }
                base = Some(epoch(year, month, day));
                clock = clock.or(Some(0));
            }
            _ if word.parse::<i64>().is_ok() => amount = word.parse().ok(),
            _ => {
                let unit = match word.trim_end_matches('s') {
                    "sec" | "second" => 1,
                    "min" | "minute" => 60,
                    "hour" => 3600,
                    "day" => 86_400,
                    "week" => 604_800,
                    "fortnight" => 1_209_600,
                    _ => return None,
                };
                last = amount.take().unwrap_or(1).checked_mul(unit)?;
                offset += last;
            }
        }
    }
    let base = base.unwrap_or(now);
    let start = match clock {
        Some(clock) => base - base.rem_euclid(86_400) + clock,
        None => base,
    };
    start.checked_add(offset)
}

pub fn date(cmd: &mut Cmd) {
    let now = cmd.sys.now().epoch();
    let mut moment = now;
    if let Some(text) = cmd.value('d').map(String::from) {
        match parse_date(&text, now.0) {
            Some(seconds) => moment = (seconds, 0),
            None => return cmd.object("invalid date ‘{}’", "invalid date '{}'", &text),
        }
    }
    if let Some(file) = cmd.value('r').map(String::from) {
        match cmd.sys.stat(&file) {
            Ok(stat) => moment = (stat.mtime, stat.nanos),
            Err(errno) => return cmd.trouble("{}", "{}", &file, errno),
        }
    }
    let format = match cmd.args.first().cloned() {
        Some(arg) => match arg.strip_prefix('+') {
            Some(format) => format.to_string(),
            None => return cmd.object("invalid date ‘{}’", "invalid date '{}'", &arg),
        },
        None if cmd.has('R') => "%a, %d %b %Y %H:%M:%S %z".into(),
        None => match cmd.value('I') {
            Some("" | "date") => "%Y-%m-%d".into(),
            Some(unit) if unit.starts_with('h') => "%Y-%m-%dT%H%:z".into(),
            Some(unit) if unit.starts_with('m') => "%Y-%m-%dT%H:%M%:z".into(),
            Some(unit) if unit.starts_with('n') => "%Y-%m-%dT%H:%M:%S,%N%:z".into(),
            Some(_) => "%Y-%m-%dT%H:%M:%S%:z".into(),
            None => "%a %b %e %H:%M:%S %Z %Y".into(),
        },
    };
    let text = local_date(&format, moment.0, moment.1) + "\n";
    cmd.out(&text);
}

pub fn uptime_line(cmd: &Cmd, users: &str) -> String {
    let up = cmd.sys.now().as_secs();
    let (days, hours, minutes) = (up / 86_400, up / 3600 % 24, up / 60 % 60);
    let mut text = local_date(" %H:%M:%S up ", cmd.sys.now().epoch().0, 0);
    match days {
        0 => {}
        1 => text.push_str("1 day, "),
        days => text.push_str(&format!("{days} days, ")),
    }
    text.push_str(&if hours > 0 { format!("{hours:>2}:{minutes:02}") } else { format!("{minutes} min") });
    text + &format!(",  0 {users},  load average: 0.00, 0.00, 0.00\n")
}

pub fn uptime(cmd: &mut Cmd) {
    let line = if cmd.has('p') {
        let up = cmd.sys.now().as_secs();
        format!("up {} minutes\n", up / 60)
    } else {
        uptime_line(cmd, if cmd.gnu() { "user" } else { "users" })
    };
    cmd.out(&line);
}

/// `/proc/meminfo` by name, in kB.
pub fn memory(cmd: &Cmd, name: &str) -> u64 {
    let text = super::command::text_of(&cmd.sys, "/proc/meminfo");
    let line = text.lines().find(|line| line.starts_with(name));
    line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok()).unwrap_or(0)
}

pub fn free(cmd: &mut Cmd) {
    let (total, unused, available) = (memory(cmd, "MemTotal:"), memory(cmd, "MemFree:"), memory(cmd, "MemAvailable:"));
    let cache = available.saturating_sub(unused);
    let used = total - unused.min(total) - cache.min(total - unused.min(total));
    let unit = cmd.last_of("bkmgh");
    let shown = |kb: u64| match unit {
        Some('b') => (kb * 1024).to_string(),
        Some('m') => (kb / 1024).to_string(),
        Some('g') => (kb >> 20).to_string(),
        Some('h') if kb == 0 => "0B".into(),
        Some('h') if cmd.gnu() => human(kb * 1024, true).replace('K', "Ki").replace('M', "Mi").replace('G', "Gi"),
        Some('h') => human(kb * 1024, false),
        _ => kb.to_string(),
    };
    let numbers = [total, used, unused, 0, cache, available].map(shown);
    let heads = ["total", "used", "free", "shared", "buff/cache", "available"];
    let lead = if cmd.gnu() { 15 } else { 14 };
    let mut text = " ".repeat(lead);
    for (at, head) in heads.iter().enumerate() {
        let width = if at == 0 { 5 } else { 12 };
        text.push_str(&format!("{head:>width$}"));
    }
    text.push_str(if cmd.gnu() { "\nMem:    " } else { "\nMem:   " });
    text.push_str(&numbers.iter().map(|n| format!("{n:>12}")).collect::<String>());
    text.push_str(if cmd.gnu() { "\nSwap:   " } else { "\nSwap:  " });
    text.push_str(&(0..3).map(|_| format!("{:>12}", shown(0))).collect::<String>());
    text.push('\n');
    cmd.out(&text);
}

pub fn nproc(cmd: &mut Cmd) {
    let text = super::command::text_of(&cmd.sys, "/proc/cpuinfo");
    let count = text.lines().filter(|line| line.starts_with("processor")).count().max(1);
    cmd.out(&format!("{count}\n"));
}

pub fn whoami(cmd: &mut Cmd) {
    if let Some(extra) = cmd.args.first().cloned() {
        return cmd.misuse("extra operand ‘{}’", &extra);
    }
    let uid = cmd.sys.user().uid;
    match cmd.name_of("/etc/passwd", uid) {
        Some(name) => cmd.out(&format!("{name}\n")),
        None if cmd.gnu() => cmd.fail(&format!("cannot find name for user ID {uid}")),
        None => cmd.fail(&format!("unknown uid {uid}")),
    }
}

/// id, and groups by another name.
pub fn id(cmd: &mut Cmd) {
    let user = cmd.sys.user();
    let (mut uid, mut gid) = (user.uid, user.gid);
    let mut groups: Vec<u32> = cmd.sys.me(|p| p.groups.to_vec()).unwrap_or_default();
    if let Some(name) = cmd.args.first().cloned() {
        let found =
            cmd.records("/etc/passwd").into_iter().find(|r| r.first() == Some(&name) || r.get(2) == Some(&name));
        let number = |r: &Vec<String>, at: usize| r.get(at).and_then(|n| n.parse::<u32>().ok());
        let Some((u, g)) = found.as_ref().and_then(|r| Some((number(r, 2)?, number(r, 3)?))) else {
            return cmd.object("‘{}’: no such user", "unknown user {}", &name);
        };
        (uid, gid) = (u, g);
        let login = found.and_then(|r| r.into_iter().next()).unwrap_or_default();
        let member = |r: &Vec<String>| r.get(3).is_some_and(|m| m.split(',').any(|m| m == login));
        groups = cmd.records("/etc/group").iter().filter(|r| member(r)).filter_map(|r| number(r, 2)).collect();
    }
    groups.retain(|group| *group != gid);
    groups.insert(0, gid);
    let user_name = |id: u32| cmd.name_of("/etc/passwd", id);
    let group_name = |id: u32| cmd.name_of("/etc/group", id);
    let names = cmd.has('n');
    let plain = |id: u32, name: Option<String>| name.filter(|_| names).unwrap_or_else(|| id.to_string());
    let line = if cmd.row.name == "groups" {
        groups.iter().map(|g| group_name(*g).unwrap_or_else(|| g.to_string())).collect::<Vec<_>>().join(" ")
    } else {
        match cmd.last_of("ugG") {
            Some('u') => plain(uid, user_name(uid)),
            Some('g') => plain(gid, group_name(gid)),
            Some(_) => groups.iter().map(|g| plain(*g, group_name(*g))).collect::<Vec<_>>().join(" "),
            None => {
                let with = |id: u32, name: Option<String>| name.map_or(id.to_string(), |name| format!("{id}({name})"));
                let groups: Vec<String> = groups.iter().map(|g| with(*g, group_name(*g))).collect();
                format!(
                    "uid={} gid={} groups={}",
                    with(uid, user_name(uid)),
                    with(gid, group_name(gid)),
                    groups.join(",")
                )
            }
        }
    };
    cmd.out(&(line + "\n"));
}

pub fn clear(cmd: &mut Cmd) {
    cmd.out("\x1b[H\x1b[2J\x1b[3J");
}

pub fn tty(cmd: &mut Cmd) {
    match cmd.sys.is_terminal(0) {
        Some(tty) => cmd.out(&format!("/dev/pts/{}\n", tty.0)),
        None => {
            cmd.out("not a tty\n");
            cmd.status = 1;
        }
    }
}

/// Programs that need what is not there: a manual, an editor on the whole screen.
pub fn plainly_missing(cmd: &mut Cmd) {
    let name = cmd.row.name;
    cmd.missing(name);
}
