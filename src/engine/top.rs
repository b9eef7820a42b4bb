//! The columns of `docker top`, which runs the host's ps.

use crate::kernel::state_letter;
use crate::model::World;
use crate::model::process::Process;
use crate::model::time::Civil;

pub type Row = Box<dyn Fn(&World, &Process) -> Vec<String>>;

/// The columns that ps shows for some arguments, or why it can't.
pub fn columns(args: &[String]) -> Result<(Vec<String>, Row), String> {
    let words: Vec<&str> = args.iter().flat_map(|arg| arg.split_whitespace()).collect();
    let wanted: Vec<String> = match words.as_slice() {
        [] | ["-ef"] => ["UID", "PID", "PPID", "C", "STIME", "TTY", "TIME", "CMD"].map(String::from).to_vec(),
        ["aux" | "-aux"] => ["USER", "PID", "%CPU", "%MEM", "VSZ", "RSS", "TTY", "STAT", "START", "TIME", "COMMAND"]
            .map(String::from)
            .to_vec(),
        words => {
            let mut list = Vec::new();
            let mut rest = words.iter();
            while let Some(word) = rest.next() {
                let columns = match *word {
                    "-o" | "o" | "-eo" | "-axo" | "axo" => rest.next().copied().unwrap_or(""),
                    word => match word.strip_prefix("-o") {
                        Some(columns) => columns,
                        None => return Err(format!("layerlab: top with {word} is not simulated")),
                    },
                };
                list.extend(columns.split(',').map(title));
            }
            list
        }
    };
    if !wanted.iter().any(|name| name == "PID") {
        return Err("Couldn't find PID field in ps output".into());
    }
    let titles = wanted.clone();
    Ok((titles, Box::new(move |world, process| wanted.iter().map(|name| cell(world, process, name)).collect())))
}

fn title(column: &str) -> String {
    let name = column.split(['=', ':']).next().unwrap_or(column);
    match name {
        "cmd" | "args" => "CMD".into(),
        "comm" => "COMMAND".into(),
        "pcpu" => "%CPU".into(),
        "pmem" => "%MEM".into(),
        "stat" | "state" => "STAT".into(),
        name => name.to_ascii_uppercase(),
    }
}

fn cell(world: &World, p: &Process, name: &str) -> String {
    let user = || match p.user.uid {
        0 => "root".to_string(),
        uid => uid.to_string(),
    };
    let started = Civil::from_epoch(p.started.epoch().0);
    let seconds = p.cpu / 1_000_000_000;
    match name {
        "UID" | "USER" => user(),
        "PID" => p.pid.to_string(),
        "PPID" => p.ppid.to_string(),
        "C" => "0".into(),
        "STIME" | "START" => format!("{:02}:{:02}", started.hour, started.minute),
        "TTY" => p.tty.map_or("?".into(), |_| "pts/0".into()),
        "TIME" => format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60),
        "%CPU" => {
            let age = world.now.since(p.started).0.max(1);
            format!("{:.1}", p.cpu as f64 * 100.0 / age as f64)
        }
        "%MEM" => "0.0".into(),
        "VSZ" | "RSS" => (p.memory / 1024).to_string(),
        "STAT" => state_letter(p).to_string(),
        "COMMAND" => p.argv.first().map_or("", |arg| arg.rsplit('/').next().unwrap_or(arg)).to_string(),
        "CMD" => p.argv.join(" "),
        _ => "-".into(),
    }
}
