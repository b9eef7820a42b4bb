//! How deep things lie: conduits first, then what leads from the volumes, then the networks' rails.

use super::slots::Slots;
use super::space::{LOW, Zoom};
use super::{drum, rail, wall};
use crate::model::World;

/// At most so many of a kind have a place of their own; the rest is told of in a number.
const MOST: usize = 3;

/// How much lies below the ground.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Load {
    pub conduits: usize,
    pub pipes: usize,
    pub rails: usize,
}

impl Load {
    pub fn of(world: &World, slots: &Slots) -> Load {
        let containers = world.engine.containers.values();
        let conduits = containers.map(|container| wall::leads(container).iter().filter(|lead| !lead.failed).count());
        Load {
            conduits: conduits.sum::<usize>().min(MOST),
            pipes: drum::stores(world, slots).len().min(drum::ROWS),
            rails: rail::networks(world, slots).len().min(MOST),
        }
    }
}

/// Heights below the ground, in pixels.
#[derive(Clone, Debug)]
pub struct Depth {
    /// Of the conduits, top to bottom.
    pub conduits: Vec<i32>,
    /// Of the lines that lead from volumes, the last one for the rightmost.
    pub pipes: Vec<i32>,
    pub rails: Vec<i32>,
    /// The top of the drums, or of the chips that stand for them.
    pub drums: i32,
    /// All of it.
    pub whole: i32,
}

fn steps(first: i32, step: i32, count: usize) -> Vec<i32> {
    (0..count as i32).map(|n| first + n * step).collect()
}

impl Depth {
    pub fn new(load: Load, zoom: Zoom, height: i32) -> Depth {
        match zoom != Zoom::Small && height >= 420 {
            true => Depth::deep(load, height),
            false => Depth::shallow(load, zoom, height < LOW),
        }
    }

    /// With room for drums and names.
    fn deep(load: Load, height: i32) -> Depth {
        let most = if height < 480 { 2 } else { MOST };
        let Load { conduits, pipes, rails } = load;
        let (conduits, pipes, rails) = (conduits.min(most), pipes.min(most + 1), rails.min(most));
        let crowded = conduits > 1 || pipes > 1 || rails > 2;
        let conduits = steps(if crowded { 24 } else { 40 }, 16, conduits);
        let above = conduits.last().copied().unwrap_or(24);
        let last_pipe = (above + 12 + 10 * (pipes as i32 - 1).max(0)).max(52);
        let pipes = steps(last_pipe - 10 * (pipes as i32 - 1).max(0), 10, pipes);
        let first_rail = 74.max(above + 26).max(if pipes.is_empty() { 0 } else { last_pipe + 22 });
        let rails = steps(first_rail, 32, rails);
        let drums = last_pipe - 10;
        let lowest = if pipes.is_empty() { 0 } else { drums + 54 + 20 };
        let whole = 128.max(lowest).max(rails.last().map_or(0, |rail| rail + 34));
        Depth { conduits, pipes, rails, drums, whole }
    }

    /// Volumes are chips, and on the lowest Stage the rails have no names below them.
    fn shallow(load: Load, zoom: Zoom, low: bool) -> Depth {
        let (first, rail, step) = if low { (15, 25, 12) } else { (18, 34, 18) };
        let rails = steps(rail, step, load.rails.min(if low { 2 } else { MOST }));
        let drums = if zoom == Zoom::Small { 40 } else { 14 };
        let pipes = steps(drums + 27, 0, load.pipes.min(1));
        let base = if low { 46 } else { 60 };
        let below = rails.last().map_or(0, |last| last + if low { 14 } else { 22 });
        let whole = base.max(below).max(pipes.first().map_or(0, |pipe| pipe + 10));
        Depth { conduits: steps(first, 0, load.conduits.min(1)), pipes, rails, drums, whole }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_lies_at_the_same_depth() {
        for conduits in 0..=4 {
            for pipes in 0..=4 {
                for rails in 0..=4 {
                    let load = Load { conduits, pipes, rails };
                    let depth = Depth::new(load, Zoom::Large, 520);
                    let all = || depth.conduits.iter().chain(&depth.pipes).chain(&depth.rails);
                    for (n, a) in all().enumerate() {
                        for b in all().skip(n + 1) {
                            assert!(b - a >= 10, "{load:?}: {depth:?}");
                        }
                        assert!(*a + 14 < depth.whole, "{load:?}: {depth:?}");
                    }
                }
            }
        }
    }

    #[test]
    fn the_usual_picture_keeps_its_measures() {
        let depth = Depth::new(Load { conduits: 1, pipes: 1, rails: 1 }, Zoom::Large, 520);
        assert_eq!((depth.conduits, depth.pipes, depth.rails), (vec![40], vec![52], vec![74]));
        assert_eq!((depth.drums, depth.whole), (42, 128));
        let two = Depth::new(Load { conduits: 1, pipes: 1, rails: 2 }, Zoom::Large, 520);
        assert_eq!((two.rails, two.whole), (vec![74, 106], 140));
    }
}
