//! The program `docker`.

use super::client::{Client, Failure, Outcome};
use super::dispatch::{Invocation, dispatch};
use super::{build, container, context, image, inspect, network, system, volume};
use crate::kernel::{Program, Sys};

/// The entry of the kernel's table of programs.
pub const PROGRAM: Program = Program { name: "docker", main: |sys| Box::pin(main(sys)) };

/// Where the client looks for its plugins.
const PLUGINS: &str = "/usr/libexec/docker/cli-plugins";

/// CPU that starting the client costs, in microseconds.
const START: u64 = 400;

async fn main(sys: Sys) -> i32 {
    sys.burn(START).await;
    let home = sys.env("HOME").unwrap_or_else(|| "/root".into());
    let args: Vec<String> = sys.argv().into_iter().skip(1).collect();
    let client = Client { sys };
    match dispatch(&args, &home) {
        Err(answer) => {
            client.warn(&answer.stderr).await;
            let _ = client.print(&answer.stdout).await;
            answer.code
        }
        Ok(invocation) => {
            let _ = client.print(&invocation.notes).await;
            match carry_out(&client, &invocation).await {
                Ok(code) => code,
                Err(failure) => {
                    if !failure.message.is_empty() {
                        client.warn(&format!("{}\n", failure.message)).await;
                    }
                    failure.code
                }
            }
        }
    }
}

/// Does what a command line asks for.
pub async fn carry_out(client: &Client, call: &Invocation) -> Outcome {
    if !call.command.starts_with("context ") {
        super::endpoint::check(client, call).await?;
    }
    command(client, call).await
}

/// The future of the subcommand: in a box each, so that the docker process is not as large as the
/// largest of them times their number.
fn command<'a>(client: &'a Client, call: &'a Invocation) -> LocalOutcome<'a> {
    match call.command {
        "container attach" => Box::pin(container::attach::run(client, call)),
        "container commit" => Box::pin(container::commit::run(client, call)),
        "container cp" => Box::pin(container::cp::run(client, call)),
        "container create" => Box::pin(container::create::run(client, call)),
        "container diff" => Box::pin(container::diff::run(client, call)),
        "container exec" => Box::pin(container::exec::run(client, call)),
        "container export" => Box::pin(container::export::run(client, call)),
        "container inspect" | "image inspect" | "network inspect" | "volume inspect" | "inspect" => {
            Box::pin(inspect::run(client, call))
        }
        "container kill" => Box::pin(container::kill::run(client, call)),
        "container logs" => Box::pin(container::logs::run(client, call)),
        "container ls" => Box::pin(container::ps::run(client, call)),
        "container pause" => Box::pin(container::pause::run(client, call)),
        "container port" => Box::pin(container::port::run(client, call)),
        "container prune" => Box::pin(container::prune::run(client, call)),
        "container rename" => Box::pin(container::rename::run(client, call)),
        "container restart" => Box::pin(container::restart::run(client, call)),
        "container rm" => Box::pin(container::rm::run(client, call)),
        "container run" => Box::pin(container::run::run(client, call)),
        "container start" => Box::pin(container::start::run(client, call)),
        "container stats" => Box::pin(container::stats::run(client, call)),
        "container stop" => Box::pin(container::stop::run(client, call)),
        "container top" => Box::pin(container::top::run(client, call)),
        "container unpause" => Box::pin(container::pause::unpause(client, call)),
        "container update" => Box::pin(container::update::run(client, call)),
        "container wait" => Box::pin(container::wait::run(client, call)),
        "image history" => Box::pin(image::history::run(client, call)),
        "image import" => Box::pin(image::load::import(client, call)),
        "image load" => Box::pin(image::load::run(client, call)),
        "image ls" => Box::pin(image::ls::run(client, call)),
        "image prune" => Box::pin(image::prune::run(client, call)),
        "image pull" => Box::pin(image::pull::run(client, call)),
        "image push" => Box::pin(image::push::run(client, call)),
        "image rm" => Box::pin(image::rm::run(client, call)),
        "image save" => Box::pin(image::save::run(client, call)),
        "image tag" => Box::pin(image::tag::run(client, call)),
        "search" => Box::pin(image::search::run(client, call)),
        name => rest(client, call, name),
    }
}

fn rest<'a>(client: &'a Client, call: &'a Invocation, name: &'static str) -> LocalOutcome<'a> {
    match name {
        "network connect" => Box::pin(network::connect::run(client, call)),
        "network create" => Box::pin(network::create::run(client, call)),
        "network disconnect" => Box::pin(network::connect::disconnect(client, call)),
        "network ls" => Box::pin(network::ls::run(client, call)),
        "network prune" => Box::pin(network::rm::prune(client, call)),
        "network rm" => Box::pin(network::rm::run(client, call)),
        "volume create" => Box::pin(volume::create::run(client, call)),
        "volume ls" => Box::pin(volume::ls::run(client, call)),
        "volume prune" => Box::pin(volume::rm::prune(client, call)),
        "volume update" => Box::pin(volume::update::run(client, call)),
        "volume rm" => Box::pin(volume::rm::run(client, call)),
        "build" => Box::pin(build::run(client, call)),
        "builder prune" => Box::pin(build::prune::run(client, call)),
        "builder du" => Box::pin(build::prune::usage(client, call)),
        "builder ls" => Box::pin(build::builder::ls(client, call)),
        "builder inspect" => Box::pin(build::builder::inspect(client, call)),
        "builder version" => Box::pin(build::builder::version(client, call)),
        "system df" => Box::pin(system::df::run(client, call)),
        "system events" => Box::pin(system::events::run(client, call)),
        "system info" => Box::pin(system::info::run(client, call)),
        "system prune" => Box::pin(system::prune::run(client, call)),
        "version" => Box::pin(system::version::run(client, call)),
        "login" | "logout" => Box::pin(system::login::run(client, call)),
        name if name.starts_with("context ") => Box::pin(context::run(client, call)),
        "compose" => Box::pin(plugin(client, call)),
        name => Box::pin(async move { Err(Failure::not_simulated(&format!("docker {name}"))) }),
    }
}

type LocalOutcome<'a> = std::pin::Pin<Box<dyn Future<Output = Outcome> + 'a>>;

/// A plugin is a program of its own: this process goes on as that one.
async fn plugin(client: &Client, call: &Invocation) -> Outcome {
    let path = format!("{PLUGINS}/docker-{}", call.command);
    let argv: Vec<String> = [path.clone(), call.command.to_string()].into_iter().chain(call.args.clone()).collect();
    match client.sys.exec(&path, &argv, client.sys.environment()).await {
        Ok(never) => match never {},
        Err(_) => Err(Failure::not_simulated(&call.name)),
    }
}
