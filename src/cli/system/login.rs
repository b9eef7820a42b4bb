//! `docker login` and `docker logout`: the registry here knows nobody.

use crate::cli::client::{Client, Failure, Outcome};
use crate::cli::dispatch::Invocation;

const HUB: &str = "https://index.docker.io/v1/";

pub async fn run(client: &Client, call: &Invocation) -> Outcome {
    let server = call.args.first().map(String::as_str);
    if call.command == "logout" {
        client.print(&format!("Removing login credentials for {}\n", server.unwrap_or(HUB))).await?;
        return Ok(0);
    }
    let flags = &call.flags;
    let user = flags.text("username");
    let mut has_password = flags.is_set("password");
    if has_password {
        client.warn("WARNING! Using --password via the CLI is insecure. Use --password-stdin.\n").await;
    }
    if flags.bool("password-stdin") {
        if has_password {
            return Err(Failure::new("--password and --password-stdin are mutually exclusive"));
        }
        if user.is_empty() {
            return Err(Failure::new("the --password-stdin option requires --username to be set"));
        }
        has_password = !client.sys.read_to_end(0).await?.is_empty();
    }
    if user.is_empty() || !has_password {
        if client.sys.is_terminal(0).is_none() {
            return Err(Failure::new("Error: Cannot perform an interactive login from a non TTY device"));
        }
        return Err(Failure::not_simulated("an interactive docker login"));
    }
    let address =
        server.map_or("https://registry-1.docker.io/v2/".to_string(), |server| format!("https://{server}/v2/"));
    let refused = "unauthorized: incorrect username or password";
    Err(Failure::new(format!("Error response from daemon: Get \"{address}\": {refused}")))
}
