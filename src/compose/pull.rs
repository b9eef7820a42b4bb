//! `docker compose pull`.

use super::file::{Dependencies, Value};
use super::image;
use super::program::Call;
use super::progress::Progress;
use super::stack::Stack;
use crate::cli::client::{Failure, Outcome};

pub async fn run(call: &Call<'_>) -> Outcome {
    let mut project = call.services(call.args).await?;
    if !call.flags.bool("include-deps") {
        project = project.with_selected(call.args, Dependencies::Ignore).map_err(Failure::new)?;
    }
    let policy = call.flags.text("policy");
    if !policy.is_empty() {
        for service in project.services.values_mut() {
            if let Some(map) = service.as_map_mut() {
                map.insert("pull_policy".into(), Value::text(policy));
            }
        }
    }
    let progress = Progress::new(call.mode, "Pulling");
    let stack = Stack::new(call.client, &project, &progress);
    let must_build = progress.run(call.client, image::pull_all(call, &stack)).await?;
    if !must_build.is_empty() {
        let names = must_build.join(" ");
        let text = format!(
            "WARNING: Some service image(s) must be built from source by running:\n    docker compose build {names}\n"
        );
        call.client.warn(&text).await;
    }
    Ok(0)
}
