//! The files of a container, an image or a volume as one tree, each by the layer that it comes from.

use std::collections::{BTreeMap, BTreeSet};

use super::Subject;
use super::parts::{Origin, Part, Stack};
use crate::diagram::{Slots, human_size, text::Look};
use crate::model::file::{Ino, Inode, Kind};
use crate::model::{Text, World};
use crate::oci::layer;
use crate::words::Words;

/// Rows that are shown.
const SHOWN: usize = 400;
/// Directories that stand open at first.
const OPEN: usize = 16;
const DEPTH: usize = 64;

/// What the reader has opened and chosen.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Looked {
    /// Directories that stand open.
    pub open: BTreeSet<String>,
    /// The file that is explained.
    pub row: Option<String>,
    /// The only part whose files are shown.
    pub part: Option<Origin>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Files {
    /// The parts, top first.
    pub strip: Vec<Cell>,
    pub rows: Vec<Row>,
    /// How many rows were left out.
    pub more: usize,
    pub story: Option<Story>,
}

/// A part in the strip above the tree.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Cell {
    pub origin: Origin,
    pub hue: Option<u16>,
    pub bars: [i32; 4],
    pub files: usize,
    pub name: String,
}

/// A file or a directory.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Row {
    pub path: String,
    pub name: String,
    pub depth: usize,
    pub is_dir: bool,
    pub open: bool,
    pub origin: Origin,
    pub hue: Option<u16>,
    pub bars: [i32; 4],
    /// `A`, `C` or `D`, as `docker diff` says it.
    pub change: Option<char>,
    pub from: String,
    pub size: Option<String>,
}

/// Why a file looks as it does.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Story {
    pub title: &'static str,
    /// Emphasis is marked as in Markdown.
    pub text: String,
    /// For what was copied up: what it was, and what it is.
    pub copy: Option<(Cell, String, String)>,
    /// A command that opens it in an editor.
    pub edit: Option<String>,
}

/// A name in a directory: where it was found first, from the top.
struct Found<'a> {
    origin: Origin,
    inode: &'a Inode,
    is_dir: bool,
    /// Something above makes what is below invisible.
    sealed: bool,
    /// The part below that has a file of the same name.
    below: Option<(Origin, &'a Inode)>,
}

/// The tree as far as it stands open.
pub(super) fn list(world: &World, slots: &Slots, subject: Subject, looked: &Looked, words: &'static Words) -> Files {
    let whole = Stack::of(world, slots, subject, words);
    let mut stack = whole.clone();
    if let Some(only) = looked.part {
        stack.mounts.retain(|part| part.origin == only);
        stack.laid.retain(|part| part.origin == only);
    }
    let mut rows = Vec::new();
    descend(&stack, &whole, "", 0, looked, words, &mut rows);
    let more = rows.len().saturating_sub(SHOWN);
    rows.truncate(SHOWN);
    let strip = match subject {
        Subject::Container(_) | Subject::Image(_) => whole.laid.iter().map(cell).collect(),
        _ => Vec::new(),
    };
    let chosen = looked.row.as_ref().and_then(|path| rows.iter().find(|row| row.path == *path && !row.is_dir));
    let story = chosen.and_then(|row| story(world, &whole, subject, row, words));
    Files { strip, rows, more, story }
}

/// The directories that stand open when nobody has opened one: the working directory, and those in which the
/// writable layer has something.
pub fn first_open(world: &World, key: &str) -> BTreeSet<String> {
    let mut open = BTreeSet::new();
    let (config, upper) = match Subject::of(world, key) {
        Some(Subject::Container(container)) => (&container.config, world.filesystems.get(&container.upper)),
        Some(Subject::Image(image)) => (&image.config, None),
        _ => return open,
    };
    let mut path = String::new();
    for name in config.working_dir.split('/').filter(|name| !name.is_empty()) {
        path = format!("{path}/{name}");
        open.insert(path.clone());
    }
    if let Some(upper) = upper {
        layer::walk(upper, &mut |path, _, inode| {
            if matches!(inode.kind, Kind::Dir(_)) && !path.is_empty() && open.len() < OPEN {
                open.insert(format!("/{path}"));
            }
        });
    }
    open
}

fn cell(part: &Part) -> Cell {
    Cell { origin: part.origin, hue: part.hue, bars: part.bars, files: layer::files(part.fs), name: part.name.clone() }
}

fn descend(
    stack: &Stack,
    whole: &Stack,
    dir: &str,
    depth: usize,
    looked: &Looked,
    words: &'static Words,
    rows: &mut Vec<Row>,
) {
    if depth > DEPTH {
        return;
    }
    // One part alone is shown with its whiteouts, and with what the whole says of each name.
    let alone = looked.part.is_some();
    let around = if alone { names(whole, dir) } else { BTreeMap::new() };
    let mut found: Vec<(Text, Found)> = names(stack, dir).into_iter().collect();
    // Directories first, as a tree is read.
    let (dirs, files): (Vec<_>, Vec<_>) = found.drain(..).partition(|(_, found)| found.is_dir);
    for (name, found) in dirs.into_iter().chain(files) {
        let path = format!("{dir}/{name}");
        let gone = matches!(found.inode.kind, Kind::Whiteout);
        if gone && found.origin != Origin::Writable && !alone {
            continue;
        }
        let Some(part) = stack.part(found.origin) else { continue };
        let open = found.is_dir && looked.open.contains(&path);
        let known = around.get(&name).map_or(found.below.is_some(), |known| {
            known.below.is_some() || known.is_dir && known.origin != found.origin
        });
        let change = (found.origin == Origin::Writable).then_some(match (gone, known) {
            (true, _) => 'D',
            (false, true) => 'C',
            (false, false) => 'A',
        });
        rows.push(Row {
            path: path.clone(),
            name: name.to_string(),
            depth,
            is_dir: found.is_dir,
            open,
            origin: found.origin,
            hue: part.hue,
            bars: part.bars,
            change,
            from: if gone { words.inspect.whiteout.to_owned() } else { part.name.clone() },
            size: size(found.inode),
        });
        if open {
            descend(stack, whole, &path, depth + 1, looked, words, rows);
        }
    }
}

fn size(inode: &Inode) -> Option<String> {
    match &inode.kind {
        Kind::File(data) => Some(human_size(data.len())),
        Kind::Symlink(target) => Some(format!("→ {target}")),
        _ => None,
    }
}

/// What a directory shows, by name.
fn names<'a>(stack: &Stack<'a>, dir: &str) -> BTreeMap<Text, Found<'a>> {
    let mut all: BTreeMap<Text, Found<'a>> = BTreeMap::new();
    let mounted = stack.mounts.iter().find(|part| below(dir, &part.at).is_some());
    let only: &[Part<'a>] = mounted.map_or(&stack.laid, std::slice::from_ref);
    for part in only {
        let inner = if mounted.is_some() { below(dir, &part.at).unwrap_or("") } else { dir };
        match locate(part, inner) {
            Place::Absent => {}
            Place::Hidden => break,
            Place::Dir(ino, last) => {
                for (name, ino) in part.fs.entries(ino).into_iter().flatten() {
                    if let Some(inode) = part.fs.get(*ino) {
                        meet(&mut all, name, part.origin, inode);
                    }
                }
                if last {
                    break;
                }
            }
        }
    }
    for part in &stack.mounts {
        let Some((parent, name)) = part.at.rsplit_once('/').filter(|(_, name)| !name.is_empty()) else { continue };
        if let Some(inode) = part.fs.get(part.root).filter(|_| parent == dir) {
            let is_dir = matches!(inode.kind, Kind::Dir(_));
            all.insert(name.into(), Found { origin: part.origin, inode, is_dir, sealed: true, below: None });
        }
    }
    all
}

/// Takes in a name of a part below those that were met before.
fn meet<'a>(all: &mut BTreeMap<Text, Found<'a>>, name: &Text, origin: Origin, inode: &'a Inode) {
    let is_dir = matches!(inode.kind, Kind::Dir(_));
    let hides = matches!(inode.kind, Kind::Whiteout);
    match all.get_mut(name) {
        None => {
            let sealed = !is_dir || inode.opaque;
            all.insert(name.clone(), Found { origin, inode, is_dir, sealed, below: None });
        }
        // A directory belongs to the lowest layer that has it: those above only have something in it.
        Some(found) if found.is_dir && is_dir && !found.sealed => {
            (found.origin, found.inode, found.sealed) = (origin, inode, inode.opaque);
        }
        Some(found) if found.is_dir => found.sealed = true,
        Some(found) if found.below.is_none() && !hides => found.below = Some((origin, inode)),
        Some(_) => {}
    }
}

enum Place {
    /// Not here; perhaps further down.
    Absent,
    /// Not here, and what is further down can't be seen.
    Hidden,
    /// Here; whether it hides what is further down.
    Dir(Ino, bool),
}

fn locate(part: &Part, dir: &str) -> Place {
    let (mut ino, mut opaque) = (part.root, false);
    for name in dir.split('/').filter(|name| !name.is_empty()) {
        let Some(child) = part.fs.child(ino, name) else { return if opaque { Place::Hidden } else { Place::Absent } };
        match part.fs.get(child) {
            Some(Inode { kind: Kind::Dir(_), opaque: hides, .. }) => (ino, opaque) = (child, opaque || *hides),
            _ => return Place::Hidden,
        }
    }
    Place::Dir(ino, opaque)
}

/// What of a path lies within a mount.
fn below<'p>(path: &'p str, at: &str) -> Option<&'p str> {
    let rest = path.strip_prefix(at.trim_end_matches('/'))?;
    (rest.is_empty() || rest.starts_with('/')).then_some(rest)
}

fn story(world: &World, stack: &Stack, subject: Subject, row: &Row, words: &'static Words) -> Option<Story> {
    let told = &words.inspect;
    let edit = match subject {
        Subject::Container(container) if Look::of(container) == Look::Running && row.change != Some('D') => {
            Some(format!("docker exec -it {} vi {}", container.name, row.path))
        }
        _ => None,
    };
    let plain = |title, text| Some(Story { title, text, copy: None, edit: edit.clone() });
    let (dir, name) = row.path.rsplit_once('/')?;
    let found = names(stack, dir).remove(name)?;
    let below = found.below.and_then(|(origin, inode)| Some((stack.part(origin)?, inode)));
    match (row.change, row.origin, below) {
        (Some('D'), ..) => {
            let layer = below.map_or(told.image, |(part, _)| &part.name);
            plain(told.deleted_title, (told.deleted_story)(&row.name, layer))
        }
        (Some('C'), _, Some((part, inode))) => Some(Story {
            title: told.copied_title,
            text: (told.copied_story)(&row.name),
            copy: Some((cell(part), size(inode).unwrap_or_default(), row.size.clone().unwrap_or_default())),
            edit,
        }),
        (Some(_), ..) => plain(told.added_title, (told.added_story)(&row.name)),
        (_, Origin::Mount(_), _) => plain(told.mount_title, (told.mount_story)(&row.from)),
        _ => {
            let image = match subject {
                Subject::Container(container) => &container.image,
                Subject::Image(image) => &image.id,
                _ => return None,
            };
            let containers = world.engine.containers_of(image).count();
            plain(told.layer_title, (told.layer_story)(&row.from, containers))
        }
    }
}
