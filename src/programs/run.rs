//! Commands that run commands: env, timeout, time, sudo, su, nohup, nice, setsid.

use super::command::Cmd;
use crate::kernel::{Either, Errno, LocalFuture, OpenFlags, Sys, race};
use crate::model::process::{Pid, SUPERUSER, Status, User};
use crate::model::signal::Signal;
use crate::model::time::Time;

/// The path of a command, its arguments complete: a script without `#!` is the shell's.
fn found(sys: &Sys, argv: &[String]) -> Result<String, Errno> {
    let path = sys.which(argv.first().map_or("", String::as_str))?;
    sys.stat(&path)?;
    Ok(path)
}

/// Becomes another program. Comes back only with an error.
async fn become_program(sys: &Sys, argv: &[String]) -> Errno {
    let path = match found(sys, argv) {
        Ok(path) => path,
        Err(errno) => return errno,
    };
    let env = sys.environment();
    match sys.exec(&path, argv, env.clone()).await {
        Err(Errno::NoExec) => {
            let mut shell = vec!["sh".to_string(), path];
            shell.extend(argv.iter().skip(1).cloned());
            match sys.exec("/bin/sh", &shell, env).await {
                Err(errno) => errno,
                Ok(never) => match never {},
            }
        }
        Err(errno) => errno,
        Ok(never) => match never {},
    }
}

/// Becomes another program, or complains as GNU's or busybox's launchers do: 127 not found, 126 otherwise.
async fn launch(cmd: &mut Cmd, argv: &[String]) -> i32 {
    let _ = cmd.flush().await;
    let errno = become_program(&cmd.sys, argv).await;
    complain(cmd, argv, errno);
    let _ = cmd.flush().await;
    cmd.status
}

fn complain(cmd: &mut Cmd, argv: &[String], errno: Errno) {
    let name = argv.first().cloned().unwrap_or_default();
    let gnu = match cmd.row.name {
        "timeout" | "nohup" => "failed to run command ‘{}’",
        "xargs" => "{}",
        "time" => "cannot run {}",
        _ => "‘{}’",
    };
    let busybox = if cmd.row.name == "xargs" { "{}" } else { "can't execute '{}'" };
    cmd.trouble(gnu, busybox, &name, errno);
    cmd.status = if errno == Errno::NoEnt { 127 } else { 126 };
}

/// Starts a child that runs a command; what it could not run is complained about, and is its exit status.
pub async fn child(cmd: &mut Cmd, argv: &[String], without_input: bool) -> Result<Pid, i32> {
    if cmd.flush().await.is_err() {
        return Err(cmd.status);
    }
    if let Err(errno) = found(&cmd.sys, argv) {
        complain(cmd, argv, errno);
        return Err(cmd.status);
    }
    let argv = argv.to_vec();
    let (row, flavour, name) = (cmd.row, cmd.flavour, cmd.name.clone());
    let started = cmd
        .sys
        .fork(async move |sys: Sys| {
            if without_input && let Ok(null) = sys.open("/dev/null", OpenFlags::READ) {
                let _ = sys.dup2(null, 0);
                let _ = sys.close(null);
            }
            let errno = become_program(&sys, &argv).await;
            let mut cmd = Cmd::new(sys, row, flavour, name);
            complain(&mut cmd, &argv, errno);
            let _ = cmd.flush().await;
            cmd.status
        })
        .await;
    started.map_err(|errno| {
        cmd.trouble("cannot fork{}", "can't fork{}", "", errno);
        cmd.status
    })
}

pub fn env(mut cmd: Cmd) -> LocalFuture<i32> {
    Box::pin(async move {
        let mut args = std::mem::take(&mut cmd.args);
        let mut clear = cmd.has('i');
        if args.first().is_some_and(|arg| arg == "-") {
            clear = true;
            args.remove(0);
        }
        let gone: Vec<String> = cmd.options.iter().filter(|(c, _)| *c == 'u').map(|(_, name)| name.clone()).collect();
        cmd.sys.me_mut(|p| {
            if clear {
                p.env.clear();
            }
            gone.iter().for_each(|name| drop(p.env.remove(name.as_str())));
        });
        while let Some((name, value)) =
            args.first().and_then(|arg| arg.split_once('=')).filter(|(name, _)| !name.is_empty())
        {
            cmd.sys.me_mut(|p| drop(p.env.insert(name.into(), value.into())));
            args.remove(0);
        }
        if args.is_empty() {
            let end = if cmd.has('0') { "\0" } else { "\n" };
            for (name, value) in &cmd.sys.environment() {
                cmd.out(&format!("{name}={value}{end}"));
            }
            let _ = cmd.flush().await;
            return cmd.status;
        }
        if let Some(dir) = cmd.value('C').map(String::from)
            && let Err(errno) = cmd.sys.chdir(&dir)
        {
            cmd.trouble("cannot change directory to ‘{}’", "can't change directory to '{}'", &dir, errno);
            let _ = cmd.flush().await;
            return 125;
        }
        launch(&mut cmd, &args).await
    })
}

pub fn printenv(cmd: &mut Cmd) {
    let names = std::mem::take(&mut cmd.args);
    if names.is_empty() {
        for (name, value) in &cmd.sys.environment() {
            cmd.out(&format!("{name}={value}\n"));
        }
    }
    for name in names {
        match cmd.sys.env(&name) {
            Some(value) => cmd.out(&format!("{value}\n")),
            None => cmd.status = 1,
        }
    }
}

/// nohup, nice, setsid: run a command with something about the process changed.
pub fn changed(mut cmd: Cmd) -> LocalFuture<i32> {
    Box::pin(async move {
        let args = std::mem::take(&mut cmd.args);
        match (cmd.row.name, args.is_empty()) {
            ("nice", true) => {
                cmd.out("0\n");
                let _ = cmd.flush().await;
                return 0;
            }
            (_, true) => {
                cmd.misuse("missing operand", "");
                let _ = cmd.flush().await;
                return cmd.status;
            }
            ("nice", _) if cmd.has('n') || cmd.has('#') => {
                // Every process has the same share of the processor here.
                cmd.missing("nice -n");
                let _ = cmd.flush().await;
                return cmd.status;
            }
            ("nohup", _) => {
                cmd.sys.ignore_signal(Signal::HUP, true);
                if cmd.sys.is_terminal(1).is_some()
                    && let Ok(fd) = cmd.sys.open("nohup.out", OpenFlags { mode: 0o600, ..OpenFlags::APPEND })
                {
                    cmd.note(&format!("{}: ignoring input and appending output to 'nohup.out'", cmd.name));
                    let _ = cmd.flush().await;
                    let _ = cmd.sys.dup2(fd, 1);
                    let _ = cmd.sys.close(fd);
                }
            }
            ("setsid", _) => {
                cmd.sys.set_group(0, 0);
                cmd.sys.me_mut(|p| (p.sid, p.tty) = (p.pid, None));
            }
            _ => {}
        }
        launch(&mut cmd, &args).await
    })
}

/// sudo: the learner may do everything, without a password.
pub fn sudo(mut cmd: Cmd) -> LocalFuture<i32> {
    Box::pin(async move {
        let mut args = std::mem::take(&mut cmd.args);
        let name = cmd.value('u').unwrap_or("root").to_string();
        let caller = cmd.sys.user().uid;
        let Some((user, home, shell)) = account(&cmd, &name) else {
            cmd.note(&format!("sudo: unknown user {name}"));
            cmd.note("sudo: error initializing audit plugin sudoers_audit");
            let _ = cmd.flush().await;
            return 1;
        };
        while let Some((name, value)) =
            args.first().and_then(|arg| arg.split_once('=')).filter(|(name, _)| !name.contains('/'))
        {
            cmd.sys.me_mut(|p| drop(p.env.insert(name.into(), value.into())));
            args.remove(0);
        }
        let login = cmd.has('i');
        if args.is_empty() && !login && !cmd.has('s') {
            if cmd.has('v') || cmd.has('k') || cmd.has('K') {
                return 0;
            }
            cmd.note("usage: sudo [-u user] [-Eins] [VAR=value] [command [arg ...]]");
            let _ = cmd.flush().await;
            return 1;
        }
        let caller_name = cmd.name_of("/etc/passwd", caller).unwrap_or_else(|| caller.to_string());
        cmd.sys.me_mut(|p| {
            for (key, value) in
                [("SUDO_USER", caller_name.as_str()), ("USER", &name), ("LOGNAME", &name), ("HOME", &home)]
            {
                p.env.insert(key.into(), value.into());
            }
            p.user = user;
            p.groups = vec![user.gid].into();
        });
        if login {
            let _ = cmd.sys.chdir(&home);
        }
        if args.is_empty() {
            args.push(shell);
        }
        let _ = cmd.flush().await;
        let errno = become_program(&cmd.sys, &args).await;
        let command = args.first().cloned().unwrap_or_default();
        match errno {
            Errno::NoEnt => cmd.note(&format!("sudo: {command}: command not found")),
            errno => cmd.note(&format!("sudo: unable to execute {command}: {errno}")),
        }
        let _ = cmd.flush().await;
        1
    })
}

/// The ids, home and shell of an account, by its name or `#uid`.
fn account(cmd: &Cmd, name: &str) -> Option<(User, String, String)> {
    let number = name.strip_prefix('#');
    let records = cmd.records("/etc/passwd");
    let found = records.into_iter().find(|r| match number {
        Some(uid) => r.get(2).is_some_and(|n| n == uid),
        None => r.first().is_some_and(|n| n == name),
    });
    match found {
        Some(r) => {
            let id = |at: usize| r.get(at).and_then(|n| n.parse().ok());
            let text = |at: usize, other: &str| r.get(at).filter(|t| !t.is_empty()).map_or(other, |t| t).to_string();
            Some((User { uid: id(2)?, gid: id(3)? }, text(5, "/"), text(6, "/bin/sh")))
        }
        // Without a user file (a scratch image) there is still root.
        None if name == "root" => Some((SUPERUSER, "/root".into(), "/bin/sh".into())),
        None => None,
    }
}

pub fn su(mut cmd: Cmd) -> LocalFuture<i32> {
    Box::pin(async move {
        let mut args = std::mem::take(&mut cmd.args);
        let mut login = cmd.has('l');
        if args.first().is_some_and(|arg| arg == "-") {
            login = true;
            args.remove(0);
        }
        let name = if args.is_empty() { "root".to_string() } else { args.remove(0) };
        let Some((user, home, shell)) = account(&cmd, &name) else {
            let text = format!("user {name} does not exist or the user entry does not contain all the required fields");
            cmd.object(&text, &format!("unknown user {name}"), "");
            let _ = cmd.flush().await;
            return 1;
        };
        if cmd.sys.user().uid != 0 {
            cmd.missing("su by a user who would have to give a password");
            let _ = cmd.flush().await;
            return 126;
        }
        cmd.sys.me_mut(|p| {
            for (key, value) in [("USER", name.as_str()), ("LOGNAME", &name), ("HOME", &home), ("SHELL", &shell)] {
                p.env.insert(key.into(), value.into());
            }
            p.user = user;
            p.groups = vec![user.gid].into();
        });
        if login {
            let _ = cmd.sys.chdir(&home);
        }
        let shell = cmd.value('s').map_or(shell, String::from);
        let mut argv = vec![shell];
        if let Some(command) = cmd.value('c') {
            argv.extend(["-c".to_string(), command.to_string()]);
        }
        argv.extend(args);
        launch(&mut cmd, &argv).await
    })
}

/// A duration with a unit: `1.5`, `2m`, `infinity`.
pub fn duration(text: &str) -> Option<Time> {
    if text == "infinity" || text == "inf" {
        return Some(Time::from_secs_f64(9.0e9));
    }
    let (digits, unit) = match text.strip_suffix(['s', 'm', 'h', 'd']) {
        Some(digits) => (
            digits,
            match text.as_bytes().last() {
                Some(b'm') => 60.0,
                Some(b'h') => 3600.0,
                Some(b'd') => 86_400.0,
                _ => 1.0,
            },
        ),
        None => (text, 1.0),
    };
    let plain = digits.bytes().all(|b| b.is_ascii_digit() || b == b'.') && !digits.is_empty();
    digits.parse::<f64>().ok().filter(|_| plain).map(|n| Time::from_secs_f64(n * unit))
}

pub fn sleep(mut cmd: Cmd) -> LocalFuture<i32> {
    Box::pin(async move {
        if cmd.args.is_empty() {
            cmd.misuse("missing operand", "");
        }
        let mut length = Time::ZERO;
        for arg in cmd.args.clone() {
            match duration(&arg) {
                Some(more) => length = length.plus(more),
                None => {
                    cmd.object("invalid time interval ‘{}’", "invalid number '{}'", &arg);
                    if !cmd.gnu() {
                        break;
                    }
                }
            }
        }
        if cmd.status != 0 && cmd.gnu() && !cmd.args.is_empty() {
            cmd.refer();
        }
        if cmd.status == 0 {
            let until = cmd.sys.now().plus(length);
            cmd.sys.sleep_until(until).await;
        }
        let _ = cmd.flush().await;
        cmd.status
    })
}

pub fn timeout(mut cmd: Cmd) -> LocalFuture<i32> {
    Box::pin(async move {
        let mut args = std::mem::take(&mut cmd.args);
        let signal = match cmd.value('s').map(String::from) {
            None => Some(Signal::TERM),
            Some(text) => {
                let signal = Signal::parse(&text);
                if signal.is_none() {
                    cmd.object("‘{}’: invalid signal", "invalid number '{}'", &text);
                }
                signal
            }
        };
        if args.len() < 2 {
            if cmd.gnu() {
                cmd.refer()
            } else {
                cmd.usage()
            }
            let _ = cmd.flush().await;
            return cmd.status;
        }
        let text = args.remove(0);
        let length = duration(&text);
        if length.is_none() {
            cmd.object("invalid time interval ‘{}’", "invalid number '{}'", &text);
            if cmd.gnu() {
                cmd.refer();
            }
        }
        let (Some(signal), Some(length)) = (signal, length) else {
            let _ = cmd.flush().await;
            return cmd.status;
        };
        let pid = match child(&mut cmd, &args, false).await {
            Ok(pid) => pid,
            Err(status) => {
                let _ = cmd.flush().await;
                return status;
            }
        };
        let until = if length == Time::ZERO { Time(u64::MAX) } else { cmd.sys.now().plus(length) };
        let sys = cmd.sys.clone();
        if let Either::Left(status) = race(sys.wait_for(pid), sys.sleep_until(until)).await {
            return status.code();
        }
        signal_child(&sys, pid, signal);
        let grace = cmd.value('k').and_then(duration);
        let status = match grace {
            Some(grace) => {
                let until = sys.now().plus(grace);
                match race(sys.wait_for(pid), sys.sleep_until(until)).await {
                    Either::Left(status) => status,
                    Either::Right(()) => {
                        signal_child(&sys, pid, Signal::KILL);
                        sys.wait_for(pid).await
                    }
                }
            }
            None => sys.wait_for(pid).await,
        };
        match status {
            Status::Signaled(Signal::KILL) => 137,
            status if cmd.has('é') || !cmd.gnu() => status.code(),
            _ => 124,
        }
    })
}

fn signal_child(sys: &Sys, pid: Pid, signal: Signal) {
    let nspid = sys.world(|w| w.process(pid).map(|p| p.nspid));
    if let Some(nspid) = nspid {
        let _ = sys.kill(nspid, Some(signal));
    }
}

pub fn time(mut cmd: Cmd) -> LocalFuture<i32> {
    Box::pin(async move {
        let args = std::mem::take(&mut cmd.args);
        if args.is_empty() {
            cmd.misuse("missing program to run", "");
            let _ = cmd.flush().await;
            return cmd.status;
        }
        let start = cmd.sys.now();
        let status = match child(&mut cmd, &args, false).await {
            Ok(pid) => cmd.sys.wait_for(pid).await.code(),
            Err(status) => status,
        };
        let spent = cmd.sys.now().since(start);
        let (seconds, hundredths) = (spent.as_secs(), spent.as_millis() / 10 % 100);
        let text = if cmd.has('p') {
            format!("real {seconds}.{hundredths:02}\nuser 0.00\nsys 0.00")
        } else if cmd.gnu() {
            let (minutes, seconds) = (seconds / 60, seconds % 60);
            format!(
                "0.00user 0.00system {minutes}:{seconds:02}.{hundredths:02}elapsed 0%CPU (0avgtext+0avgdata 0maxresident)k\n0inputs+0outputs (0major+0minor)pagefaults 0swaps"
            )
        } else {
            format!("real\t{}m {}.{hundredths:02}s\nuser\t0m 0.00s\nsys\t0m 0.00s", seconds / 60, seconds % 60)
        };
        cmd.note(&text);
        let _ = cmd.flush().await;
        status
    })
}
