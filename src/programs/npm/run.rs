//! `npm run`, `npm start`, `npm test`, `npm init`: the scripts of `package.json`.

use serde_json::{Map, json};

use super::Npm;
use super::manifest::Manifest;

/// The scripts that npm runs by itself at some point, which `npm run` lists apart.
const LIFECYCLE: [&str; 6] = ["test", "start", "stop", "restart", "install", "publish"];

/// Runs a script with what comes before and after it, and ends as it does.
pub async fn script(npm: &Npm, name: &str, arguments: &[String]) -> i32 {
    let manifest = match npm.manifest().await {
        Ok(manifest) => manifest,
        Err(code) => return code,
    };
    let scripts = manifest.scripts();
    let of = |name: &str| scripts.iter().find(|(known, _)| known == name).map(|(_, command)| command.clone());
    let own = match of(name) {
        None if name == "start" && npm.sys.stat(&npm.at("server.js")).is_ok() => Some("node server.js".to_string()),
        own => own,
    };
    let Some(own) = own else {
        if npm.options.if_present {
            return 0;
        }
        let mut lines = vec![format!("Missing script: \"{name}\""), String::new()];
        if name == "start" {
            lines.push("Did you mean one of these?".into());
            lines.push("  npm star # Mark your favorite packages".into());
            lines.push("  npm stars # View packages marked as favorites".into());
            lines.push(String::new());
        }
        lines.extend(["To see a list of scripts, run:".to_string(), "  npm run".into()]);
        return npm.error(&lines).await;
    };
    for (event, command) in [(format!("pre{name}"), None), (name.to_string(), Some(own)), (format!("post{name}"), None)]
    {
        let arguments = if command.is_some() { arguments } else { &[] };
        let Some(command) = command.or_else(|| of(&event)) else { continue };
        let code = self::event(npm, &manifest, &event, &command, arguments).await;
        if code != 0 {
            return code;
        }
    }
    0
}

/// Runs one command of a project with the shell.
pub async fn event(npm: &Npm, manifest: &Manifest, event: &str, command: &str, arguments: &[String]) -> i32 {
    let sys = &npm.sys;
    let quoted: String = arguments.iter().map(|word| format!(" {}", quoted(word))).collect();
    let command = format!("{command}{quoted}");
    let (name, number) = (manifest.text("name"), manifest.text("version"));
    let title = match (name, number) {
        ("", _) => event.to_string(),
        (name, "") => format!("{name} {event}"),
        (name, number) => format!("{name}@{number} {event}"),
    };
    npm.say(&format!("\n> {title}\n> {command}\n\n")).await;
    let mut env = sys.environment();
    let path = env.get("PATH").map_or_else(String::new, |path| path.to_string());
    env.insert("PATH".into(), format!("{}:{path}", npm.at("node_modules/.bin")).into());
    for (key, value) in [
        ("npm_lifecycle_event", event),
        ("npm_lifecycle_script", &command),
        ("npm_package_name", name),
        ("npm_package_version", number),
    ] {
        env.insert(key.into(), value.into());
    }
    let argv = ["sh", "-c", &command].map(String::from);
    match sys.spawn("/bin/sh", &argv, env).await {
        Ok(child) => sys.wait_for(child).await.code(),
        Err(errno) => npm.file_error("spawn", "sh", errno).await,
    }
}

fn quoted(word: &str) -> String {
    let plain = !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || "-_./:=@%+,".contains(c));
    if plain { word.to_string() } else { format!("'{}'", word.replace('\'', "'\\''")) }
}

/// `npm run` alone: the scripts.
pub async fn list(npm: &Npm) -> i32 {
    let manifest = match npm.manifest().await {
        Ok(manifest) => manifest,
        Err(code) => return code,
    };
    let lifecycle = |name: &str| {
        let name = name.strip_prefix("pre").or_else(|| name.strip_prefix("post")).unwrap_or(name);
        LIFECYCLE.contains(&name)
    };
    let (own, other): (Vec<_>, Vec<_>) = manifest.scripts().into_iter().partition(|(name, _)| lifecycle(name));
    let rows = |all: &[(String, String)]| -> String {
        all.iter().map(|(name, command)| format!("  {name}\n    {command}\n")).collect()
    };
    let title = match (manifest.text("name"), manifest.text("version")) {
        ("", _) => npm.at(""),
        (name, "") => name.to_string(),
        (name, number) => format!("{name}@{number}"),
    };
    let mut text = String::new();
    if !own.is_empty() {
        text.push_str(&format!("Lifecycle scripts included in {title}:\n{}", rows(&own)));
    }
    if !other.is_empty() {
        let head = if own.is_empty() {
            format!("Scripts available in {title} via `npm run-script`:\n")
        } else {
            "\navailable via `npm run-script`:\n".to_string()
        };
        text.push_str(&format!("{head}{}", rows(&other)));
    }
    npm.say(&text).await;
    0
}

/// `npm init -y`.
pub async fn init(npm: &mut Npm) -> i32 {
    if !npm.options.yes {
        npm.sys.eprint("layerlab: npm init asks its questions in a raw terminal, which is not simulated; npm init -y asks none\n").await;
        return 1;
    }
    let mut manifest = match npm.text("package.json").await {
        Some(_) => match npm.manifest().await {
            Ok(manifest) => manifest,
            Err(code) => return code,
        },
        None => Manifest::new(Map::new()),
    };
    let files = npm.sys.read_dir(&npm.at("")).unwrap_or_default();
    let main = if files.iter().any(|name| &**name == "server.js") && !files.iter().any(|name| &**name == "index.js") {
        "server.js"
    } else {
        "index.js"
    };
    let mut scripts = json!({ "test": "echo \"Error: no test specified\" && exit 1" });
    if main == "server.js" {
        scripts["start"] = json!("node server.js");
    }
    let fields = [
        ("name", json!(npm.folder())),
        ("version", json!("1.0.0")),
        ("description", json!("")),
        ("main", json!(main)),
        ("scripts", scripts),
        ("keywords", json!([])),
        ("author", json!("")),
        ("license", json!("ISC")),
    ];
    for (key, value) in fields {
        manifest.json.entry(key).or_insert(value);
    }
    let text = manifest.print();
    if let Err(code) = npm.put("package.json", text.clone()).await {
        return code;
    }
    npm.say(&format!("Wrote to {}:\n\n{text}\n\n", npm.at("package.json"))).await;
    0
}
