//! Reading a layer from its tar (OCI image-spec, "Image Layer Filesystem Changeset").

use super::layer;
use super::tar::{self, Body, Header, Whiteout};
use crate::model::file::{Data, Fs, Kind, Meta};

/// The tree that an archive holds; whiteout files become whiteouts and opaque directories. Device files are
/// left out, because a tree can't hold them.
pub fn read(archive: &[u8]) -> Result<Fs, tar::Error> {
    let mut fs = Fs::new(layer::root_meta(0));
    for member in tar::Reader::new(archive) {
        let (header, content) = member?;
        let path = clean(&header.path);
        if path.is_empty() {
            if let Some(root) = fs.get_mut(crate::model::file::ROOT) {
                root.meta = meta(&header);
            }
            continue;
        }
        if is_named(&path) {
            place(&mut fs, &path, &header, content);
        }
    }
    Ok(fs)
}

/// Whether a layer can have such a path: a whiteout names something, and nothing lies below one.
fn is_named(path: &str) -> bool {
    let (dir, name) = path.rsplit_once('/').unwrap_or(("", path));
    name != tar::WHITEOUT && !dir.split('/').any(|part| part.starts_with(tar::WHITEOUT))
}

fn place(fs: &mut Fs, path: &str, header: &Header, content: &[u8]) {
    let kind = match (tar::as_whiteout(path), header.kind) {
        (Some(Whiteout::Opaque(dir)), _) => {
            let dir = layer::make_dir(fs, &dir, header.mtime);
            if let Some(inode) = fs.get_mut(dir) {
                inode.opaque = true;
            }
            return;
        }
        (Some(Whiteout::Removed(gone)), _) => {
            layer::add(fs, &gone, meta(header), Kind::Whiteout);
            return;
        }
        (None, tar::Kind::Dir) => Kind::Dir(Default::default()),
        (None, tar::Kind::File) => Kind::File(data(content)),
        (None, tar::Kind::Symlink) => Kind::Symlink(header.link.as_str().into()),
        (None, tar::Kind::Fifo) => Kind::Fifo(0),
        (None, tar::Kind::Hardlink) => {
            // A directory has one name; with more a tree would never end.
            let is_dir = |ino: &u64| fs.entries(*ino).is_some();
            if let Some(ino) = layer::find(fs, &clean(&header.link)).filter(|ino| !is_dir(ino)) {
                let (dir, name) = path.rsplit_once('/').unwrap_or(("", path));
                let dir = layer::make_dir(fs, dir, header.mtime);
                fs.link(dir, name, ino);
            }
            return;
        }
        (None, tar::Kind::CharDevice | tar::Kind::BlockDevice) => return,
    };
    layer::add(fs, path, meta(header), kind);
}

fn meta(header: &Header) -> Meta {
    Meta { mode: header.mode, uid: header.uid, gid: header.gid, mtime: header.mtime, nanos: 0 }
}

/// A file's content as an archive held it.
pub fn data(content: &[u8]) -> Data {
    match Body::of(content) {
        Body::Bytes(bytes) => Data::new(bytes.to_vec()),
        Body::Fill(len) => Data::Fill(len),
        Body::Program { name, len } => Data::Program { name: name.into(), len },
    }
}

/// A member's path without `.`, `..` and empty parts.
fn clean(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_layer_survives_its_tar() {
        let mut fs = Fs::new(layer::root_meta(0));
        let at = |mode| Meta { mode, uid: 3, gid: 4, mtime: 7, nanos: 0 };
        let file = layer::add(&mut fs, "/a/file", at(0o644), Kind::File(Data::new(b"text".to_vec())));
        layer::add(&mut fs, "/a/big", at(0o600), Kind::File(Data::Fill(2000)));
        layer::add(&mut fs, "/a/gone", at(0), Kind::Whiteout);
        layer::add(&mut fs, "/a/link", at(0o777), Kind::Symlink("file".into()));
        let dir = layer::make_dir(&mut fs, "/b", 7);
        fs.link(dir, "same", file);
        if let Some(inode) = fs.get_mut(dir) {
            inode.opaque = true;
        }
        let mut bytes = Vec::new();
        let mut sink = |piece: &[u8]| bytes.extend_from_slice(piece);
        let mut writer = tar::Writer::new(&mut sink);
        layer::write_tar(&fs, &mut writer);
        writer.finish();
        let back = read(&bytes).unwrap_or_else(|_| Fs::new(layer::root_meta(0)));
        assert_eq!(layer::diff_id(&back), layer::diff_id(&fs));
        assert_eq!(layer::size(&back), 2004);
        assert!(read(b"garbage").is_err());
    }
}
