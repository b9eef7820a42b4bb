//! chmod, chown, chgrp, touch, stat: what is known about a file besides its content.

use super::command::Cmd;
use super::machine::{local_date, parse_date};
use crate::kernel::{Errno, FileType, OpenFlags, Stat};

/// A mode as chmod takes it: octal, or clauses such as `u+x,go=r`.
pub enum Mode {
    Octal(u16),
    Clauses(Vec<(u16, char, Vec<char>, bool)>),
}

impl Mode {
    pub fn parse(text: &str) -> Option<Mode> {
        if text.starts_with(|c: char| c.is_ascii_digit()) {
            return u16::from_str_radix(text, 8).ok().filter(|mode| *mode <= 0o7777).map(Mode::Octal);
        }
        let mut clauses = Vec::new();
        for clause in text.split(',') {
            let at = clause.find(['+', '-', '='])?;
            let (who, mut rest) = clause.split_at(at);
            let mut mask = 0;
            for c in who.chars() {
                mask |= match c {
                    'u' => 0o4700,
                    'g' => 0o2070,
                    'o' => 0o1007,
                    'a' => 0o7777,
                    _ => return None,
                };
            }
            while let Some(operator) = rest.chars().next() {
                rest = rest.get(1..)?;
                let end = rest.find(['+', '-', '=']).unwrap_or(rest.len());
                let what: Vec<char> = rest.get(..end)?.chars().collect();
                if !what.iter().all(|c| "rwxXstugo".contains(*c)) {
                    return None;
                }
                rest = rest.get(end..)?;
                clauses.push((if mask == 0 { 0o7777 } else { mask }, operator, what, mask == 0));
            }
        }
        Some(Mode::Clauses(clauses))
    }

    pub fn apply(&self, old: u16, dir: bool, umask: u16) -> u16 {
        let clauses = match self {
            Mode::Octal(mode) => return *mode,
            Mode::Clauses(clauses) => clauses,
        };
        let mut mode = old;
        for (who, operator, what, masked) in clauses {
            let mut bits = 0;
            for c in what {
                bits |= match c {
                    'r' => 0o444,
                    'w' => 0o222,
                    'x' => 0o111,
                    'X' if dir || mode & 0o111 != 0 => 0o111,
                    's' => 0o6000,
                    't' => 0o1000,
                    'u' => (mode >> 6 & 7) * 0o111,
                    'g' => (mode >> 3 & 7) * 0o111,
                    'o' => (mode & 7) * 0o111,
                    _ => 0,
                };
            }
            let who = if *masked { who & !umask } else { *who };
            match operator {
                '+' => mode |= bits & who,
                '-' => mode &= !(bits & who),
                _ => mode = mode & !(who & 0o777) | bits & who,
            }
        }
        mode
    }
}

/// A path and, with `-R`, everything below it.
fn below(cmd: &mut Cmd, path: &str) -> Vec<String> {
    let mut all = vec![path.to_string()];
    if !cmd.has('R') {
        return all;
    }
    let mut at = 0;
    while let Some(path) = all.get(at).cloned() {
        at += 1;
        cmd.cost += 3;
        if cmd.sys.lstat(&path).is_ok_and(|stat| stat.kind == FileType::Dir) {
            let names = cmd.sys.read_dir(&path).unwrap_or_default();
            all.extend(names.iter().map(|name| format!("{}/{name}", path.trim_end_matches('/'))));
        }
    }
    all
}

pub fn chmod(cmd: &mut Cmd) {
    let mut args = std::mem::take(&mut cmd.args);
    if args.is_empty() {
        return cmd.misuse("missing operand", "");
    }
    let text = args.remove(0);
    if args.is_empty() {
        return cmd.misuse("missing operand after ‘{}’", &text);
    }
    let Some(mode) = Mode::parse(&text) else {
        if cmd.gnu() {
            return cmd.misuse("invalid mode: ‘{}’", &text);
        }
        return cmd.object("", "invalid mode '{}'", &text);
    };
    let umask = cmd.sys.me(|p| p.umask).unwrap_or(0);
    for path in args {
        for path in below(cmd, &path) {
            let stat = match cmd.sys.lstat(&path) {
                // Links found below a directory are left alone.
                Ok(stat) if stat.kind == FileType::Symlink && cmd.has('R') => continue,
                Ok(_) => cmd.sys.stat(&path),
                Err(errno) => Err(errno),
            };
            match stat {
                Ok(stat) => {
                    let new = mode.apply(stat.mode, stat.kind == FileType::Dir, umask);
                    match cmd.sys.chmod(&path, new) {
                        Ok(()) if cmd.has('v') || cmd.has('c') && new != stat.mode => {
                            let line = if new == stat.mode {
                                format!(
                                    "mode of '{path}' retained as {:04o} ({})\n",
                                    new,
                                    letters(new, ' ').trim_start()
                                )
                            } else {
                                let (from, to) = (letters(stat.mode, ' '), letters(new, ' '));
                                let (from, to) = (from.trim_start(), to.trim_start());
                                format!(
                                    "mode of '{path}' changed from {:04o} ({from}) to {new:04o} ({to})\n",
                                    stat.mode
                                )
                            };
                            cmd.out(&line);
                        }
                        Ok(()) => {}
                        Err(errno) => cmd.trouble("changing permissions of '{}'", "{}", &path, errno),
                    }
                }
                Err(errno) if !cmd.has('f') => cmd.trouble("cannot access '{}'", "{}", &path, errno),
                Err(_) => cmd.status = 1,
            }
        }
    }
}

/// chown, and chgrp by another name.
pub fn chown(cmd: &mut Cmd) {
    let group_only = cmd.row.name == "chgrp";
    let mut args = std::mem::take(&mut cmd.args);
    if args.is_empty() {
        return cmd.misuse("missing operand", "");
    }
    let text = args.remove(0);
    if args.is_empty() {
        return cmd.misuse("missing operand after ‘{}’", &text);
    }
    let (user, group) = if group_only {
        ("", Some(text.as_str()))
    } else {
        text.split_once([':', '.']).map_or((text.as_str(), None), |(user, group)| (user, Some(group)))
    };
    let uid = cmd.id_of("/etc/passwd", user);
    if uid.is_none() && !user.is_empty() {
        return cmd.object("invalid user: ‘{}’", "unknown user {}", if cmd.gnu() { &text } else { user });
    }
    let gid = match group {
        // `user:` means the user's own group.
        Some("") if uid.is_some() => {
            let own = cmd.records("/etc/passwd").into_iter().find(|r| r.get(2).and_then(|n| n.parse().ok()) == uid);
            own.and_then(|r| r.get(3)?.parse().ok())
        }
        Some("") | None => None,
        Some(group) => match cmd.id_of("/etc/group", group) {
            Some(gid) => Some(gid),
            None => {
                return cmd.object("invalid group: ‘{}’", "unknown group {}", if cmd.gnu() { &text } else { group });
            }
        },
    };
    let follow = !cmd.has('h');
    for path in args {
        for path in below(cmd, &path) {
            if let Err(errno) = cmd.sys.lstat(&path) {
                cmd.trouble("cannot access '{}'", "{}", &path, errno);
            } else if let Err(errno) = cmd.sys.chown(&path, uid, gid, follow && !cmd.has('R')) {
                let what = if group_only { "changing group of '{}'" } else { "changing ownership of '{}'" };
                cmd.trouble(what, "{}", &path, errno);
            }
        }
    }
}

pub fn touch(cmd: &mut Cmd) {
    let names = std::mem::take(&mut cmd.args);
    if names.is_empty() {
        return cmd.misuse("missing file operand", "");
    }
    if cmd.has('a') && !cmd.has('m') {
        // Files have no time of access here.
        return cmd.missing("touch -a");
    }
    let now = cmd.sys.now().epoch();
    let mut time = now;
    if let Some(reference) = cmd.value('r').map(String::from) {
        match cmd.sys.stat(&reference) {
            Ok(stat) => time = (stat.mtime, stat.nanos),
            Err(errno) => return cmd.trouble("failed to get attributes of '{}'", "{}", &reference, errno),
        }
    }
    if let Some(text) = cmd.value('d').map(String::from) {
        match parse_date(&text, now.0) {
            Some(seconds) => time = (seconds, 0),
            None => return cmd.object("invalid date format ‘{}’", "invalid date '{}'", &text),
        }
    }
    if let Some(text) = cmd.value('t').map(String::from) {
        match stamp(&text, now.0) {
            Some(seconds) => time = (seconds, 0),
            None => return cmd.object("invalid date format ‘{}’", "invalid date '{}'", &text),
        }
    }
    for name in names {
        let result = match cmd.sys.stat(&name) {
            Err(Errno::NoEnt) if cmd.has('c') => continue,
            Err(Errno::NoEnt) if !name.ends_with('/') => {
                let flags = OpenFlags { truncate: false, ..OpenFlags::WRITE };
                match cmd.sys.open(&name, flags) {
                    Ok(fd) => {
                        let _ = cmd.sys.close(fd);
                        if time == now { Ok(()) } else { cmd.sys.set_mtime(&name, time.0, time.1) }
                    }
                    Err(errno) => Err(errno),
                }
            }
            Err(errno) => Err(errno),
            Ok(_) => match cmd.sys.access(&name, 2) {
                Ok(()) if time == now => cmd.sys.set_mtime(&name, time.0, time.1).or(Ok(())),
                Ok(()) => cmd.sys.set_mtime(&name, time.0, time.1),
                Err(errno) => Err(errno),
            },
        };
        if let Err(errno) = result {
            cmd.trouble("cannot touch '{}'", "{}", &name, errno);
        }
    }
}

/// `[[CC]YY]MMDDhhmm[.ss]`
fn stamp(text: &str, now: i64) -> Option<i64> {
    let (digits, seconds) = text.split_once('.').unwrap_or((text, "00"));
    if !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let year = crate::model::time::Civil::from_epoch(now).year;
    let full = match digits.len() {
        8 => format!("{year:04}{digits}"),
        10 => format!("20{digits}"),
        12 => digits.to_string(),
        _ => return None,
    };
    let part = |a: usize, b: usize| full.get(a..b).unwrap_or("");
    let date = format!("{}-{}-{} {}:{}:{seconds}", part(0, 4), part(4, 6), part(6, 8), part(8, 10), part(10, 12));
    parse_date(&date, now)
}

/// `drwxr-xr-x`
pub fn letters(mode: u16, kind: char) -> String {
    let mut text = String::from(kind);
    for (shift, special, letter) in [(6, 0o4000, 's'), (3, 0o2000, 's'), (0, 0o1000, 't')] {
        let bits = mode >> shift;
        text.push(if bits & 4 != 0 { 'r' } else { '-' });
        text.push(if bits & 2 != 0 { 'w' } else { '-' });
        text.push(match (mode & special != 0, bits & 1 != 0) {
            (false, true) => 'x',
            (false, false) => '-',
            (true, true) => letter,
            (true, false) => letter.to_ascii_uppercase(),
        });
    }
    text
}

pub fn kind_letter(stat: &Stat) -> char {
    match stat.kind {
        FileType::Dir => 'd',
        FileType::Regular => '-',
        FileType::Symlink => 'l',
        FileType::Device => 'c',
        FileType::Fifo => 'p',
        FileType::Socket => 's',
    }
}

fn kind_name(stat: &Stat) -> &'static str {
    match stat.kind {
        FileType::Dir => "directory",
        FileType::Regular if stat.size == 0 => "regular empty file",
        FileType::Regular => "regular file",
        FileType::Symlink => "symbolic link",
        FileType::Device => "character special file",
        FileType::Fifo => "fifo",
        FileType::Socket => "socket",
    }
}

pub fn stat(cmd: &mut Cmd) {
    let names = std::mem::take(&mut cmd.args);
    if names.is_empty() {
        return cmd.misuse("missing operand", "");
    }
    if cmd.has('f') {
        return cmd.missing("stat -f");
    }
    for name in names {
        let found = if cmd.has('L') { cmd.sys.stat(&name) } else { cmd.sys.lstat(&name) };
        let stat = match found {
            Ok(stat) => stat,
            Err(errno) => {
                cmd.trouble("cannot statx '{}'", "can't stat '{}'", &name, errno);
                continue;
            }
        };
        let format = cmd.value('c').or(cmd.value('é')).map(String::from);
        let text = match format {
            Some(format) => {
                let end = if cmd.has('é') { "" } else { "\n" };
                filled(cmd, &format, &name, &stat) + end
            }
            None => {
                let target = cmd.sys.read_link(&name).unwrap_or_default();
                let shown = match stat.kind == FileType::Symlink {
                    true if cmd.gnu() => format!("%n -> {}", target.replace('%', "%%")),
                    true => "%N".to_string(),
                    false => "%n".to_string(),
                };
                let birth = if cmd.gnu() { " Birth: %w\n" } else { "" };
                let device = if cmd.gnu() {
                    "Device: 0,%d\tInode: %-11i Links: %h\n"
                } else {
                    "Device: %Dh/%dd\tInode: %-11i Links: %h\n"
                };
                let form = format!(
                    "  File: {shown}\n  Size: %-10s\tBlocks: %-10b IO Block: %-6o %F\n{device}Access: (%a4/%A)  Uid: (%5u/%8U)   Gid: (%5g/%8G)\nAccess: %y\nModify: %y\nChange: %y\n{birth}"
                );
                filled(cmd, &form, &name, &stat)
            }
        };
        cmd.out(&text);
    }
}

/// Fills a format: `%` with a width, then a letter. `%a4` is the mode with four digits.
fn filled(cmd: &Cmd, format: &str, name: &str, stat: &Stat) -> String {
    let mut text = String::new();
    let mut chars = format.chars().peekable();
    while let Some(c) = chars.next() {
        if c != '%' {
            text.push(c);
            continue;
        }
        let left = chars.next_if_eq(&'-').is_some();
        let mut width = 0;
        while let Some(digit) = chars.peek().and_then(|c| c.to_digit(10)) {
            width = (width * 10 + digit as usize).min(200);
            chars.next();
        }
        let Some(letter) = chars.next() else {
            text.push('%');
            break;
        };
        let value = match letter {
            'n' => name.to_string(),
            'N' => match cmd.sys.read_link(name) {
                Ok(target) => format!("'{name}' -> '{target}'"),
                Err(_) => format!("'{name}'"),
            },
            's' => stat.size.to_string(),
            'b' => (stat.size.div_ceil(4096) * 8).to_string(),
            'B' => "512".into(),
            'o' => "4096".into(),
            'F' => kind_name(stat).into(),
            'd' => stat.dev.to_string(),
            'D' => format!("{:x}", stat.dev),
            'i' => stat.ino.to_string(),
            'h' => stat.links.to_string(),
            'a' if chars.next_if_eq(&'4').is_some() => format!("{:04o}", stat.mode),
            'a' => format!("{:o}", stat.mode),
            'f' => format!("{:x}", u32::from(stat.mode) | type_bits(stat)),
            'A' => letters(stat.mode, kind_letter(stat)),
            'u' => stat.uid.to_string(),
            'g' => stat.gid.to_string(),
            'U' => cmd.name_of("/etc/passwd", stat.uid).unwrap_or_else(|| "UNKNOWN".into()),
            'G' => cmd.name_of("/etc/group", stat.gid).unwrap_or_else(|| "UNKNOWN".into()),
            'X' | 'Y' | 'Z' => stat.mtime.to_string(),
            'x' | 'y' | 'z' => local_date("%Y-%m-%d %H:%M:%S.%N +0000", stat.mtime, stat.nanos),
            'w' | 'W' => "-".into(),
            '%' => "%".into(),
            other => format!("?{other}").replace(other, ""),
        };
        match left {
            true => text.push_str(&format!("{value:<width$}")),
            false => text.push_str(&format!("{value:>width$}")),
        }
    }
    text
}

fn type_bits(stat: &Stat) -> u32 {
    match stat.kind {
        FileType::Dir => 0o040000,
        FileType::Regular => 0o100000,
        FileType::Symlink => 0o120000,
        FileType::Device => 0o020000,
        FileType::Fifo => 0o010000,
        FileType::Socket => 0o140000,
    }
}
