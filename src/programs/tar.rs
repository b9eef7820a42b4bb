//! tar: packing, listing and unpacking, through gzip where that is asked for.

use super::attributes::letters;
use super::command::Cmd;
use super::machine::local_date;
use crate::kernel::{Errno, FileType, LocalFuture, OpenFlags, join, split_last};
use crate::model::file::Data;
use crate::oci::tar::{self, Body, Header, Kind};
use crate::oci::{gzip, layer};

/// How deep directories are followed.
const DEPTH: usize = 1000;

/// What was asked for.
#[derive(Default)]
struct Ask {
    /// Where `-C` leads, and from which operand on.
    dirs: Vec<(usize, String)>,
    action: Option<char>,
    verbose: bool,
    gzip: bool,
    /// Unpacks to standard output.
    out: bool,
    file: Option<String>,
    dir: Option<String>,
    strip: usize,
    excluded: Vec<String>,
    operands: Vec<String>,
}

pub fn tar(mut cmd: Cmd) -> LocalFuture<i32> {
    Box::pin(async move {
        let Some(ask) = read(&mut cmd) else {
            let _ = cmd.flush().await;
            return cmd.status;
        };
        match ask.action {
            Some('c') => create(&mut cmd, &ask).await,
            Some(action) => extract(&mut cmd, &ask, action == 't').await,
            None if cmd.gnu() => {
                cmd.fail("You must specify one of the '-Acdtrux', '--delete' or '--test-label' options");
                cmd.note("Try 'tar --help' or 'tar --usage' for more information.");
                cmd.status = 2;
            }
            None => cmd.usage(),
        }
        let _ = cmd.flush().await;
        cmd.status
    })
}

impl Ask {
    /// `-C`: relative to where an earlier one led, and for the operands behind it.
    fn enter(&mut self, dir: &str) {
        let dir = match &self.dir {
            Some(before) if !dir.starts_with('/') => format!("{before}/{dir}"),
            _ => dir.to_string(),
        };
        self.dirs.push((self.operands.len(), dir.clone()));
        self.dir = Some(dir);
    }
}

/// Reads the arguments; the first may be letters without a dash.
fn read(cmd: &mut Cmd) -> Option<Ask> {
    let mut ask = Ask::default();
    let mut args = std::mem::take(&mut cmd.args);
    if let Some(first) = args.first_mut().filter(|first| !first.starts_with('-')) {
        first.insert(0, '-');
    }
    let mut words = args.into_iter();
    while let Some(word) = words.next() {
        if let Some(long) = word.strip_prefix("--") {
            let (name, value) = long.split_once('=').unwrap_or((long, ""));
            let mut value = || if value.is_empty() { words.next().unwrap_or_default() } else { value.to_string() };
            match name {
                "create" => ask.action = Some('c'),
                "extract" | "get" => ask.action = Some('x'),
                "list" => ask.action = Some('t'),
                "verbose" => ask.verbose = true,
                "gzip" | "gunzip" => ask.gzip = true,
                "to-stdout" => ask.out = true,
                "file" => ask.file = Some(value()),
                "directory" => ask.enter(&value()),
                "exclude" => ask.excluded.push(value()),
                "strip-components" => ask.strip = value().parse().unwrap_or(0),
                "" => ask.operands.extend(words.by_ref()),
                "numeric-owner" | "same-owner" | "no-same-owner" | "preserve-permissions" => {}
                _ => {
                    cmd.missing(&format!("tar --{name}"));
                    return None;
                }
            }
            continue;
        }
        let Some(cluster) = word.strip_prefix('-').filter(|cluster| !cluster.is_empty()) else {
            ask.operands.push(word);
            continue;
        };
        let mut rest = cluster.chars();
        while let Some(letter) = rest.next() {
            match letter {
                'c' | 'x' | 't' => ask.action = Some(letter),
                'v' => ask.verbose = true,
                'z' => ask.gzip = true,
                'O' => ask.out = true,
                'f' | 'C' => {
                    let own: String = rest.by_ref().collect();
                    let value = if own.is_empty() { words.next() } else { Some(own) };
                    if value.is_none() {
                        cmd.fail(&format!("option requires an argument -- '{letter}'"));
                        cmd.refer();
                        return None;
                    }
                    match value {
                        Some(dir) if letter == 'C' => ask.enter(&dir),
                        value => ask.file = value,
                    }
                }
                'p' | 'o' | 'h' if letter != 'h' => {}
                _ => {
                    cmd.missing(&format!("tar -{letter}"));
                    return None;
                }
            }
        }
    }
    ask.file = ask.file.filter(|file| file != "-");
    Some(ask)
}

/// What the archive is; the path of a file is taken before `-C` counts.
async fn create(cmd: &mut Cmd, ask: &Ask) {
    if ask.operands.is_empty() {
        let text = if cmd.gnu() { "Cowardly refusing to create an empty archive" } else { "empty archive" };
        cmd.fail(text);
        cmd.status = if cmd.gnu() { 2 } else { 1 };
        return;
    }
    // GNU tar goes from directory to directory, busybox into the last one.
    let last = ask.dirs.last().cloned();
    let dirs = if cmd.gnu() { ask.dirs.clone() } else { last.into_iter().map(|(_, dir)| (0, dir)).collect() };
    if let Some((_, missing)) = dirs.iter().find(|(_, dir)| !cmd.sys.is_dir(dir)) {
        fatal(cmd, "{}: Cannot open", "can't change directory to '{}'", missing, Errno::NoEnt);
        return;
    }
    let mut members: Vec<(Header, Data)> = Vec::new();
    for (number, operand) in ask.operands.iter().enumerate() {
        let base = dirs.iter().rev().find(|(from, _)| *from <= number).map_or(".", |(_, dir)| dir.as_str());
        collect(cmd, ask, base, operand, &mut members);
    }
    let bytes = tar::pack(members.iter().map(|(header, data)| (header, layer::body(data))));
    let bytes = if ask.gzip { gzip::pack(&bytes) } else { bytes };
    cmd.cost += bytes.len() as u64 / 4096;
    if let Some(path) = &ask.file {
        let opened = cmd.sys.open(path, OpenFlags::WRITE);
        let Ok(fd) = opened else {
            let errno = opened.err().unwrap_or(Errno::Io);
            return fatal(cmd, "{}: Cannot open", "can't open '{}'", path, errno);
        };
        if let Err(errno) = cmd.sys.write(fd, &bytes).await {
            cmd.trouble("{}: Cannot write", "write error", path, errno);
        }
        let _ = cmd.sys.close(fd);
    }
    if ask.verbose {
        for (header, _) in &members {
            let line = shown(header);
            if ask.file.is_some() { cmd.out(&(line + "\n")) } else { cmd.note(&line) }
        }
    }
    if ask.file.is_none() {
        cmd.put(&bytes);
    }
    if cmd.status != 0 {
        let gnu = cmd.gnu();
        cmd.fail(if gnu {
            "Exiting with failure status due to previous errors"
        } else {
            "error exit delayed from previous errors"
        });
        cmd.status = if gnu { 2 } else { 1 };
    }
}

fn fatal(cmd: &mut Cmd, gnu: &str, busybox: &str, subject: &str, errno: Errno) {
    cmd.trouble(gnu, busybox, subject, errno);
    if cmd.gnu() {
        cmd.fail("Error is not recoverable: exiting now");
        cmd.status = 2;
    }
}

/// A member and, for a directory, what is in it.
fn collect(cmd: &mut Cmd, ask: &Ask, base: &str, operand: &str, members: &mut Vec<(Header, Data)>) {
    let mut bare = operand.trim_end_matches('/').to_string();
    if operand.starts_with('/') {
        let gnu = cmd.gnu();
        cmd.note(if gnu {
            "tar: Removing leading `/' from member names"
        } else {
            "tar: removing leading '/' from member names"
        });
    }
    if bare.is_empty() {
        bare = "/".into();
    }
    let mut pending = vec![(bare, 0)];
    while let Some((name, depth)) = pending.pop() {
        if ask.excluded.iter().any(|pattern| *pattern == name || *pattern == split_last(&name).1) || depth > DEPTH {
            continue;
        }
        let path = join(&join(&cmd.sys.cwd(), base), &name);
        let stat = match cmd.sys.lstat(&path) {
            Ok(stat) => stat,
            Err(errno) => {
                cmd.trouble("{}: Cannot stat", "{}", &name, errno);
                continue;
            }
        };
        let mut data = Data::new(Vec::new());
        let mut link = String::new();
        let kind = match stat.kind {
            FileType::Dir => {
                let names = cmd.sys.read_dir(&path).unwrap_or_default();
                pending.extend(names.iter().rev().map(|inner| (format!("{name}/{inner}"), depth + 1)));
                Kind::Dir
            }
            FileType::Symlink => {
                link = cmd.sys.read_link(&path).unwrap_or_default();
                Kind::Symlink
            }
            FileType::Regular => {
                if let Err(errno) = cmd.sys.access(&path, 4) {
                    cmd.trouble("{}: Cannot open", "can't open '{}'", &name, errno);
                    continue;
                }
                data = cmd.sys.contents(&path).unwrap_or(data);
                Kind::File
            }
            FileType::Fifo => Kind::Fifo,
            FileType::Device => Kind::CharDevice,
            FileType::Socket => continue,
        };
        let own = (stat.uid, stat.gid, stat.mtime);
        let header = Header { uid: own.0, gid: own.1, mtime: own.2, link, ..Header::new(&name, kind, stat.mode) };
        members.push((header, data));
    }
}

fn shown(header: &Header) -> String {
    let dot = if header.dotted { "./" } else { "" };
    let slash = if header.kind == Kind::Dir && !header.path.is_empty() { "/" } else { "" };
    format!("{dot}{}{slash}", header.path)
}

async fn extract(cmd: &mut Cmd, ask: &Ask, list: bool) {
    let bytes = match &ask.file {
        Some(path) => cmd.sys.read_file(path).await,
        None => cmd.sys.read_to_end(0).await,
    };
    let bytes = match bytes {
        Ok(bytes) => bytes,
        Err(errno) => {
            let path = ask.file.as_deref().unwrap_or("-");
            return fatal(cmd, "{}: Cannot open", "can't open '{}'", path, errno);
        }
    };
    cmd.cost += bytes.len() as u64 / 4096;
    // A packed archive is known by how it begins, asked for or not.
    let bytes = match gzip::unpack(&bytes) {
        Some(plain) => plain,
        None => bytes,
    };
    let base = join(&cmd.sys.cwd(), ask.dir.as_deref().unwrap_or("."));
    if !list && !cmd.sys.is_dir(&base) {
        let dir = ask.dir.as_deref().unwrap_or(".");
        return fatal(cmd, "{}: Cannot open", "can't change directory to '{}'", dir, Errno::NoEnt);
    }
    let mut dirs = Vec::new();
    for member in tar::Reader::new(&bytes) {
        let Ok((header, data)) = member else {
            let gnu = cmd.gnu();
            cmd.fail(if gnu { "This does not look like a tar archive" } else { "invalid tar magic" });
            if gnu {
                cmd.fail("Exiting with failure status due to previous errors");
                cmd.status = 2;
            }
            break;
        };
        let plain = header.path.trim_start_matches("./");
        let within = |wanted: &String| {
            let wanted = wanted.trim_start_matches("./").trim_end_matches('/');
            wanted == plain || plain.strip_prefix(wanted).is_some_and(|rest| rest.starts_with('/'))
        };
        if !ask.operands.is_empty() && !ask.operands.iter().any(within) || ask.excluded.iter().any(within) {
            continue;
        }
        if list && ask.verbose {
            let line = row(cmd, &header, data.len());
            cmd.out(&line);
        } else if list || ask.verbose && !ask.out {
            cmd.out(&(shown(&header) + "\n"));
        }
        if ask.out && header.kind == Kind::File {
            cmd.put(data);
        } else if !list && !ask.out {
            unpack(cmd, ask, &base, &header, data, &mut dirs);
        }
    }
    // What is put in a directory changes its time.
    for (path, mtime) in dirs.into_iter().rev() {
        let _ = cmd.sys.set_mtime(&path, mtime, 0);
    }
}

/// A line of `tar -tv`.
fn row(cmd: &Cmd, header: &Header, len: usize) -> String {
    let kind = match header.kind {
        Kind::Dir => 'd',
        Kind::Symlink => 'l',
        Kind::Hardlink => 'h',
        Kind::CharDevice => 'c',
        Kind::BlockDevice => 'b',
        Kind::Fifo => 'p',
        Kind::File => '-',
    };
    let mode = letters(header.mode, kind);
    let link = if header.link.is_empty() { String::new() } else { format!(" -> {}", header.link) };
    let name = shown(header);
    if !cmd.gnu() {
        let time = local_date("%Y-%m-%d %H:%M:%S", header.mtime, 0);
        return format!("{mode} {}/{} {len:>9} {time} {name}{link}\n", header.uid, header.gid);
    }
    let user = cmd.name_of("/etc/passwd", header.uid).unwrap_or_else(|| header.uid.to_string());
    let group = cmd.name_of("/etc/group", header.gid).unwrap_or_else(|| header.gid.to_string());
    let owner = format!("{user}/{group}");
    let width = 19usize.saturating_sub(owner.len() + 1);
    let time = local_date("%Y-%m-%d %H:%M", header.mtime, 0);
    format!("{mode} {owner} {len:>width$} {time} {name}{link}\n")
}

fn unpack(cmd: &mut Cmd, ask: &Ask, base: &str, header: &Header, data: &[u8], dirs: &mut Vec<(String, i64)>) {
    let parts = header.path.split('/').filter(|part| !matches!(*part, "" | "."));
    let parts: Vec<&str> = parts.skip(ask.strip).collect();
    // A name that leads out of the directory is left alone, as both real ones do.
    if parts.contains(&"..") || (parts.is_empty() && header.kind != Kind::Dir) {
        return;
    }
    let path = join(base, &parts.join("/"));
    let sys = cmd.sys.clone();
    let mut at = base.to_string();
    for part in parts.iter().take(parts.len().saturating_sub(1)) {
        at = join(&at, part);
        let _ = sys.mkdir(&at, 0o755);
    }
    if header.kind != Kind::Dir {
        let _ = sys.unlink(&path);
    }
    let done = match header.kind {
        Kind::Dir => match sys.mkdir(&path, header.mode) {
            Err(Errno::Exist) if sys.is_dir(&path) => Ok(()),
            other => other,
        },
        Kind::Symlink => sys.symlink(&header.link, &path),
        Kind::Hardlink => sys.link(&join(base, &header.link), &path),
        Kind::Fifo => sys.mkfifo(&path, header.mode),
        Kind::CharDevice | Kind::BlockDevice => Err(Errno::Perm),
        Kind::File => sys.put(&path, content(data), header.mode),
    };
    if let Err(errno) = done {
        let gnu = if header.kind == Kind::Dir { "{}: Cannot mkdir" } else { "{}: Cannot open" };
        cmd.trouble(gnu, "can't open '{}'", &header.path, errno);
        return;
    }
    if sys.user().uid == 0 {
        let _ = sys.chown(&path, Some(header.uid), Some(header.gid), false);
        if header.kind != Kind::Symlink {
            let _ = sys.chmod(&path, header.mode);
        }
    }
    match header.kind {
        Kind::Dir => dirs.push((path, header.mtime)),
        Kind::File => drop(sys.set_mtime(&path, header.mtime, 0)),
        _ => {}
    }
}

/// A file's content: a program if it stands for one.
fn content(data: &[u8]) -> Data {
    match Body::of(data) {
        Body::Bytes(bytes) => Data::new(bytes.to_vec()),
        Body::Fill(len) => Data::Fill(len),
        Body::Program { name, len } => Data::Program { name: name.into(), len },
    }
}
