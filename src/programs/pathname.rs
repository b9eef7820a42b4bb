//! Commands about names: basename, dirname, readlink, realpath, which, pwd.

use super::command::Cmd;
use crate::kernel::{join, split_last};

pub fn basename(cmd: &mut Cmd) {
    let mut args = std::mem::take(&mut cmd.args);
    if args.is_empty() {
        return cmd.misuse("missing operand", "");
    }
    let mut suffix = cmd.value('s').map(String::from);
    let many = cmd.has('a') || suffix.is_some();
    if !many {
        if let Some(extra) = args.get(2) {
            return cmd.misuse("extra operand ‘{}’", extra);
        }
        suffix = args.get(1).cloned();
        args.truncate(1);
    }
    for arg in args {
        let base = if arg.is_empty() {
            ""
        } else if arg.trim_end_matches('/').is_empty() {
            "/"
        } else {
            split_last(&arg).1
        };
        let short = suffix.as_deref().and_then(|s| base.strip_suffix(s)).filter(|s| !s.is_empty()).unwrap_or(base);
        cmd.out(&format!("{short}\n"));
    }
}

pub fn dirname(cmd: &mut Cmd) {
    let args = std::mem::take(&mut cmd.args);
    if args.is_empty() {
        return cmd.misuse("missing operand", "");
    }
    for arg in args {
        let trimmed = arg.trim_end_matches('/');
        let dir = match (trimmed.is_empty(), trimmed.rfind('/')) {
            (true, _) if arg.starts_with('/') => "/",
            (_, None) => ".",
            (_, Some(at)) => match trimmed.get(..at).unwrap_or("").trim_end_matches('/') {
                "" => "/",
                dir => dir,
            },
        };
        cmd.out(&format!("{dir}\n"));
    }
}

/// The canonical path; the last name need not exist, nor (`missing`) anything.
fn canonical(cmd: &Cmd, path: &str, missing: bool) -> Result<String, crate::kernel::Errno> {
    match cmd.sys.real_path(path) {
        Ok(path) => Ok(path),
        Err(_) if missing => Ok(join(&cmd.sys.cwd(), path)),
        Err(errno) => {
            let absolute = join(&cmd.sys.cwd(), path);
            let (dir, name) = split_last(&absolute);
            let dir = cmd.sys.real_path(dir)?;
            if !cmd.sys.is_dir(&dir) || cmd.sys.lstat(path).is_ok() {
                return Err(errno);
            }
            Ok(format!("{}/{name}", dir.trim_end_matches('/')))
        }
    }
}

pub fn readlink(cmd: &mut Cmd) {
    let args = std::mem::take(&mut cmd.args);
    if args.is_empty() {
        return cmd.misuse("missing operand", "");
    }
    for arg in args {
        let found = match cmd.last_of("fem") {
            Some('f') => canonical(cmd, &arg, false),
            Some('m') => canonical(cmd, &arg, true),
            Some(_) => cmd.sys.real_path(&arg),
            None => cmd.sys.read_link(&arg),
        };
        match found {
            Ok(path) => {
                let end = if cmd.has('n') { "" } else { "\n" };
                cmd.out(&format!("{path}{end}"));
            }
            Err(errno) if cmd.has('v') => cmd.trouble("{}", "{}", &arg, errno),
            Err(_) => cmd.status = 1,
        }
    }
}

pub fn realpath(cmd: &mut Cmd) {
    let args = std::mem::take(&mut cmd.args);
    if args.is_empty() {
        return cmd.misuse("missing operand", "");
    }
    for arg in args {
        let found = match cmd.last_of("em") {
            Some('e') => cmd.sys.real_path(&arg),
            Some(_) => canonical(cmd, &arg, true),
            None => canonical(cmd, &arg, false),
        };
        match found {
            Ok(path) => cmd.out(&format!("{path}\n")),
            Err(_) if cmd.has('q') => cmd.status = 1,
            Err(errno) => cmd.trouble("{}", "{}", &arg, errno),
        }
    }
}

pub fn which(cmd: &mut Cmd) {
    let names = std::mem::take(&mut cmd.args);
    if names.is_empty() {
        if cmd.gnu() {
            cmd.status = 1;
        } else {
            cmd.usage();
        }
    }
    let path = cmd.sys.env("PATH").map_or_else(|| "/usr/local/bin:/usr/bin:/bin".to_string(), |p| p.to_string());
    for name in names {
        let mut found = false;
        let places: Vec<String> = match name.contains('/') {
            true => vec![name.clone()],
            false => path.split(':').map(|dir| format!("{}/{name}", if dir.is_empty() { "." } else { dir })).collect(),
        };
        for place in places {
            let file = cmd.sys.stat(&place).is_ok_and(|stat| stat.kind == crate::kernel::FileType::Regular);
            if file && cmd.sys.access(&place, 1).is_ok() {
                cmd.out(&format!("{place}\n"));
                found = true;
                if !cmd.has('a') {
                    break;
                }
            }
        }
        if !found {
            cmd.status = 1;
        }
    }
}

pub fn pwd(cmd: &mut Cmd) {
    let cwd = cmd.sys.cwd();
    let logical = cmd
        .sys
        .env("PWD")
        .filter(|pwd| !cmd.has('P') && pwd.starts_with('/') && cmd.sys.real_path(pwd).is_ok_and(|real| *real == *cwd));
    let shown = logical.filter(|_| cmd.has('L')).unwrap_or(cwd);
    cmd.out(&format!("{shown}\n"));
}
