//! The pale bands that run from an image's plate straight through every container that uses it.

use super::draw::{DX, Plate, rect};
use super::row::{Item, Plan, Stand};
use super::scene::{Kind, Object, Zone};

/// A stretch in which a band may be seen.
struct Band<'a> {
    plate: &'a Plate,
    x1: i32,
    x2: i32,
    /// The first container that it serves.
    item: usize,
}

pub fn zone(plan: &Plan) -> Zone {
    let mut bands: Vec<Band> = Vec::new();
    for (at, item) in plan.items.iter().enumerate() {
        for node in &item.rows {
            let Some(plate) = plan.forest.plate(*node).filter(|plate| plate.w > 0) else { continue };
            for (x1, x2) in stretches(plan, plate, plan.forest.tree_right(*node), at, item) {
                let crossing = |band: &&Band| {
                    band.x1 < x2
                        && x1 < band.x2
                        && band.plate.y < plate.y + plate.h
                        && plate.y < band.plate.y + band.plate.h
                };
                // Where two stacks would cross, the container that stands nearer keeps the place.
                if bands.iter().find(crossing).is_none() {
                    bands.push(Band { plate, x1, x2, item: at });
                }
            }
        }
    }
    let objects = bands.iter().map(|band| object(band, plan)).collect();
    Zone { key: "bands", label: String::new(), objects }
}

/// From the plate to the container, without the frames in between.
fn stretches(plan: &Plan, plate: &Plate, tree_right: i32, at: usize, item: &Item) -> Vec<(i32, i32)> {
    let mut from = tree_right.max(plate.x + plate.w) + DX;
    let mut stretches = Vec::new();
    // The trees that stand to the right hide what is behind them; between them a band is in the open.
    let mut trees: Vec<(i32, i32)> =
        plan.forest.roots.iter().filter_map(|root| plan.forest.plate(*root)).map(|p| (p.x, p.x + p.w + DX)).collect();
    trees.retain(|(x, _)| *x > from);
    if plate.x + plate.w + DX < from {
        stretches.push((plate.x + plate.w + DX, from));
    }
    for (x1, x2) in trees {
        stretches.push((from, x1));
        stretches.push((x1, x2));
        from = x2;
    }
    for before in plan.items.iter().take(at) {
        stretches.push((from, before.x + 8));
        from = if before.stand == Stand::Gap { before.x + 8 } else { before.x + before.w - 8 };
    }
    stretches.push((from, item.x + 8));
    stretches.retain(|(x1, x2)| x1 < x2);
    stretches
}

fn object(band: &Band, plan: &Plan) -> Object {
    let (plate, w) = (band.plate, band.x2 - band.x1);
    let of = plan.items.get(band.item).and_then(|item| item.containers.first());
    let key = format!("band:{}:{}:{}", of.map_or("", |c| &c.id), plate.chain, band.x1);
    let mut object = Object::new(Kind::Band, key, band.x1, plate.y, w, plate.h);
    object.hue = Some(plate.hue);
    object.shapes = vec![rect("band", 0, 0, w, plate.h, 0)];
    object
}
