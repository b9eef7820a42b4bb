//! The services of the compose project that a shell stands in.

use std::cell::RefCell;

use super::complete::{host, walk};
use crate::compose::file::{Ask, Files, load};
use crate::kernel::Errno;
use crate::model::World;
use crate::model::file::{Data, Kind};
use crate::model::process::Pid;

/// The host's files.
struct Disk<'a>(&'a World);

impl Disk<'_> {
    fn kind(&self, path: &str) -> Option<&Kind> {
        let fs = host(self.0)?;
        fs.get(walk(fs, path)?).map(|inode| &inode.kind)
    }
}

impl Files for Disk<'_> {
    fn read(&self, path: &str) -> Result<String, Errno> {
        match self.kind(path) {
            Some(Kind::File(Data::Bytes(bytes))) => Ok(String::from_utf8_lossy(bytes).into_owned()),
            _ => Err(Errno::NoEnt),
        }
    }

    fn exists(&self, path: &str) -> bool {
        self.kind(path).is_some()
    }

    fn is_dir(&self, path: &str) -> bool {
        matches!(self.kind(path), Some(Kind::Dir(_)))
    }
}

/// Their names, of all profiles; none where there is no project, or one that can't be loaded.
pub fn names(world: &World, shell: Option<Pid>) -> Vec<String> {
    let process = shell.and_then(|pid| world.process(pid));
    let Some(process) = process else { return Vec::new() };
    let environment = process.env.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
    let ask = Ask {
        cwd: process.cwd.to_string(),
        home: process.env.get("HOME").map_or_else(String::new, |home| home.to_string()),
        environment,
        profiles: vec!["*".into()],
        ..Ask::default()
    };
    let loaded = load(&Disk(world), &ask, &RefCell::new(Vec::new()));
    loaded.map(|project| project.services.keys().cloned().collect()).unwrap_or_default()
}
