//! Trees of files on their way between an archive and the client's file system.

use super::client::{Client, Failure};
use crate::kernel::{Errno, FileType};
use crate::model::file::Data;
use crate::oci::tar::{self, Body, Header, Kind, Reader};

/// How deep a tree may be.
const DEPTH: usize = 64;

/// One file of a tree.
#[derive(Clone, Debug)]
pub struct Member {
    pub header: Header,
    /// What a regular file holds.
    pub data: Data,
}

/// The members of an archive, in its order.
pub fn unpack(archive: &[u8]) -> Result<Vec<Member>, tar::Error> {
    Reader::new(archive)
        .map(|member| {
            let (header, bytes) = member?;
            let data = match Body::of(bytes) {
                Body::Bytes(bytes) => Data::new(bytes.to_vec()),
                Body::Fill(length) => Data::Fill(length),
                Body::Program { name, len } => Data::Program { name: name.into(), len },
            };
            Ok(Member { header, data })
        })
        .collect()
}

/// The archive of a tree.
pub fn pack(members: &[Member]) -> Vec<u8> {
    tar::pack(members.iter().map(|member| {
        let body = match &member.data {
            Data::Bytes(bytes) => Body::Bytes(bytes),
            Data::Fill(length) => Body::Fill(*length),
            Data::Program { name, len } => Body::Program { name, len: *len },
        };
        (&member.header, body)
    }))
}

/// The tree with another name at its top; an empty one leaves the top out.
pub fn renamed(members: Vec<Member>, name: Option<&str>) -> Vec<Member> {
    let Some(name) = name else { return members };
    let rename = |mut member: Member| {
        let below = member.header.path.split_once('/').map_or("", |(_, below)| below);
        let path =
            if name.is_empty() || below.is_empty() { format!("{name}{below}") } else { format!("{name}/{below}") };
        member.header.path = path;
        (!member.header.path.is_empty()).then_some(member)
    };
    members.into_iter().filter_map(rename).collect()
}

/// Reads a tree of the client's file system; its top is called `name` in the archive.
pub fn read(client: &Client, path: &str, name: &str, follow: bool) -> Result<Vec<Member>, Failure> {
    let mut members = Vec::new();
    collect(client, path, name, follow, 0, &mut members)?;
    members.retain(|member| !member.header.path.is_empty());
    Ok(members)
}

fn collect(
    client: &Client,
    path: &str,
    name: &str,
    follow: bool,
    depth: usize,
    members: &mut Vec<Member>,
) -> Result<(), Failure> {
    if depth > DEPTH {
        return Err(Failure::new("layerlab: the tree of files is too deep"));
    }
    let sys = &client.sys;
    let stat = if follow { sys.stat(path) } else { sys.lstat(path) };
    let stat = stat.map_err(|errno| Failure::file("lstat", path, errno))?;
    let (kind, link, data) = match stat.kind {
        FileType::Dir => (Kind::Dir, String::new(), Data::new(Vec::new())),
        FileType::Symlink => (Kind::Symlink, sys.read_link(path).unwrap_or_default(), Data::new(Vec::new())),
        FileType::Regular => {
            let data = sys.contents(path).map_err(|errno| Failure::file("open", path, errno))?;
            (Kind::File, String::new(), data)
        }
        // Sockets, pipes and devices stay where they are.
        _ => return Ok(()),
    };
    let mut header = Header::new(name, kind, stat.mode);
    (header.uid, header.gid, header.mtime, header.link) = (stat.uid, stat.gid, stat.mtime, link);
    members.push(Member { header, data });
    if kind == Kind::Dir {
        let names = sys.read_dir(path).map_err(|errno| Failure::file("open", path, errno))?;
        for entry in names.iter().filter(|entry| !matches!(&***entry, "." | "..")) {
            let below = if name.is_empty() { entry.to_string() } else { format!("{name}/{entry}") };
            collect(client, &format!("{}/{entry}", path.trim_end_matches('/')), &below, false, depth + 1, members)?;
        }
    }
    Ok(())
}

/// Writes a tree into a folder of the client's file system, with its owners if asked.
pub fn write(client: &Client, dir: &str, members: &[Member], owners: bool) -> Result<(), Failure> {
    for member in members {
        let header = &member.header;
        let path = crate::kernel::join(dir, &header.path);
        // An archive must not reach out of the folder.
        if header.path.split('/').any(|part| part == "..") {
            return Err(Failure::new(format!("invalid file name in archive: {}", header.path)));
        }
        put(client, &path, member).map_err(|errno| Failure::file("open", &path, errno))?;
        if header.kind != Kind::Symlink {
            let _ = client.sys.chmod(&path, header.mode);
            let _ = client.sys.set_mtime(&path, header.mtime, 0);
        }
        if owners {
            let _ = client.sys.chown(&path, Some(header.uid), Some(header.gid), false);
        }
    }
    Ok(())
}

fn put(client: &Client, path: &str, member: &Member) -> Result<(), Errno> {
    let sys = &client.sys;
    match member.header.kind {
        Kind::Dir => match sys.mkdir(path, member.header.mode) {
            Err(Errno::Exist) if sys.is_dir(path) => Ok(()),
            result => result,
        },
        Kind::Symlink => {
            let _ = sys.unlink(path);
            sys.symlink(&member.header.link, path)
        }
        Kind::File => sys.put(path, member.data.clone(), member.header.mode),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_gets_another_top() {
        let member = |path: &str| Member { header: Header::new(path, Kind::Dir, 0o755), data: Data::new(Vec::new()) };
        let tree = vec![member("css"), member("css/a"), member("css/a/b")];
        let paths = |name| {
            let members = renamed(tree.clone(), name).into_iter();
            members.map(|member| member.header.path).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(paths(None), "css css/a css/a/b");
        assert_eq!(paths(Some("out")), "out out/a out/a/b");
        assert_eq!(paths(Some("")), "a a/b");
    }
}
