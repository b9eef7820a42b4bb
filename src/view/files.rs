//! The files of the learner's home directory, for whoever opens one.

use super::complete::{host, walk};
use crate::model::World;
use crate::model::file::{Data, Fs, Ino, Kind};
use crate::session::host::HOME;

/// A file or a directory.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Entry {
    pub path: String,
    pub name: String,
    /// Below the home directory.
    pub depth: usize,
    pub is_dir: bool,
}

/// What is shown at most.
const SHOWN: usize = 120;
const DEPTH: usize = 4;
/// Directories that nobody edits files in.
const CLOSED: [&str; 1] = ["node_modules"];
/// Files whose names begin with a dot and that are edited all the same.
const OPEN: [&str; 2] = [".dockerignore", ".env"];

/// The files of the home directory, each directory before what is in it, and how many were left out.
pub fn list(world: &World) -> (Vec<Entry>, usize) {
    let mut all = Vec::new();
    if let Some((fs, home)) = host(world).and_then(|fs| Some((fs, walk(fs, HOME)?))) {
        below(fs, home, HOME, 0, &mut all);
    }
    let more = all.len().saturating_sub(SHOWN);
    all.truncate(SHOWN);
    (all, more)
}

fn below(fs: &Fs, dir: Ino, path: &str, depth: usize, all: &mut Vec<Entry>) {
    let Some(entries) = fs.entries(dir) else { return };
    for (name, ino) in entries {
        let hidden = name.starts_with('.') && !OPEN.contains(&&**name);
        let Some(inode) = fs.get(*ino).filter(|_| !hidden) else { continue };
        let is_dir = matches!(inode.kind, Kind::Dir(_));
        if !is_dir && !matches!(inode.kind, Kind::File(_) | Kind::Symlink(_)) {
            continue;
        }
        let path = format!("{path}/{name}");
        all.push(Entry { path: path.clone(), name: name.to_string(), depth, is_dir });
        if is_dir && depth + 1 < DEPTH && !CLOSED.contains(&&**name) {
            below(fs, *ino, &path, depth + 1, all);
        }
    }
}

/// A file's text; none if it is not there, or no text.
pub fn text(world: &World, path: &str) -> Option<String> {
    let fs = host(world)?;
    match &fs.get(walk(fs, path)?)?.kind {
        Kind::File(Data::Bytes(bytes)) => String::from_utf8(bytes.to_vec()).ok(),
        _ => None,
    }
}

/// The file to open first: the Dockerfile of a directory, or the one that is nearest to the home directory.
pub fn first(world: &World, directory: &str) -> Option<String> {
    let here = format!("{}/Dockerfile", directory.trim_end_matches('/'));
    let (all, _) = list(world);
    let files = || all.iter().filter(|entry| !entry.is_dir);
    let found = files().find(|entry| entry.path == here);
    let found = found.or_else(|| files().filter(|entry| entry.name == "Dockerfile").min_by_key(|entry| entry.depth));
    found.or_else(|| files().next()).map(|entry| entry.path.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::Session;
    use crate::session::host::PROJECT;
    use crate::session::log::{Boot, Content, Input};

    #[test]
    fn the_home_directory_is_listed_and_read() {
        let mut session = Session::new(Boot::default());
        let path = format!("{PROJECT}/node_modules/x/y.js");
        session.submit(&format!("mkdir -p {PROJECT}/node_modules/x {PROJECT}/.git; touch {path}")).expect("a line");
        session.run_to_prompt(crate::model::time::Time::seconds(5));
        let (all, more) = list(&session.world());
        let shown: Vec<(usize, &str)> = all.iter().map(|entry| (entry.depth, entry.name.as_str())).collect();
        assert!(shown.windows(2).any(|pair| pair == [(0, "myapp"), (1, ".dockerignore")]), "{shown:?}");
        assert!(shown.contains(&(1, "node_modules")) && !shown.iter().any(|(_, name)| *name == "x"), "{shown:?}");
        assert!(!shown.iter().any(|(_, name)| [".git", ".bashrc"].contains(name)), "{shown:?}");
        assert_eq!(more, 0);
        let server = format!("{PROJECT}/server.js");
        let edit = Input::Edit { path: server.clone(), content: Content::new("ầ\n".as_bytes()) };
        session.apply(edit).expect("an edit");
        assert_eq!(text(&session.world(), &server).as_deref(), Some("ầ\n"));
        assert_eq!(text(&session.world(), "/bin"), None);
        assert_eq!(first(&session.world(), PROJECT), Some(format!("{PROJECT}/Dockerfile")));
    }
}
