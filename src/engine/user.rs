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
    let is_it = |line: &&str| match name {
        "" => field(line, 2) == "0",
        _ => field(line, 0) == name || field(line, 2) == name,
    };
    let row = passwd.lines().find(|line| fields(line) >= 6 && is_it(line));
    let mut account = Account { user: SUPERUSER, home: "/".into(), groups: Vec::new() };
    match (&row, name.parse::<u32>()) {
        (Some(row), _) => {
            account.user.uid = field(row, 2).parse().unwrap_or(0);
            account.user.gid = field(row, 3).parse().unwrap_or(0);
            account.home = field(row, 5).to_string();
        }
        (None, Ok(uid)) => account.user.uid = uid,
        (None, Err(_)) if name.is_empty() => account.home = "/root".into(),
        (None, Err(_)) => return Err(format!("unable to find user {name}: no matching entries in passwd file")),
    }
    let mut groups = group.lines();
    if let Some(wanted) = group_name.filter(|name| !name.is_empty()) {
        let is_it = |line: &&str| field(line, 0) == wanted || field(line, 2) == wanted;
        let row = groups.find(|line| fields(line) >= 3 && is_it(line));
        account.user.gid = match (row, wanted.parse()) {
            (Some(row), _) => field(row, 2).parse().unwrap_or(0),
            (None, Ok(gid)) => gid,
            _ => return Err(format!("unable to find group {wanted}: no matching entries in group file")),
        };
    } else if let Some(row) = row {
        let own = field(row, 0);
        // Most groups name nobody.
        let named = groups.filter(|line| !line.ends_with(':') && fields(line) >= 4);
        let also = named.filter(|line| field(line, 3).split(',').any(|name| name == own));
        account.groups = also.filter_map(|line| field(line, 2).parse().ok()).collect();
    }
    Ok(account)
}

/// A field of a line of passwd(5) or group(5), from 0 on.
fn field(line: &str, number: usize) -> &str {
    line.split(':').nth(number).unwrap_or_default()
}

fn fields(line: &str) -> usize {
    line.bytes().filter(|byte| *byte == b':').count() + 1
}
