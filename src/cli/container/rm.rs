//! `docker rm`.

use crate::cli::client::{Client, Failure, Failures, Outcome};
use crate::cli::dispatch::Invocation;
use crate::engine::api::Request;
use crate::engine::client::Connection;

pub async fn run(client: &Client, call: &Invocation) -> Outcome {
    if call.flags.bool("link") {
        return Err(Failure::not_simulated("--link"));
    }
    let force = call.flags.bool("force");
    let volumes = call.flags.bool("volumes");
    let open = |name: &String| {
        let container = name.trim_matches('/').to_string();
        if container.is_empty() {
            return Err(Failure::new("container name cannot be empty"));
        }
        Connection::open(&client.sys, Request::ContainerRemove { container, force, volumes }).map_err(Failure::from)
    };
    let under_way: Vec<_> = call.args.iter().map(open).collect();
    let mut failures = Failures::default();
    for (name, connection) in call.args.iter().zip(under_way) {
        let result = match connection {
            Ok(connection) => {
                let answer = connection.answer().await;
                connection.close();
                answer.map_err(Failure::from)
            }
            Err(failure) => Err(failure),
        };
        match result {
            Ok(_) => client.print(&format!("{name}\n")).await?,
            // By force, what is not there is said but is no failure.
            Err(failure) if force && failure.not_found => client.warn(&format!("{}\n", failure.message)).await,
            Err(failure) => failures.add(failure),
        }
    }
    failures.outcome()
}
