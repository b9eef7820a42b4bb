//! Lessons that are served beside the page's own: they are read and packed when the server starts, and stand in the
//! page's list like the others.

use std::fs;
use std::path::Path;

use layerlab::lesson::own::{Own, gather};
use layerlab::lesson::{archive, pack};
use layerlab::model::limits;
use layerlab::model::order::Order;
use layerlab::words::Lang;

use crate::site::{self, Site, VERSION, put as change};

/// How deep a folder is looked into.
const DEPTH: usize = 4;

/// A site with the lessons that are at these places.
pub fn put(mut site: Site, places: &[String]) -> Result<Site, String> {
    if places.is_empty() {
        return Ok(site);
    }
    let mut rows = String::new();
    for place in places {
        let (found, refused) = gather(&texts(Path::new(place))?);
        if !refused.is_empty() {
            return Err(refused.iter().map(ToString::to_string).collect::<Vec<_>>().join("\nlayerlab: "));
        }
        for own in found {
            rows.push('\n');
            rows.push_str(&add(&mut site, &own)?);
        }
    }
    let listed = site.get("index.html").is_some_and(|page| String::from_utf8_lossy(page).contains(LIST));
    if !listed {
        return Err("the built page has no list of lessons".to_owned());
    }
    // Before the end of the list, which is the first end of a script behind its beginning.
    let page = String::from_utf8_lossy(&site["index.html"]).into_owned();
    let list = page.split_once(LIST).and_then(|(_, rest)| rest.split_once("</script>")).map_or("", |(list, _)| list);
    change(&mut site, "index.html", &format!("{LIST}{list}"), &format!("{LIST}{list}{rows}"));
    let version = format!("{VERSION}{}-", &site::digest(rows.as_bytes())[..8]);
    change(&mut site, "sw.js", VERSION, &version);
    Ok(site)
}

const LIST: &str = "id=\"lessons\">";

/// Adds a lesson's files; gives its row of the list (`site/lessons.mjs`).
fn add(site: &mut Site, own: &Own) -> Result<String, String> {
    let refused = |all: Vec<_>| all.iter().map(ToString::to_string).collect::<Vec<String>>().join("\nlayerlab: ");
    let summary = own.summary().map_err(refused)?;
    // The page takes a name with a `~` for a lesson that is kept in the browser.
    let id = own.id().rsplit_once('~').map(|(name, _)| name.to_owned()).unwrap_or_default();
    let hash = own.hash();
    let file = |lang: Lang| format!("lessons/{id}.{}.{hash}.txt", lang.code());
    let known = format!("lessons/{id}.");
    if site.keys().any(|name| name.starts_with(&known)) {
        return Err(format!("there are two lessons of the name '{id}'"));
    }
    for lang in Lang::ALL {
        let lesson = own.read(&id, lang).map_err(|one| refused(vec![one]))?;
        site.insert(file(lang), pack(&lesson).into_bytes());
    }
    // A row stands in a script's element: nothing in it may end that.
    let title = |title: &String| title.replace(['\t', '\n'], " ").replace('<', "‹");
    let [vi, en] = summary.titles.each_ref().map(title);
    Ok(format!("{id}\t{}\t{}\t{vi}\t{en}\t{hash}", summary.minutes, summary.steps))
}

/// The texts at a place, with paths that begin with its name.
fn texts(place: &Path) -> Result<Vec<(String, String)>, String> {
    let failed = |error: std::io::Error| format!("{}: {error}", place.display());
    let name = place.canonicalize().map_err(failed)?;
    let name = name.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let mut all = Vec::new();
    if place.is_dir() {
        walk(place, &name, DEPTH, &mut all).map_err(failed)?;
    } else if let Some(folder) = name.strip_suffix(".zip") {
        let bytes = fs::read(place).map_err(failed)?;
        let inner = (bytes.len() <= limits::PACK_BYTES).then(|| archive::texts(&bytes)).flatten();
        match inner {
            Some(inner) => all.extend(inner.into_iter().map(|(path, text)| (format!("{folder}/{path}"), text))),
            None => all.push((name, String::new())),
        }
    } else {
        all.push((name, fs::read_to_string(place).map_err(failed)?));
    }
    Ok(all)
}

fn walk(folder: &Path, name: &str, depth: usize, all: &mut Vec<(String, String)>) -> std::io::Result<()> {
    let mut entries = fs::read_dir(folder)?.collect::<std::io::Result<Vec<_>>>()?;
    entries.order_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let (path, inner) = (entry.path(), format!("{name}/{}", entry.file_name().to_string_lossy()));
        if path.is_dir() && depth > 0 {
            walk(&path, &inner, depth - 1, all)?;
        } else if inner.ends_with(".md") && all.len() < limits::PACK_FILES {
            all.push((inner, fs::read_to_string(&path)?));
        }
    }
    Ok(())
}
