//! Capabilities of a container's processes (capabilities(7)): what is left of root's rights.

use super::api::Fault;
use super::fault::invalid;
use crate::model::container::HostConfig;

/// Their names by number, without `CAP_`.
const NAMES: [&str; 41] = [
    "CHOWN",
    "DAC_OVERRIDE",
    "DAC_READ_SEARCH",
    "FOWNER",
    "FSETID",
    "KILL",
    "SETGID",
    "SETUID",
    "SETPCAP",
    "LINUX_IMMUTABLE",
    "NET_BIND_SERVICE",
    "NET_BROADCAST",
    "NET_ADMIN",
    "NET_RAW",
    "IPC_LOCK",
    "IPC_OWNER",
    "SYS_MODULE",
    "SYS_RAWIO",
    "SYS_CHROOT",
    "SYS_PTRACE",
    "SYS_PACCT",
    "SYS_ADMIN",
    "SYS_BOOT",
    "SYS_NICE",
    "SYS_RESOURCE",
    "SYS_TIME",
    "SYS_TTY_CONFIG",
    "MKNOD",
    "LEASE",
    "AUDIT_WRITE",
    "AUDIT_CONTROL",
    "SETFCAP",
    "MAC_OVERRIDE",
    "MAC_ADMIN",
    "SYSLOG",
    "WAKE_ALARM",
    "BLOCK_SUSPEND",
    "AUDIT_READ",
    "PERFMON",
    "BPF",
    "CHECKPOINT_RESTORE",
];
const ALL: u64 = (1 << NAMES.len()) - 1;
/// Those that Docker leaves to a container.
const USUAL: u64 = 0xa804_25fb;

/// The bits that a list of names stands for, and whether `ALL` is among them.
fn bits(names: &[String]) -> Result<(u64, bool), String> {
    let (mut bits, mut all) = (0, false);
    for name in names {
        let name = name.to_uppercase();
        let bare = name.strip_prefix("CAP_").unwrap_or(&name);
        match NAMES.iter().position(|known| *known == bare) {
            Some(number) => bits |= 1 << number,
            None if name == "ALL" => all = true,
            None => return Err(format!("unknown capability: \"CAP_{bare}\"")),
        }
    }
    Ok((bits, all))
}

/// What the daemon has against the names of capabilities.
pub fn check(host: &HostConfig) -> Result<(), Fault> {
    bits(&host.cap_add).map_err(|why| invalid(format!("invalid CapAdd: {why}")))?;
    bits(&host.cap_drop).map_err(|why| invalid(format!("invalid CapDrop: {why}")))?;
    Ok(())
}

/// The capabilities that root has in a container.
pub fn of(host: &HostConfig) -> u64 {
    if host.privileged {
        return ALL;
    }
    let (add, add_all) = bits(&host.cap_add).unwrap_or_default();
    let (drop, drop_all) = bits(&host.cap_drop).unwrap_or_default();
    match (add_all, drop_all) {
        (true, _) => ALL & !drop,
        (false, true) => add,
        (false, false) => (USUAL & !drop) | add,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capabilities_are_dropped_and_added() {
        let with = |add: &[&str], drop: &[&str]| {
            let list = |names: &[&str]| names.iter().map(|name| name.to_string()).collect();
            of(&HostConfig { cap_add: list(add), cap_drop: list(drop), ..HostConfig::default() })
        };
        assert_eq!(with(&[], &[]), USUAL);
        assert_eq!(with(&[], &["chown"]), USUAL & !1);
        assert_eq!(with(&["CAP_KILL"], &["all"]), 1 << 5);
        assert_eq!(with(&["ALL"], &["CHOWN"]), ALL & !1);
        let wrong = HostConfig { cap_add: vec!["flying".into()], ..HostConfig::default() };
        let refusal = check(&wrong).err().map(|refusal| refusal.message);
        assert_eq!(refusal.as_deref(), Some("invalid CapAdd: unknown capability: \"CAP_FLYING\""));
    }
}
