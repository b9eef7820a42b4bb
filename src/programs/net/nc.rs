//! nc: bytes from standard input to a connection and back; busybox's and OpenBSD's.

use super::super::command::Cmd;
use super::resolve;
use crate::kernel::{Either, Errno, LocalFuture, Sys, race};
use crate::model::network::{ipv4, parse_ipv4};
use crate::model::time::Time;

pub fn nc(mut cmd: Cmd) -> LocalFuture<i32> {
    Box::pin(async move {
        let code = if cmd.has('l') { listen(&mut cmd).await } else { connect(&mut cmd).await };
        let _ = cmd.flush().await;
        code
    })
}

fn patience(cmd: &Cmd) -> Option<Time> {
    cmd.value('w').and_then(|text| text.parse().ok()).map(Time::seconds)
}

async fn connect(cmd: &mut Cmd) -> i32 {
    let (gnu, sys) = (cmd.gnu(), cmd.sys.clone());
    let (Some(host), Some(port)) = (cmd.args.first().cloned(), cmd.args.get(1).cloned()) else {
        cmd.misuse("missing host or port", "");
        return 1;
    };
    let Ok(number) = port.parse::<u16>() else {
        cmd.note(&if gnu { format!("nc: port number invalid: {port}") } else { format!("nc: bad port '{port}'") });
        return 1;
    };
    let Some(address) = resolve(&sys, &host) else {
        cmd.note(&match gnu {
            true => format!("nc: getaddrinfo for host \"{host}\" port {port}: Name or service not known"),
            false => format!("nc: bad address '{host}'"),
        });
        return 1;
    };
    let shown = ipv4(address);
    let connected = match patience(cmd) {
        None => sys.connect_inet(address, number).await,
        Some(limit) => match race(sys.connect_inet(address, number), sys.sleep_until(sys.now().plus(limit))).await {
            Either::Left(connected) => connected,
            Either::Right(()) => Err(Errno::TimedOut),
        },
    };
    let loud = cmd.has('v');
    let fd = match connected {
        Ok(fd) => fd,
        Err(errno) => {
            let times = cmd.options.iter().filter(|(c, _)| *c == 'v').count();
            match gnu {
                true if loud => cmd.note(&format!("nc: connect to {host} ({shown}) port {port} (tcp) failed: {errno}")),
                false if times > 1 || (loud && errno != Errno::ConnRefused) => {
                    cmd.note(&format!("nc: {host} ({shown}:{port}): {errno}"));
                }
                _ => {}
            }
            return 1;
        }
    };
    if loud {
        let named = if host == shown { shown.clone() } else { format!("{host} ({shown})") };
        cmd.note(&match gnu {
            true => format!("Connection to {named} {port} port [tcp/*] succeeded!"),
            false => format!("{host} ({shown}:{port}) open"),
        });
    }
    let _ = cmd.flush().await;
    if !cmd.has('z') {
        // OpenBSD's leaves its side open when the input ends, unless it is told otherwise.
        pump(&sys, fd, !gnu || cmd.has('N'), patience(cmd)).await;
    }
    let _ = sys.close(fd);
    0
}

async fn listen(cmd: &mut Cmd) -> i32 {
    let sys = cmd.sys.clone();
    let words = cmd.args.clone();
    let given = cmd.value('p').map(String::from).or_else(|| words.last().cloned());
    let Some(port) = given.as_deref().and_then(|port| port.parse::<u16>().ok()) else {
        cmd.misuse("missing port number", "");
        return 1;
    };
    let address = cmd.value('s').map(String::from).or_else(|| words.first().filter(|_| words.len() > 1).cloned());
    let listener = match sys.listen_inet(address.and_then(|text| parse_ipv4(&text)).unwrap_or(0), port) {
        Ok(listener) => listener,
        Err(errno) => {
            cmd.note(&if cmd.gnu() { format!("nc: {errno}") } else { format!("nc: bind: {errno}") });
            return 1;
        }
    };
    if cmd.has('v') {
        let text =
            if cmd.gnu() { format!("Listening on 0.0.0.0 {port}") } else { format!("listening on [::]:{port} ...") };
        cmd.note(&text);
    }
    let _ = cmd.flush().await;
    loop {
        let Ok(fd) = sys.accept(listener).await else { return 1 };
        if !cmd.has('k') {
            let _ = sys.close(listener);
        }
        if cmd.has('v') {
            let inet = sys.with(|kernel| kernel.inet_of(sys.pid(), fd));
            let (peer, from) = inet.map_or(("-".to_string(), 0), |inet| (ipv4(inet.remote.0), inet.remote.1));
            cmd.note(&match cmd.gnu() {
                true => format!("Connection received on {peer} {from}"),
                false => format!("connect to [::ffff:{peer}]:{port} from {peer}:{from} ({peer}:{from})"),
            });
            let _ = cmd.flush().await;
        }
        pump(&sys, fd, true, None).await;
        let _ = sys.close(fd);
        if !cmd.has('k') {
            return 0;
        }
    }
}

/// Both ways, until the other side is done or nothing came for so long.
async fn pump(sys: &Sys, fd: u32, ends: bool, patience: Option<Time>) {
    let mut open = true;
    loop {
        let wait = async {
            match patience {
                Some(length) => sys.sleep_until(sys.now().plus(length)).await,
                None => std::future::pending().await,
            }
        };
        let input = async { if open { sys.read(0, 16_384).await } else { std::future::pending().await } };
        match race(race(sys.read(fd, 16_384), input), wait).await {
            Either::Left(Either::Left(Ok(bytes))) if !bytes.is_empty() => {
                if sys.write(1, &bytes).await.is_err() {
                    return;
                }
            }
            Either::Left(Either::Right(Ok(bytes))) if !bytes.is_empty() => {
                if sys.write(fd, &bytes).await.is_err() {
                    return;
                }
            }
            Either::Left(Either::Right(_)) => {
                open = false;
                if ends {
                    sys.shutdown(fd);
                }
            }
            Either::Left(Either::Left(_)) | Either::Right(()) => return,
        }
    }
}
