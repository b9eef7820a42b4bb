//! ping and nslookup.

use super::super::command::Cmd;
use super::{ask, resolve, servers, stranger, stranger_named};
use crate::kernel::{Errno, LocalFuture};
use crate::model::network::{ipv4, within};
use crate::model::process::HOST;
use crate::model::signal::Signal;
use crate::model::time::Time;

/// How long an echo takes, in microseconds: to itself, to a neighbour; each a little different.
fn round_trip(near: bool, sequence: u64) -> u64 {
    let base = if near { 41 } else { 87 };
    base + sequence * 17 % 40
}

fn millis(micros: u64) -> String {
    format!("{}.{:03}", micros / 1000, micros % 1000)
}

pub fn ping(mut cmd: Cmd) -> LocalFuture<i32> {
    Box::pin(async move {
        let Some(host) = cmd.args.first().cloned() else {
            cmd.misuse("usage error: Destination address required", "");
            let _ = cmd.flush().await;
            return if cmd.gnu() { 2 } else { 1 };
        };
        let code = echo(&mut cmd, &host).await;
        let _ = cmd.flush().await;
        code
    })
}

async fn echo(cmd: &mut Cmd, host: &str) -> i32 {
    let gnu = cmd.gnu();
    let sys = cmd.sys.clone();
    let Some(address) = resolve(&sys, host) else {
        if gnu {
            cmd.note(&format!("ping: {host}: Name or service not known"));
            return 2;
        }
        cmd.note(&format!("ping: bad address '{host}'"));
        return 1;
    };
    let shown = ipv4(address);
    let size: u64 = cmd.value('s').and_then(|text| text.parse().ok()).unwrap_or(56);
    let count: Option<u64> = cmd.value('c').and_then(|text| text.parse().ok()).filter(|count| *count > 0);
    let pause = cmd.value('i').and_then(|text| text.parse::<f64>().ok()).unwrap_or(1.0).max(0.002);
    let limit = cmd.value('w').and_then(|text| text.parse::<u64>().ok()).map(|s| sys.now().plus(Time::seconds(s)));
    let patience = cmd.value('W').and_then(|text| text.parse::<u64>().ok()).unwrap_or(10);
    let net = sys.me(|process| process.ns.net).unwrap_or(HOST);
    let first = sys.with(|kernel| kernel.route(net, address));
    if first == Err(Errno::NetUnreach) && gnu {
        cmd.note("ping: connect: Network is unreachable");
        return 2;
    }
    cmd.out(&match gnu {
        true => format!("PING {host} ({shown}) {size}({}) bytes of data.\n", size + 28),
        false => format!("PING {host} ({shown}): {size} data bytes\n"),
    });
    if first == Err(Errno::NetUnreach) {
        cmd.note("ping: sendto: Network is unreachable");
        return 1;
    }
    sys.catch_signal(Signal::INT, true);
    let (mut sent, mut times) = (0u64, Vec::new());
    let started = sys.now();
    loop {
        // What is outside is further away, and has come through more hands.
        let far = stranger(&sys, address).is_some_and(|(_, answers)| answers);
        let reached = far || sys.with(|kernel| kernel.route(net, address)).is_ok();
        let micros = round_trip(within((0x7f00_0000, 8), address), sent) + if far { 11_400 } else { 0 };
        let hops = if far { 117 } else { 64 };
        sent += 1;
        if reached {
            let _ = sys.sleep(Time(micros * 1000)).await;
            times.push(micros);
        }
        if reached && !cmd.has('q') {
            let time = millis(micros);
            let named = if host == shown { shown.clone() } else { format!("{host} ({shown})") };
            cmd.out(&match gnu {
                true => format!("{} bytes from {named}: icmp_seq={sent} ttl={hops} time={time} ms\n", size + 8),
                false => format!("{} bytes from {shown}: seq={} ttl={hops} time={time} ms\n", size + 8, sent - 1),
            });
        }
        if cmd.flush().await.is_err() {
            return 1;
        }
        let last = count.is_some_and(|count| sent >= count);
        if last && reached {
            break;
        }
        let wait = if last { Time::seconds(patience) } else { Time::from_secs_f64(pause) };
        let interrupted = sys.sleep(wait).await.is_err() && sys.take_signal().is_some();
        if last || interrupted || limit.is_some_and(|limit| sys.now() >= limit) {
            break;
        }
    }
    summary(cmd, host, sent, &times, sys.now().since(started));
    i32::from(times.is_empty())
}

fn summary(cmd: &mut Cmd, host: &str, sent: u64, times: &[u64], took: Time) {
    let got = times.len() as u64;
    let lost = (sent - got) * 100 / sent.max(1);
    let (low, high) = (times.iter().min().copied().unwrap_or(0), times.iter().max().copied().unwrap_or(0));
    let mean = times.iter().sum::<u64>() / got.max(1);
    cmd.out(&format!("\n--- {host} ping statistics ---\n"));
    if cmd.gnu() {
        let took = took.as_millis();
        cmd.out(&format!("{sent} packets transmitted, {got} received, {lost}% packet loss, time {took}ms\n"));
        let off = times.iter().map(|time| time.abs_diff(mean)).sum::<u64>();
        if let Some(deviation) = off.checked_div(got) {
            let all = [low, mean, high, deviation].map(millis).join("/");
            cmd.out(&format!("rtt min/avg/max/mdev = {all} ms\n"));
        } else {
            cmd.out("\n");
        }
    } else {
        cmd.out(&format!("{sent} packets transmitted, {got} packets received, {lost}% packet loss\n"));
        if got > 0 {
            cmd.out(&format!("round-trip min/avg/max = {} ms\n", [low, mean, high].map(millis).join("/")));
        }
    }
}

/// Asks the name server alone: `/etc/hosts` does not count.
pub fn nslookup(cmd: &mut Cmd) {
    let Some(name) = cmd.args.first().cloned() else { return cmd.misuse("missing name", "") };
    let server = cmd.args.get(1).cloned().or_else(|| servers(&cmd.sys).first().cloned()).unwrap_or_default();
    let outside = stranger_named(&cmd.sys, &name);
    let found = match ask(&cmd.sys, &name).filter(|_| server == "127.0.0.11") {
        Some(found) if found.is_empty() => Some(outside.into_iter().collect()),
        None if super::outside(&cmd.sys) => Some(outside.into_iter().collect()),
        found => found,
    };
    let Some(found) = found else {
        cmd.out(";; connection timed out; no servers could be reached\n\n");
        cmd.status = 1;
        return;
    };
    let port = if cmd.gnu() { "#53" } else { ":53" };
    cmd.out(&format!("Server:\t\t{server}\nAddress:\t{server}{port}\n\n"));
    let rows: String = found.iter().map(|address| format!("Name:\t{name}\nAddress: {}\n", ipv4(*address))).collect();
    if found.is_empty() {
        let line = format!("** server can't find {name}: NXDOMAIN\n\n");
        cmd.out(&line);
        // busybox asks for both families, and says so twice.
        if !cmd.gnu() {
            cmd.out(&line);
        }
        cmd.status = 1;
        return;
    }
    cmd.out(&format!("Non-authoritative answer:\n{rows}\n"));
    if !cmd.gnu() {
        cmd.out("Non-authoritative answer:\n\n");
    }
}
