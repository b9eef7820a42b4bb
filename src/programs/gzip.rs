//! gzip, gunzip and zcat.

use super::command::Cmd;
use crate::kernel::{Errno, LocalFuture, OpenFlags};
use crate::oci::gzip;

pub fn gzip(mut cmd: Cmd) -> LocalFuture<i32> {
    Box::pin(async move {
        let undo = cmd.has('d') || cmd.row.name != "gzip";
        let out = cmd.has('c') || cmd.row.name == "zcat";
        let files = std::mem::take(&mut cmd.args);
        if files.is_empty() || files == ["-"] {
            let bytes = cmd.sys.read_to_end(0).await;
            if let Some(bytes) = convert(&mut cmd, "stdin", bytes, undo) {
                cmd.put(&bytes);
            }
        } else {
            for file in &files {
                one(&mut cmd, file, undo, out).await;
            }
        }
        let _ = cmd.flush().await;
        cmd.status
    })
}

fn convert(cmd: &mut Cmd, name: &str, bytes: Result<Vec<u8>, Errno>, undo: bool) -> Option<Vec<u8>> {
    let bytes = match bytes {
        Ok(bytes) => bytes,
        Err(errno) => {
            cmd.trouble("{}", "{}", name, errno);
            return None;
        }
    };
    cmd.cost += bytes.len() as u64 / 64;
    if !undo {
        return Some(gzip::pack(&bytes));
    }
    let done = gzip::unpack(&bytes);
    if done.is_none() {
        let (gnu, busybox) = match gzip::is_gzip(&bytes) {
            true => ("\n{}: unexpected end of file", "corrupted data"),
            false => ("\n{}: not in gzip format", "invalid magic"),
        };
        cmd.object(&gnu.replacen("\n{}", "{}", 1), busybox, name);
    }
    done
}

async fn one(cmd: &mut Cmd, file: &str, undo: bool, out: bool) {
    let target = match (undo, file.strip_suffix(".tgz"), file.strip_suffix(".gz")) {
        _ if out => String::new(),
        (false, ..) => format!("{file}.gz"),
        (true, Some(bare), _) => format!("{bare}.tar"),
        (true, None, Some(bare)) => bare.to_string(),
        (true, None, None) => return cmd.object("{}: unknown suffix -- ignored", "{}: unknown suffix - ignored", file),
    };
    let bytes = cmd.sys.read_file(file).await;
    let Some(bytes) = convert(cmd, file, bytes, undo) else { return };
    if out {
        return cmd.put(&bytes);
    }
    if cmd.sys.stat(&target).is_ok() && !cmd.has('f') {
        return cmd.object("{} already exists; not overwritten", "can't open '{}': File exists", &target);
    }
    let mode = cmd.sys.stat(file).map_or(0o644, |stat| stat.mode);
    let written = match cmd.sys.open(&target, OpenFlags { mode, ..OpenFlags::WRITE }) {
        Ok(fd) => {
            let written = cmd.sys.write(fd, &bytes).await;
            let _ = cmd.sys.close(fd);
            written
        }
        Err(errno) => Err(errno),
    };
    match written {
        Ok(()) if !cmd.has('k') => drop(cmd.sys.unlink(file)),
        Ok(()) => {}
        Err(errno) => cmd.trouble("{}", "can't open '{}'", &target, errno),
    }
}
