//! The tools of the build: found where an earlier call left them, or installed once for every clone.
//!
//! They stay in the user's cache directory, `layerlab/NAME-VERSION`; a tool is put together beside its
//! place and renamed into it, so that a broken-off installation is never taken for a whole one.

use crate::{Outcome, WASM, cargo, say, step};
use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, id},
};

const TRUNK: &str = "0.21.14";
const CHROMIUMS: [&str; 5] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];

/// Where the tools are; what calls them finds them by PATH.
pub struct Tools {
    path: Vec<PathBuf>,
    node_modules: PathBuf,
    chromium: Option<PathBuf>,
}

impl Tools {
    /// What builds the page: the wasm target, Trunk, `wasm-bindgen` and `wasm-opt`.
    pub fn for_page() -> Outcome<Tools> {
        wasm_target()?;
        let node_modules = node_modules()?;
        let path = vec![trunk()?, wasm_bindgen()?, node_modules.join(".bin")];
        Ok(Tools { path, node_modules, chromium: None })
    }

    /// What drives the page, and builds the one that its start is measured against: Chromium, and all of the above.
    pub fn for_browser() -> Outcome<Tools> {
        Ok(Tools { chromium: Some(chromium()?), ..Tools::for_page()? })
    }

    /// A command that sees these tools.
    pub fn command(&self, program: &str) -> Command {
        let inherited = env::var_os("PATH").unwrap_or_default();
        let path = self.path.iter().cloned().chain(env::split_paths(&inherited));
        let path = env::join_paths(path).unwrap_or(inherited);
        // The first directory is where the program is looked for; PATH of the child is not consulted for that.
        let own = self.path.iter().map(|directory| directory.join(program)).find(|file| file.exists());
        let mut command = Command::new(own.unwrap_or_else(|| program.into()));
        command.env("PATH", path).env("LAYERLAB_NODE_MODULES", &self.node_modules);
        if let Some(chromium) = &self.chromium {
            command.env("LAYERLAB_CHROMIUM", chromium);
        }
        command
    }
}

pub fn wasm_target() -> Outcome {
    let library = Command::new("rustc").args(["--print", "target-libdir", "--target", WASM]).output();
    let there = library.is_ok_and(|output| {
        Path::new(String::from_utf8_lossy(&output.stdout).trim()).exists() && output.status.success()
    });
    if there {
        return Ok(());
    }
    step("the wasm target (seconds)", Command::new("rustup").args(["target", "add", WASM]))
}

fn trunk() -> Outcome<PathBuf> {
    install("trunk", TRUNK, |root| {
        if binstall("trunk", TRUNK, root) {
            return Ok(());
        }
        let mut install = cargo(&["install", "trunk", "--locked", "--version", TRUNK, "--root"]);
        // It copies files and starts programs: a quick compile matters more than a quick Trunk.
        install.arg(root).env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1");
        install.env("CARGO_PROFILE_RELEASE_LTO", "off").env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16");
        step(&format!("compile trunk {TRUNK} (about 9 minutes on two cores, once)"), &mut install)
    })
}

/// The version is that of the library in Cargo.lock: the two halves of wasm-bindgen must be equal.
fn wasm_bindgen() -> Outcome<PathBuf> {
    let lock = fs::read_to_string("Cargo.lock").map_err(|error| format!("Cargo.lock: {error}"))?;
    let after = lock.split("name = \"wasm-bindgen\"\nversion = \"").nth(1);
    let version = after.and_then(|rest| rest.split('"').next()).ok_or("Cargo.lock names no wasm-bindgen")?;
    let thin = fs::read_to_string("xtask/wasm-bindgen/Cargo.toml").unwrap_or_default();
    let pinned = fs::read_to_string("Trunk.toml").unwrap_or_default();
    if !thin.contains(&format!("version = \"{version}\"")) || !pinned.contains(&format!("\"{version}\"")) {
        return Err(format!(
            "Cargo.lock has wasm-bindgen {version}: set Trunk.toml and xtask/wasm-bindgen to that version"
        ));
    }
    install("wasm-bindgen", version, |root| {
        if binstall("wasm-bindgen-cli", version, root) {
            return Ok(());
        }
        let mut install = cargo(&["install", "--locked", "--path", "xtask/wasm-bindgen", "--root"]);
        install.arg(root).args(["--target-dir", "target/tools"]);
        step(&format!("compile wasm-bindgen {version} (about a minute, once)"), &mut install)
    })
}

/// Whether `cargo binstall` is there and brought the program; it fetches what others compiled.
fn binstall(package: &str, version: &str, root: &Path) -> bool {
    let there = cargo(&["binstall", "-V"]).output().is_ok_and(|output| output.status.success());
    let mut install = cargo(&["binstall", "--no-confirm", "--disable-strategies", "compile", "--root"]);
    install.arg(root).arg(format!("{package}@{version}"));
    there && step(&format!("fetch {package} {version} (seconds)"), &mut install).is_ok()
}

/// `wasm-opt`, the driver of the browser and the accessibility rules, as package-lock.json pins them.
fn node_modules() -> Outcome<PathBuf> {
    let lock = fs::read("package-lock.json").map_err(|error| format!("package-lock.json: {error}"))?;
    let hash = lock
        .iter()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3));
    let place = place("npm", &format!("{hash:016x}"))?;
    make(&place, |root| {
        for file in ["package.json", "package-lock.json"] {
            fs::create_dir_all(root).and_then(|()| fs::copy(file, root.join(file))).map_err(|e| e.to_string())?;
        }
        let mut npm = Command::new("npm");
        npm.args(["ci", "--no-audit", "--no-fund", "--loglevel=error"]).current_dir(root);
        step("fetch binaryen, playwright-core and axe-core (seconds)", &mut npm)
    })?;
    Ok(place.join("node_modules"))
}

fn chromium() -> Outcome<PathBuf> {
    let find = || {
        let named = env::var_os("LAYERLAB_CHROMIUM").map(PathBuf::from);
        let path = env::var_os("PATH").unwrap_or_default();
        let directories: Vec<PathBuf> = env::split_paths(&path).collect();
        let all = CHROMIUMS.iter().flat_map(|name| directories.iter().map(move |place| place.join(name)));
        let mac = PathBuf::from("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome");
        named.into_iter().chain(all).chain([mac]).find(|file| file.is_file())
    };
    if let Some(found) = find() {
        return Ok(found);
    }
    let install = "apt-get install --yes --no-install-recommends chromium";
    let root = Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout == b"0\n");
    if root && Command::new("apt-get").arg("--version").output().is_ok() {
        let script = format!("apt-get update && DEBIAN_FRONTEND=noninteractive {install}");
        step("install Debian's chromium (a minute or two)", Command::new("sh").args(["-c", &script]))?;
    }
    find()
        .ok_or_else(|| format!("no Chromium is here: `sudo {install}`, or set LAYERLAB_CHROMIUM to the browser's path"))
}

fn install(name: &str, version: &str, into: impl FnOnce(&Path) -> Outcome) -> Outcome<PathBuf> {
    let place = place(name, version)?;
    make(&place, into)?;
    Ok(place.join("bin"))
}

fn place(name: &str, version: &str) -> Outcome<PathBuf> {
    let home = || env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache"));
    let cache = env::var_os("XDG_CACHE_HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    let cache = cache.or_else(home).ok_or("neither XDG_CACHE_HOME nor HOME is set")?;
    Ok(cache.join("layerlab").join(format!("{name}-{version}")))
}

/// Fills a place beside itself and renames it, unless it stands.
fn make(place: &Path, fill: impl FnOnce(&Path) -> Outcome) -> Outcome {
    if place.exists() {
        return Ok(());
    }
    let beside = PathBuf::from(format!("{}.{}", place.display(), id()));
    let outcome = fill(&beside);
    // Another clone may have been quicker; its installation is as good.
    let outcome = outcome.and_then(|()| match fs::rename(&beside, place) {
        Err(error) if !place.exists() => Err(format!("{}: {error}", place.display())),
        _ => Ok(()),
    });
    if beside.exists() && fs::remove_dir_all(&beside).is_err() {
        say(&format!("{} could not be removed", beside.display()));
    }
    outcome
}
