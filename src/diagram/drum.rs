//! What outlives containers: volumes as drums, folders of the learner's machine, and the lines to those that
//! mount them.

use std::collections::BTreeMap;

use super::container::bytes_of;
use super::draw::{caption, icon, named, named_width, path, rect, run, words};
use super::rail::leg_x;
use super::row::{Item, Plan, Stand};
use super::scene::{Kind, Object, Shape};
use super::slots::Slots;
use super::space::Space;
use super::text::{self, Look, fit};
use super::{View, label};
use crate::model::World;
use crate::model::container::{Container, MountKind, MountPoint};
use crate::model::engine::Volume;
use crate::words::Lens;

const DRUM: (i32, i32) = (54, 54);
/// From one drum to the next, and from one row of chips to the next.
const PITCH: i32 = 190;
const ROW: i32 = 22;
/// What the volumes' caption may take.
const CAPTION: i32 = 150;
pub const ROWS: usize = 4;

/// Something that can be mounted.
#[derive(Clone)]
pub enum Store<'a> {
    Volume(&'a Volume),
    /// A path of the host.
    Folder(String),
}

impl Store<'_> {
    fn key(&self) -> String {
        match self {
            Store::Volume(volume) => format!("volume:{}", volume.name),
            Store::Folder(path) => format!("folder:{path}"),
        }
    }

    /// Whether a volume is selected; a folder of the host can't be.
    fn choice(&self, view: &View) -> Option<bool> {
        match self {
            Store::Volume(_) => Some(view.is_selected(&self.key())),
            Store::Folder(_) => None,
        }
    }

    fn is_of(&self, mount: &MountPoint) -> bool {
        match self {
            Store::Volume(volume) => mount.kind == MountKind::Volume && *mount.name == *volume.name,
            Store::Folder(path) => mount.kind == MountKind::Bind && mount.source == *path,
        }
    }

    /// Its name, an anonymous volume's cut as Docker cuts ids.
    fn name(&self) -> &str {
        match self {
            Store::Volume(volume) if volume.anonymous => text::short_id(&volume.name),
            Store::Volume(volume) => &volume.name,
            Store::Folder(path) => path,
        }
    }
}

/// Volumes in order of appearance, then the folders that containers mount.
pub fn stores<'a>(world: &'a World, slots: &Slots) -> Vec<Store<'a>> {
    let volumes = slots.volumes().filter_map(|name| world.engine.volumes.get(name));
    let mut stores: Vec<Store<'a>> = volumes.map(|volume| Store::Volume(volume)).collect();
    let mut folders: BTreeMap<&str, ()> = BTreeMap::new();
    for id in slots.containers() {
        let Some(container) = world.engine.containers.get(id) else { continue };
        for mount in container.mounts.iter().filter(|mount| mount.kind == MountKind::Bind) {
            if folders.insert(&mount.source, ()).is_none() {
                stores.push(Store::Folder(mount.source.clone()));
            }
        }
    }
    stores
}

/// A mount as it is drawn: which place of the row, whose, and where.
type Use<'a> = (&'a Item, &'a Container, &'a MountPoint);

fn uses<'a>(store: &Store<'_>, plan: &'a Plan) -> Vec<Use<'a>> {
    let items = plan.items.iter().filter(|item| item.stand != Stand::Rest);
    let all = items.flat_map(|item| item.containers.iter().map(move |container| (item, &**container)));
    all.flat_map(|(item, container)| {
        container.mounts.iter().filter(|mount| store.is_of(mount)).map(move |mount| (item, container, mount))
    })
    .collect()
}

pub fn draw(world: &World, plan: &Plan, slots: &Slots, view: &View, space: &Space, objects: &mut Vec<Object>) {
    let stores = stores(world, slots);
    match space.is_deep() {
        _ if stores.is_empty() => {}
        true => drums(world, &stores, plan, view, space, objects),
        false => chips(&stores, plan, view, space, objects),
    }
    for item in &plan.items {
        objects.extend(feet(item, view, space));
    }
}

#[inline(never)]
fn drums(world: &World, stores: &[Store<'_>], plan: &Plan, view: &View, space: &Space, objects: &mut Vec<Object>) {
    let width = plan.containers_x - space.images_x - 16;
    let as_drums = stores.len() == 1 || (stores.len() == 2 && width >= 2 * PITCH - 20);
    let rows = (((space.host_bottom - space.ground - 36) / ROW).max(1) as usize).min(ROWS);
    let shown = if as_drums { stores.len() } else { stores.len().min(rows) };
    objects.push(heading(stores, shown, view, space));
    for (n, store) in stores.iter().take(shown).enumerate() {
        let uses = uses(store, plan);
        let Some(lane) = space.pipes.get(n.min(space.pipes.len().saturating_sub(1))).copied() else { continue };
        if !as_drums {
            let y = 36 + n as i32 * ROW;
            let chip = chip(store, &uses, (space.images_x, y), (width - 34).max(60), view, space);
            let start = (space.images_x + chip.w, y + 9);
            objects.push(chip);
            // The line rises in the gap between images and containers, each at a place of its own.
            let rise = plan.containers_x - 9 - n as i32 * 6 - start.0;
            objects.extend(uses.iter().map(|of| pipe(store, of, start, Rise::Beside(rise), lane, view, space)));
            continue;
        }
        let x = space.images_x + 2 + n as i32 * PITCH;
        let last = n + 1 == shown;
        let room = if last { width - n as i32 * PITCH } else { PITCH } - DRUM.0 - 24;
        objects.push(drum(world, store, &uses, x, room.clamp(40, 150), view, space));
        // The rightmost drum's line leaves at its side; another's passes above those beside it.
        let (start, rise) = match last {
            true => ((x + DRUM.0, lane), Rise::None),
            false => ((x + DRUM.0 / 2, space.drums + 3), Rise::At),
        };
        objects.extend(uses.iter().map(|of| pipe(store, of, start, rise, lane, view, space)));
    }
}

fn heading(stores: &[Store<'_>], shown: usize, view: &View, space: &Space) -> Object {
    let stage = &view.words.stage;
    let left = stores.len() - shown;
    let more = if left > 0 { (stage.more)(left) } else { String::new() };
    let volumes = stores.iter().filter(|store| matches!(store, Store::Volume(_))).count();
    let w = named_width(CAPTION, view, volumes, |stage| stage.volumes) + 12 + text::regular(&more, 11);
    let mut note = Object::new(Kind::Note, "note:volumes".to_owned(), space.images_x, space.ground + 11, w, 18);
    note.class = "vols".to_owned();
    if left > 0 {
        note.label = format!("{}, {more}", stage.volumes);
        note.column = 602;
        note.holds = stores.iter().skip(shown).map(Store::key).collect();
        note.selected = (volumes > 0).then(|| view.is_selected(&note.key));
    }
    note.shapes = vec![match volumes {
        0 => caption(0, 14, stage.folders, Some(stores.len()), &more),
        _ => named(0, 14, CAPTION, view, volumes, |stage| stage.volumes),
    }];
    if let (Some(Shape::Text { runs, .. }), true) = (note.shapes.first_mut(), volumes > 0 && left > 0) {
        runs.push(run("rl", 12, more));
    }
    note
}

/// Size, and where it is mounted if that is one place.
fn remark(world: &World, store: &Store<'_>, uses: &[Use<'_>], view: &View) -> (String, String) {
    let stage = &view.words.stage;
    let what = match store {
        Store::Volume(volume) => {
            let size = label::size(world.filesystems.get(&volume.fs).map_or(0, |fs| bytes_of(fs).1));
            if volume.anonymous { format!("{} · {size}", stage.anonymous) } else { size }
        }
        Store::Folder(_) => stage.folder.to_owned(),
    };
    let place = match uses {
        [] => stage.unused.to_owned(),
        [(_, _, first), rest @ ..] if rest.iter().all(|(_, _, mount)| mount.destination == first.destination) => {
            (stage.mounted_at)(&first.destination)
        }
        _ => (stage.containers_count)(uses.len()),
    };
    (what, place)
}

fn drum(world: &World, store: &Store<'_>, uses: &[Use<'_>], x: i32, room: i32, view: &View, space: &Space) -> Object {
    let (w, h) = DRUM;
    let (what, place) = remark(world, store, uses, view);
    let mut object = Object::new(Kind::Volume, store.key(), x, space.ground + space.drums, w, h);
    object.column = 602;
    object.selected = store.choice(view);
    let name = match store {
        Store::Volume(_) => fit(store.name(), room, |t| text::mono(t, 12)),
        Store::Folder(path) => tail(path, room, 12),
    };
    match store {
        Store::Volume(_) => {
            object.label = format!("Volume {}, {what}, {place}", store.name());
            object.class = "drum".to_owned();
            object.shapes = match view.words.lens {
                Lens::Kitchen => fridge(w, h),
                _ => vec![
                    path("b", format!("M0 7v{}a{} 7 0 0 0 {w} 0v{}", h - 14, w / 2, 14 - h)),
                    path("t", format!("M0 7a{0} 7 0 0 1 {w} 0a{0} 7 0 0 1 {1} 0z", w / 2, -w)),
                ],
            };
        }
        Store::Folder(path_) => {
            object.label = format!("{} {path_}, {place}", view.words.stage.folder);
            object.class = "drum fold-of".to_owned();
            object.shapes = vec![
                path("b", format!("M0 6a3 3 0 0 1 3 -3h14l6 6h{}a3 3 0 0 1 3 3v{}h{}z", w - 26, h - 14, -w)),
                path("t", format!("M0 {}l5 {}h{w}l-5 {}z", h - 2, 20 - h, h - 20)),
            ];
        }
    }
    let middle = h / 2;
    let both = format!("{what} · {place}");
    object.shapes.push(words("nm over", w + 12, middle + 1, name));
    if text::regular(&both, 11) <= room {
        object.shapes.push(words("sub over", w + 12, middle + 16, both));
    } else {
        object.shapes.push(words("sub over", w + 12, middle + 14, fit(&what, room, |t| text::regular(t, 11))));
        object.shapes.push(words("sub over", w + 12, middle + 27, fit(&place, room, |t| text::regular(t, 11))));
    }
    object
}

/// What a kitchen has in a drum's place.
fn fridge(w: i32, h: i32) -> Vec<Shape> {
    vec![
        rect("b", 4, 0, w - 8, h, 5),
        path("t", format!("M4 19V5a5 5 0 0 1 5 -5H{}a5 5 0 0 1 5 5V19z", w - 9)),
        path("t", format!("M{0} 6v7M{0} 26v12", w - 12)),
    ]
}

/// The end of a path that fits, from a name on: `…/app/data`.
fn tail(path: &str, room: i32, size: u32) -> String {
    if text::mono(path, size) <= room {
        return path.to_owned();
    }
    let cuts = path.char_indices().filter(|(at, sign)| *at > 0 && *sign == '/').map(|(at, _)| at);
    let tails = cuts.map(|at| format!("…{}", path.get(at..).unwrap_or_default()));
    let found = tails.into_iter().find(|tail| text::mono(tail, size) <= room);
    found.unwrap_or_else(|| fit(path.rsplit('/').next().unwrap_or(path), room, |t| text::mono(t, size)))
}

/// Where a mount enters a container.
fn foot_x(item: &Item) -> i32 {
    item.x + if item.stand == Stand::Frame { 16 } else { 8 }
}

/// How a line comes from where it starts to its lane.
#[derive(Clone, Copy)]
enum Rise {
    None,
    /// Straight up.
    At,
    /// So far to the right, then up.
    Beside(i32),
}

/// From what is mounted, at `start` below the ground, to the container's left foot.
fn pipe(
    store: &Store<'_>,
    of: &Use<'_>,
    start: (i32, i32),
    rise: Rise,
    lane: i32,
    view: &View,
    space: &Space,
) -> Object {
    let (item, container, mount) = *of;
    let (x, y) = start;
    let (foot, lane, top) = (foot_x(item) - x, lane - y, -y);
    let key = format!("mount:{}:{}:{}", container.id, store.key(), mount.destination);
    let mut object = Object::new(Kind::Mount, key, x, space.ground + y, foot.max(1), 1);
    object.level = 2;
    let stage = &view.words.stage;
    object.label = (stage.mounted_in)(store.name(), &container.name, &mount.destination);
    if !mount.writable {
        object.label.push_str(&format!(", {}", stage.read_only));
    }
    object.class = if Look::of(container).is_live() { "" } else { "off" }.to_owned();
    let first = match rise {
        Rise::None => "M0 0".to_owned(),
        Rise::At => format!("M0 0V{}a6 6 0 0 1 6 -6", lane + 6),
        Rise::Beside(right) if lane == 0 => format!("M0 0H{right}"),
        Rise::Beside(right) => format!("M0 0H{right}V{lane}"),
    };
    let (class, tip) = if matches!(rise, Rise::Beside(_)) { ("mount thin", 4) } else { ("mount", 5) };
    object.shapes = vec![
        path(class, format!("{first}H{}a8 8 0 0 0 8 -8V{}", foot - 8, top + 8)),
        path("mtip", format!("M{} {}l{tip} -9l{tip} 9z", foot - tip, top + 10)),
    ];
    object
}

/// At a frame's left foot: where its mounts are inside of it, and which of them can only be read.
#[inline(never)]
fn feet(item: &Item, view: &View, space: &Space) -> Option<Object> {
    let container = item.containers.first().filter(|_| item.stand == Stand::Frame && space.is_deep())?;
    let stage = &view.words.stage;
    let mut places: Vec<(&str, bool, bool)> = Vec::new();
    for mount in &container.mounts {
        places.push((&mount.destination, !mount.writable, mount.kind == MountKind::Tmpfs));
    }
    places.extend(container.host.tmpfs.keys().map(|path| (path.as_str(), false, true)));
    if places.is_empty() {
        return None;
    }
    let x = foot_x(item) + 9;
    let room = leg_x(item, space.rails.len().max(1) - 1, space.rails.len().max(1)) - x - 5;
    let mut object = Object::new(Kind::Mount, format!("feet:{}", container.id), x, space.ground, room, 18);
    let mut said = Vec::new();
    for (n, (path, read_only, memory)) in places.iter().enumerate() {
        if *memory {
            said.push(format!("{path}, {}", stage.in_memory));
        }
        if n >= 2 {
            continue;
        }
        let y = 14 + n as i32 * 12;
        let marked = *read_only || *memory;
        if marked {
            object.shapes.push(icon(if *memory { "chip" } else { "lock" }, "adi", 0, y - 9, 10));
        }
        let inset = if marked { 13 } else { 0 };
        object.shapes.push(words("mt over", inset, y, tail(path, room - inset, 11)));
    }
    if !said.is_empty() {
        object.label = format!("{}: {}", container.name, said.join(", "));
        object.level = 2;
    }
    Some(object)
}

/// A store in one line: its kind, its name, and where it is mounted if there is room for that.
fn chip(store: &Store<'_>, uses: &[Use<'_>], (x, y): (i32, i32), room: i32, view: &View, space: &Space) -> Object {
    let stage = &view.words.stage;
    let volume = matches!(store, Store::Volume(_));
    let name = match volume {
        true => fit(store.name(), room - 28, |t| text::mono(t, 11)),
        false => tail(store.name(), room - 28, 11),
    };
    let w = text::mono(&name, 11) + 28;
    let mut object = Object::new(Kind::Volume, store.key(), x, space.ground + y, w, 19);
    let place = match uses {
        [] => stage.unused.to_owned(),
        [(_, _, mount)] => (stage.mounted_at)(&mount.destination),
        _ => (stage.containers_count)(uses.len()),
    };
    object.label = format!("{} {}, {place}", if volume { "Volume" } else { stage.folder }, store.name());
    object.class = "vchip".to_owned();
    object.column = 602;
    object.selected = store.choice(view);
    let mark = if volume { "disk" } else { "folder" };
    object.shapes = vec![rect("b", 0, 0, w, 19, 5), icon(mark, "i", 7, 4, 12), words("nm", 22, 13, name)];
    object
}

/// On a low Stage: chips in a row, as many as fit.
#[inline(never)]
fn chips(stores: &[Store<'_>], plan: &Plan, view: &View, space: &Space, objects: &mut Vec<Object>) {
    let (mut x, y) = (space.images_x + 2, space.drums);
    // Beyond it stand the containers' legs and the rails' names.
    let limit = plan.items.first().map_or(plan.containers_x.min(space.right), |item| item.x) - 8;
    for (n, store) in stores.iter().enumerate() {
        let left = stores.len() - n;
        let uses = uses(store, plan);
        let reserve = if left > 1 { 34 } else { 0 };
        let chip = chip(store, &uses, (x, y), (limit - x - reserve).min(150), view, space);
        if chip.w <= 28 + 14 {
            let mut object = Object::new(Kind::Chip, "chip:volumes".to_owned(), x, space.ground + y, 30, 19);
            object.label = format!("{}, {}", view.words.stage.volumes, (view.words.stage.more)(left));
            object.column = 602;
            object.holds = stores.iter().skip(n).map(Store::key).collect();
            let volumes = stores.iter().any(|store| matches!(store, Store::Volume(_)));
            object.selected = volumes.then(|| view.is_selected(&object.key));
            object.shapes = vec![words("sub", 4, 13, format!("+{left}"))];
            objects.push(object);
            return;
        }
        if let Some(lane) = space.pipes.first() {
            objects.extend(uses.iter().map(|of| low_pipe(store, of, (x + chip.w / 2, y + 19), *lane, view, space)));
        }
        x += chip.w + 6;
        objects.push(chip);
    }
}

/// From below a chip to the container's left foot.
fn low_pipe(store: &Store<'_>, of: &Use<'_>, start: (i32, i32), lane: i32, view: &View, space: &Space) -> Object {
    let mut object = pipe(store, of, start, Rise::None, lane, view, space);
    let (foot, down, top) = (foot_x(of.0) - start.0, lane - start.1, -start.1);
    let bend = format!("M0 0v{}a6 6 0 0 0 6 6H{}a6 6 0 0 0 6 -6V{}", (down - 6).max(0), foot - 6, top + 8);
    object.shapes = vec![path("mount thin", bend), path("mtip", format!("M{} {}l4 -8l4 8z", foot - 4, top + 9))];
    object
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_cut_at_names() {
        assert_eq!(tail("/app/data", 200, 11), "/app/data");
        assert_eq!(tail("/home/learner/work/app", 80, 11), "…/work/app");
        assert_eq!(tail("/usr/share/nginx/html", 40, 11), "…/html");
        assert_eq!(tail("/averyveryverylongname", 40, 11), "aver…");
    }
}
