//! ls, dir: what a directory holds.

use super::attributes::{kind_letter, letters};
use super::command::Cmd;
use super::machine::local_date;
use super::sort::version;
use crate::kernel::{FileType, Stat};
use crate::model::order::Order;

struct Entry {
    name: String,
    path: String,
    stat: Stat,
}

pub fn ls(cmd: &mut Cmd) {
    let mut operands = std::mem::take(&mut cmd.args);
    let many = operands.len() > 1;
    if operands.is_empty() {
        operands.push(".".into());
    }
    let long = is_long(cmd);
    let (mut files, mut dirs) = (Vec::new(), Vec::new());
    for name in operands {
        // A link named on the command line is followed, unless it would be described.
        let described = long || cmd.has('d') || cmd.has('F');
        let found = match cmd.sys.lstat(&name) {
            Ok(stat) if stat.kind == FileType::Symlink && (!described || cmd.has('L')) => {
                cmd.sys.stat(&name).or(Ok(stat))
            }
            found => found,
        };
        match found {
            Ok(stat) => {
                let list = if stat.kind == FileType::Dir && !cmd.has('d') { &mut dirs } else { &mut files };
                list.push(Entry { path: name.clone(), name, stat });
            }
            Err(errno) => {
                cmd.trouble("cannot access '{}'", "{}", &name, errno);
                if cmd.gnu() {
                    cmd.status = 2;
                }
            }
        }
    }
    sort(cmd, &mut files);
    sort(cmd, &mut dirs);
    show(cmd, &files);
    let headers = many || cmd.has('R');
    let mut first = files.is_empty();
    dirs.reverse();
    let mut pending = dirs;
    while let Some(dir) = pending.pop() {
        if headers {
            let text = format!("{}{}:\n", if first { "" } else { "\n" }, dir.name);
            cmd.out(&text);
        }
        first = false;
        directory(cmd, &dir, &mut pending);
    }
}

fn is_long(cmd: &Cmd) -> bool {
    cmd.last_of("lnog1CxmÞ").is_some_and(|_| cmd.options.iter().any(|(c, _)| "lnog".contains(*c)))
}

fn directory(cmd: &mut Cmd, dir: &Entry, pending: &mut Vec<Entry>) {
    let names = match cmd.sys.read_dir(&dir.path) {
        Ok(names) => names,
        Err(errno) => {
            cmd.trouble("cannot open directory '{}'", "can't open '{}'", &dir.name, errno);
            if cmd.gnu() {
                cmd.status = 2;
            }
            return;
        }
    };
    let all = cmd.has('a') || cmd.has('f');
    let mut shown: Vec<String> = if all { vec![".".into(), "..".into()] } else { Vec::new() };
    shown
        .extend(names.iter().filter(|name| all || cmd.has('A') || !name.starts_with('.')).map(|name| name.to_string()));
    let mut entries = Vec::new();
    for name in shown {
        cmd.cost += 1;
        let path = format!("{}/{name}", dir.path.trim_end_matches('/'));
        let found =
            if cmd.has('L') { cmd.sys.stat(&path).or_else(|_| cmd.sys.lstat(&path)) } else { cmd.sys.lstat(&path) };
        if let Ok(stat) = found {
            entries.push(Entry { name, path, stat });
        }
    }
    sort(cmd, &mut entries);
    if is_long(cmd) || cmd.has('s') {
        let blocks: u64 = entries.iter().map(|entry| blocks(&entry.stat)).sum();
        let total = if cmd.has('h') { human(blocks * 1024, cmd.gnu()) } else { blocks.to_string() };
        cmd.out(&format!("total {total}\n"));
    }
    show(cmd, &entries);
    if cmd.has('R') {
        let below =
            entries.into_iter().rev().filter(|e| e.stat.kind == FileType::Dir && e.name != "." && e.name != "..");
        pending.extend(below.map(|e| Entry { name: e.path.clone(), ..e }));
    }
}

/// Kilobytes on disk.
pub fn blocks(stat: &Stat) -> u64 {
    match stat.kind {
        FileType::Regular | FileType::Dir => stat.size.div_ceil(4096) * 4,
        _ => 0,
    }
}

fn sort(cmd: &Cmd, entries: &mut [Entry]) {
    let key = cmd.last_of("tSUvXf");
    match key {
        Some('U' | 'f') => return,
        Some('t') => entries.order_by(|a, b| {
            (b.stat.mtime, b.stat.nanos).cmp(&(a.stat.mtime, a.stat.nanos)).then_with(|| a.name.cmp(&b.name))
        }),
        Some('S') => entries.order_by(|a, b| b.stat.size.cmp(&a.stat.size).then_with(|| a.name.cmp(&b.name))),
        Some('v') => entries.order_by(|a, b| version(a.name.as_bytes(), b.name.as_bytes())),
        Some('X') => entries.order_by(|a, b| {
            let extension = |name: &str| name.rfind('.').map(|at| name.get(at..).unwrap_or("").to_string());
            extension(&a.name).cmp(&extension(&b.name)).then_with(|| a.name.cmp(&b.name))
        }),
        _ => entries.order_by(|a, b| a.name.cmp(&b.name)),
    }
    if cmd.has('r') {
        entries.reverse();
    }
}

/// `1.5K`, rounded up as ls and du do; busybox leaves out the `.0`... and rounds to the nearest.
pub fn human(bytes: u64, gnu: bool) -> String {
    if bytes < 1024 {
        return bytes.to_string();
    }
    let mut unit = 1u64 << 10;
    let mut letter = 0;
    while bytes / unit >= 1024 && letter < 5 {
        unit <<= 10;
        letter += 1;
    }
    let letter = char::from(*b"KMGTPE".get(letter).unwrap_or(&b'E'));
    let tenths = u128::from(bytes) * 10;
    let unit = u128::from(unit);
    let tenths = if gnu { tenths.div_ceil(unit) } else { (tenths + unit / 2) / unit };
    if gnu && tenths >= 100 {
        format!("{}{letter}", u128::from(bytes).div_ceil(unit))
    } else {
        format!("{}.{}{letter}", tenths / 10, tenths % 10)
    }
}

fn mark(cmd: &Cmd, entry: &Entry) -> &'static str {
    let classify = cmd.has('F');
    if !classify && !cmd.has('p') {
        return "";
    }
    match entry.stat.kind {
        FileType::Dir => "/",
        _ if !classify => "",
        FileType::Symlink => "@",
        FileType::Fifo => "|",
        FileType::Socket => "=",
        FileType::Regular if entry.stat.mode & 0o111 != 0 => "*",
        _ => "",
    }
}

/// The colour of a name, where colours were asked for or (busybox) standard output is a terminal.
fn color(cmd: &Cmd, entry: &Entry) -> Option<&'static str> {
    let terminal = cmd.sys.is_terminal(1).is_some();
    let wanted = match cmd.value('é') {
        Some("never" | "no" | "none") => false,
        Some("auto" | "tty" | "if-tty") => terminal,
        Some(_) => true,
        None => !cmd.gnu() && terminal,
    };
    if !wanted {
        return None;
    }
    let busybox = !cmd.gnu();
    match entry.stat.kind {
        FileType::Dir => Some(if busybox { "1;34" } else { "01;34" }),
        FileType::Symlink => Some(if busybox { "1;36" } else { "01;36" }),
        FileType::Socket => Some(if busybox { "1;35" } else { "01;35" }),
        FileType::Fifo => Some(if busybox { "1;33" } else { "40;33" }),
        FileType::Device => Some(if busybox { "1;33" } else { "40;33;01" }),
        FileType::Regular if entry.stat.mode & 0o111 != 0 => Some(if busybox { "1;32" } else { "01;32" }),
        FileType::Regular => busybox.then_some("0;0"),
    }
}

/// A name as it is shown: GNU quotes unusual ones on a terminal.
fn shown(cmd: &Cmd, entry: &Entry) -> (String, usize) {
    let name = &entry.name;
    let strange = name.contains(|c: char| " '\"$`\\!*?[](){}|&;<>#~\t\n".contains(c));
    let name = match cmd.gnu() && strange && cmd.sys.is_terminal(1).is_some() && !cmd.has('N') {
        true if name.contains('\'') => format!("\"{name}\""),
        true => format!("'{name}'"),
        false => name.clone(),
    };
    let mark = mark(cmd, entry);
    let width = name.chars().count() + mark.len();
    match color(cmd, entry) {
        Some(code) if cmd.gnu() => (format!("\x1b[0m\x1b[{code}m{name}\x1b[0m{mark}"), width),
        Some(code) => (format!("\x1b[{code}m{name}\x1b[m{mark}"), width),
        None => (format!("{name}{mark}"), width),
    }
}

fn show(cmd: &mut Cmd, entries: &[Entry]) {
    if is_long(cmd) {
        return table(cmd, entries);
    }
    let columns = match cmd.last_of("1Cxm") {
        Some('1') => None,
        Some(_) => Some(cmd.sys.columns(1).unwrap_or(80)),
        None => cmd.sys.columns(1),
    };
    let inodes = entries.iter().map(|e| e.stat.ino.to_string().len()).max().unwrap_or(0);
    let sizes = entries.iter().map(|e| blocks(&e.stat).to_string().len()).max().unwrap_or(0);
    let mut cells: Vec<(String, usize)> = Vec::new();
    for entry in entries {
        let (mut text, mut width) = shown(cmd, entry);
        if cmd.has('s') {
            text = format!("{:>sizes$} {text}", blocks(&entry.stat));
            width += sizes + 1;
        }
        if cmd.has('i') {
            text = format!("{:>inodes$} {text}", entry.stat.ino);
            width += inodes + 1;
        }
        cells.push((text, width));
    }
    if cmd.last_of("1Cxm") == Some('m') {
        let names: Vec<String> = cells.into_iter().map(|(text, _)| text).collect();
        if !names.is_empty() {
            cmd.out(&(names.join(", ") + "\n"));
        }
        return;
    }
    match columns {
        None => cells.iter().for_each(|(text, _)| cmd.out(&format!("{text}\n"))),
        Some(columns) => {
            let text = grid(&cells, columns.max(20), cmd.last_of("Cx") == Some('x'), cmd.gnu());
            cmd.out(&text);
        }
    }
}

/// Cells in columns, filled downwards (or across): GNU's columns are each as wide as they need, busybox's alike.
fn grid(cells: &[(String, usize)], columns: usize, across: bool, gnu: bool) -> String {
    if cells.is_empty() {
        return String::new();
    }
    let count = cells.len();
    let widest = cells.iter().map(|(_, width)| *width).max().unwrap_or(0) + 2;
    let place = |rows: usize, wide: usize, row: usize, column: usize| {
        if across { row * wide + column } else { column * rows + row }
    };
    let layout = |wide: usize| -> (usize, Vec<usize>) {
        let rows = count.div_ceil(wide);
        let wide = if across { wide } else { count.div_ceil(rows) };
        let width = |column: usize| {
            let cells = (0..rows).filter_map(|row| cells.get(place(rows, wide, row, column)));
            cells.map(|(_, width)| *width).max().unwrap_or(0) + 2
        };
        (rows, (0..wide).map(width).collect())
    };
    let mut best = layout(1);
    if gnu {
        for wide in (2..=count.min(columns / 3 + 1)).rev() {
            let next = layout(wide);
            if next.1.iter().sum::<usize>().saturating_sub(2) < columns {
                best = next;
                break;
            }
        }
    } else {
        let wide = (columns / widest).max(1);
        let rows = count.div_ceil(wide);
        best = (rows, vec![widest; wide]);
    }
    let (rows, widths) = best;
    let mut text = String::new();
    for row in 0..rows {
        let mut pad = 0;
        for (column, width) in widths.iter().enumerate() {
            let Some((cell, cell_width)) = cells.get(place(rows, widths.len(), row, column)) else { continue };
            text.push_str(&" ".repeat(pad));
            text.push_str(cell);
            pad = width - cell_width;
        }
        text.push('\n');
    }
    text
}

fn table(cmd: &mut Cmd, entries: &[Entry]) {
    let passwd = cmd.records("/etc/passwd");
    let group = cmd.records("/etc/group");
    let numeric = cmd.has('n');
    let name = |records: &[Vec<String>], id: u32| -> String {
        let found = records.iter().find(|r| r.get(2).and_then(|n| n.parse().ok()) == Some(id));
        match found.and_then(|r| r.first()) {
            Some(name) if !numeric => name.clone(),
            _ => id.to_string(),
        }
    };
    let now = cmd.sys.now().epoch().0;
    let mut rows: Vec<Vec<String>> = Vec::new();
    for entry in entries {
        let stat = &entry.stat;
        let size = if cmd.has('h') { human(stat.size, cmd.gnu()) } else { stat.size.to_string() };
        // Half a year back (and nothing of the future) shows the time of day.
        let recent = stat.mtime > now - 15_778_476 && stat.mtime <= now + if cmd.gnu() { 0 } else { 900 };
        let style = if cmd.value('ö') == Some("full-iso") || cmd.has('ü') {
            "%Y-%m-%d %H:%M:%S.%N +0000"
        } else if cmd.value('ö') == Some("long-iso") {
            "%Y-%m-%d %H:%M"
        } else if cmd.has('ü') {
            "%Y-%m-%d %H:%M:%S.%N +0000"
        } else if recent {
            "%b %e %H:%M"
        } else {
            "%b %e  %Y"
        };
        rows.push(vec![
            if cmd.has('i') { stat.ino.to_string() } else { String::new() },
            if cmd.has('s') { blocks(stat).to_string() } else { String::new() },
            letters(stat.mode, kind_letter(stat)),
            stat.links.to_string(),
            if cmd.has('g') { String::new() } else { name(&passwd, stat.uid) },
            if cmd.has('o') || cmd.has('G') { String::new() } else { name(&group, stat.gid) },
            size,
            local_date(style, stat.mtime, stat.nanos),
        ]);
    }
    let width =
        |at: usize| rows.iter().filter_map(|row| row.get(at)).map(|cell| cell.chars().count()).max().unwrap_or(0);
    let mut widths: Vec<usize> = (0..8).map(width).collect();
    if !cmd.gnu() {
        // busybox's columns have fixed least widths.
        for (at, least) in [(3, 4), (4, 8), (5, 8), (6, 9)] {
            if let Some(width) = widths.get_mut(at) {
                *width = (*width).max(if *width == 0 { 0 } else { least });
            }
        }
    }
    for (entry, row) in entries.iter().zip(&rows) {
        let mut line = String::new();
        for (at, cell) in row.iter().enumerate() {
            let width = widths.get(at).copied().unwrap_or(0);
            if width == 0 {
                continue;
            }
            if !line.is_empty() {
                line.push(' ');
            }
            let left = matches!(at, 2 | 4 | 5 | 7);
            line.push_str(&if left { format!("{cell:<width$}") } else { format!("{cell:>width$}") });
        }
        let (mut text, _) = shown(cmd, entry);
        if entry.stat.kind == FileType::Symlink
            && let Ok(target) = cmd.sys.read_link(&entry.path)
        {
            text = format!("{} -> {target}", text.trim_end_matches('@'));
        }
        cmd.out(&format!("{line} {text}\n"));
    }
}
