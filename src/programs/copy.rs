//! cp, mv, ln: one more name for something, or the same in another place.

use super::command::Cmd;
use super::remove::confirm;
use crate::kernel::{Errno, FileType, LocalFuture, Stat, split_last};
use crate::model::file::Data;

/// Sources and where they go: a directory (`true`) or a name.
fn operands(cmd: &mut Cmd) -> Option<(Vec<String>, String, bool)> {
    let mut args = std::mem::take(&mut cmd.args);
    if let Some(target) = cmd.value('t').map(String::from) {
        if args.is_empty() {
            cmd.misuse("missing file operand", "");
            return None;
        }
        return Some((args, target, true));
    }
    match args.as_slice() {
        [] => {
            cmd.misuse("missing file operand", "");
            None
        }
        [only] if cmd.row.name != "ln" => {
            let only = only.clone();
            cmd.misuse("missing destination file operand after '{}'", &only);
            None
        }
        [_] => Some((args, ".".into(), true)),
        _ => {
            let target = args.pop().unwrap_or_default();
            let plain_link = cmd.has('n') && cmd.row.name == "ln" && is_link(cmd, &target);
            let dir = !cmd.has('T') && !plain_link && cmd.sys.is_dir(&target);
            if args.len() > 1 && !dir {
                let missing = cmd.sys.stat(&target).is_err();
                let (gnu, errno) = if missing { ("target '{}'", Errno::NoEnt) } else { ("target '{}'", Errno::NotDir) };
                cmd.trouble(gnu, if missing { "can't stat '{}'" } else { "target '{}'" }, &target, errno);
                return None;
            }
            Some((args, target, dir))
        }
    }
}

fn is_link(cmd: &Cmd, path: &str) -> bool {
    cmd.sys.lstat(path).is_ok_and(|stat| stat.kind == FileType::Symlink)
}

fn inside(dir: &str, source: &str) -> String {
    let name = split_last(source).1;
    if dir == "." { format!("./{name}") } else { format!("{}/{name}", dir.trim_end_matches('/')) }
}

fn same(a: &Stat, b: &Stat) -> bool {
    (a.dev, a.ino) == (b.dev, b.ino)
}

pub fn cp(mut cmd: Cmd) -> LocalFuture<i32> {
    Box::pin(async move {
        if let Some((sources, target, into)) = operands(&mut cmd) {
            for source in sources {
                let to = if into { inside(&target, &source) } else { target.clone() };
                copy_one(&mut cmd, &source, &to).await;
            }
        }
        let _ = cmd.flush().await;
        cmd.status
    })
}

async fn copy_one(cmd: &mut Cmd, from: &str, to: &str) {
    let recursive = cmd.last_of("rRa").is_some();
    let link = cmd.has('d') || cmd.has('P') || recursive && !cmd.has('L') && !cmd.has('H');
    let found = if link { cmd.sys.lstat(from) } else { cmd.sys.stat(from) };
    let stat = match found {
        Ok(stat) => stat,
        Err(errno) => return cmd.trouble("cannot stat '{}'", "can't stat '{}'", from, errno),
    };
    if stat.kind == FileType::Dir {
        if !recursive {
            return cmd.object("-r not specified; omitting directory '{}'", "omitting directory '{}'", from);
        }
        let (source, target) = (cmd.sys.real_path(from).unwrap_or_default(), real_target(cmd, to));
        if target == source || target.starts_with(&format!("{}/", source.trim_end_matches('/'))) {
            let text = format!("cannot copy a directory, '{from}', into itself, '{to}'");
            return cmd.object(&text, "recursion detected, omitting directory '{}'", from);
        }
        return copy_tree(cmd, from, to).await;
    }
    copy_file(cmd, from, to, &stat).await;
}

/// The canonical path of something that need not exist yet.
fn real_target(cmd: &Cmd, path: &str) -> String {
    cmd.sys.real_path(path).unwrap_or_else(|_| {
        let (dir, name) = split_last(path);
        let dir = cmd.sys.real_path(dir).unwrap_or_default();
        format!("{}/{name}", dir.trim_end_matches('/'))
    })
}

async fn copy_tree(cmd: &mut Cmd, from: &str, to: &str) {
    let mut pending = vec![(from.to_string(), to.to_string())];
    let mut dirs = Vec::new();
    while let Some((from, to)) = pending.pop() {
        cmd.cost += 5;
        if cmd.cost > 2_000 && cmd.flush().await.is_err() {
            return;
        }
        let follow = cmd.has('L');
        let found = if follow { cmd.sys.stat(&from) } else { cmd.sys.lstat(&from) };
        let stat = match found {
            Ok(stat) => stat,
            Err(errno) => {
                cmd.trouble("cannot stat '{}'", "can't stat '{}'", &from, errno);
                continue;
            }
        };
        if stat.kind != FileType::Dir {
            copy_file(cmd, &from, &to, &stat).await;
            continue;
        }
        if !cmd.sys.is_dir(&to) {
            if let Err(errno) = cmd.sys.mkdir(&to, stat.mode | 0o700) {
                cmd.trouble("cannot create directory '{}'", "can't create directory '{}'", &to, errno);
                continue;
            }
            announce(cmd, &from, &to);
        }
        dirs.push((to.clone(), stat));
        match cmd.sys.read_dir(&from) {
            Ok(names) => {
                for name in names.iter().rev() {
                    pending.push((
                        format!("{}/{name}", from.trim_end_matches('/')),
                        format!("{}/{name}", to.trim_end_matches('/')),
                    ));
                }
            }
            Err(errno) => cmd.trouble("cannot access '{}'", "can't open '{}'", &from, errno),
        }
    }
    for (path, stat) in dirs.into_iter().rev() {
        let umask = cmd.sys.me(|p| p.umask).unwrap_or(0);
        let keep = cmd.has('a') || cmd.has('p');
        let _ = cmd.sys.chmod(&path, if keep { stat.mode } else { stat.mode & !umask });
        if keep {
            let _ = cmd.sys.chown(&path, Some(stat.uid), Some(stat.gid), false);
            let _ = cmd.sys.set_mtime(&path, stat.mtime, stat.nanos);
        }
    }
}

fn announce(cmd: &mut Cmd, from: &str, to: &str) {
    if cmd.has('v') {
        let line = format!("'{from}' -> '{to}'\n");
        cmd.out(&line);
    }
}

async fn copy_file(cmd: &mut Cmd, from: &str, to: &str, stat: &Stat) {
    let there = cmd.sys.stat(to).ok();
    if there.as_ref().is_some_and(|there| same(there, stat)) {
        let text = format!("'{from}' and '{to}' are the same file");
        return cmd.object(&text, &text, "");
    }
    if let Some(there) = &there {
        if there.kind == FileType::Dir {
            let text = format!("cannot overwrite directory '{to}' with non-directory");
            return cmd.object(&text, &text, "");
        }
        match cmd.last_of("inf") {
            Some('n') => return,
            Some('i') => {
                let question = format!("overwrite '{to}'?");
                if !confirm(cmd, &question).await {
                    return;
                }
            }
            _ => {}
        }
        let newer = (there.mtime, there.nanos) >= (stat.mtime, stat.nanos);
        if cmd.has('u') && newer {
            return;
        }
    }
    let umask = cmd.sys.me(|p| p.umask).unwrap_or(0);
    let (gnu, busybox) = ("cannot create regular file '{}'", "can't create '{}'");
    let result = if cmd.has('l') {
        cmd.sys.link(from, to)
    } else if cmd.has('s') || stat.kind == FileType::Symlink {
        let target = if cmd.has('s') { Ok(from.to_string()) } else { cmd.sys.read_link(from) };
        if there.is_some() {
            let _ = cmd.sys.unlink(to);
        }
        target.and_then(|target| cmd.sys.symlink(&target, to))
    } else if stat.kind == FileType::Regular {
        if let Err(errno) = cmd.sys.access(from, 4) {
            return cmd.trouble("cannot open '{}' for reading", "can't open '{}'", from, errno);
        }
        match cmd.sys.contents(from) {
            Ok(data) => put(cmd, to, data, stat.mode & !umask & 0o777, there.is_some()),
            Err(errno) => return cmd.trouble("cannot open '{}' for reading", "can't open '{}'", from, errno),
        }
    } else if stat.kind == FileType::Fifo {
        cmd.sys.mkfifo(to, stat.mode)
    } else {
        // A device or a stream is read through.
        match cmd.sys.read_file(from).await {
            Ok(bytes) => put(cmd, to, Data::new(bytes), 0o666 & !umask, there.is_some()),
            Err(errno) => return cmd.trouble("error reading '{}'", "read error: {}", from, errno),
        }
    };
    match result {
        Ok(()) => {
            announce(cmd, from, to);
            if (cmd.has('a') || cmd.has('p')) && stat.kind != FileType::Symlink {
                let _ = cmd.sys.chown(to, Some(stat.uid), Some(stat.gid), false);
                let _ = cmd.sys.chmod(to, stat.mode);
                let _ = cmd.sys.set_mtime(to, stat.mtime, stat.nanos);
            }
        }
        Err(errno) => cmd.trouble(
            gnu,
            busybox,
            to,
            if errno == Errno::NotDir && to.ends_with('/') { Errno::NotDir } else { errno },
        ),
    }
}

/// Writes a whole file, as an open for writing would be allowed to.
fn put(cmd: &Cmd, to: &str, data: Data, mode: u16, exists: bool) -> Result<(), Errno> {
    if exists {
        cmd.sys.access(to, 2)?;
        if cmd.sys.stat(to)?.kind != FileType::Regular {
            return Ok(());
        }
    } else if to.ends_with('/') {
        return Err(Errno::NotDir);
    }
    cmd.sys.put(to, data, mode)
}

pub fn mv(mut cmd: Cmd) -> LocalFuture<i32> {
    Box::pin(async move {
        if let Some((sources, target, into)) = operands(&mut cmd) {
            for source in sources {
                let to = if into { inside(&target, &source) } else { target.clone() };
                move_one(&mut cmd, &source, &to).await;
            }
        }
        let _ = cmd.flush().await;
        cmd.status
    })
}

async fn move_one(cmd: &mut Cmd, from: &str, to: &str) {
    let stat = match cmd.sys.lstat(from) {
        Ok(stat) => stat,
        Err(errno) => return cmd.trouble("cannot stat '{}'", "can't rename '{}'", from, errno),
    };
    if let Ok(there) = cmd.sys.lstat(to) {
        if same(&there, &stat) {
            if stat.kind == FileType::Dir && cmd.gnu() {
                let text = format!("cannot move '{from}' to a subdirectory of itself, '{to}/{}'", split_last(from).1);
                return cmd.fail(&text);
            }
            let text = format!("'{from}' and '{to}' are the same file");
            return cmd.fail(&text);
        }
        match cmd.last_of("inf") {
            Some('n') => return,
            Some('i') => {
                let question = format!("overwrite '{to}'?");
                if !confirm(cmd, &question).await {
                    return;
                }
            }
            _ => {}
        }
        if there.kind == FileType::Dir && stat.kind != FileType::Dir {
            let text = format!("cannot overwrite directory '{to}' with non-directory");
            return cmd.object(&text, &format!("can't rename '{from}': Is a directory"), "");
        }
        if there.kind != FileType::Dir && stat.kind == FileType::Dir {
            let text = format!("cannot overwrite non-directory '{to}' with directory '{from}'");
            return cmd.object(&text, &format!("can't rename '{from}': Not a directory"), "");
        }
    }
    match cmd.sys.rename(from, to) {
        Ok(()) => {
            if cmd.has('v') {
                let line =
                    if cmd.gnu() { format!("renamed '{from}' -> '{to}'\n") } else { format!("'{from}' -> '{to}'\n") };
                cmd.out(&line);
            }
        }
        Err(Errno::XDev) => across(cmd, from, to).await,
        Err(Errno::Inval) if cmd.gnu() => {
            cmd.fail(&format!("cannot move '{from}' to a subdirectory of itself, '{to}'"));
        }
        Err(errno) => {
            let text = format!("cannot move '{from}' to '{{}}'");
            if cmd.gnu() {
                cmd.trouble(&text, "", to, errno)
            } else {
                cmd.trouble("", "can't rename '{}'", from, errno)
            }
        }
    }
}

/// To another mount, or out of an image's layers: copied whole, then removed.
async fn across(cmd: &mut Cmd, from: &str, to: &str) {
    let given = cmd.options.clone();
    let before = std::mem::take(&mut cmd.status);
    cmd.options = vec![('a', String::new())];
    copy_one(cmd, from, to).await;
    if cmd.status == 0 {
        let mut pending = vec![(from.to_string(), false)];
        while let Some((path, emptied)) = pending.pop() {
            let dir = cmd.sys.lstat(&path).is_ok_and(|stat| stat.kind == FileType::Dir);
            let result = match (dir, emptied) {
                (false, _) => cmd.sys.unlink(&path),
                (true, true) => cmd.sys.rmdir(&path),
                (true, false) => {
                    pending.push((path.clone(), true));
                    let names = cmd.sys.read_dir(&path).unwrap_or_default();
                    pending.extend(names.iter().map(|name| (format!("{path}/{name}"), false)));
                    continue;
                }
            };
            if let Err(errno) = result {
                cmd.trouble("cannot remove '{}'", "can't remove '{}'", &path, errno);
            }
        }
    }
    cmd.options = given;
    cmd.status = cmd.status.max(before);
}

pub fn ln(cmd: &mut Cmd) {
    let Some((sources, target, into)) = operands(cmd) else { return };
    let symbolic = cmd.has('s');
    let kind = if symbolic { "symbolic" } else { "hard" };
    for source in sources {
        let to = if into { inside(&target, &source) } else { target.clone() };
        let shown = if cmd.gnu() { to.as_str() } else { to.strip_prefix("./").unwrap_or(&to) };
        if !symbolic {
            match cmd.sys.lstat(&source) {
                Ok(stat) if stat.kind == FileType::Dir => {
                    let text = "{}: hard link not allowed for directory";
                    cmd.object(text, &format!("{shown}: Operation not permitted"), &source);
                    continue;
                }
                Ok(_) => {}
                Err(errno) => {
                    cmd.trouble("failed to access '{}'", shown, &source, errno);
                    continue;
                }
            }
        }
        if cmd.has('f') && cmd.sys.lstat(&to).is_ok_and(|stat| stat.kind != FileType::Dir) {
            let _ = cmd.sys.unlink(&to);
        }
        let result = if symbolic { cmd.sys.symlink(&source, &to) } else { cmd.sys.link(&source, &to) };
        match result {
            Ok(()) if cmd.has('v') => {
                let arrow = if symbolic { "->" } else { "=>" };
                let line = format!("'{to}' {arrow} '{source}'\n");
                cmd.out(&line);
            }
            Ok(()) => {}
            Err(errno) => {
                let shown = shown.to_string();
                let note = if errno == Errno::Exist || symbolic { String::new() } else { format!(" => '{source}'") };
                cmd.trouble(&format!("failed to create {kind} link '{{}}'{note}"), "{}", &shown, errno);
            }
        }
    }
}
