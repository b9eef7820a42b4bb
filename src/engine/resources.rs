//! What a container may use: what the daemon has against it (moby's `verifyPlatformContainerResources` and
//! `UpdateContainer`), and how it is handed to the kernel.

use super::api::{Answer, Fault, Update};
use super::fault::{conflict, invalid};
use super::start::change;
use super::{events, find};
use crate::kernel::{CPUS, Sys};
use crate::model::container::{Container, HostConfig, Resources};
use crate::model::process::{Bandwidth, Cgroup};
use std::rc::Rc;

/// The least that a container can live with, in bytes.
const LEAST_MEMORY: i64 = 6 << 20;
/// The usual period of the CPU's bandwidth control, in microseconds.
const PERIOD: i64 = 100_000;

/// What the daemon has against resources; warnings if nothing.
fn check(r: &Resources, update: bool) -> Result<Vec<String>, String> {
    check_memory(r, update)?;
    check_cpu(r)?;
    if r.blkio_weight > 0 && !(10..=1000).contains(&r.blkio_weight) {
        return Err("Range of blkio weight is from 10 to 1000".into());
    }
    let discarded =
        r.oom_kill_disable.then(|| "Your kernel does not support OomKillDisable. OomKillDisable discarded.".into());
    Ok(discarded.into_iter().collect())
}

fn check_memory(r: &Resources, update: bool) -> Result<(), String> {
    let wrong = |text: &str| Err(text.to_string());
    if r.memory != 0 && r.memory < LEAST_MEMORY {
        return wrong("Minimum memory limit allowed is 6MB");
    }
    if r.memory > 0 && r.memory_swap > 0 && r.memory_swap < r.memory {
        return wrong("Minimum memoryswap limit should be larger than memory limit, see usage");
    }
    if r.memory == 0 && r.memory_swap > 0 && !update {
        return wrong("You should always set the Memory limit when using Memoryswap limit, see usage");
    }
    if r.memory_reservation > 0 && r.memory_reservation < LEAST_MEMORY {
        return wrong("Minimum memory reservation allowed is 6MB");
    }
    if r.memory > 0 && r.memory_reservation > r.memory {
        return wrong("Minimum memory limit can not be less than memory reservation limit, see usage");
    }
    Ok(())
}

fn check_cpu(r: &Resources) -> Result<(), String> {
    if r.nano_cpus > 0 && r.cpu_period > 0 {
        return Err("Conflicting options: Nano CPUs and CPU Period cannot both be set".into());
    }
    if r.nano_cpus > 0 && r.cpu_quota > 0 {
        return Err("Conflicting options: Nano CPUs and CPU Quota cannot both be set".into());
    }
    if r.nano_cpus < 0 || r.nano_cpus > CPUS as i64 * 1_000_000_000 {
        return Err(format!("range of CPUs is from 0.01 to {CPUS}.00, as there are only {CPUS} CPUs available"));
    }
    if r.cpu_period != 0 && !(1000..=1_000_000).contains(&r.cpu_period) {
        return Err("CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)".into());
    }
    if r.cpu_quota > 0 && r.cpu_quota < 1000 {
        return Err("CPU cfs quota can not be less than 1ms (i.e. 1000)".into());
    }
    check_set("cpuset cpus", "CPUs", &r.cpuset_cpus, CPUS as u32)?;
    check_set("cpuset mems", "memory nodes", &r.cpuset_mems, 1)
}

/// A set such as `0-1,3` must name what is there.
fn check_set(what: &str, things: &str, set: &str, count: u32) -> Result<(), String> {
    let members = members(set).map_err(|why| format!("Invalid value {set} for {what}: {why}"))?;
    if members.iter().all(|member| *member < count) {
        return Ok(());
    }
    let available = if count == 1 { "0".to_string() } else { format!("0-{}", count - 1) };
    Err(format!("Requested {things} are not available - requested {set}, available: {available}"))
}

/// The numbers of a set.
fn members(set: &str) -> Result<Vec<u32>, String> {
    let mut all = Vec::new();
    for part in set.split(',').filter(|_| !set.is_empty()) {
        let number =
            |text: &str| text.parse::<u32>().map_err(|_| format!("strconv.Atoi: parsing {text:?}: invalid syntax"));
        let (first, last) = match part.split_once('-') {
            Some((first, last)) => (number(first)?, number(last)?),
            None => (number(part)?, number(part)?),
        };
        if first > last || last > 8192 {
            return Err(format!("invalid format: {set}"));
        }
        all.extend(first..=last);
    }
    Ok(all)
}

/// What the daemon has against what a new container asks of its host; warnings if nothing.
pub fn check_host(host: &HostConfig) -> Result<Vec<String>, Fault> {
    let warnings = check(&host.resources, false).map_err(invalid)?;
    if !(-1000..=1000).contains(&host.oom_score_adj) {
        let why = format!("Invalid value {}, range for oom score adj is [-1000, 1000]", host.oom_score_adj);
        return Err(invalid(why));
    }
    Ok(warnings)
}

/// Fills in what follows from what was asked for.
pub fn complete(resources: &mut Resources) {
    if resources.memory > 0 && resources.memory_swap == 0 {
        resources.memory_swap = resources.memory.saturating_mul(2);
    }
    resources.oom_kill_disable = false;
}

/// Sets a group's limits.
pub fn limit(cgroup: &mut Cgroup, r: &Resources) {
    cgroup.memory_limit = u64::try_from(r.memory).ok().filter(|memory| *memory > 0);
    cgroup.pids_limit = r.pids_limit.and_then(|limit| u32::try_from(limit).ok()).filter(|limit| *limit > 0);
    cgroup.shares = u32::try_from(r.cpu_shares.clamp(0, 262_144)).unwrap_or(0);
    let period = if r.cpu_period > 0 { r.cpu_period } else { PERIOD };
    let quota = match (r.nano_cpus, r.cpu_quota) {
        (nanos @ 1.., _) => Some((nanos.saturating_mul(period) / 1_000_000_000).max(1000)),
        (_, quota @ 1..) => Some(quota),
        // A set of CPUs bounds what all its processes together can use.
        _ => match members(&r.cpuset_cpus).unwrap_or_default().len() {
            0 => None,
            count => Some(period * count as i64),
        },
    };
    cgroup.bandwidth = quota.map(|quota| Bandwidth { quota: quota as u64, period: period as u64 });
}

/// The group's name of a container.
pub fn group(container: &Container) -> &str {
    &container.id
}

pub fn update(sys: &Sys, name: &str, update: &Update) -> Result<Answer, Fault> {
    let warnings = check(&update.resources, true).map_err(invalid)?;
    let container = sys.world(|w| find::container(&w.engine, name))?;
    let merged = merge(&container.host.resources, &update.resources).and_then(|merged| {
        if update.restart.is_some_and(|policy| policy.name() != "no") && container.host.auto_remove {
            return Err("Restart policy cannot be updated because AutoRemove is enabled for the container");
        }
        Ok(merged)
    });
    let merged = merged.map_err(|why| conflict(format!("Cannot update container {}: {why}", container.id)))?;
    change(sys, &container.id, |c| {
        let host = Rc::make_mut(&mut c.host);
        host.restart = update.restart.unwrap_or(host.restart);
        host.resources = merged.clone();
    });
    sys.with(|k| k.limit_group(group(&container), |cgroup| limit(cgroup, &merged)));
    sys.world(|w| events::container(w, &container.id, "update", &[]));
    Ok(Answer::Created { id: container.id.to_string(), warnings })
}

/// What a container's resources are after an update, in which 0 and the empty text leave things as they are.
fn merge(old: &Resources, new: &Resources) -> Result<Resources, &'static str> {
    let conflicts = [
        (
            new.nano_cpus > 0 && old.cpu_period > 0,
            "Conflicting options: Nano CPUs cannot be updated as CPU Period has already been set",
        ),
        (
            new.nano_cpus > 0 && old.cpu_quota > 0,
            "Conflicting options: Nano CPUs cannot be updated as CPU Quota has already been set",
        ),
        (
            new.cpu_period > 0 && old.nano_cpus > 0,
            "Conflicting options: CPU Period cannot be updated as NanoCPUs has already been set",
        ),
        (
            new.cpu_quota > 0 && old.nano_cpus > 0,
            "Conflicting options: CPU Quota cannot be updated as NanoCPUs has already been set",
        ),
        (
            new.memory != 0 && new.memory > old.memory_swap && new.memory_swap == 0,
            "Memory limit should be smaller than already set memoryswap limit, update the memoryswap at the same time",
        ),
    ];
    if let Some((_, why)) = conflicts.iter().find(|(holds, _)| *holds) {
        return Err(why);
    }
    let number = |new: i64, old: i64| if new == 0 { old } else { new };
    let text = |new: &String, old: &String| if new.is_empty() { old.clone() } else { new.clone() };
    Ok(Resources {
        memory: number(new.memory, old.memory),
        memory_swap: number(new.memory_swap, old.memory_swap),
        memory_reservation: number(new.memory_reservation, old.memory_reservation),
        nano_cpus: number(new.nano_cpus, old.nano_cpus),
        cpu_period: number(new.cpu_period, old.cpu_period),
        cpu_quota: number(new.cpu_quota, old.cpu_quota),
        cpu_shares: number(new.cpu_shares, old.cpu_shares),
        cpuset_cpus: text(&new.cpuset_cpus, &old.cpuset_cpus),
        cpuset_mems: text(&new.cpuset_mems, &old.cpuset_mems),
        pids_limit: new.pids_limit.or(old.pids_limit),
        blkio_weight: number(new.blkio_weight, old.blkio_weight),
        ..old.clone()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(change: impl FnOnce(&mut Resources)) -> String {
        let mut resources = Resources::default();
        change(&mut resources);
        check(&resources, false).err().unwrap_or_default()
    }

    #[test]
    fn resources_are_checked_in_the_daemons_words() {
        assert_eq!(refused(|r| r.memory = 1 << 20), "Minimum memory limit allowed is 6MB");
        assert!(refused(|r| r.memory_swap = 1 << 30).starts_with("You should always set the Memory limit"));
        assert_eq!(
            refused(|r| r.cpuset_cpus = "0-7".into()),
            "Requested CPUs are not available - requested 0-7, available: 0-1"
        );
        assert!(refused(|r| r.cpuset_cpus = "x".into()).starts_with("Invalid value x for cpuset cpus: "));
        assert_eq!(
            refused(|r| (r.nano_cpus, r.cpu_quota) = (1, 5000)),
            "Conflicting options: Nano CPUs and CPU Quota cannot both be set"
        );
        assert_eq!(refused(|r| (r.memory, r.nano_cpus) = (64 << 20, 1_500_000_000)), "");
    }

    #[test]
    fn an_update_leaves_alone_what_it_does_not_name() {
        let old = Resources { memory: 64 << 20, memory_swap: 128 << 20, nano_cpus: 5, ..Resources::default() };
        let merged = merge(&old, &Resources { memory: 100 << 20, ..Resources::default() });
        assert_eq!(merged, Ok(Resources { memory: 100 << 20, ..old.clone() }));
        assert!(merge(&old, &Resources { memory: 1 << 30, ..Resources::default() }).is_err());
        assert!(merge(&old, &Resources { cpu_quota: 5000, ..Resources::default() }).is_err());
    }

    #[test]
    fn a_group_gets_its_quota() {
        let mut cgroup = Cgroup::default();
        limit(&mut cgroup, &Resources { nano_cpus: 500_000_000, pids_limit: Some(-1), ..Resources::default() });
        assert_eq!((cgroup.bandwidth, cgroup.pids_limit), (Some(Bandwidth { quota: 50_000, period: 100_000 }), None));
        limit(&mut cgroup, &Resources { cpuset_cpus: "1".into(), ..Resources::default() });
        assert_eq!(cgroup.bandwidth, Some(Bandwidth { quota: 100_000, period: 100_000 }));
    }
}
