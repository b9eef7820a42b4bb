//! `docker volume create`.

use crate::cli::client::{Client, Failure, Outcome};
use crate::cli::dispatch::Invocation;
use crate::engine::api::{Answer, Request};

pub async fn run(client: &Client, call: &Invocation) -> Outcome {
    let flags = &call.flags;
    let by_flag = flags.text("name");
    let name = match call.args.first() {
        Some(_) if !by_flag.is_empty() => {
            let both = "cannot specify a volume-name through both --name and as a positional arg";
            return Err(Failure::new(format!("conflicting options: {both}")));
        }
        Some(name) => name.clone(),
        None => by_flag.to_string(),
    };
    let pairs = |name: &str| flags.pairs(name).into_iter().map(|(key, value)| (key.to_string(), value.to_string()));
    let request = Request::VolumeCreate {
        name,
        driver: flags.text("driver").to_string(),
        labels: pairs("label").collect(),
        options: pairs("opt").collect(),
    };
    if let Answer::Created { id, .. } = client.call(request).await? {
        client.print(&format!("{id}\n")).await?;
    }
    Ok(0)
}
