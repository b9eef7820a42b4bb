//! The files of a package: its `package.json`, the code that is simulated, and the room that the rest takes.

use serde_json::{Map, Value, json};

use super::registry::Entry;
use super::version;
use crate::kernel::{Errno, FileType, Sys, split_last};
use crate::model::file::Data;
use crate::oci::digest::Digest;

/// Packages whose code is here, in the JavaScript that `node` runs. The others say that theirs is not.
const CODE: [(&str, &str); 14] = [
    ("body-parser", include_str!("package/body-parser.js")),
    ("chalk", include_str!("package/chalk.js")),
    ("cookie-parser", include_str!("package/cookie-parser.js")),
    ("cors", include_str!("package/cors.js")),
    ("dotenv", include_str!("package/dotenv.js")),
    ("express", include_str!("package/express.js")),
    ("helmet", include_str!("package/helmet.js")),
    ("is-number", include_str!("package/is-number.js")),
    ("is-odd", include_str!("package/is-odd.js")),
    ("left-pad", include_str!("package/left-pad.js")),
    ("lodash", include_str!("package/lodash.js")),
    ("morgan", include_str!("package/morgan.js")),
    ("ms", include_str!("package/ms.js")),
    ("uuid", include_str!("package/uuid.js")),
];

#[cfg(test)]
pub fn names() -> impl Iterator<Item = &'static str> {
    CODE.iter().map(|(name, _)| *name)
}

/// Writes a package's folder; what stood there before goes if it is `other`.
pub fn write(sys: &Sys, path: &str, entry: &Entry, other: bool) -> Result<(), (String, Errno)> {
    if other {
        for name in sys.read_dir(path).unwrap_or_default() {
            if !matches!(&*name, "." | ".." | "node_modules") {
                remove_all(sys, &format!("{path}/{name}"));
            }
        }
    }
    make_dirs(sys, path)?;
    let mut files = vec![("package.json".to_string(), description(entry), 0o644)];
    let code = CODE.iter().find(|(name, _)| *name == entry.name).map(|(_, text)| (*text).to_string());
    let stand_in =
        format!("// The code of this package is not simulated.\nrequire('layerlab')('the package {}');\n", entry.name);
    files.push((main_file(entry), code.unwrap_or_else(|| stand_in.clone()), 0o644));
    for (_, file) in entry.commands() {
        files.push((file.to_string(), format!("#!/usr/bin/env node\n{stand_in}"), 0o755));
    }
    let mut rest = entry.bytes;
    for (name, text, mode) in files {
        rest = rest.saturating_sub(text.len() as u64);
        put(sys, &format!("{path}/{name}"), Data::new(text.into_bytes()), mode)?;
    }
    for (name, share) in [("LICENSE", rest.min(1_100)), ("README.md", rest / 8), ("lib/all.js", rest)] {
        let len = share.min(rest);
        rest -= len;
        if len > 0 {
            put(sys, &format!("{path}/{name}"), Data::Fill(len), 0o644)?;
        }
    }
    Ok(())
}

fn put(sys: &Sys, path: &str, data: Data, mode: u16) -> Result<(), (String, Errno)> {
    make_dirs(sys, split_last(path).0)?;
    sys.put(path, data, mode).map_err(|errno| (path.to_string(), errno))
}

/// Makes a directory and those above it.
pub fn make_dirs(sys: &Sys, path: &str) -> Result<(), (String, Errno)> {
    if sys.is_dir(path) {
        return Ok(());
    }
    let (above, name) = split_last(path);
    if !name.is_empty() {
        make_dirs(sys, above)?;
    }
    sys.mkdir(path, 0o755).map_err(|errno| (path.to_string(), errno))
}

/// The file that `require` loads, from the package's folder.
fn main_file(entry: &Entry) -> String {
    let main = entry.main();
    match main.rsplit('/').next().is_some_and(|name| name.ends_with("js")) {
        true => main.to_string(),
        false => format!("{}/index.js", main.trim_end_matches('/')),
    }
}

fn description(entry: &Entry) -> String {
    let mut json = Map::new();
    json.insert("name".into(), entry.name.into());
    json.insert("version".into(), version::text(entry.version).into());
    json.insert("license".into(), entry.license.into());
    json.insert("main".into(), main_file(entry).into());
    for (key, pairs) in [("bin", entry.commands()), ("dependencies", entry.dependencies())] {
        if !pairs.is_empty() {
            let pairs = pairs.into_iter().map(|(name, what)| (name.to_string(), Value::from(what)));
            json.insert(key.into(), Value::Object(pairs.collect()));
        }
    }
    if !entry.node.is_empty() {
        json.insert("engines".into(), json!({ "node": entry.node }));
    }
    serde_json::to_string_pretty(&Value::Object(json)).unwrap_or_default() + "\n"
}

/// What a fetch leaves in npm's cache; that it can't be written is nobody's trouble.
pub fn cache(sys: &Sys, home: &str, entry: &Entry) {
    let hex = Digest::of(format!("{}@{}", entry.name, version::text(entry.version)).as_bytes()).hex();
    let (folder, rest) = (format!("{home}/.npm/_cacache/content-v2/sha512/{}/{}", &hex[..2], &hex[2..4]), &hex[4..]);
    let _ = put(sys, &format!("{folder}/{rest}"), Data::Fill(entry.bytes / 4), 0o644);
}

/// Removes a file or a folder and what is in it.
pub fn remove_all(sys: &Sys, path: &str) {
    match sys.lstat(path) {
        Ok(stat) if stat.kind == FileType::Dir => {
            for name in sys.read_dir(path).unwrap_or_default() {
                if !matches!(&*name, "." | "..") {
                    remove_all(sys, &format!("{path}/{name}"));
                }
            }
            let _ = sys.rmdir(path);
        }
        Ok(_) => drop(sys.unlink(path)),
        Err(_) => {}
    }
}
