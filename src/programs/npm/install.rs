//! `npm install`, `npm ci`, `npm uninstall`: from a tree of packages to files.

use std::collections::{BTreeMap, BTreeSet};

use super::manifest::{self, Manifest};
use super::registry::Entry;
use super::tree::{self, Tree, Trouble};
use super::version::{self, Version};
use super::{Npm, package};
use crate::model::file::Data;
use crate::model::time::Time;

const LOCK: &str = "package-lock.json";
const GLOBAL: &str = "/usr/local/lib/node_modules";

/// Name and version by place.
type Places = BTreeMap<String, (String, Version)>;

/// `npm install [NAME…]`.
pub async fn install(npm: &mut Npm, names: &[String]) -> i32 {
    if npm.options.global {
        return global(npm, names).await;
    }
    let mut manifest = if names.is_empty() || npm.text("package.json").await.is_some() {
        match npm.manifest().await {
            Ok(manifest) => manifest,
            Err(code) => return code,
        }
    } else {
        Manifest::new(serde_json::Map::new())
    };
    let key = if npm.options.dev { "devDependencies" } else { "dependencies" };
    for word in names {
        let (name, wanted) = split(word);
        let entry = match tree::choose(name, wanted) {
            Ok(entry) => entry,
            Err(trouble) => return npm.trouble(trouble).await,
        };
        let number = version::text(entry.version);
        let exact = npm.options.exact || wanted == number;
        manifest.need(key, entry.name, &if exact { number } else { format!("^{number}") });
    }
    let old = npm.text(LOCK).await.and_then(|text| manifest::read_lock(&text));
    let old = match old {
        Some(old) => old,
        None => standing(npm, "").await,
    };
    let tree = match tree::build(&needs(&manifest, true), &old) {
        Ok(tree) => tree,
        Err(trouble) => return npm.trouble(trouble).await,
    };
    let changed = !names.is_empty();
    if let Err(code) = settle(npm, &manifest, &tree, changed).await {
        return code;
    }
    if names.is_empty() { scripts(npm, &manifest).await } else { 0 }
}

/// `npm ci`: what the lock file says, anew.
pub async fn ci(npm: &mut Npm) -> i32 {
    let Some(lock) = npm.text(LOCK).await else {
        let why = "The `npm ci` command can only install with an existing package-lock.json or\n\
                   npm-shrinkwrap.json with lockfileVersion >= 1. Run an install with npm@5 or\n\
                   later to generate a package-lock.json file, then try again.";
        return npm.usage_error(why).await;
    };
    let manifest = match npm.manifest().await {
        Ok(manifest) => manifest,
        Err(code) => return code,
    };
    let places = manifest::read_lock(&lock).unwrap_or_default();
    let mut wrong = Vec::new();
    for (name, range) in needs(&manifest, true) {
        let has = places.get(&format!("node_modules/{name}"));
        let wanted = match tree::choose(&name, &range) {
            Ok(entry) => format!("{name}@{}", version::text(entry.version)),
            Err(trouble) => return npm.trouble(trouble).await,
        };
        match has {
            None => wrong.push(format!("Missing: {wanted} from lock file")),
            Some((_, number)) if version::Range::parse(&range).is_some_and(|range| !range.holds(*number)) => {
                let number = version::text(*number);
                wrong.push(format!("Invalid: lock file's {name}@{number} does not satisfy {wanted}"));
            }
            Some(_) => {}
        }
    }
    if !wrong.is_empty() {
        let why = "`npm ci` can only install packages when your package.json and package-lock.json or \
                   npm-shrinkwrap.json are in sync. Please update your lock file with `npm install` before continuing.";
        return npm.usage_error(&format!("{why}\n\n{}", wrong.join("\n"))).await;
    }
    let tree = match tree::build(&needs(&manifest, true), &places) {
        Ok(tree) => tree,
        Err(trouble) => return npm.trouble(trouble).await,
    };
    package::remove_all(&npm.sys, &npm.at("node_modules"));
    match settle(npm, &manifest, &tree, false).await {
        Ok(()) => scripts(npm, &manifest).await,
        Err(code) => code,
    }
}

/// `npm uninstall NAME…`.
pub async fn uninstall(npm: &mut Npm, names: &[String]) -> i32 {
    let mut manifest = match npm.manifest().await {
        Ok(manifest) => manifest,
        Err(code) => return code,
    };
    let known = names.iter().filter(|name| manifest.forget(name)).count();
    let old = npm.text(LOCK).await.and_then(|text| manifest::read_lock(&text)).unwrap_or_default();
    match tree::build(&needs(&manifest, true), &old) {
        Ok(tree) => settle(npm, &manifest, &tree, known > 0).await.err().unwrap_or(0),
        Err(trouble) => npm.trouble(trouble).await,
    }
}

/// `express@^4` as name and range.
pub fn split(word: &str) -> (&str, &str) {
    let at = word.get(1..).and_then(|rest| rest.find('@')).map_or(word.len(), |at| at + 1);
    let (name, range) = word.split_at(at);
    (name, if range.len() > 1 { &range[1..] } else { "latest" })
}

fn needs(manifest: &Manifest, dev: bool) -> Vec<(String, String)> {
    let mut needs = manifest.needs("dependencies");
    needs.extend(manifest.needs("optionalDependencies"));
    if dev {
        needs.extend(manifest.needs("devDependencies"));
    }
    needs
}

/// What `node_modules` below a folder holds.
async fn standing(npm: &Npm, folder: &str) -> Places {
    let text = npm.text(&format!("{folder}node_modules/.package-lock.json")).await;
    text.and_then(|text| manifest::read_lock(&text)).unwrap_or_default()
}

/// Makes the files be as the tree says, and reports.
async fn settle(npm: &mut Npm, manifest: &Manifest, all: &Tree, save: bool) -> Result<(), i32> {
    let production = tree::reached(all, &needs(manifest, false));
    let mut wanted = all.clone();
    wanted.retain(|place, entry| entry.fits() && (!npm.options.omit_dev || production.contains(place)));
    let had = standing(npm, "").await;
    let direct = needs(manifest, true);
    let done = apply(npm, "", &had, &wanted, &direct).await?;
    let name = if manifest.text("name").is_empty() { npm.folder() } else { manifest.text("name").to_string() };
    let dev = |place: &str| !production.contains(place);
    let hidden = manifest::lock(manifest, &name, &wanted, &dev, true);
    if !wanted.is_empty() {
        npm.put("node_modules/.package-lock.json", hidden).await?;
    }
    if npm.options.save {
        if save {
            npm.put("package.json", manifest.print()).await?;
        }
        npm.put(LOCK, manifest::lock(manifest, &name, all, &dev, false)).await?;
    }
    report(npm, &done, wanted.values(), Some(wanted.len() + 1)).await;
    Ok(())
}

/// What an installation did.
#[derive(Default)]
struct Done {
    added: usize,
    removed: usize,
    changed: usize,
}

/// Removes what is not wanted and fetches what is not there.
async fn apply(
    npm: &mut Npm,
    folder: &str,
    had: &Places,
    wanted: &Tree,
    needs: &[(String, String)],
) -> Result<Done, i32> {
    let there = |place: &str| npm.sys.stat(&npm.at(&format!("{folder}{place}/package.json"))).is_ok();
    let stands =
        |place: &str, entry: &Entry| had.get(place).is_some_and(|(_, number)| *number == entry.version) && there(place);
    let missing: Vec<(&String, &Entry)> = wanted.iter().filter(|(place, entry)| !stands(place, entry)).collect();
    let mut done = Done::default();
    if let Some((_, first)) = missing.first() {
        // What the project itself needs is asked for first.
        let direct = missing.iter().find(|(_, entry)| needs.iter().any(|(name, _)| name == entry.name));
        npm.reach(direct.map_or(first.name, |(_, entry)| entry.name)).await?;
        for (_, entry) in &missing {
            warnings(npm, entry).await;
        }
        let bytes: u64 = missing.iter().map(|(_, entry)| entry.bytes).sum();
        let _ = npm.sys.sleep(Time::millis(250 + 12 * missing.len() as u64 + bytes / 20_000)).await;
    } else {
        let _ = npm.sys.sleep(Time::millis(180)).await;
    }
    let gone: Vec<&String> = had.keys().filter(|place| !wanted.contains_key(*place) && there(place)).collect();
    done.removed = gone.len();
    for place in gone {
        package::remove_all(&npm.sys, &npm.at(&format!("{folder}{place}")));
    }
    for (place, entry) in missing {
        let path = npm.at(&format!("{folder}{place}"));
        let changed = had.contains_key(place) && npm.sys.stat(&path).is_ok();
        if changed {
            done.changed += 1;
        } else {
            done.added += 1;
        }
        if let Err((path, errno)) = package::write(&npm.sys, &path, entry, changed) {
            return Err(npm.file_error("mkdir", &path, errno).await);
        }
        package::cache(&npm.sys, &npm.home(), entry);
    }
    links(npm, folder, wanted);
    Ok(done)
}

/// What npm says of a package that it fetches all the same.
async fn warnings(npm: &Npm, entry: &Entry) {
    let name = format!("{}@{}", entry.name, version::text(entry.version));
    let node = crate::programs::node::version(&npm.sys);
    let fits =
        version::Range::parse(entry.node).zip(version::parse(&node)).is_none_or(|(range, node)| range.holds(node));
    if !fits {
        for line in [
            "Unsupported engine {".to_string(),
            format!("  package: '{name}',"),
            format!("  required: {{ node: '{}' }},", entry.node),
            format!("  current: {{ node: 'v{node}', npm: '{}' }}", super::release(&npm.sys)),
            "}".into(),
        ] {
            npm.warn(&format!("EBADENGINE {line}")).await;
        }
    }
    if let Some(words) = entry.deprecated() {
        npm.warn(&format!("deprecated {name}: {words}")).await;
    }
}

/// The commands that packages at the top bring: links in `node_modules/.bin`.
fn links(npm: &Npm, folder: &str, wanted: &Tree) {
    let bin = npm.at(&format!("{folder}node_modules/.bin"));
    let mut names = BTreeSet::new();
    for (place, entry) in wanted.iter().filter(|(place, _)| place.matches("node_modules/").count() == 1) {
        for (name, file) in entry.commands() {
            let _ = npm.sys.mkdir(&bin, 0o755);
            let own = place.trim_start_matches("node_modules/");
            let _ = npm.sys.symlink(&format!("../{own}/{file}"), &format!("{bin}/{name}"));
            names.insert(name.to_string());
        }
    }
    for name in npm.sys.read_dir(&bin).unwrap_or_default() {
        if !names.contains(&*name) && &*name != "." && &*name != ".." {
            let _ = npm.sys.unlink(&format!("{bin}/{name}"));
        }
    }
    let _ = npm.sys.rmdir(&bin);
}

/// `npm install -g NAME…`: each with what it needs below it.
async fn global(npm: &mut Npm, names: &[String]) -> i32 {
    let (mut done, mut all) = (Done::default(), Vec::new());
    for word in names {
        let (name, wanted) = split(word);
        let built = tree::choose(name, wanted).and_then(|entry| {
            let needs = vec![(entry.name.to_string(), version::text(entry.version))];
            Ok((entry, tree::build(&needs, &Places::new())?))
        });
        let (entry, tree) = match built {
            Ok(built) => built,
            Err(trouble) => return npm.trouble(trouble).await,
        };
        // What stood beside it in a project stands below it here.
        let own = format!("node_modules/{}", entry.name);
        let moved = |(place, entry): (String, Entry)| {
            if place == own || place.starts_with(&format!("{own}/")) {
                (place, entry)
            } else {
                (format!("{own}/{place}"), entry)
            }
        };
        let tree: Tree = tree.into_iter().filter(|(_, entry)| entry.fits()).map(moved).collect();
        let folder = GLOBAL.trim_end_matches("node_modules");
        let one = match apply(npm, folder, &Places::new(), &tree, &[]).await {
            Ok(one) => one,
            Err(code) => return code,
        };
        for (command, file) in entry.commands() {
            let link = format!("/usr/local/bin/{command}");
            let _ = npm.sys.unlink(&link);
            let _ = npm.sys.symlink(&format!("../lib/node_modules/{}/{file}", entry.name), &link);
        }
        done.added += one.added;
        done.changed += one.changed;
        all.extend(tree.into_values());
    }
    report(npm, &done, all.iter(), None).await;
    0
}

/// `added 71 packages, and audited 72 packages in 2s`, and what follows.
async fn report<'a>(npm: &Npm, done: &Done, all: impl Iterator<Item = &'a Entry>, audited: Option<usize>) {
    let packages = |count: usize| format!("{count} package{}", if count == 1 { "" } else { "s" });
    let mut parts = Vec::new();
    for (word, count) in [("added", done.added), ("removed", done.removed), ("changed", done.changed)] {
        if count > 0 {
            parts.push(format!("{word} {}", packages(count)));
        }
    }
    let audited = audited.filter(|_| npm.options.audit);
    let nothing = parts.is_empty();
    if let Some(count) = audited {
        parts.push(format!("audited {}", packages(count)));
    }
    let last = parts.pop().unwrap_or_default();
    let what = match (nothing, audited) {
        (true, None) => "up to date".to_string(),
        (true, Some(_)) => format!("up to date, {last}"),
        _ if parts.is_empty() => last,
        _ => format!("{}, and {last}", parts.join(", ")),
    };
    let mut text = format!("\n{what} in {}\n", npm.took());
    let asking = all.filter(|entry| entry.asks_for_funding()).count();
    if asking > 0 && npm.options.fund {
        let verb = if asking == 1 { "is" } else { "are" };
        text.push_str(&format!("\n{} {verb} looking for funding\n  run `npm fund` for details\n", packages(asking)));
    }
    if audited.is_some() {
        text.push_str("\nfound 0 vulnerabilities\n");
    }
    npm.say(&text).await;
}

/// The project's own scripts around an installation.
async fn scripts(npm: &Npm, manifest: &Manifest) -> i32 {
    if npm.options.ignore_scripts {
        return 0;
    }
    for event in ["preinstall", "install", "postinstall", "prepare"] {
        if let Some((_, command)) = manifest.scripts().into_iter().find(|(name, _)| name == event) {
            let code = super::run::event(npm, manifest, event, &command, &[]).await;
            if code != 0 {
                return code;
            }
        }
    }
    0
}

impl Npm {
    /// Says why there is no tree.
    async fn trouble(&self, trouble: Trouble) -> i32 {
        let held = "layerlab: the simulated registry holds a few well-known packages";
        match trouble {
            Trouble::NoPackage(name, range) => {
                if self.reach(&name).await.is_err() {
                    return 1;
                }
                let range = if range == "latest" { "*" } else { &range };
                let lines = [
                    "code E404".to_string(),
                    format!("404 Not Found - GET https://registry.npmjs.org/{} - Not found", name.replace('/', "%2f")),
                    "404".into(),
                    format!("404  '{name}@{range}' is not in this registry."),
                    "404".into(),
                    "404 Note that you can also install from a".into(),
                    "404 tarball, folder, http url, or git url.".into(),
                ];
                self.sys.eprint(&format!("{held}; {name} is none of them\n")).await;
                self.error(&lines).await
            }
            Trouble::NoVersion(name, range) => {
                if self.reach(&name).await.is_err() {
                    return 1;
                }
                let lines = [
                    "code ETARGET".to_string(),
                    format!("notarget No matching version found for {name}@{range}."),
                    "notarget In most cases you or one of your dependencies are requesting".into(),
                    "notarget a package version that doesn't exist.".into(),
                ];
                let known: Vec<String> =
                    super::registry::versions(&name).iter().map(|entry| version::text(entry.version)).collect();
                self.sys.eprint(&format!("{held}; of {name} it has {}\n", known.join(", "))).await;
                self.error(&lines).await
            }
            Trouble::Elsewhere(what) => {
                self.sys.eprint(&format!("layerlab: npm install {what} is not simulated\n")).await;
                1
            }
        }
    }

    pub(super) async fn put(&self, name: &str, text: String) -> Result<(), i32> {
        let path = self.at(name);
        match self.sys.put(&path, Data::new(text.into_bytes()), 0o644) {
            Ok(()) => Ok(()),
            Err(errno) => Err(self.file_error("open", &path, errno).await),
        }
    }
}
