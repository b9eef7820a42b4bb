//! Which daemon the client speaks to: `-H`, `DOCKER_HOST`, a context.

use super::client::{Client, Failure};
use super::context::store;
use super::credentials;
use super::dispatch::Invocation;
use crate::kernel::Errno;

/// The daemon of this host, where nothing says otherwise.
pub const LOCAL: &str = "unix:///var/run/docker.sock";
pub const DEFAULT: &str = "default";
const PORT: u16 = 2375;
const LOOPBACK: u32 = 0x7f00_0001;

/// The context in use: a flag wins over the variables, and these over what was chosen for good.
pub async fn context(client: &Client, call: &Invocation) -> String {
    let variable = |name: &str| client.sys.env(name).map(|value| value.to_string()).unwrap_or_default();
    let flag = call.globals.text("context");
    if !flag.is_empty() {
        return flag.to_string();
    }
    if !call.globals.list("host").is_empty() || !variable("DOCKER_HOST").is_empty() {
        return DEFAULT.to_string();
    }
    let chosen = match variable("DOCKER_CONTEXT") {
        name if name.is_empty() => credentials::context(client).await,
        name => name,
    };
    if chosen.is_empty() { DEFAULT.to_string() } else { chosen }
}

/// The address that the default context stands for.
pub fn default_host(client: &Client, call: &Invocation) -> String {
    let named = call.globals.list("host").first().cloned();
    let named = named.or_else(|| client.sys.env("DOCKER_HOST").map(|host| host.to_string()));
    named.filter(|host| !host.is_empty()).unwrap_or_else(|| LOCAL.to_string())
}

/// Fails unless the daemon that is meant is the one of this host, which alone is simulated.
pub async fn check(client: &Client, call: &Invocation) -> Result<(), Failure> {
    let failed = |why: String| Failure::new(format!("Failed to initialize: unable to resolve docker endpoint: {why}"));
    let hosts = call.globals.list("host");
    if !hosts.is_empty() && !call.globals.text("context").is_empty() {
        return Err(Failure::new("conflicting options: cannot specify both --host and --context"));
    }
    if hosts.len() > 1 {
        return Err(failed("Specify only one -H".to_string()));
    }
    let context = context(client, call).await;
    let host = match context.as_str() {
        DEFAULT => address(&default_host(client, call)).map_err(failed)?,
        name => {
            let meta = store::read(client, name).await.map_err(|failure| failed(failure.message))?;
            store::host(&meta).map_err(|failure| failed(failure.message))?
        }
    };
    reach(client, &host).await
}

/// An address as the client completes it: `foo` is `tcp://foo:2375`.
fn address(host: &str) -> Result<String, String> {
    let (protocol, rest) = host.split_once("://").unwrap_or(("tcp", host));
    match protocol {
        "tcp" => {
            let rest = if rest.is_empty() { "localhost" } else { rest };
            let (name, port) = rest.rsplit_once(':').unwrap_or((rest, ""));
            let name = if name.is_empty() { "localhost" } else { name };
            Ok(if port.is_empty() { format!("tcp://{name}:{PORT}") } else { format!("tcp://{name}:{port}") })
        }
        "unix" | "ssh" | "fd" | "npipe" => Ok(host.to_string()),
        _ => Err(format!("invalid bind address format: {host}")),
    }
}

async fn reach(client: &Client, host: &str) -> Result<(), Failure> {
    let nobody =
        || Failure::new(format!("Cannot connect to the Docker daemon at {host}. Is the docker daemon running?"));
    if let Some(path) = host.strip_prefix("unix://") {
        return if matches!(path, "/var/run/docker.sock" | "/run/docker.sock" | "") { Ok(()) } else { Err(nobody()) };
    }
    let name = host.strip_prefix("tcp://").and_then(|rest| rest.rsplit_once(':'));
    if let Some(("localhost" | "127.0.0.1", port)) = name
        && let Ok(port) = port.parse()
    {
        match client.sys.connect_inet(LOOPBACK, port).await {
            Ok(fd) => drop(client.sys.close(fd)),
            Err(Errno::ConnRefused) => return Err(nobody()),
            Err(errno) => return Err(errno.into()),
        }
    }
    Err(Failure::not_simulated(&format!("a daemon at {host}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_completed() {
        for (given, whole) in [
            ("foo", "tcp://foo:2375"),
            ("foo:1", "tcp://foo:1"),
            ("tcp://", "tcp://localhost:2375"),
            ("tcp://:9", "tcp://localhost:9"),
            ("unix:///x", "unix:///x"),
        ] {
            assert_eq!(address(given).as_deref(), Ok(whole));
        }
        assert_eq!(address("abc://x"), Err("invalid bind address format: abc://x".to_string()));
    }
}
