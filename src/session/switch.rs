//! Switches of the machine, turned: the network, the registry's pace, the disk, a layer, a port.

use std::rc::Rc;

use super::host;
use super::log::Switch;
use super::machine::Machine;
use crate::model::process::{Pid, SUPERUSER};
use crate::model::signal::Signal;
use crate::model::{Text, World};

/// Who takes a port: a web server that somebody has left on the machine.
const SITE: &str = "/opt/site/httpd";

impl Machine {
    #[inline(never)]
    pub fn turn(&mut self, switch: &Switch) {
        let mut kernel = self.kernel.borrow_mut();
        let world = &mut kernel.world;
        match switch {
            Switch::Network(up) => world.network_up = *up,
            Switch::Slow(slow) => world.registry_slow = *slow,
            Switch::Full(full) => world.disk_full = *full,
            Switch::Damage(reference) => damage(world, reference),
            Switch::Port { port, taken } => {
                let at: Vec<Pid> = sites(world).filter(|(_, held)| held == port).map(|(pid, _)| pid).collect();
                match (taken, at.is_empty()) {
                    (true, true) => {
                        drop(kernel);
                        self.open_site(*port);
                    }
                    (false, _) => {
                        at.into_iter().for_each(|pid| kernel.signal_group(pid, Signal::KILL));
                    }
                    (true, false) => {}
                }
            }
        }
    }

    #[inline(never)]
    fn open_site(&mut self, port: u16) {
        let page: &[u8] = b"<h1>A site of this machine, no container</h1>\n";
        host::install(&mut self.kernel.borrow_mut().world, SITE, "httpd", &[("index.html", page)]);
        let argv = [SITE, "-f", "-p", &port.to_string(), "-h", "/opt/site"].map(String::from).to_vec();
        self.start(argv, SUPERUSER, &[0]);
    }
}

/// The processes that were started to take a port, and the port of each.
fn sites(world: &World) -> impl Iterator<Item = (Pid, u16)> {
    let port = |argv: &[String]| argv.first().filter(|path| *path == SITE).and_then(|_| argv.get(3)?.parse().ok());
    world.processes.iter().filter_map(move |(pid, process)| Some((*pid, port(&process.argv)?)))
}

/// The ports that such processes have, in order.
pub fn ports(world: &World) -> Vec<u16> {
    sites(world).map(|(_, port)| port).collect()
}

/// The layer of an image that is damaged with it: its top.
fn weak(world: &World, reference: &str) -> Option<Text> {
    let image = world.engine.images.get(world.engine.tags.get(reference)?)?;
    image.layers.last().cloned()
}

fn damage(world: &mut World, reference: &str) {
    let top = weak(world, reference);
    if let Some(layer) = top.and_then(|top| world.engine.layers.get_mut(&top)) {
        Rc::make_mut(layer).damaged = true;
    }
}

/// Whether an image is.
pub fn damaged(world: &World, reference: &str) -> bool {
    weak(world, reference).and_then(|top| world.engine.layers.get(&top)).is_some_and(|layer| layer.damaged)
}
