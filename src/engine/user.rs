//! Users by name or number, looked up in a container's own files.

use crate::model::file::{Data, Kind};
use crate::model::process::{SUPERUSER, User};
use crate::oci::layer;

/// Who a container's process runs as.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Account {
    pub user: User,
    pub home: String,
    pub groups: Vec<u32>,
}

/// Reads files of a container by absolute path.
pub trait Files {
    fn text(&self, path: &str) -> Option<String>;
}

/// A container's two layers, the upper one first.
pub struct Layers<'a>(pub &'a crate::model::file::Fs, pub &'a crate::model::file::Fs);

impl Files for Layers<'_> {
    fn text(&self, path: &str) -> Option<String> {
        for fs in [self.0, self.1] {
            let Some(ino) = layer::find(fs, path) else { continue };
            return match &fs.get(ino)?.kind {
                Kind::File(Data::Bytes(bytes)) => Some(String::from_utf8_lossy(bytes).into_owned()),
                _ => None,
            };
        }
        None
    }
}

/// Resolves `name`, `uid`, `name:group`, `uid:gid`; the texts are runc's.
pub fn resolve(files: &dyn Files, spec: &str) -> Result<Account, String> {
    let passwd = files.text("/etc/passwd").unwrap_or_default();
    let group = files.text("/etc/group").unwrap_or_default();
    let (name, group_name) = spec.split_once(':').map_or((spec, None), |(name, group)| (name, Some(group)));
    let row = passwd
        .lines()
        .map(|line| line.split(':').collect::<Vec<_>>())
        .find(|row| row.len() >= 6 && (if name.is_empty() { row[2] == "0" } else { row[0] == name || row[2] == name }));
    let mut account = Account { user: SUPERUSER, home: "/".into(), groups: Vec::new() };
    match (&row, name.parse::<u32>()) {
        (Some(row), _) => {
            account.user.uid = row[2].parse().unwrap_or(0);
            account.user.gid = row[3].parse().unwrap_or(0);
            account.home = row[5].to_string();
        }
        (None, Ok(uid)) => account.user.uid = uid,
        (None, Err(_)) if name.is_empty() => account.home = "/root".into(),
        (None, Err(_)) => return Err(format!("unable to find user {name}: no matching entries in passwd file")),
    }
    let groups: Vec<Vec<&str>> = group.lines().map(|line| line.split(':').collect()).collect();
    if let Some(wanted) = group_name.filter(|name| !name.is_empty()) {
        let row = groups.iter().find(|row| row.len() >= 3 && (row[0] == wanted || row[2] == wanted));
        account.user.gid = match (row, wanted.parse()) {
            (Some(row), _) => row[2].parse().unwrap_or(0),
            (None, Ok(gid)) => gid,
            _ => return Err(format!("unable to find group {wanted}: no matching entries in group file")),
        };
    } else if let Some(row) = row {
        let member = |list: &str| list.split(',').any(|name| name == row[0]);
        let also = groups.iter().filter(|g| g.len() >= 4 && member(g[3]));
        account.groups = also.filter_map(|g| g[2].parse().ok()).collect();
    }
    Ok(account)
}
