//! ps, top, kill, pidof, pgrep: processes, as the caller's pid namespace sees them.

use super::command::Cmd;
use super::machine::{local_date, memory, uptime_line};
use crate::kernel::{LocalFuture, state_letter};
use crate::model::process::{Pid, Process, Run};
use crate::model::signal::{NAMES, Signal};
use crate::model::time::{BOOT_EPOCH, Time};

/// What ps knows of one process.
struct Row {
    pid: Pid,
    ppid: Pid,
    process: Process,
}

fn rows(cmd: &Cmd) -> Vec<Row> {
    cmd.sys.with(|kernel| {
        let Some(ns) = kernel.world.process(cmd.sys.pid()).map(|p| p.ns.pid) else { return Vec::new() };
        let visible = kernel.visible(ns);
        let number = |pid: Pid| visible.iter().find(|(_, p)| p.pid == pid).map_or(0, |(number, _)| *number);
        visible
            .iter()
            .map(|(pid, process)| Row { pid: *pid, ppid: number(process.ppid), process: (*process).clone() })
            .collect()
    })
}

/// Columns by the name that `-o` knows them by: header and width; a negative width is to the left.
const COLUMNS: [(&str, &str, &str, i32, i32); 21] = [
    ("pid", "PID", "PID", 5, 5),
    ("ppid", "PPID", "PPID", 5, 5),
    ("pgid", "PGID", "PGID", 5, 5),
    ("user", "USER", "USER", -8, -8),
    ("uid", "UID", "UID", 5, 5),
    ("group", "GROUP", "GROUP", -8, -8),
    ("comm", "COMMAND", "COMMAND", -15, -16),
    ("args", "COMMAND", "COMMAND", -27, -256),
    ("cmd", "CMD", "CMD", -27, -256),
    ("command", "COMMAND", "COMMAND", -27, -256),
    ("stat", "STAT", "STAT", -4, -4),
    ("s", "S", "S", -1, -1),
    ("time", "TIME", "TIME", 8, 5),
    ("etime", "ELAPSED", "ELAPSED", 11, 7),
    ("tty", "TT", "TT", -8, -6),
    ("vsz", "VSZ", "VSZ", 6, 4),
    ("rss", "RSS", "RSS", 5, 4),
    ("%cpu", "%CPU", "%CPU", 4, 4),
    ("%mem", "%MEM", "%MEM", 4, 4),
    ("start", "START", "START", 5, 5),
    ("ni", "NI", "NI", 3, 3),
];

fn cell(cmd: &Cmd, row: &Row, column: &str, users: &[Vec<String>]) -> String {
    let process = &row.process;
    let busybox = !cmd.gnu();
    let cpu = process.cpu / 1_000_000_000;
    let age = cmd.sys.now().since(process.started).as_secs();
    let user = || {
        let found = users.iter().find(|r| r.get(2).and_then(|n| n.parse().ok()) == Some(process.user.uid));
        found.and_then(|r| r.first()).cloned().unwrap_or_else(|| process.user.uid.to_string())
    };
    let name = process.argv.first().map_or("", |arg| arg.rsplit('/').next().unwrap_or(arg)).to_string();
    let dead = matches!(process.run, Run::Zombie(_));
    let args = || match dead {
        true if busybox => format!("[{name}]"),
        true => format!("[{name}] <defunct>"),
        false => process.argv.join(" "),
    };
    let total = memory(cmd, "MemTotal:").max(1);
    match column {
        "pid" => row.pid.to_string(),
        "ppid" => row.ppid.to_string(),
        "pgid" => process.pgid.to_string(),
        "user" if user().len() > 8 => user().chars().take(7).chain(['+']).collect(),
        "user" => user(),
        "uid" => process.user.uid.to_string(),
        "group" => process.user.gid.to_string(),
        "comm" => name,
        "args" | "cmd" | "command" => args(),
        "stat" => {
            let leader = process.sid == process.pid;
            let front =
                process.tty.and_then(|tty| cmd.sys.world(|w| w.terminal(tty)?.foreground)) == Some(process.pgid);
            let (leader, front) = (if leader { "s" } else { "" }, if front { "+" } else { "" });
            if busybox {
                state_letter(process).to_string()
            } else {
                format!("{}{leader}{front}", state_letter(process))
            }
        }
        "s" => state_letter(process).to_string(),
        "time" if busybox => format!("{}:{:02}", cpu / 60, cpu % 60),
        "time" => format!("{:02}:{:02}:{:02}", cpu / 3600, cpu / 60 % 60, cpu % 60),
        "etime" if age >= 3600 => format!("{:02}:{:02}:{:02}", age / 3600, age / 60 % 60, age % 60),
        "etime" => format!("{:02}:{:02}", age / 60, age % 60),
        "tty" => process.tty.map_or_else(
            || "?".into(),
            |tty| if busybox { "136,".to_string() + &tty.0.to_string() } else { format!("pts/{}", tty.0) },
        ),
        "vsz" | "rss" => {
            let kb = process.memory / 1024;
            if busybox && kb >= 10_000 { format!("{}m", kb / 1024) } else { kb.to_string() }
        }
        "%cpu" => {
            let tenths = (process.cpu / 1_000_000).checked_div(age).unwrap_or(0);
            format!("{}.{}", tenths / 10, tenths % 10)
        }
        "%mem" => {
            let tenths = process.memory / 1024 * 1000 / total;
            format!("{}.{}", tenths / 10, tenths % 10)
        }
        "start" => local_date("%H:%M", BOOT_EPOCH + process.started.as_secs() as i64, 0),
        "ni" => "0".into(),
        _ => "-".into(),
    }
}

pub fn ps(cmd: &mut Cmd) {
    let mut all = !cmd.gnu();
    let mut form: Vec<(String, String, i32)> = Vec::new();
    let mut wanted: Vec<Pid> = Vec::new();
    let mut style = if cmd.gnu() { "pid tty:TTY time cmd" } else { "pid user time:TIME args" };
    let mut heads = true;
    let args = std::mem::take(&mut cmd.args);
    let mut at = 0;
    while let Some(arg) = args.get(at) {
        at += 1;
        let (dashed, letters) = arg.strip_prefix('-').map_or((false, arg.as_str()), |rest| (true, rest));
        if !dashed && !cmd.gnu() {
            continue;
        }
        if arg == "--no-headers" || arg == "--no-heading" {
            heads = false;
            continue;
        }
        if let Some((_, list)) = arg.split_once("--pid=").or_else(|| arg.split_once("--format=")) {
            let list = list.to_string();
            if arg.starts_with("--pid") {
                wanted.extend(list.split(',').filter_map(|n| n.parse::<Pid>().ok()))
            } else {
                columns(cmd, &list, &mut form)
            }
            continue;
        }
        for (index, letter) in letters.char_indices() {
            match letter {
                'o' | 'p' | 'O' => {
                    let rest = letters.get(index + 1..).unwrap_or("");
                    let value = if rest.is_empty() {
                        at += 1;
                        args.get(at - 1).cloned().unwrap_or_default()
                    } else {
                        rest.to_string()
                    };
                    if letter == 'p' {
                        wanted.extend(value.split([',', ' ']).filter_map(|n| n.parse::<Pid>().ok()));
                        all = true;
                    } else {
                        columns(cmd, &value, &mut form);
                        if cmd.status != 0 {
                            return;
                        }
                    }
                    break;
                }
                'e' | 'A' if dashed && cmd.gnu() => all = true,
                'f' if dashed && cmd.gnu() => style = "user:UID pid ppid c start:STIME tty:TTY time cmd",
                'a' | 'x' if cmd.gnu() => {
                    all = true;
                    if !dashed && style.starts_with("pid tty") {
                        style = "pid tty:TTY stat time:TIME args:COMMAND";
                    }
                }
                'u' if !dashed => style = "user pid %cpu %mem vsz rss tty:TTY stat start time:TIME args:COMMAND",
                'l' | 'T' | 'H' | 'w' | 'h' | 'j' => {}
                digit if digit.is_ascii_digit() && !dashed => {
                    wanted.extend(letters.parse::<Pid>());
                    all = true;
                    break;
                }
                _ if cmd.gnu() => {
                    cmd.note("error: unsupported option\n\nUsage:\n ps [options]\n\n Try 'ps --help' for additional help text.");
                    cmd.status = 1;
                    return;
                }
                other => {
                    cmd.note(&format!("ps: invalid option -- '{other}'"));
                    cmd.usage();
                    return;
                }
            }
        }
    }
    if form.is_empty() {
        for word in style.split(' ') {
            let (name, head) = word.split_once(':').unwrap_or((word, ""));
            let (name, default, width) = column(cmd, name).unwrap_or((name, "C", 2));
            let width = if name == "time" && style.starts_with("user pid %cpu") { 6 } else { width };
            form.push((name.to_string(), if head.is_empty() { default } else { head }.to_string(), width));
        }
    }
    let (me, tty) = (cmd.sys.user().uid, cmd.sys.me(|p| p.tty).flatten());
    let mut shown = rows(cmd);
    shown.retain(|row| {
        let own = row.process.user.uid == me && row.process.tty == tty;
        (all || own) && (wanted.is_empty() || wanted.contains(&row.pid))
    });
    if shown.is_empty() && !wanted.is_empty() {
        cmd.status = 1;
    }
    let short = style.starts_with("user pid %cpu");
    let lines = table(cmd, &form, &shown, heads && form.iter().any(|(_, head, _)| !head.is_empty()), short);
    cmd.out(&lines);
}

fn column(cmd: &Cmd, name: &str) -> Option<(&'static str, &'static str, i32)> {
    let name = match name {
        "cputime" => "time",
        "tt" | "tname" => "tty",
        "pcpu" => "%cpu",
        "pmem" => "%mem",
        "ucmd" => "comm",
        "state" => "s",
        "euser" | "ruser" => "user",
        "nice" => "ni",
        "stime" | "lstart" => "start",
        name => name,
    };
    let found = COLUMNS.iter().find(|(key, ..)| *key == name)?;
    Some(if cmd.gnu() { (found.0, found.1, found.3) } else { (found.0, found.2, found.4) })
}

/// `pid,user=WHO,args`
fn columns(cmd: &mut Cmd, list: &str, form: &mut Vec<(String, String, i32)>) {
    for part in list.split([',', ' ']).filter(|part| !part.is_empty()) {
        let (name, head) = part.split_once('=').map_or((part, None), |(name, head)| (name, Some(head)));
        match column(cmd, name) {
            Some((name, default, width)) => form.push((name.into(), head.unwrap_or(default).into(), width)),
            None => {
                if cmd.gnu() {
                    cmd.note(&format!("error: unknown user-defined format specifier \"{name}\"\n\nUsage:\n ps [options]\n\n Try 'ps --help' for additional help text."));
                } else {
                    let known: Vec<&str> = COLUMNS.iter().map(|(key, ..)| *key).collect();
                    cmd.fail(&format!("bad -o argument '{name}', supported arguments: {}", known.join(",")));
                }
                cmd.status = 1;
            }
        }
    }
}

fn table(cmd: &Cmd, form: &[(String, String, i32)], rows: &[Row], heads: bool, short: bool) -> String {
    let users = cmd.records("/etc/passwd");
    let mut text = String::new();
    let line = |cells: Vec<String>, head: bool| -> String {
        let mut line = String::new();
        for (at, (cell, (_, header, width))) in cells.iter().zip(form).enumerate() {
            if at > 0 {
                line.push(' ');
            }
            let size = (width.unsigned_abs() as usize).max(header.len());
            // busybox's headers stand to the left of every column.
            let left = *width < 0 || head && !cmd.gnu();
            let last = at + 1 == form.len();
            match (left, last) {
                (true, true) => line.push_str(cell),
                (true, false) => line.push_str(&format!("{cell:<size$}")),
                (false, _) => line.push_str(&format!("{cell:>size$}")),
            }
        }
        line + "\n"
    };
    if heads {
        text.push_str(&line(form.iter().map(|(_, head, _)| head.clone()).collect(), true));
    }
    for row in rows {
        let cells = form.iter().map(|(name, ..)| match name.as_str() {
            "c" => "0".to_string(),
            "time" if short => {
                let cpu = row.process.cpu / 1_000_000_000;
                format!("{}:{:02}", cpu / 60, cpu % 60)
            }
            name => cell(cmd, row, name, &users),
        });
        text.push_str(&line(cells.collect(), false));
    }
    text
}

/// top, one batch at a time; on a terminal it shows the state every few seconds until a signal ends it.
pub fn top(mut cmd: Cmd) -> LocalFuture<i32> {
    Box::pin(async move {
        let batch = cmd.has('b');
        let terminal = cmd.sys.is_terminal(1).is_some();
        if !batch && !terminal && cmd.gnu() {
            cmd.note("top: failed tty get");
            let _ = cmd.flush().await;
            return 1;
        }
        let mut left: u64 = cmd.value('n').and_then(|n| n.parse().ok()).unwrap_or(u64::MAX);
        let pause =
            cmd.value('d').and_then(super::run::duration).unwrap_or(Time::seconds(if cmd.gnu() { 3 } else { 5 }));
        while left > 0 {
            if !batch && terminal {
                cmd.out("\x1b[H\x1b[J");
            }
            let text = screen(&cmd);
            cmd.out(&text);
            if cmd.flush().await.is_err() {
                return 1;
            }
            left -= 1;
            if left > 0 && cmd.sys.sleep(pause).await.is_err() {
                break;
            }
        }
        0
    })
}

fn screen(cmd: &Cmd) -> String {
    let rows = rows(cmd);
    let (total, free, available) = (memory(cmd, "MemTotal:"), memory(cmd, "MemFree:"), memory(cmd, "MemAvailable:"));
    let used = total.saturating_sub(available);
    let running = rows.iter().filter(|row| state_letter(&row.process) == 'R').count();
    let zombies = rows.iter().filter(|row| state_letter(&row.process) == 'Z').count();
    let users = cmd.records("/etc/passwd");
    let mut text = String::new();
    if cmd.gnu() {
        let tenths = |kb: u64| format!("{}.{}", kb / 1024, kb % 1024 * 10 / 1024);
        text.push_str(&format!("top -{}", uptime_line(cmd, "user")));
        text.push_str(&format!(
            "Tasks: {:>3} total, {running:>3} running, {:>3} sleeping,   0 stopped, {zombies:>3} zombie\n",
            rows.len(),
            rows.len() - running - zombies
        ));
        text.push_str("%Cpu(s):  0.0 us,  0.0 sy,  0.0 ni,100.0 id,  0.0 wa,  0.0 hi,  0.0 si,  0.0 st \n");
        text.push_str(&format!(
            "MiB Mem : {:>8} total, {:>8} free, {:>8} used, {:>8} buff/cache     \nMiB Swap:      0.0 total,      0.0 free,      0.0 used. {:>8} avail Mem \n\n",
            tenths(total), tenths(free), tenths(used), tenths(available.saturating_sub(free)), tenths(available)
        ));
        text.push_str("    PID USER      PR  NI    VIRT    RES    SHR S  %CPU  %MEM     TIME+ COMMAND\n");
    } else {
        text.push_str(&format!(
            "Mem: {used}K used, {free}K free, 0K shrd, 0K buff, {}K cached\n",
            available.saturating_sub(free)
        ));
        text.push_str("CPU:   0% usr   0% sys   0% nic 100% idle   0% io   0% irq   0% sirq\n");
        text.push_str(&format!("Load average: 0.00 0.00 0.00 {running}/{} {}\n", rows.len(), cmd.sys.nspid()));
        text.push_str("  PID  PPID USER     STAT   VSZ %VSZ %CPU COMMAND\n");
    }
    for row in &rows {
        let get = |name: &str| cell(cmd, row, name, &users);
        let whole = |name: &str| get(name).split('.').next().unwrap_or("0").to_string() + "%";
        let line = if cmd.gnu() {
            let hundredths = row.process.cpu / 10_000_000;
            let time = format!("{}:{:02}.{:02}", hundredths / 6000, hundredths / 100 % 60, hundredths % 100);
            format!(
                "{:>7} {:<8}  20   0 {:>7} {:>6} {:>6} {} {:>5} {:>5} {time:>9} {}\n",
                row.pid,
                get("user"),
                get("vsz"),
                get("rss"),
                0,
                get("s"),
                get("%cpu"),
                get("%mem"),
                get("comm")
            )
        } else {
            format!(
                "{:>5} {:>5} {:<8} {:<4} {:>5} {:>4} {:>4} {}\n",
                row.pid,
                row.ppid,
                get("user"),
                get("stat"),
                get("vsz"),
                whole("%mem"),
                whole("%cpu"),
                get("args")
            )
        };
        text.push_str(&line);
    }
    text
}

pub fn kill(cmd: &mut Cmd) {
    let args = std::mem::take(&mut cmd.args);
    let mut rest = args.as_slice();
    let mut signal = Some(Signal::TERM);
    let wrong = |cmd: &mut Cmd, name: &str| cmd.object("unknown signal {}", "bad signal name '{}'", name);
    if let [first, more @ ..] = rest {
        let name = match first.as_str() {
            "-l" | "-L" | "--list" => return list(cmd, more),
            "-s" | "-n" | "--signal" => {
                rest = more.get(1..).unwrap_or_default();
                more.first().map(String::as_str)
            }
            "--" => {
                rest = more;
                None
            }
            first => first.strip_prefix('-').inspect(|_| rest = more),
        };
        if let Some(name) = name {
            signal = if name == "0" { None } else { Signal::parse(name) };
            if signal.is_none() && name != "0" {
                return wrong(cmd, name);
            }
        }
    }
    if rest.is_empty() {
        return cmd.object("not enough arguments", "you need to specify whom to kill", "");
    }
    for word in rest {
        match word.parse::<i64>() {
            Ok(pid) => match cmd.sys.kill(pid.unsigned_abs() as Pid, signal) {
                Ok(()) => {}
                Err(errno) => cmd.trouble("({}) - ", "can't kill pid {}", word, errno),
            },
            Err(_) => cmd.object("failed to parse argument: '{}'", "invalid number '{}'", word),
        }
    }
}

fn list(cmd: &mut Cmd, numbers: &[String]) {
    if numbers.is_empty() {
        let text: String = match cmd.gnu() {
            true => NAMES.join(" ") + "\n",
            false => NAMES.iter().enumerate().map(|(at, name)| format!("{:>2}) {name}\n", at + 1)).collect(),
        };
        return cmd.out(&text);
    }
    for word in numbers {
        let code = word.parse::<u32>().map(|n| (n & 127).to_string()).unwrap_or_else(|_| word.clone());
        match Signal::parse(&code) {
            Some(signal) if word.parse::<u32>().is_ok() => cmd.out(&format!("{}\n", signal.name())),
            Some(signal) => cmd.out(&format!("{}\n", signal.0)),
            None => cmd.object("unknown signal {}", "unknown signal '{}'", word),
        }
    }
}

/// pidof and pgrep, pkill and killall: processes by name.
pub fn by_name(cmd: &mut Cmd) {
    let args = std::mem::take(&mut cmd.args);
    let mut args = args.as_slice();
    let tool = cmd.row.name;
    let mut signal = Signal::TERM;
    let mut full = false;
    while let [first, rest @ ..] = args {
        let Some(option) = first.strip_prefix('-').filter(|o| !o.is_empty()) else { break };
        match (option, Signal::parse(option)) {
            ("f", _) => full = true,
            ("x" | "s" | "l" | "q", _) => {}
            (_, Some(given)) if tool == "pkill" || tool == "killall" => signal = given,
            (option, _) => {
                let what = format!("{tool} -{option}");
                return cmd.missing(&what);
            }
        }
        args = rest;
    }
    if args.is_empty() {
        return cmd.misuse("no matching criteria specified", "");
    }
    let exact = matches!(tool, "pidof" | "killall");
    let me = cmd.sys.pid();
    let mut found: Vec<Pid> = rows(cmd)
        .into_iter()
        .filter(|row| {
            let comm = row.process.argv.first().map_or("", |arg| arg.rsplit('/').next().unwrap_or(arg));
            let line = row.process.argv.join(" ");
            let text = if full { line.as_str() } else { comm };
            row.process.pid != me
                && args.iter().any(|name| if exact { text == name } else { text.contains(name.as_str()) })
        })
        .map(|row| row.pid)
        .collect();
    if found.is_empty() {
        if tool == "killall" {
            let name = args.join(" ");
            cmd.object("{}: no process found", "{}: no process killed", &name);
            return;
        }
        cmd.status = 1;
    }
    match tool {
        "pidof" => {
            found.reverse();
            if !found.is_empty() {
                let words: Vec<String> = found.iter().map(Pid::to_string).collect();
                cmd.out(&(words.join(" ") + "\n"));
            }
        }
        "pgrep" => found.iter().for_each(|pid| cmd.out(&format!("{pid}\n"))),
        _ => {
            for pid in found {
                if let Err(errno) = cmd.sys.kill(pid, Some(signal)) {
                    cmd.trouble("killing pid {} failed", "can't kill pid {}", &pid.to_string(), errno);
                }
            }
        }
    }
}
