//! `docker info`.

use serde_json::{Value as Json, json};

use crate::cli::client::{Client, Failure, Outcome};
use crate::cli::dispatch::{Invocation, VERSION};
use crate::cli::format::human;
use crate::cli::template::{Template, Value};
use crate::engine::api::{Answer, Request};

pub async fn run(client: &Client, call: &Invocation) -> Outcome {
    let debug = call.globals.bool("debug");
    let format = match call.flags.text("format") {
        "json" => "{{json .}}",
        format => format,
    };
    let wrong = |error| Failure::with(64, format!("template parsing error: {error}"));
    let template = Template::parse(format).map_err(wrong)?;
    let (server, failure) = match client.call(Request::Info).await {
        Ok(Answer::Json(server)) => (Some(server), None),
        Ok(_) => (None, None),
        Err(failure) => (None, Some(failure)),
    };
    let text = if format.is_empty() {
        plain(server.as_ref(), debug)
    } else {
        let mut document = server.clone().unwrap_or_else(|| json!({}));
        if let Some(fields) = document.as_object_mut() {
            let own =
                json!({"Debug": debug, "Version": VERSION, "Context": "default", "Plugins": [], "Warnings": null});
            fields.insert("ClientInfo".to_string(), own);
        }
        let text = template.execute(&Value::typed(&document), false);
        let text = text.or_else(|_| template.execute(&Value::raw(&document), true));
        text.map_err(|error| Failure::new(format!("template: {}", error.trim_start_matches("template: "))))? + "\n"
    };
    client.print(&text).await?;
    failure.map_or(Ok(0), Err)
}

fn plain(server: Option<&Json>, debug: bool) -> String {
    let mut text = format!("Client:\n Version:    {VERSION}\n Context:    default\n Debug Mode: {debug}\n\nServer:\n");
    if let Some(server) = server {
        text += &daemon(server);
    }
    text
}

/// The lines about the daemon, those left out for which it says nothing.
fn daemon(server: &Json) -> String {
    let shown = |json: &Json| match json {
        Json::String(text) => text.clone(),
        Json::Null => String::new(),
        Json::Array(items) => items.iter().map(|item| item.as_str().unwrap_or_default()).collect::<Vec<_>>().join(" "),
        other => other.to_string(),
    };
    let at = |path: &str| path.split('.').try_fold(server, |json, key| json.get(key)).map(shown).unwrap_or_default();
    let mut text = String::new();
    let mut line = |indent: usize, name: &str, value: String| {
        if !value.is_empty() {
            text += &format!("{}{name}: {value}\n", " ".repeat(indent));
        }
    };
    line(1, "Containers", at("Containers"));
    line(2, "Running", at("ContainersRunning"));
    line(2, "Paused", at("ContainersPaused"));
    line(2, "Stopped", at("ContainersStopped"));
    line(1, "Images", at("Images"));
    line(1, "Server Version", at("ServerVersion"));
    line(1, "Storage Driver", at("Driver"));
    for pair in server.get("DriverStatus").and_then(Json::as_array).into_iter().flatten() {
        let side = |at: usize| pair.get(at).map(shown).unwrap_or_default();
        line(2, &side(0), side(1));
    }
    line(1, "Logging Driver", at("LoggingDriver"));
    line(1, "Cgroup Driver", at("CgroupDriver"));
    line(1, "Cgroup Version", at("CgroupVersion"));
    text += " Plugins:\n";
    let mut line = |indent: usize, name: &str, value: String| {
        if !value.is_empty() {
            text += &format!("{}{name}: {value}\n", " ".repeat(indent));
        }
    };
    line(2, "Volume", at("Plugins.Volume"));
    line(2, "Network", at("Plugins.Network"));
    line(2, "Log", at("Plugins.Log"));
    line(1, "Swarm", at("Swarm.LocalNodeState"));
    let runtimes = server.get("Runtimes").and_then(Json::as_object);
    let runtimes: Vec<&str> = runtimes.map(|all| all.keys().map(String::as_str).collect()).unwrap_or_default();
    line(1, "Runtimes", runtimes.join(" "));
    line(1, "Default Runtime", at("DefaultRuntime"));
    line(1, "Init Binary", at("InitBinary"));
    line(1, "containerd version", at("ContainerdCommit.ID"));
    line(1, "runc version", at("RuncCommit.ID"));
    line(1, "init version", at("InitCommit.ID"));
    line(1, "Kernel Version", at("KernelVersion"));
    line(1, "Operating System", at("OperatingSystem"));
    line(1, "OSType", at("OSType"));
    line(1, "Architecture", at("Architecture"));
    line(1, "CPUs", at("NCPU"));
    let memory = server.get("MemTotal").and_then(Json::as_f64).unwrap_or_default();
    line(1, "Total Memory", human::binary_size(memory));
    line(1, "Name", at("Name"));
    line(1, "ID", at("ID"));
    line(1, "Docker Root Dir", at("DockerRootDir"));
    line(1, "Debug Mode", at("Debug"));
    line(1, "Experimental", at("ExperimentalBuild"));
    line(1, "Live Restore Enabled", at("LiveRestoreEnabled"));
    text + "\n"
}
