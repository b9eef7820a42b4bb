//! Restart policies as the daemon reads them (moby's `ValidateRestartPolicy`).

use super::api::Fault;
use super::fault::invalid;
use crate::model::container::RestartPolicy;

/// The policy of a name and of how often it may be tried again.
pub fn restart(name: &str, retries: i64) -> Result<RestartPolicy, Fault> {
    let wrong = |why: &str| Err(invalid(format!("invalid restart policy: {why}")));
    match (name, retries) {
        ("on-failure", ..=-1) => wrong("maximum retry count cannot be negative"),
        ("on-failure", retries) => Ok(RestartPolicy::OnFailure(u32::try_from(retries).unwrap_or(u32::MAX))),
        ("no" | "always" | "unless-stopped", 1..) => wrong("maximum retry count can only be used with 'on-failure'"),
        ("no" | "always" | "unless-stopped", ..=-1) => {
            wrong("maximum retry count can only be used with 'on-failure' and cannot be negative")
        }
        ("" | "no", _) => Ok(RestartPolicy::No),
        ("always", _) => Ok(RestartPolicy::Always),
        ("unless-stopped", _) => Ok(RestartPolicy::UnlessStopped),
        (name, _) => {
            wrong(&format!("unknown policy '{name}'; use one of 'no', 'always', 'on-failure', or 'unless-stopped'"))
        }
    }
}
