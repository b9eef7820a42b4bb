//! The program `docker-compose`, the plugin that the docker client goes on as.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::file::template::{Lookup, unset};
use super::file::{Ask, Files, Project, load};
use super::progress::Mode;
use super::stack::{self, OneOff};
use super::{build, config, create, down, events, images, life, list, logs, pass, ps, pull, run, up};
use crate::cli::client::{Client, Failure, Outcome};
use crate::cli::flag::{self, Flags};
use crate::cli::format::quote::quoted;
use crate::cli::help::help;
use crate::cli::spec::{self, Arity, Command};
use crate::kernel::{Errno, Program, Sys};

/// The entry of the kernel's table of programs.
pub const PROGRAM: Program = Program { name: "docker-compose", main: |sys| Box::pin(main(sys)) };

/// CPU that starting it costs, in microseconds.
const START: u64 = 600;

/// What a command was asked, and with what.
pub struct Call<'a> {
    pub client: &'a Client,
    pub globals: &'a Flags,
    pub flags: &'a Flags,
    pub args: &'a [String],
    pub home: String,
    pub mode: Mode,
}

async fn main(sys: Sys) -> i32 {
    sys.burn(START).await;
    let home = sys.env("HOME").map_or_else(|| "/root".to_string(), |home| home.to_string());
    let argv = sys.argv();
    // As a plugin it is called with its own name once more.
    let skip = if argv.get(1).is_some_and(|word| word == "compose") { 2 } else { 1 };
    let args: Vec<String> = argv.into_iter().skip(skip).collect();
    let client = Client { sys };
    match dispatch(&client, &args, home).await {
        Ok(code) => code,
        Err(failure) => {
            if !failure.message.is_empty() {
                client.warn(&format!("{}\n", failure.message)).await;
            }
            failure.code
        }
    }
}

/// The path of a subcommand: the words of `compose alpha x` are one.
fn find(word: &str) -> Option<(Command, &'static str)> {
    if word.is_empty() || word.contains(' ') { None } else { spec::find(&format!("compose {word}")) }
}

async fn dispatch(client: &Client, args: &[String], home: String) -> Outcome {
    let Some((root, path)) = spec::find("compose") else { return Ok(1) };
    let globals = flag::parse(&root.flags, args, true).map_err(Failure::new)?;
    client.print(&globals.notes).await?;
    let text = help(&root, path, &home);
    let Some((word, rest)) = globals.args.split_first() else {
        if globals.flags.bool("version") && !globals.help {
            return version(client, &globals.flags).await;
        }
        client.print(&text).await?;
        return Ok(0);
    };
    let Some((command, path)) = find(word) else {
        client.print(&text).await?;
        if globals.help {
            return Ok(0);
        }
        return Err(Failure::new(format!("unknown docker command: {}", quoted(&format!("compose {word}")))));
    };
    let stops = command.stops || command.paths.contains(&"compose exec");
    let parsed = flag::parse(&command.flags, rest, stops).map_err(Failure::new)?;
    client.print(&parsed.notes).await?;
    if parsed.help || globals.help {
        client.print(&help(&command, path, &home)).await?;
        return Ok(0);
    }
    if let Some(message) = wrong_count(&command, path, &parsed.args) {
        return Err(Failure::new(message));
    }
    for flags in [&globals.flags, &parsed.flags] {
        if flags.bool("dry-run") {
            return Err(Failure::not_simulated("docker compose --dry-run"));
        }
    }
    if globals.flags.bool("compatibility") {
        return Err(Failure::not_simulated("docker compose --compatibility"));
    }
    let mode = mode(client, &globals.flags)?;
    let call = Call { client, globals: &globals.flags, flags: &parsed.flags, args: &parsed.args, home, mode };
    carry_out(&call, command.paths.first().copied().unwrap_or_default()).await
}

/// The words of cobra, or of the docker client where it counts.
fn wrong_count(command: &Command, path: &str, args: &[String]) -> Option<String> {
    let count = args.len();
    match command.arity {
        Arity::AtLeast(least) if count < least && path == "compose wait" => {
            let usage = command.usage(path);
            Some(format!(
                "docker: 'docker compose wait' requires at least 1 argument\n\nUsage:  {usage}\n\nSee 'docker compose wait --help' for more information"
            ))
        }
        Arity::AtLeast(least) if count < least => {
            Some(format!("requires at least {least} arg(s), only received {count}"))
        }
        Arity::Between(0, most) if count > most => Some(format!("accepts at most {most} arg(s), received {count}")),
        Arity::Between(least, most) if count < least || count > most => {
            Some(format!("accepts between {least} and {most} arg(s), received {count}"))
        }
        Arity::Plainly(wanted) if count != wanted => {
            let plural = if wanted == 1 { "" } else { "s" };
            let (name, usage) = (command.name(path), command.usage(path));
            Some(format!(
                "docker: '{name}' requires {wanted} argument{plural}\n\nUsage:  {usage}\n\nRun '{name} --help' for more information"
            ))
        }
        Arity::Absent if count > 0 => {
            Some(format!("unknown command {} for {}", quoted(&args[0]), quoted(&command.name(path))))
        }
        _ => None,
    }
}

fn mode(client: &Client, globals: &Flags) -> Result<Mode, Failure> {
    let mut ansi = globals.text("ansi").to_string();
    if globals.bool("no-ansi") {
        ansi = "never".into();
    }
    if let Some(value) = client.sys.env("COMPOSE_ANSI")
        && !globals.is_set("ansi")
    {
        ansi = value.to_string();
    }
    let terminal = client.sys.is_terminal(2).is_some();
    let from_env = client.sys.env("COMPOSE_PROGRESS").map(|value| value.to_string());
    let progress = match from_env {
        Some(value) if !globals.is_set("progress") => value,
        _ => globals.text("progress").to_string(),
    };
    match progress.as_str() {
        "auto" if ansi == "never" || !terminal && ansi != "always" => Ok(Mode::Plain),
        "auto" => Ok(Mode::Tty),
        "tty" if ansi == "never" => Err(Failure::new("can't use --progress tty while ANSI support is disabled")),
        "tty" => Ok(Mode::Tty),
        "plain" if ansi == "always" => Err(Failure::new("can't use --progress plain while ANSI support is forced")),
        "plain" => Ok(Mode::Plain),
        "quiet" | "none" => Ok(Mode::Quiet),
        "json" => Ok(Mode::Json),
        other => Err(Failure::new(format!("unsupported --progress value {}", quoted(other)))),
    }
}

async fn carry_out(call: &Call<'_>, command: &str) -> Outcome {
    let command = command.strip_prefix("compose ").unwrap_or_default();
    let work: std::pin::Pin<Box<dyn Future<Output = Outcome> + '_>> = match command {
        "build" => Box::pin(build::run(call)),
        "config" => Box::pin(config::run(call)),
        "create" => Box::pin(create::run(call)),
        "down" => Box::pin(down::run(call)),
        "events" => Box::pin(events::run(call)),
        "images" => Box::pin(images::run(call)),
        "kill" => Box::pin(life::kill(call)),
        "logs" => Box::pin(logs::run(call)),
        "ls" => Box::pin(list::run(call)),
        "pause" | "unpause" => Box::pin(life::pause(call, command == "pause")),
        "port" => Box::pin(ps::port(call)),
        "ps" => Box::pin(ps::run(call)),
        "pull" => Box::pin(pull::run(call)),
        "restart" => Box::pin(life::restart(call)),
        "rm" => Box::pin(life::rm(call)),
        "run" => Box::pin(run::run(call)),
        "scale" => Box::pin(up::scale(call)),
        "start" => Box::pin(life::start(call)),
        "stop" => Box::pin(life::stop(call)),
        "top" => Box::pin(list::top(call)),
        "up" => Box::pin(up::run(call)),
        "version" => Box::pin(version(call.client, call.flags)),
        "wait" => Box::pin(life::wait(call)),
        "attach" | "commit" | "cp" | "exec" | "export" | "push" | "stats" => Box::pin(pass::run(call, command)),
        name => return Err(Failure::not_simulated(&format!("docker compose {name}"))),
    };
    work.await
}

async fn version(client: &Client, flags: &Flags) -> Outcome {
    let number = super::label::NUMBER_OF_VERSION;
    let text = match flags.text("format") {
        _ if flags.bool("short") => number.to_string(),
        "json" => format!("{{\"version\":\"v{number}\"}}"),
        _ => format!("Docker Compose version v{number}"),
    };
    client.print(&format!("{text}\n")).await?;
    Ok(0)
}

/// The machine's files, as the process may read them.
pub struct Disk<'a>(pub &'a Sys);

impl Files for Disk<'_> {
    fn read(&self, path: &str) -> Result<String, Errno> {
        if self.0.is_dir(path) {
            return Err(Errno::IsDir);
        }
        self.0.access(path, 4)?;
        match self.0.contents(path)? {
            crate::model::file::Data::Bytes(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
            _ => Ok(String::new()),
        }
    }

    fn exists(&self, path: &str) -> bool {
        self.0.stat(path).is_ok()
    }

    fn is_dir(&self, path: &str) -> bool {
        self.0.is_dir(path)
    }
}

/// Remembers who has no value.
struct Unset<'a>(&'a RefCell<Vec<String>>);

impl Lookup for Unset<'_> {
    fn value(&self, _: &str) -> Option<String> {
        None
    }

    fn warn_unset(&self, name: &str) {
        self.0.borrow_mut().push(unset(name));
    }
}

impl Call<'_> {
    /// What the files are loaded with.
    pub async fn ask(&self) -> Result<Ask, Failure> {
        let environment: BTreeMap<String, String> =
            self.client.sys.environment().iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
        let directory =
            ["project-directory", "workdir"].iter().map(|name| self.globals.text(name)).find(|d| !d.is_empty());
        let from_env = environment.get("COMPOSE_ENV_FILES").map(|list| list.split(',').map(str::to_string).collect());
        let given = self.globals.list("env-file").to_vec();
        let stdin = match self.globals.list("file").iter().any(|file| file == "-") {
            true => Some(String::from_utf8_lossy(&self.client.sys.read_to_end(0).await?).into_owned()),
            false => None,
        };
        Ok(Ask {
            cwd: self.client.sys.cwd().to_string(),
            home: self.home.clone(),
            environment,
            files: self.globals.list("file").to_vec(),
            env_files: if given.is_empty() { from_env.unwrap_or_default() } else { given },
            project_directory: directory.unwrap_or_default().to_string(),
            name: self.globals.text("project-name").to_string(),
            profiles: self.globals.list("profile").to_vec(),
            stdin,
            ..Ask::default()
        })
    }

    /// Prints warnings as the log of the real one does.
    pub async fn warn(&self, warnings: &[String]) {
        let (seconds, _) = self.client.sys.now().epoch();
        let time = crate::model::time::rfc3339(seconds, 0);
        let terminal = self.client.sys.is_terminal(2).is_some();
        for warning in warnings {
            let line = match (self.mode, terminal) {
                (Mode::Json, _) => {
                    format!("{{\"level\":\"warning\",\"msg\":{},\"time\":\"{time}\"}}\n", quoted(warning))
                }
                (_, true) => format!("\x1b[33mWARN\x1b[0m[0000] {warning:<44} \n"),
                (_, false) => format!("time=\"{time}\" level=warning msg={}\n", quoted(warning)),
            };
            self.client.warn(&line).await;
        }
    }

    /// The project of the command's options, whole.
    pub async fn load(&self, ask: &Ask) -> Result<Project, Failure> {
        let warnings = RefCell::new(Vec::new());
        let loaded = load(&Disk(&self.client.sys), ask, &warnings);
        self.warn(&warnings.take()).await;
        loaded.map_err(Failure::new)
    }

    /// The project with these services and what they need, without resources that nobody uses.
    pub async fn project(&self, services: &[String]) -> Result<Project, Failure> {
        let project = self.load(&self.ask().await?).await?;
        self.chosen(project, services)
    }

    pub fn chosen(&self, project: Project, services: &[String]) -> Result<Project, Failure> {
        let chosen = project.with_enabled(services).with_selected(services, super::file::Dependencies::Include);
        let chosen = chosen.map_err(Failure::new)?;
        Ok(if self.globals.bool("all-resources") { chosen } else { chosen.without_unused() })
    }

    /// The same, with the environments of the services read from their files.
    pub async fn services(&self, services: &[String]) -> Result<Project, Failure> {
        let mut project = self.project(services).await?;
        self.resolve(&mut project).await?;
        Ok(project)
    }

    pub async fn resolve(&self, project: &mut Project) -> Result<(), Failure> {
        let warnings = RefCell::new(Vec::new());
        let disk = Disk(&self.client.sys);
        let resolved = project
            .resolve_environment(&disk, &Unset(&warnings))
            .and_then(|()| project.resolve_labels(&disk, &Unset(&warnings)));
        self.warn(&warnings.take()).await;
        resolved.map_err(Failure::new)
    }

    /// The project, or where only its name is given, what its containers tell of it; and its name.
    pub async fn project_or_name(&self, services: &[String]) -> Result<(Option<Project>, String), Failure> {
        let name = self.globals.text("project-name");
        if self.globals.list("file").is_empty() && !name.is_empty() {
            return Ok((None, name.to_string()));
        }
        match self.project(services).await {
            Ok(project) => {
                let name = project.name.clone();
                Ok((Some(project), name))
            }
            Err(failure) => match self.client.sys.env("COMPOSE_PROJECT_NAME") {
                Some(name) if !name.is_empty() => Ok((None, name.to_string())),
                _ => Err(failure),
            },
        }
    }

    /// The project, made up from its containers if need be.
    pub async fn project_or_containers(&self, services: &[String]) -> Result<Project, Failure> {
        let (project, name) = self.project_or_name(services).await?;
        match project {
            Some(project) => Ok(project),
            None => {
                let containers = stack::containers(self.client, &name, OneOff::Exclude, true, &[]).await?;
                Ok(stack::from_containers(&name, &containers))
            }
        }
    }

    /// The name alone.
    pub async fn name(&self) -> Result<String, Failure> {
        let given = self.globals.text("project-name");
        if !given.is_empty() {
            return Ok(given.to_string());
        }
        if let Some(name) = self.client.sys.env("COMPOSE_PROJECT_NAME")
            && !name.is_empty()
        {
            return Ok(name.to_string());
        }
        Ok(self.project(&[]).await?.name)
    }

    /// Seconds to wait before containers are killed, if that was said.
    pub fn timeout(&self) -> Option<i64> {
        self.flags.is_set("timeout").then(|| self.flags.number("timeout"))
    }
}
