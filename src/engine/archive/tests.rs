use std::cell::RefCell;

use super::super::image::tests::{container, world};
use super::*;
use crate::kernel::{LocalFuture, NewProcess, Program};
use crate::model::World;
use crate::model::file::{FsId, Kind};
use crate::model::process::{HOST, Namespaces, PidNs, SUPERUSER};

fn idle(sys: Sys) -> LocalFuture<i32> {
    Box::pin(async move {
        let _ = sys.sleep(crate::model::time::Time::seconds(1)).await;
        0
    })
}

/// A host with one process, and one stopped container of alpine.
fn machine(read_only: bool) -> (Sys, Container) {
    let mut world = world(&["alpine:3.19"]);
    let mut fs = Fs::new(layer::root_meta(0));
    let program = Data::Program { name: "idle".into(), len: 1 };
    layer::add(&mut fs, "/idle", layer::root_meta(0), Kind::File(program));
    world.filesystems.insert(FsId(1), fs);
    world.next_object = 10;
    let root = Mount { at: "/".into(), source: Source::Fs { fs: FsId(1), root: ROOT }, read_only: false };
    world.mounts.insert(HOST, Rc::new(MountNs { mounts: vec![root] }));
    world.hostnames.insert(HOST, "host".into());
    world.pid_namespaces.insert(HOST, PidNs { init: 1, next: 1 });
    let mut made = container(&mut world, "alpine:3.19", &[("/srv/a/b", "text"), ("/srv/file", "x")]);
    Rc::make_mut(&mut made.host).read_only = read_only;
    world.engine.containers.insert(made.id.clone(), Rc::new(made.clone()));
    let kernel = Rc::new(RefCell::new(Kernel::new(world, vec![Program { name: "idle", main: idle }])));
    let new = NewProcess {
        parent: 0,
        ns: Namespaces::HOST,
        cgroup: None,
        tty: None,
        argv: vec!["/idle".into()],
        env: Default::default(),
        cwd: "/".into(),
        user: SUPERUSER,
        groups: Vec::new(),
        files: Vec::new(),
    };
    let pid = Sys::new(kernel.clone(), 0).create(new).expect("the process starts");
    (Sys::new(kernel, pid), made)
}

const PLAIN: Put = Put { no_overwrite_dir_non_dir: true, copy_uid_gid: false };

fn pack(members: &[(&str, tar::Kind, &str)]) -> Vec<u8> {
    let headers: Vec<(Header, &str)> = members
        .iter()
        .map(|(path, kind, text)| {
            let mut header = Header::new(path, *kind, 0o640);
            (header.uid, header.mtime) = (1000, 77);
            (header, *text)
        })
        .collect();
    tar::pack(headers.iter().map(|(header, text)| (header, tar::Body::Bytes(text.as_bytes()))))
}

fn names(answer: Result<Answer, Fault>) -> Vec<String> {
    match answer {
        Ok(Answer::Bytes(bytes)) => {
            tar::Reader::new(&bytes).map(|member| member.map_or("bad".into(), |(header, _)| header.path)).collect()
        }
        Ok(other) => vec![format!("{other:?}")],
        Err(fault) => vec![fault.message],
    }
}

fn text(sys: &Sys, container: &Container, path: &str) -> Option<String> {
    let data = within(sys, container, |kernel, me| kernel.contents(me, path)).ok()?;
    if let Data::Bytes(bytes) = data { String::from_utf8(bytes.to_vec()).ok() } else { None }
}

fn verified(sys: &Sys) {
    let before: World = sys.world(|w| w.clone());
    assert_eq!(before.verify(), Ok(()));
    assert_eq!(before.mounts.len(), 1);
}

#[test]
fn files_go_in_and_come_out() {
    let (sys, c) = machine(false);
    let archive =
        pack(&[("new", tar::Kind::Dir, ""), ("new/f", tar::Kind::File, "in"), ("passwd", tar::Kind::File, "p")]);
    assert_eq!(put(&sys, &c.name, "/etc", &archive, PLAIN), Ok(Answer::Nothing));
    assert_eq!(text(&sys, &c, "/etc/new/f").as_deref(), Some("in"));
    // Below the container's layer the image still has its own.
    assert_eq!(text(&sys, &c, "/etc/passwd").as_deref(), Some("p"));
    let stat = within(&sys, &c, |kernel, me| kernel.stat(me, "/etc/new/f", false)).expect("the file is there");
    assert_eq!((stat.uid, stat.mode, stat.mtime), (1000, 0o640, 77));
    assert_eq!(names(get(&sys, &c.name, "/etc/new")), ["new", "new/f"]);
    assert_eq!(names(get(&sys, &c.name, "/etc/new/.")), ["", "f"]);
    assert_eq!(names(get(&sys, &c.name, "etc/passwd")), ["passwd"]);
    assert_eq!(names(get(&sys, &c.name, "/srv/a")), ["a", "a/b"]);
    verified(&sys);
}

#[test]
fn a_path_tells_what_it_is() {
    let (sys, c) = machine(false);
    let archive = pack(&[("s", tar::Kind::Dir, "")]);
    put(&sys, &c.name, "/", &archive, PLAIN).expect("unpacked");
    within(&sys, &c, |kernel, me| kernel.symlink(me, "../srv/a", "/s/link")).expect("linked");
    let Ok(Answer::PathStat { name, mode, link_target, .. }) = stat(&sys, &c.name, "/s/link") else { panic!("a stat") };
    assert_eq!((name.as_str(), mode >> 27 & 1, link_target.as_str()), ("link", 1, "/srv/a"));
    let Ok(Answer::PathStat { name, mode, size, .. }) = stat(&sys, &c.name, "/srv/file") else { panic!("a stat") };
    assert_eq!((name.as_str(), mode, size), ("file", 0o755, 1));
    let Ok(Answer::PathStat { name, mode, .. }) = stat(&sys, &c.name, "/") else { panic!("a stat") };
    assert_eq!((name.as_str(), mode >> 31), ("/", 1));
}

#[test]
fn what_can_not_be_copied_is_told() {
    let (sys, c) = machine(false);
    let missing = |path: &str| format!("Could not find the file {path} in container {}", c.name);
    assert_eq!(names(get(&sys, &c.name, "/nothing")), [missing("/nothing")]);
    assert_eq!(names(stat(&sys, &c.name, "/no/such/dir/")), [missing("/no/such/dir/")]);
    assert_eq!(names(stat(&sys, "ghost", "/")), ["No such container: ghost"]);
    let into = |path: &str, members: &[(&str, tar::Kind, &str)]| {
        names(put(&sys, &c.name, path, &pack(members), PLAIN)).remove(0)
    };
    assert_eq!(into("/no", &[]), missing("/no"));
    assert_eq!(into("/srv/file", &[]), "extraction point is not a directory");
    assert_eq!(
        into("/srv", &[("a", tar::Kind::File, "x")]),
        "cannot overwrite directory \"/srv/a\" with non-directory \"/srv\""
    );
    assert_eq!(
        into("/srv", &[("file", tar::Kind::Dir, "")]),
        "cannot overwrite non-directory \"/srv/file\" with directory \"/srv\""
    );
    let (sys, c) = machine(true);
    assert_eq!(names(put(&sys, &c.name, "/srv", &[], PLAIN)), ["container rootfs is marked read-only"]);
    verified(&sys);
}
