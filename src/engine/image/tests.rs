use std::rc::Rc;

use super::super::api::{Commit, Fault};
use super::super::{boot, commit};
use super::*;
use crate::model::container::{Container, HostConfig, State, Status};
use crate::model::file::{Data, Fs, FsId, Kind};
use crate::model::image::Config;
use crate::model::process::JournalId;
use crate::model::time::Time;
use crate::oci::layer;

pub fn world(images: &[&str]) -> World {
    let mut world = World::new(1);
    let images: Vec<String> = images.iter().map(|image| image.to_string()).collect();
    assert_eq!(boot(&mut world, &images), Vec::<String>::new());
    world
}

/// A container as the store sees it; one that is not running needs no process.
pub fn container(world: &mut World, image: &str, files: &[(&str, &str)]) -> Container {
    let found = find::image(&world.engine, image).map(|found| found.image).expect("the image is there");
    let upper = FsId(world.number());
    let mut fs = Fs::new(layer::root_meta(0));
    for (path, content) in files {
        layer::add(&mut fs, path, layer::root_meta(0), Kind::File(Data::new(content.as_bytes().to_vec())));
    }
    world.filesystems.insert(upper, fs);
    let id: Text = world.random.id().into();
    let journal = JournalId(world.number());
    world.journals.insert(journal, Default::default());
    let config = Config { cmd: Some(vec!["sh".into(), "-c".into(), "x".into()]), ..(*found.config).clone() };
    let state = State {
        status: Status::Exited,
        pid: 0,
        exit_code: 0,
        error: String::new(),
        oom_killed: false,
        started: None,
        finished: None,
        health: None,
    };
    let made = Container {
        name: format!("c{}", upper.0).into(),
        image: found.id.clone(),
        config: Rc::new(config),
        host: Rc::new(HostConfig::default()),
        created: world.now,
        path: "sh".into(),
        args: Vec::new(),
        state,
        lower: found.rootfs.clone(),
        upper,
        journal,
        restart_count: 0,
        manually_stopped: false,
        stopping: false,
        endpoints: Default::default(),
        mounts: Vec::new(),
        published: Vec::new(),
        ns: None,
        tty: None,
        stdin: None,
        execs: Vec::new(),
        id: id.clone(),
    };
    world.engine.names.insert(made.name.clone(), id.clone());
    world.engine.containers.insert(id, Rc::new(made.clone()));
    made
}

fn discard(world: &mut World, container: &Container) {
    world.engine.containers.remove(&container.id);
    world.engine.names.remove(&container.name);
}

/// The lines of a removal, with ids and digests cut to what they are.
fn lines(gone: Result<Vec<remove::Gone>, Fault>) -> Vec<String> {
    let gone = match gone {
        Ok(gone) => gone,
        Err(fault) => return vec![fault.message],
    };
    gone.iter().map(|one| one.line().split("sha256:").next().unwrap_or_default().to_string()).collect()
}

fn rmi(world: &mut World, name: &str, force: bool) -> Vec<String> {
    let gone = remove::remove(world, name, force, true);
    assert_eq!(world.verify(), Ok(()));
    lines(gone)
}

fn id_of(world: &World, name: &str) -> String {
    find::image(&world.engine, name).map(|found| found.image.id.to_string()).unwrap_or_default()
}

fn listed(world: &World, filters: &[(&str, &str)]) -> Vec<String> {
    let filters: Filters = filters.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect();
    match list::list(world, false, &filters) {
        Ok(rows) => rows
            .into_iter()
            .flat_map(|row| if row.tags.is_empty() { vec!["<none>".into()] } else { row.tags })
            .collect(),
        Err(fault) => vec![fault.message],
    }
}

fn ask(container: &Container, target: &str, changes: &[&str]) -> Commit {
    Commit {
        container: container.id.to_string(),
        target: target.into(),
        comment: "a note".into(),
        changes: changes.iter().map(|change| change.to_string()).collect(),
        ..Commit::default()
    }
}

fn committed(world: &mut World, container: &Container, target: &str, changes: &[&str]) -> Result<Text, Fault> {
    world.now = world.now.plus(Time::seconds(1));
    let target_reference = Reference::parse(target).ok();
    let made = commit::make(world, container, &ask(container, target, changes), target_reference.as_ref());
    assert_eq!(world.verify(), Ok(()));
    made
}

#[test]
fn the_last_tag_takes_the_image_and_its_layers() {
    let mut w = world(&["alpine:3.19", "busybox"]);
    tag(&mut w, "alpine:3.19", "mine:v2").expect("tagged");
    assert_eq!(rmi(&mut w, "alpine:3.19", false), ["Untagged: alpine:3.19", "Untagged: alpine@"]);
    assert_eq!(rmi(&mut w, "mine:v2", false), ["Untagged: mine:v2", "Deleted: ", "Deleted: "]);
    assert_eq!(rmi(&mut w, "mine:v2", false), ["No such image: mine:v2"]);
    assert_eq!(listed(&w, &[]), ["busybox:latest"]);
    assert_eq!(w.engine.layers.len(), 1);
}

#[test]
fn an_id_of_several_repositories_must_be_forced() {
    let mut w = world(&["alpine:3.19"]);
    tag(&mut w, "alpine:3.19", "two:1").expect("tagged");
    let id = id_of(&w, "two:1");
    let short = remove::short(&id).to_string();
    let refused =
        format!("conflict: unable to delete {short} (must be forced) - image is referenced in multiple repositories");
    assert_eq!(rmi(&mut w, &short, false), [refused]);
    let all = ["Untagged: alpine:3.19", "Untagged: alpine@", "Untagged: two:1", "Deleted: ", "Deleted: "];
    assert_eq!(rmi(&mut w, &short, true), all);
}

#[test]
fn a_stopped_container_keeps_its_image_unless_forced() {
    let mut w = world(&["alpine:3.19"]);
    let c = container(&mut w, "alpine:3.19", &[]);
    let id = id_of(&w, "alpine:3.19");
    let refused = format!(
        "conflict: unable to remove repository reference \"alpine:3.19\" (must force) - container {} is using its referenced image {}",
        &c.id[..12],
        remove::short(&id)
    );
    assert_eq!(rmi(&mut w, "alpine:3.19", false), [refused]);
    let by_id = format!(
        "conflict: unable to delete {} (must be forced) - image is being used by stopped container {}",
        remove::short(&id),
        &c.id[..12]
    );
    assert_eq!(rmi(&mut w, &id, false), [by_id]);
    // The layer is still under the container, so Docker does not tell of it.
    assert_eq!(rmi(&mut w, "alpine:3.19", true), ["Untagged: alpine:3.19", "Untagged: alpine@", "Deleted: "]);
    let missing = committed(&mut w, &c, "x:1", &[]).err().map(|fault| fault.message).unwrap_or_default();
    assert!(missing.starts_with("failed to get digest sha256:"), "{missing}");
}

#[test]
fn a_commit_is_a_child_with_one_more_layer() {
    let mut w = world(&["alpine:3.19"]);
    let c = container(&mut w, "alpine:3.19", &[("/srv/note", "new")]);
    let one = committed(&mut w, &c, "noted:1", &["CMD [\"cat\", \"/srv/note\"]"]).expect("committed");
    discard(&mut w, &c);
    let image = w.engine.images.get(&one).cloned().expect("the image is there");
    assert_eq!(image.layers.len(), 2);
    assert!(layer::find(&image.rootfs, "/srv/note").is_some());
    assert_eq!(*Text::from(crate::oci::digest::Digest::of(&image.json).to_string()), *one);
    let rows = inspect::history(&w, "noted:1").expect("history");
    let base = id_of(&w, "alpine:3.19");
    assert_eq!((rows[0].id.as_str(), rows[1].id.as_str(), rows[2].id.as_str()), (&*one, base.as_str(), "<missing>"));
    assert_eq!((rows[0].entry.created_by.as_str(), rows[0].size), ("sh -c x", 3));
    let document = inspect::inspect(&w, "noted:1").expect("inspect");
    assert_eq!(document["Comment"], "a note");
    assert_eq!(document["Config"]["Cmd"][0], "cat");
    assert_eq!(document["RootFS"]["Layers"].as_array().map(Vec::len), Some(2));
    assert!(document["Config"].get("Entrypoint").is_none());
    let refused = format!(
        "conflict: unable to delete {} (cannot be forced) - image has dependent child images",
        remove::short(&base)
    );
    assert_eq!(rmi(&mut w, &base, true), [refused]);
    assert_eq!(listed(&w, &[]), ["noted:1", "alpine:3.19"]);
    assert_eq!(rmi(&mut w, "alpine:3.19", false), ["Untagged: alpine:3.19", "Untagged: alpine@"]);
    // The parent has no name any more: it goes with its last child.
    assert_eq!(
        rmi(&mut w, "noted:1", false),
        ["Untagged: noted:1", "Deleted: ", "Deleted: ", "Deleted: ", "Deleted: "]
    );
    assert_eq!((w.engine.images.len(), w.engine.layers.len()), (0, 0));
}

#[test]
fn a_commit_without_changes_adds_no_layer() {
    let mut w = world(&["alpine:3.19"]);
    let c = container(&mut w, "alpine:3.19", &[]);
    let id = committed(&mut w, &c, "", &[]).expect("committed");
    assert_eq!(w.engine.images.get(&id).map(|image| image.layers.len()), Some(1));
    assert_eq!(listed(&w, &[("dangling", "true")]), ["<none>"]);
    assert_eq!(
        committed(&mut w, &c, "", &["BAKE a cake"]).err().map(|f| f.message).as_deref(),
        Some("BAKE is not a valid change command")
    );
    discard(&mut w, &c);
    let Ok(Answer::Pruned { deleted, reclaimed }) = prune::prune(&mut w, false, &Vec::new()) else { panic!("pruned") };
    assert_eq!((deleted, reclaimed), (vec![format!("deleted: {id}")], 0));
    let Ok(Answer::Pruned { deleted, reclaimed }) = prune::prune(&mut w, true, &Vec::new()) else { panic!("pruned") };
    assert_eq!((deleted.len(), reclaimed > 0), (4, true));
    assert_eq!(w.verify(), Ok(()));
}

#[test]
fn lists_are_filtered() {
    let mut w = world(&["alpine:3.19", "busybox", "nginx:alpine"]);
    tag(&mut w, "alpine:3.19", "lab/base").expect("tagged");
    assert_eq!(listed(&w, &[("reference", "lab/*")]), ["lab/base:latest"]);
    assert_eq!(listed(&w, &[("reference", "al*")]), ["alpine:3.19"]);
    assert_eq!(listed(&w, &[("reference", "*:alpine")]), ["nginx:alpine"]);
    assert_eq!(listed(&w, &[("label", "maintainer")]), ["nginx:alpine"]);
    assert_eq!(listed(&w, &[("dangling", "perhaps")]), ["invalid filter 'dangling=[perhaps]'"]);
    assert_eq!(listed(&w, &[("color", "blue")]), ["invalid filter 'color'"]);
    assert_eq!(listed(&w, &[("reference", "[")]), ["syntax error in pattern"]);
    assert_eq!(listed(&w, &[("before", "ghost")]), ["No such image: ghost:latest"]);
}

#[test]
fn a_saved_image_loads_as_the_same() {
    let mut w = world(&["alpine:3.19"]);
    let c = container(&mut w, "alpine:3.19", &[("/srv/note", "new")]);
    let one = committed(&mut w, &c, "noted:1", &[]).expect("committed");
    discard(&mut w, &c);
    let Ok(Answer::Bytes(archive)) = transfer::save(&mut w, &["noted:1".into(), "alpine".into()]) else {
        panic!("saved")
    };
    assert_eq!(
        transfer::save(&mut w, &["nothing:1".into()]).err().map(|f| f.message).as_deref(),
        Some("reference does not exist")
    );
    let mut other = world(&[]);
    let lines = vec!["Loaded image: noted:1".to_string(), "Loaded image: alpine:3.19".to_string()];
    assert_eq!(transfer::load(&mut other, &archive), Ok(Answer::Lines(lines)));
    assert_eq!(other.verify(), Ok(()));
    assert_eq!(id_of(&other, "noted:1"), *one);
    let same = |w: &World| find::image(&w.engine, "noted:1").map(|found| layer::diff_id(&found.image.rootfs)).ok();
    assert_eq!(same(&other), same(&w));
    let bad = transfer::load(&mut other, b"garbage").err().map(|fault| fault.message);
    assert_eq!(bad.as_deref(), Some("unexpected EOF"));
}

#[test]
fn an_imported_tree_is_an_image_of_one_layer() {
    let mut w = world(&[]);
    let header = crate::oci::tar::Header::new("hello.txt", crate::oci::tar::Kind::File, 0o644);
    let tar = crate::oci::tar::pack([(&header, crate::oci::tar::Body::Bytes(b"hi\n"))]);
    transfer::import(&mut w, &tar, "flat:1", "", &["CMD [\"cat\"]".into()]).expect("imported");
    assert_eq!(w.verify(), Ok(()));
    let rows = inspect::history(&w, "flat:1").expect("history");
    assert_eq!((rows.len(), rows[0].entry.comment.as_str(), rows[0].size), (1, "Imported from -", 3));
    assert_eq!(listed(&w, &[]), ["flat:1"]);
}
