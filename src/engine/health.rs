//! Health checks: a command that is run in a container now and then, and what its exit statuses say of the
//! container (moby's `daemon/health.go`).

use super::api::Fault;
use super::events;
use super::exec;
use super::fault::invalid;
use super::start::{change, topic};
use crate::kernel::{Either, Key, Sys, race};
use crate::model::Text;
use crate::model::container::{Container, Health, Probe, Status};
use crate::model::image::{Config, Healthcheck};
use crate::model::time::Time;

/// Pause between two probes and before the first, the longest that one may take, the pause while a container
/// starts, and failures in a row that make it unhealthy, where nobody says otherwise.
const INTERVAL: Time = Time::seconds(30);
const TIMEOUT: Time = Time::seconds(30);
const START_INTERVAL: Time = Time::seconds(5);
const RETRIES: u32 = 3;
/// Probes that are remembered.
const KEPT: usize = 5;
/// Bytes of a probe's output that are kept.
const OUTPUT: usize = 4096;

/// What the daemon has against a health check (moby's `validateHealthCheck`).
pub fn check(config: &Config) -> Result<(), Fault> {
    let Some(check) = &config.healthcheck else { return Ok(()) };
    let times = [
        ("Interval", check.interval),
        ("Timeout", check.timeout),
        ("StartPeriod", check.start_period),
        ("StartInterval", check.start_interval),
    ];
    match times.iter().find(|(_, nanos)| (1..1_000_000).contains(nanos)) {
        Some((name, _)) => Err(invalid(format!("{name} in Healthcheck cannot be less than 1ms"))),
        None => Ok(()),
    }
}

/// The command that checks a container, if there is one.
fn command(config: &Config) -> Option<Vec<String>> {
    let test = &config.healthcheck.as_ref()?.test;
    let (kind, words) = test.split_first()?;
    match kind.as_str() {
        "CMD" => Some(words.to_vec()),
        "CMD-SHELL" => {
            let shell = config.shell.clone().unwrap_or_else(|| vec!["/bin/sh".into(), "-c".into()]);
            Some(shell.into_iter().chain(words.iter().cloned()).collect())
        }
        _ => None,
    }
}

/// A container that begins to run is `starting`, if something checks it.
pub fn begin(container: &mut Container) {
    if command(&container.config).is_none() {
        return;
    }
    let log = container.state.health.take().map(|health| health.log).unwrap_or_default();
    container.state.health = Some(Health { status: "starting", failing_streak: 0, log });
}

/// Nobody checks a container that does not run; it counts as unhealthy.
pub fn stop(container: &mut Container) {
    if let Some(health) = &mut container.state.health {
        health.status = "unhealthy";
    }
}

/// Checks a running container from now on, until it stops or is paused.
pub fn watch(sys: &Sys, id: &Text) {
    let Some(container) = sys.world(|w| w.engine.containers.get(id).cloned()) else { return };
    if let (Some(command), Some(check)) = (command(&container.config), container.config.healthcheck.clone()) {
        sys.thread(monitor(sys.clone(), id.clone(), command, check));
    }
}

fn or(nanos: u64, usual: Time) -> Time {
    if nanos == 0 { usual } else { Time(nanos) }
}

async fn monitor(sys: Sys, id: Text, command: Vec<String>, check: Healthcheck) {
    let Some(container) = sys.world(|w| w.engine.containers.get(&id).cloned()) else { return };
    let began = container.state.started.unwrap_or_default();
    loop {
        let starting = sys.world(|w| {
            let health = w.engine.containers.get(&id).and_then(|c| c.state.health.as_ref());
            health.is_some_and(|health| health.status == "starting")
        });
        let early = sys.now().since(began) < Time(check.start_period) && starting;
        let pause = if early { or(check.start_interval, START_INTERVAL) } else { or(check.interval, INTERVAL) };
        let slept = async {
            sys.sleep_until(sys.now().plus(pause)).await;
        };
        let Either::Left(()) = race(slept, stopped(&sys, &container)).await else { return };
        let start = sys.now();
        let run = exec::probe(&sys, &id, &command, or(check.timeout, TIMEOUT));
        let Either::Left((exit_code, output)) = race(run, stopped(&sys, &container)).await else { return };
        let output = cut(&output);
        record(&sys, &id, &check, Probe { start, end: sys.now(), exit_code, output });
    }
}

/// Waits until this run of a container is over or paused.
async fn stopped(sys: &Sys, container: &Container) {
    let (name, number) = topic(container);
    sys.block(|k| {
        k.wait_on(Key::Topic(name, number));
        let now = k.world.engine.containers.get(&container.id);
        let same = now.is_some_and(|c| c.state.status == Status::Running && c.state.started == container.state.started);
        (!same).then_some(())
    })
    .await;
}

fn cut(output: &str) -> String {
    if output.len() <= OUTPUT {
        return output.to_string();
    }
    let end = (0..=OUTPUT).rev().find(|at| output.is_char_boundary(*at)).unwrap_or(0);
    format!("{}...", &output[..end])
}

/// What a probe's result makes of a container.
fn record(sys: &Sys, id: &Text, check: &Healthcheck, probe: Probe) {
    let retries = if check.retries == 0 { RETRIES } else { check.retries };
    let changed = change(sys, id, |c| {
        let began = c.state.started.unwrap_or_default();
        let health = c.state.health.as_mut()?;
        let before = health.status;
        if probe.exit_code == 0 {
            (health.status, health.failing_streak) = ("healthy", 0);
        } else if before != "starting" || probe.start.since(began) >= Time(check.start_period) {
            // Failures of a container that still may start don't count.
            health.failing_streak += 1;
            if health.failing_streak >= retries {
                health.status = "unhealthy";
            }
        }
        health.log.push(probe);
        let surplus = health.log.len().saturating_sub(KEPT);
        health.log.drain(..surplus);
        (health.status != before).then_some(health.status)
    });
    if let Some(status) = changed.flatten() {
        sys.world(|w| events::container(w, id, &format!("health_status: {status}"), &[]));
    }
}

/// A length of time as Go prints it: `1m30s`, `500ms`.
pub fn go_duration(time: Time) -> String {
    let part = |nanos: u64, unit: u64| {
        let text = format!("{}.{:09}", nanos / unit, u128::from(nanos % unit) * 1_000_000_000 / u128::from(unit));
        text.trim_end_matches('0').trim_end_matches('.').to_string()
    };
    match time.0 {
        0 => "0s".into(),
        nanos @ 1..1_000 => format!("{nanos}ns"),
        nanos @ 1_000..1_000_000 => format!("{}µs", part(nanos, 1_000)),
        nanos @ 1_000_000..1_000_000_000 => format!("{}ms", part(nanos, 1_000_000)),
        nanos => {
            let (minutes, rest) = (nanos / 60_000_000_000, nanos % 60_000_000_000);
            let hours = minutes / 60;
            let seconds = part(rest, 1_000_000_000);
            match (hours, minutes) {
                (0, 0) => format!("{seconds}s"),
                (0, minutes) => format!("{minutes}m{seconds}s"),
                (hours, minutes) => format!("{hours}h{}m{seconds}s", minutes % 60),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_read_as_in_go() {
        for (nanos, text) in [
            (0, "0s"),
            (1_500_000, "1.5ms"),
            (500_000_000, "500ms"),
            (1_000_000_000, "1s"),
            (90_000_000_000, "1m30s"),
            (3_600_000_000_000, "1h0m0s"),
        ] {
            assert_eq!(go_duration(Time(nanos)), text);
        }
    }

    #[test]
    fn a_check_names_its_command() {
        let config = |test: &[&str]| {
            let test = test.iter().map(|word| word.to_string()).collect();
            Config { healthcheck: Some(Healthcheck { test, ..Healthcheck::default() }), ..Config::default() }
        };
        assert_eq!(command(&config(&["CMD", "true"])), Some(vec!["true".to_string()]));
        let shell = ["/bin/sh", "-c", "test -f /ok"].map(String::from).to_vec();
        assert_eq!(command(&config(&["CMD-SHELL", "test -f /ok"])), Some(shell));
        assert_eq!(command(&config(&["NONE"])), None);
        assert_eq!(cut(&"x".repeat(5000)).len(), 4099);
    }
}
