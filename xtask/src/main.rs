//! `cargo xtask build | serve [PORT] | dist | test | soak | e2e | screens`: sets up what is missing, then calls the tools.
//!
//! The rules live elsewhere: sizes in `site/ledger.mjs`, the content policy in `site/csp.mjs`, layers in
//! `tests/architecture.rs`, the page's behaviour in `tests/e2e/`.

mod tools;

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, ExitCode},
    time::{Instant, SystemTime},
};
use tools::Tools;

/// A step's failure, said in one line.
type Outcome<T = ()> = Result<T, String>;

const WASM: &str = "wasm32-unknown-unknown";
/// Random sittings that `test` plays; a few of them run unoptimised before.
const SEQUENCES: &str = "300";
const USAGE: &str = "cargo xtask COMMAND

  build         the release page into dist/
  serve [PORT]  builds the page and serves it (port 8080, or the next that is free)
  dist          builds the page and makes what is handed out of it: layerlab.html, an archive of the site, sums
  test          everything: format, lints, tests, page, sizes, end to end in Chromium
  soak          the property and bad-input tests with many more cases (LAYERLAB_SEQUENCES, 10000)
  soak FAMILY [MINUTES]
                fuzzes one reader (compose, dockerfile, template, command, archive, shell) for so many minutes, 10 by default
  soak class [MINUTES]
                sixty learners at a class server for so many minutes, 5 by default
  e2e [NAME]    builds the page and runs the tests in Chromium whose file names hold NAME
  screens       builds the page and takes its pictures anew, into tests/screens/";

fn main() -> ExitCode {
    let args: Vec<String> = env::args().skip(1).collect();
    let rest = args.get(1).map(String::as_str);
    let outcome = match args.first().map(String::as_str) {
        Some("build") => build(),
        Some("serve") => serve(rest.unwrap_or("8080")),
        Some("dist") => build().and_then(|()| hand_out()),
        Some("test") => test(),
        Some("soak") => match rest {
            Some("class") => sit_in_class(args.get(2).map_or("5", String::as_str)),
            Some(family) => fuzz(family, args.get(2).map_or("10", String::as_str)),
            None => soak(),
        },
        Some("e2e") => build().and_then(|()| hand_out()).and_then(|()| end_to_end(rest.unwrap_or_default())),
        Some("screens") => build().and_then(|()| screens()),
        _ => Err(USAGE.to_owned()),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

/// Makes `dist/`, unless it is newer than everything it is made of.
fn build() -> Outcome {
    if is_built() {
        say("dist/ is up to date");
        return Ok(());
    }
    let tools = Tools::for_page()?;
    step("fetch the packages that Cargo.lock names", cargo(&["fetch", "--locked"]))?;
    let mut trunk = tools.command("trunk");
    trunk.args(["build", "--release", "--offline", "--locked"]);
    // Trunk reads NO_COLOR as a flag of its own and takes only `true` or `false`.
    trunk.env_remove("NO_COLOR");
    step("build the page (minutes the first time)", &mut trunk)
}

fn serve(port: &str) -> Outcome {
    build()?;
    step("serve dist/ (Ctrl+C ends it)", node().args(["site/serve.mjs", "dist", port]))
}

/// What is handed out of the built page, into `target/bundle/`.
fn hand_out() -> Outcome {
    let mut pack = cargo(&["run", "--quiet", "--locked", "--bin", "layerlab", "--", "dist"]);
    step("pack the page into one file and an archive", pack.args(["--dir", "dist", "--out", "target/bundle"]))
}

fn test() -> Outcome {
    let began = Instant::now();
    say("everything: some 25 minutes with the tools there, 40 or so on a new machine");
    tools::wasm_target()?;
    let lints = ["--", "-D", "warnings"];
    step("format", cargo(&["fmt", "--all", "--check"]))?;
    let native = ["clippy", "--locked", "--workspace", "--all-targets"];
    step("lints, native", cargo(&native).args(lints))?;
    let page = ["clippy", "--locked", "--lib", "--bin", "web", "--features", "web", "--target", WASM];
    step("lints, wasm", cargo(&page).args(lints))?;
    step("contrast of the colours", node().arg("tests/contrast.mjs"))?;
    step("tests", &mut cargo_test(&["--workspace"]))?;
    properties(SEQUENCES)?;
    build()?;
    step("ledger of sizes", node().args(["site/ledger.mjs", "dist"]))?;
    hand_out()?;
    end_to_end("")?;
    say(&format!("all is well, after {} s", began.elapsed().as_secs()));
    Ok(())
}

fn soak() -> Outcome {
    let count = env::var("LAYERLAB_SEQUENCES").unwrap_or_else(|_| "10000".to_owned());
    say(&format!("{count} sequences a property; this may take an hour"));
    step("the Stage in 2,000 random Worlds", optimised(&["--test", "geometry"]).env("LAYERLAB_WORLDS", "2000"))?;
    properties(&count)
}

/// Tests in an optimised build that still asserts the invariants and finds overflows. It unwinds as tests do, so that
/// the library is compiled once, for them and for the binary that they call.
fn optimised(args: &[&str]) -> Command {
    let mut tests = cargo_test(&["--release"]);
    tests.args(args).env("CARGO_PROFILE_RELEASE_DEBUG_ASSERTIONS", "true").env("CARGO_PROFILE_RELEASE_PANIC", "unwind");
    tests
}

/// One family of `tests/fuzz.rs`, with changed texts of its corpus for so many minutes.
fn fuzz(family: &str, minutes: &str) -> Outcome {
    if !Path::new("tests/corpus").join(family).is_dir() || minutes.parse::<u32>().is_err() {
        return Err(USAGE.to_owned());
    }
    let mut tests = optimised(&["--test", "fuzz", family, "--", "--exact", "--nocapture"]);
    step(&format!("fuzz {family} for {minutes} minutes"), tests.env("LAYERLAB_MINUTES", minutes))
}

/// The class server's test at its full length.
fn sit_in_class(minutes: &str) -> Outcome {
    let mut tests = cargo_test(&["--test", "class", "learners_report", "--", "--nocapture"]);
    step(&format!("sixty learners for {minutes} minutes"), tests.env("LAYERLAB_MINUTES", minutes))
}

/// The property and bad-input tests with this many sequences.
fn properties(count: &str) -> Outcome {
    let mut tests = optimised(&["--test", "properties"]);
    step(&format!("{count} random sittings a property, optimised"), tests.env("LAYERLAB_SEQUENCES", count))
}

/// The tests of `tests/e2e/NAME.test.mjs`, one file after the other: two cores carry one browser well.
#[expect(clippy::disallowed_methods, reason = "this is not in the page")]
fn end_to_end(name: &str) -> Outcome {
    let tools = Tools::for_browser()?;
    let mut files: Vec<PathBuf> = entries(Path::new("tests/e2e"))
        .filter(|path| path.to_string_lossy().ends_with(".test.mjs"))
        .filter(|path| path.file_name().is_some_and(|file| file.to_string_lossy().contains(name)))
        .collect();
    files.sort();
    if files.is_empty() {
        return Err(format!("no file tests/e2e/*{name}*.test.mjs"));
    }
    let mut run = tools.command("node");
    run.args(["--test", "--test-concurrency=1", "--test-reporter=spec"]);
    step("end to end in Chromium", run.args(files))
}

/// Pictures of the running page, to be looked at.
fn screens() -> Outcome {
    let mut run = Tools::for_browser()?.command("node");
    run.args(["--test", "--test-reporter=spec", "tests/screens/screens.test.mjs"]);
    step("pictures of the page", run)
}

/// Whether `dist/index.html` is newer than every file that the page is made of.
fn is_built() -> bool {
    let modified = |path: &Path| fs::metadata(path).and_then(|meta| meta.modified()).ok();
    let Some(built) = modified(Path::new("dist/index.html")) else { return false };
    fn newest(path: &Path, skip: &[&str]) -> Option<SystemTime> {
        let own = fs::metadata(path).and_then(|meta| meta.modified()).ok();
        entries(path)
            .filter(|entry| !skip.iter().any(|name| entry.ends_with(name)))
            .filter_map(|entry| newest(&entry, &[]))
            // The root's own time is left out: making dist/ changes it.
            .chain(own.filter(|_| skip.is_empty()))
            .max()
    }
    let skip = [".git", "target", "dist", "node_modules", "tests", "benches", "README.md"];
    newest(Path::new("."), &skip).is_some_and(|changed| changed < built)
}

fn entries(directory: &Path) -> impl Iterator<Item = PathBuf> + use<> {
    fs::read_dir(directory).into_iter().flatten().flatten().map(|entry| entry.path())
}

fn cargo(args: &[&str]) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(args);
    command
}

fn cargo_test(args: &[&str]) -> Command {
    let mut command = cargo(&["test", "--locked"]);
    command.args(args);
    command
}

fn node() -> Command {
    Command::new("node")
}

fn say(what: &str) {
    println!("==> {what}");
}

/// Says what is done, does it, and says how long it took.
fn step(what: &str, mut command: impl std::borrow::BorrowMut<Command>) -> Outcome {
    say(what);
    let began = Instant::now();
    let command = command.borrow_mut();
    let program = command.get_program().to_string_lossy().into_owned();
    let status = command.status().map_err(|error| format!("{what}: {program}: {error}"))?;
    if !status.success() {
        return Err(format!("{what}: {program} failed ({status})"));
    }
    println!("    {what}: {:.1} s", began.elapsed().as_secs_f32());
    Ok(())
}
