//! The first process of a container that asked for one (`docker run --init`), and changing the user.

use super::{become_program, nspid_of};
use crate::kernel::{Errno, Sys, Waited};
use crate::model::process::User;
use crate::model::signal::Signal;

/// `docker-init -- COMMAND…`: runs the command as its child, hands it every signal, reaps orphans, and
/// ends as the command did.
pub async fn init(sys: Sys) -> i32 {
    let argv = sys.argv();
    let mut words: &[String] = argv.get(1..).unwrap_or_default();
    while let Some(first) = words.first() {
        match first.as_str() {
            "--version" => return super::say(&sys, "tini version 0.19.0\n").await,
            "--" => {
                words = &words[1..];
                break;
            }
            "-p" | "-e" => words = words.get(2..).unwrap_or_default(),
            flag if flag.starts_with('-') => words = &words[1..],
            _ => break,
        }
    }
    let Some(name) = words.first() else {
        sys.eprint("Usage: tini [OPTIONS] PROGRAM -- [ARGS]\n").await;
        return 1;
    };
    for number in (1..=31).map(Signal) {
        if ![Signal::KILL, Signal::STOP, Signal::CHLD].contains(&number) {
            sys.catch_signal(number, true);
        }
    }
    let path = sys.which(name);
    let child = match path {
        Ok(path) => sys.spawn(&path, words, sys.environment()).await,
        Err(errno) => Err(errno),
    };
    let child = match child {
        Ok(child) => child,
        Err(errno) => {
            sys.eprint(&format!("[FATAL tini ({})] exec {name} failed: {errno}\n", sys.nspid())).await;
            return if errno == Errno::NoEnt { 127 } else { 126 };
        }
    };
    loop {
        match sys.wait(None, false).await {
            Ok(Waited::Ended(pid, status)) if pid == child => return status.code(),
            Ok(Waited::NoChild) => return 1,
            Ok(_) => {}
            Err(_) => {
                while let Some(signal) = sys.take_signal() {
                    let _ = sys.kill(nspid_of(&sys, child), Some(signal));
                }
            }
        }
    }
}

/// `gosu USER COMMAND…`: becomes the command, as another user.
pub async fn gosu(sys: Sys) -> i32 {
    let argv = sys.argv();
    let [_, who, words @ ..] = argv.as_slice() else { return usage(&sys).await };
    if words.is_empty() {
        return usage(&sys).await;
    }
    if sys.user().uid != 0 {
        sys.eprint(&format!("error: failed switching to \"{who}\": operation not permitted\n")).await;
        return 1;
    }
    let Some((user, home)) = account(&sys, who).await else {
        sys.eprint(&format!(
            "error: failed switching to \"{who}\": unable to find user {who}: no matching entries in passwd file\n"
        ))
        .await;
        return 1;
    };
    sys.me_mut(|process| {
        process.user = user;
        process.groups = std::rc::Rc::new(vec![user.gid]);
        process.env.insert("HOME".into(), home.as_str().into());
    });
    become_program(&sys, words, "error: exec:").await
}

async fn usage(sys: &Sys) -> i32 {
    sys.eprint("Usage: gosu user-spec command [args]\n   eg: gosu tianon bash\n").await;
    1
}

/// The user of a name or number in `/etc/passwd`, and its home.
async fn account(sys: &Sys, who: &str) -> Option<(User, String)> {
    let who = who.split(':').next().unwrap_or(who);
    let bytes = sys.read_file("/etc/passwd").await.unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes);
    text.lines().find_map(|line| {
        let fields: Vec<&str> = line.split(':').collect();
        let [name, _, uid, gid, _, home, ..] = fields.as_slice() else { return None };
        if *name != who && *uid != who {
            return None;
        }
        Some((User { uid: uid.parse().ok()?, gid: gid.parse().ok()? }, (*home).to_string()))
    })
}
