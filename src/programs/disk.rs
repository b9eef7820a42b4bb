//! What takes room: df, du.

use super::command::Cmd;
use super::list::human;
use crate::kernel::FileType;

/// Size and use of the machine's disk, in kB: what files hold, and what images' declared sizes add.
fn disk(cmd: &Cmd) -> (u64, u64) {
    let used = cmd.sys.world(|w| {
        let sizes = w.filesystems.values().flat_map(|fs| fs.inodes.values()).map(|inode| match &inode.kind {
            crate::model::file::Kind::File(data) => data.len().div_ceil(4096) * 4,
            _ => 4,
        });
        sizes.sum::<u64>()
    });
    let total = 61_255_492;
    let full = cmd.sys.world(|w| w.disk_full);
    (total, if full { total } else { 4_194_304 + used })
}

/// How much of it is used, rounded up.
fn share(used: u64, total: u64) -> String {
    format!("{}%", (used * 100).div_ceil(total.max(1)))
}

/// Size and use of the file system at a mount point, in kB: a tmpfs has its own, all others share the disk.
fn capacity(cmd: &Cmd, at: &str, disk: (u64, u64)) -> (u64, u64) {
    let ns = cmd.sys.me(|p| p.ns.mount);
    let own = cmd.sys.world(|w| {
        let mounts = w.mounts.get(&ns?)?;
        let mount = mounts.mounts.iter().rfind(|mount| *mount.at == *at)?;
        let crate::model::process::Source::Fs { fs, .. } = mount.source else { return None };
        let fs = w.filesystems.get(&fs)?;
        let most = match fs.tmpfs? {
            0 => crate::kernel::MEMORY / 2,
            bytes => bytes,
        };
        Some((most.div_ceil(1024), crate::oci::layer::size(fs).div_ceil(4096) * 4))
    });
    own.unwrap_or(disk)
}

pub fn df(cmd: &mut Cmd) {
    let disk = disk(cmd);
    let mounts: Vec<(String, String)> = {
        let text = super::command::text_of(&cmd.sys, "/proc/mounts");
        let pairs = text.lines().filter_map(|line| {
            let mut words = line.split(' ');
            Some((words.next()?.to_string(), words.next()?.to_string()))
        });
        pairs.filter(|(kind, _)| !matches!(kind.as_str(), "proc" | "sysfs" | "cgroup2")).collect()
    };
    let mut rows = Vec::new();
    if cmd.args.is_empty() {
        rows = mounts;
    } else {
        for arg in cmd.args.clone() {
            let real = match cmd.sys.real_path(&arg) {
                Ok(real) => real,
                Err(errno) if cmd.gnu() => {
                    cmd.trouble("{}", "", &arg, errno);
                    continue;
                }
                Err(_) => {
                    cmd.object("", "{}: can't find mount point", &arg);
                    continue;
                }
            };
            let over = |at: &str| at == "/" || real == at || real.starts_with(&format!("{at}/"));
            if let Some(mount) = mounts.iter().filter(|(_, at)| over(at)).max_by_key(|(_, at)| at.len()) {
                rows.push(mount.clone());
            }
        }
        if rows.is_empty() && cmd.gnu() {
            return;
        }
    }
    let human_wanted = cmd.has('h');
    let mega = cmd.has('m');
    let shown = |kb: u64| match (human_wanted, mega) {
        (true, _) => human(kb * 1024, cmd.gnu()),
        (_, true) => kb.div_ceil(1024).to_string(),
        _ => kb.to_string(),
    };
    let source = |kind: &str| if kind == "ext4" { "/dev/vda1".to_string() } else { kind.to_string() };
    let block = if mega {
        "1M-blocks"
    } else if human_wanted {
        "Size"
    } else {
        "1K-blocks"
    };
    let mut text = String::new();
    if cmd.gnu() {
        let avail = if human_wanted { "Avail" } else { "Available" };
        let kind_column = cmd.has('T');
        let mut table = vec![[
            "Filesystem".to_string(),
            "Type".into(),
            block.into(),
            "Used".into(),
            avail.into(),
            "Use%".into(),
            "Mounted on".into(),
        ]];
        for (kind, at) in rows {
            let (total, used) = capacity(cmd, &at, disk);
            let (available, percent) = (total.saturating_sub(used), share(used, total));
            table.push([source(&kind), kind, shown(total), shown(used), shown(available), percent, at]);
        }
        let least = [14, 0, 5, 5, 5, 4, 0];
        let width = |at: usize| table.iter().map(|row| row[at].len()).max().unwrap_or(0).max(least[at]);
        let widths: Vec<usize> = (0..7).map(width).collect();
        for row in &table {
            let mut line = String::new();
            for (at, cell) in row.iter().enumerate() {
                let width = widths.get(at).copied().unwrap_or(0);
                if at == 1 && !kind_column {
                    continue;
                }
                if at > 0 {
                    line.push(' ');
                }
                match at {
                    0 | 1 => line.push_str(&format!("{cell:<width$}")),
                    6 => line.push_str(cell),
                    _ => line.push_str(&format!("{cell:>width$}")),
                }
            }
            text.push_str(&line);
            text.push('\n');
        }
    } else {
        let block = format!("{block:>10}");
        text.push_str(&format!("Filesystem           {block}      Used Available Use% Mounted on\n"));
        for (kind, at) in rows {
            let (total, used) = capacity(cmd, &at, disk);
            let percent = share(used, total);
            let (total, used, available) = (shown(total), shown(used), shown(total.saturating_sub(used)));
            text.push_str(&format!("{:<20} {total:>9} {used:>9} {available:>9} {percent:>3} {at}\n", source(&kind)));
        }
    }
    cmd.out(&text);
}

pub fn du(cmd: &mut Cmd) {
    let mut roots = std::mem::take(&mut cmd.args);
    if roots.is_empty() {
        roots.push(".".into());
    }
    let most: usize = if cmd.has('s') { 0 } else { cmd.value('d').and_then(|d| d.parse().ok()).unwrap_or(usize::MAX) };
    let mut sum = 0;
    for root in roots {
        if let Err(errno) = cmd.sys.lstat(&root) {
            cmd.trouble("cannot access '{}'", "{}", &root, errno);
            continue;
        }
        sum += weigh(cmd, &root, most);
    }
    if cmd.has('c') {
        let line = format!("{}\ttotal\n", weight(cmd, sum));
        cmd.out(&line);
    }
}

fn weight(cmd: &Cmd, bytes: u64) -> String {
    match cmd.last_of("hmkb") {
        Some('h') if cmd.gnu() => human(bytes, true),
        Some('h') => {
            let text = human(bytes, false);
            if bytes < 1024 { bytes.to_string() } else { text }
        }
        Some('m') => bytes.div_ceil(1 << 20).to_string(),
        Some('b') => bytes.to_string(),
        _ => bytes.div_ceil(1024).to_string(),
    }
}

/// The disk use of a tree in bytes; prints it from the leaves up.
fn weigh(cmd: &mut Cmd, root: &str, most: usize) -> u64 {
    // Each directory: its path, its depth, what it holds so far; `None` marks where its children end.
    let mut stack: Vec<(String, usize, bool)> = vec![(root.to_string(), 0, false)];
    let mut sums: Vec<u64> = vec![0];
    while let Some((path, depth, done)) = stack.pop() {
        cmd.cost += 1;
        let Ok(stat) = cmd.sys.lstat(&path) else { continue };
        let dir = stat.kind == FileType::Dir;
        let own = match (cmd.has('b'), stat.kind) {
            (true, _) => stat.size,
            (_, FileType::Regular | FileType::Dir) => stat.size.div_ceil(4096) * 4096,
            _ => 0,
        };
        if dir && !done {
            stack.push((path.clone(), depth, true));
            sums.push(own);
            for name in cmd.sys.read_dir(&path).unwrap_or_default().iter().rev() {
                stack.push((format!("{}/{name}", path.trim_end_matches('/')), depth + 1, false));
            }
            continue;
        }
        let total = if dir { sums.pop().unwrap_or(0) } else { own };
        if let Some(above) = sums.last_mut() {
            *above += total;
        }
        if depth <= most && (dir || cmd.has('a') || depth == 0) {
            let line = format!("{}\t{path}\n", weight(cmd, total));
            cmd.out(&line);
        }
    }
    sums.pop().unwrap_or(0)
}
