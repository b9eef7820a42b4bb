//! `docker compose build`, and the builds that `up` needs.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::file::{Dependencies, Project, Value};
use super::program::Call;
use super::progress::{Event, Mode, Progress};
use crate::builder::build::{Build, Built, Definition, Failure as Failed, Show, Source, excerpt, run_among};
use crate::builder::export::Output;
use crate::builder::progress::{Display, End, Plain, Tty};
use crate::builder::stage::Options;
use crate::cli::build::TITLE;
use crate::cli::client::{Failure, Outcome};
use crate::cli::format::quote::quoted;
use crate::kernel::{join, split_last};
use crate::oci::reference::Reference;

const HINT: &str =
    "Compose can now delegate builds to bake for better performance.\n To do so, set COMPOSE_BAKE=true.\n";
/// The name that compose gives to what it can't tell by a service.
const LAST_STEP: &str = "resolving provenance for metadata file";

/// What the command line adds to what the file says.
#[derive(Clone, Debug, Default)]
pub struct Ask {
    pub args: Vec<String>,
    pub no_cache: bool,
    pub pull: bool,
    pub quiet: bool,
    pub check: bool,
}

pub async fn run(call: &Call<'_>) -> Outcome {
    let flags = call.flags;
    for absent in ["push", "ssh", "builder", "print", "check"] {
        if flags.is_set(absent) {
            return Err(Failure::not_simulated(&format!("docker compose build --{absent}")));
        }
    }
    let project = call.project(&[]).await?;
    let policy = if flags.bool("with-dependencies") { Dependencies::Include } else { Dependencies::Ignore };
    let project = project.with_enabled(call.args).with_selected(call.args, policy).map_err(Failure::new)?;
    let names: Vec<String> =
        project.ordered().into_iter().filter(|name| project.services[name].at("build").is_some()).collect();
    let ask = Ask {
        args: flags.list("build-arg").to_vec(),
        no_cache: flags.bool("no-cache"),
        pull: flags.bool("pull"),
        quiet: flags.bool("quiet"),
        check: false,
    };
    if flags.bytes("memory") != 0 && !names.is_empty() {
        call.client.warn("WARNING: --memory is not supported by BuildKit and will be ignored\n").await;
    }
    let progress = Progress::new(if ask.quiet { Mode::Quiet } else { call.mode }, "Building");
    build(call, &project, &names, &ask, &progress).await?;
    progress.run(call.client, std::future::ready(())).await;
    Ok(0)
}

/// Builds the images of services, one after the other, and says which were built.
pub async fn build(
    call: &Call<'_>,
    project: &Project,
    names: &[String],
    ask: &Ask,
    progress: &Progress,
) -> Result<(), Failure> {
    if names.is_empty() {
        return Ok(());
    }
    let client = call.client;
    let quiet = ask.quiet || call.flags.bool("quiet-build") || call.mode == Mode::Quiet;
    if !quiet && call.mode != Mode::Json && !hidden_hints(call) {
        client.print(HINT).await?;
    }
    let display = match call.mode {
        _ if quiet => Display::Quiet,
        Mode::Tty if client.sys.is_terminal(1).is_some() => Display::Tty(Tty::new("docker:default")),
        _ => Display::Plain(Plain::new(TITLE)),
    };
    let mut show = Show::new(display);
    for name in names {
        let request = request(call, project, name, ask).await?;
        let (built, failed, after) = run_among(&client.sys, request, show).await;
        show = after;
        if let Some(failed) = failed {
            show.finish(&client.sys, 1).await;
            return Err(refused(call, &built, failed).await);
        }
        let step = show.trace.begin(LAST_STEP, client.sys.now());
        show.trace.finish(step, End::Done, client.sys.now());
    }
    show.finish(&client.sys, 1).await;
    for name in names {
        progress.tell(client, Event::done(name, "Built")).await;
    }
    Ok(())
}

fn hidden_hints(call: &Call<'_>) -> bool {
    call.client.sys.env("DOCKER_CLI_HINTS").is_some_and(|value| matches!(&*value, "false" | "0"))
}

async fn refused(call: &Call<'_>, built: &Built, failed: Failed) -> Failure {
    if let Some(call) = failed.call {
        return Failure::new(call);
    }
    if failed.canceled {
        return Failure::with(130, "");
    }
    if let Some(lines) = failed.lines {
        call.client.warn(&excerpt(&built.name, &built.text, lines)).await;
    }
    Failure::new(format!("failed to solve: {}", failed.message))
}

/// What the builder is asked for a service.
async fn request(call: &Call<'_>, project: &Project, name: &str, ask: &Ask) -> Result<Build, Failure> {
    let service = &project.services[name];
    let Some(build) = service.at("build") else { return Err(Failure::new("no build")) };
    for absent in ["additional_contexts", "cache_from", "cache_to", "entitlements", "isolation", "platforms", "ssh"] {
        if build.at(absent).is_some() {
            return Err(Failure::not_simulated(&format!("services.{name}.build.{absent}")));
        }
    }
    let (source, definition) = source(call, build, name)?;
    let mut args = build.texts("args");
    for arg in &ask.args {
        let (key, value) = match arg.split_once('=') {
            Some((key, value)) => (key, Some(value.to_string())),
            None => (arg.as_str(), project.environment.get(arg).cloned()),
        };
        if let Some(value) = value {
            args.insert(key.to_string(), value);
        }
    }
    let mut labels = build.texts("labels");
    labels.insert(super::label::PROJECT.into(), project.name.clone());
    labels.insert(super::label::SERVICE.into(), name.into());
    labels.insert(super::label::VERSION.into(), super::label::NUMBER_OF_VERSION.into());
    let mut hosts = Vec::new();
    for (host, addresses) in build.entries("extra_hosts") {
        hosts.extend(addresses.as_list().unwrap_or_default().iter().map(|address| (host.to_string(), address.show())));
    }
    let network = match build.word("network") {
        "" => "default",
        network @ ("default" | "none" | "host") => network,
        other => return Err(Failure::not_simulated(&format!("services.{name}.build.network: {other}"))),
    };
    let mut tags = vec![tag(&project.image(name))?];
    for more in build.words("tags") {
        tags.push(tag(&more)?);
    }
    Ok(Build {
        source,
        definition,
        options: Options {
            build_args: args.into_iter().collect(),
            target: build.word("target").to_string(),
            labels: labels.into_iter().collect(),
            no_cache: ask.no_cache || build.flag("no_cache"),
            no_cache_filter: Vec::new(),
            hosts,
            network: network.to_string(),
            contexts: Vec::new(),
        },
        tags,
        output: Output::Image,
        pull: ask.pull || build.flag("pull"),
        check: ask.check,
        secrets: secrets(call, project, build)?,
        target: name.to_string(),
        shown_on: 1,
    })
}

/// The image's name as the builder is told it.
fn tag(image: &str) -> Result<String, Failure> {
    let parsed = Reference::parse(image).map_err(|bad| {
        let why = bad.0.strip_prefix("invalid reference format: ").unwrap_or(&bad.0).to_string();
        Failure::new(format!("invalid tag {}: {why}", quoted(image)))
    })?;
    let parsed = parsed.tagged();
    let latest = parsed.tag.as_deref() == Some("latest") && !image.ends_with(":latest");
    Ok(if latest { parsed.full_name() } else { format!("{}{}", parsed.full_name(), parsed.suffix()) })
}

fn source(call: &Call<'_>, build: &Value, name: &str) -> Result<(Source, Definition), Failure> {
    let sys = &call.client.sys;
    let context = build.word("context");
    if context.contains("://") || context.starts_with("git@") || context.starts_with("github.com/") {
        return Err(Failure::not_simulated(&format!("services.{name}.build.context: {context}")));
    }
    if !sys.is_dir(context) {
        return Err(Failure::new(match sys.stat(context) {
            Ok(_) => format!("unable to prepare context: context must be a directory: {context}"),
            Err(_) => format!("unable to prepare context: path {} not found", quoted(context)),
        }));
    }
    let dir = sys.real_path(context).unwrap_or_else(|_| context.to_string());
    let inline = build.word("dockerfile_inline");
    if !inline.is_empty() {
        return Ok((Source::Dir(dir), Definition::Given(inline.as_bytes().to_vec())));
    }
    let path = join(&dir, build.word("dockerfile"));
    let (folder, file) = split_last(&path);
    let (folder, file) = (folder.trim_end_matches('/').to_string(), file.to_string());
    let folder = if folder.is_empty() { "/".to_string() } else { folder };
    Ok((Source::Dir(dir), Definition::File { dir: folder, name: file }))
}

fn secrets(call: &Call<'_>, project: &Project, build: &Value) -> Result<BTreeMap<String, Rc<Vec<u8>>>, Failure> {
    let mut all = BTreeMap::new();
    for reference in build.list("secrets") {
        let name = reference.word("source");
        let Some(secret) = project.secrets.get(name) else { continue };
        let variable = secret.word("environment");
        let bytes = if variable.is_empty() {
            let path = secret.word("file");
            let data = call.client.sys.contents(path).map_err(|errno| Failure::file("open", path, errno))?;
            match data {
                crate::model::file::Data::Bytes(bytes) => bytes.to_vec(),
                _ => Vec::new(),
            }
        } else {
            project.environment.get(variable).cloned().unwrap_or_default().into_bytes()
        };
        let target = reference.word("target");
        let id = target.strip_prefix("/run/secrets/").filter(|id| !id.is_empty()).unwrap_or(name);
        all.insert(id.to_string(), Rc::new(bytes));
    }
    Ok(all)
}
