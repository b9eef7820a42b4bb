//! `docker wait`.

use crate::cli::client::{Client, Failures, Outcome};
use crate::cli::dispatch::Invocation;
use crate::engine::api::{Answer, Request, WaitCondition};

pub async fn run(client: &Client, call: &Invocation) -> Outcome {
    let mut failures = Failures::default();
    for name in &call.args {
        let request = Request::ContainerWait { container: name.clone(), condition: WaitCondition::NotRunning };
        match client.call(request).await {
            Ok(Answer::ExitCode { code, .. }) => client.print(&format!("{code}\n")).await?,
            Ok(_) => {}
            Err(failure) => failures.add(failure),
        }
    }
    failures.outcome()
}
