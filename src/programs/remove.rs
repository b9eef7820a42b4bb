//! mkdir, rmdir, rm, mktemp: making and removing names.

use super::attributes::Mode;
use super::command::Cmd;
use crate::kernel::{Errno, FileType, LocalFuture, OpenFlags, split_last};

pub fn mkdir(cmd: &mut Cmd) {
    let names = std::mem::take(&mut cmd.args);
    if names.is_empty() {
        return cmd.misuse("missing operand", "");
    }
    let mask = cmd.sys.me(|p| p.umask).unwrap_or(0o022);
    let mode = match cmd.value('m').map(String::from) {
        None => None,
        Some(text) => match Mode::parse(&text) {
            Some(mode) => Some(mode.apply(0o777, true, mask)),
            None => return cmd.object("invalid mode ‘{}’", "invalid mode '{}'", &text),
        },
    };
    let (gnu, busybox) = ("cannot create directory ‘{}’", "can't create directory '{}'");
    for name in names {
        let mut made = cmd.sys.mkdir(&name, 0o777 & !mask);
        if cmd.has('p') {
            made = match parents(cmd, &name, mask) {
                Ok(()) => Ok(()),
                Err((part, errno)) => {
                    cmd.trouble(gnu, busybox, &part, errno);
                    continue;
                }
            };
        } else if made.is_ok() && cmd.has('v') {
            let line = if cmd.gnu() { format!("mkdir: created directory '{name}'\n") } else { String::new() };
            cmd.out(&line);
        }
        match made {
            Ok(()) => {
                if let Some(mode) = mode {
                    let _ = cmd.sys.chmod(&name, mode);
                }
            }
            Err(errno) => cmd.trouble(gnu, busybox, &name, errno),
        }
    }
}

fn parents(cmd: &mut Cmd, name: &str, mask: u16) -> Result<(), (String, Errno)> {
    let trimmed = name.trim_end_matches('/');
    let ends: Vec<usize> =
        trimmed.match_indices('/').map(|(at, _)| at).filter(|at| *at > 0).chain([trimmed.len()]).collect();
    for end in ends {
        let part = trimmed.get(..end).unwrap_or(trimmed);
        if part.is_empty() || cmd.sys.is_dir(part) {
            continue;
        }
        match cmd.sys.mkdir(part, 0o777 & !mask) {
            Ok(()) if cmd.has('v') && cmd.gnu() => {
                let line = format!("mkdir: created directory '{part}'\n");
                cmd.out(&line);
            }
            Ok(()) => {}
            Err(Errno::Exist) if end < trimmed.len() => return Err((part.to_string(), Errno::NotDir)),
            Err(errno) => return Err((part.to_string(), errno)),
        }
    }
    Ok(())
}

pub fn rmdir(cmd: &mut Cmd) {
    let names = std::mem::take(&mut cmd.args);
    if names.is_empty() {
        return cmd.misuse("missing operand", "");
    }
    for name in names {
        let mut name = name;
        loop {
            if let Err(errno) = cmd.sys.rmdir(&name) {
                if !(errno == Errno::NotEmpty && cmd.has('é')) {
                    cmd.trouble("failed to remove '{}'", "'{}'", &name, errno);
                }
                break;
            }
            if cmd.has('v') {
                let line = format!("rmdir: removing directory, '{name}'\n");
                cmd.out(&line);
            }
            let (parent, _) = split_last(&name);
            if !cmd.has('p') || parent == "." || parent == "/" {
                break;
            }
            name = parent.to_string();
        }
    }
}

pub fn rm(mut cmd: Cmd) -> LocalFuture<i32> {
    Box::pin(async move {
        let names = std::mem::take(&mut cmd.args);
        if names.is_empty() && !cmd.has('f') {
            cmd.misuse("missing operand", "");
        }
        for name in names {
            remove(&mut cmd, &name).await;
        }
        let _ = cmd.flush().await;
        cmd.status
    })
}

/// Asks on standard error; true for an answer that begins with y.
pub async fn confirm(cmd: &mut Cmd, question: &str) -> bool {
    let _ = cmd.flush().await;
    let text = format!("{}: {question} ", cmd.name);
    cmd.sys.eprint(&text).await;
    let mut answer = Vec::new();
    while let Ok(byte) = cmd.sys.read(0, 1).await {
        if byte.is_empty() || byte == b"\n" {
            break;
        }
        answer.extend(byte);
    }
    answer.first().is_some_and(|b| b.eq_ignore_ascii_case(&b'y'))
}

async fn remove(cmd: &mut Cmd, name: &str) {
    let last = name.trim_end_matches('/').rsplit('/').next().unwrap_or("");
    let recursive = cmd.has('r') || cmd.has('R');
    if last == "." || last == ".." {
        if cmd.gnu() && !recursive {
            return cmd.trouble("cannot remove '{}'", "", name, Errno::IsDir);
        }
        let busybox = "can't remove '.' or '..'";
        return cmd.object("refusing to remove '.' or '..' directory: skipping '{}'", busybox, name);
    }
    let forced = cmd.last_of("fi") == Some('f');
    match cmd.sys.lstat(name) {
        Err(Errno::NoEnt | Errno::NotDir) if forced => {}
        Err(errno) => cmd.trouble("cannot remove '{}'", "can't remove '{}'", name, errno),
        Ok(stat) if stat.kind == FileType::Dir => {
            if !recursive {
                if cmd.has('d') && cmd.gnu() {
                    if let Err(errno) = cmd.sys.rmdir(name) {
                        cmd.trouble("cannot remove '{}'", "", name, errno);
                    }
                    return;
                }
                let text = if cmd.gnu() { "cannot remove '{}': Is a directory" } else { "" };
                return cmd.object(text, "'{}' is a directory", name);
            }
            let real = cmd.sys.real_path(name).unwrap_or_default();
            if real == "/" && !cmd.has('ö') && cmd.gnu() {
                cmd.fail("it is dangerous to operate recursively on '/'");
                return cmd.fail("use --no-preserve-root to override this failsafe");
            }
            tree(cmd, name).await;
        }
        Ok(stat) => {
            if cmd.last_of("fi") == Some('i') {
                let what = match (stat.kind, stat.size) {
                    (FileType::Regular, 0) => "regular empty file",
                    (FileType::Regular, _) => "regular file",
                    (FileType::Symlink, _) => "symbolic link",
                    _ => "special file",
                };
                let question = if cmd.gnu() { format!("remove {what} '{name}'?") } else { format!("remove '{name}'?") };
                if !confirm(cmd, &question).await {
                    return;
                }
            }
            unlink(cmd, name);
        }
    }
}

fn unlink(cmd: &mut Cmd, name: &str) {
    match cmd.sys.unlink(name) {
        Ok(()) => {
            if cmd.has('v') && cmd.gnu() {
                let line = format!("removed '{name}'\n");
                cmd.out(&line);
            }
        }
        Err(errno) => cmd.trouble("cannot remove '{}'", "can't remove '{}'", name, errno),
    }
}

/// A directory and all below it, contents first.
async fn tree(cmd: &mut Cmd, name: &str) {
    let ask = cmd.last_of("fi") == Some('i');
    let mut pending = vec![(name.to_string(), false)];
    while let Some((path, emptied)) = pending.pop() {
        cmd.cost += 3;
        if cmd.cost > 2_000 {
            let _ = cmd.flush().await;
        }
        let dir = cmd.sys.lstat(&path).is_ok_and(|stat| stat.kind == FileType::Dir);
        if !dir {
            let question =
                if cmd.gnu() { format!("remove regular file '{path}'?") } else { format!("remove '{path}'?") };
            if !ask || confirm(cmd, &question).await {
                unlink(cmd, &path);
            }
            continue;
        }
        if emptied {
            match cmd.sys.rmdir(&path) {
                Ok(()) if cmd.has('v') && cmd.gnu() => {
                    let line = format!("removed directory '{path}'\n");
                    cmd.out(&line);
                }
                Ok(()) => {}
                // What could not be removed inside was already complained about.
                Err(Errno::NotEmpty) if cmd.status != 0 => {}
                Err(errno) => cmd.trouble("cannot remove '{}'", "can't remove '{}'", &path, errno),
            }
            continue;
        }
        match cmd.sys.read_dir(&path) {
            Ok(names) => {
                pending.push((path.clone(), true));
                for name in names.iter().rev() {
                    pending.push((format!("{}/{name}", path.trim_end_matches('/')), false));
                }
            }
            Err(errno) => cmd.trouble("cannot remove '{}'", "can't open '{}'", &path, errno),
        }
    }
}

/// mktemp: a file or directory with a name that nothing else has.
pub fn mktemp(cmd: &mut Cmd) {
    let template = cmd.args.first().cloned();
    let given = template.is_some();
    let template = template.unwrap_or_else(|| if cmd.gnu() { "tmp.XXXXXXXXXX".into() } else { "tmp.XXXXXX".into() });
    let stem = template.trim_end_matches('X');
    let places = template.len() - stem.len();
    if places < 3 {
        return cmd.object("too few X's in template ‘{}’", "{}: Invalid argument", &template);
    }
    let folder = cmd.value('p').map(String::from).filter(|p| !p.is_empty());
    let folder = folder.or_else(|| {
        let wanted = cmd.has('t') || cmd.has('p') || !given;
        wanted.then(|| cmd.sys.env("TMPDIR").map_or_else(|| "/tmp".to_string(), |t| t.to_string()))
    });
    const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    let tail: String = (0..places)
        .map(|_| cmd.sys.world(|w| w.random.below(LETTERS.len() as u64)))
        .map(|at| char::from(*LETTERS.get(at as usize).unwrap_or(&b'x')))
        .collect();
    let path = match folder {
        Some(folder) => format!("{}/{stem}{tail}", folder.trim_end_matches('/')),
        None => format!("{stem}{tail}"),
    };
    let made = if cmd.has('u') {
        Ok(())
    } else if cmd.has('d') {
        cmd.sys.mkdir(&path, 0o700)
    } else {
        let flags = OpenFlags { exclusive: true, mode: 0o600, ..OpenFlags::WRITE };
        cmd.sys.open(&path, flags).and_then(|fd| cmd.sys.close(fd))
    };
    match made {
        Ok(()) => cmd.out(&format!("{path}\n")),
        Err(errno) => {
            let what = if cmd.has('d') { "directory" } else { "file" };
            let shown = template.as_str();
            cmd.trouble(&format!("failed to create {what} via template ‘{{}}’"), "{}", shown, errno);
        }
    }
}
