//! The invariants of a World.

use std::collections::{BTreeMap, BTreeSet};

use super::container::Status;
use super::process::{Object, Run};
use super::world::World;

/// An invariant that does not hold, in words.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Violation(pub String);

impl World {
    /// Checks every invariant: references resolve; names and addresses are held once; a running container
    /// has a live process; layer chains are acyclic; reference counts agree.
    pub fn verify(&self) -> Result<(), Violation> {
        self.verify_processes()?;
        self.verify_files()?;
        self.verify_images()?;
        self.verify_containers()
    }

    fn verify_processes(&self) -> Result<(), Violation> {
        for (pid, process) in &self.processes {
            ensure(*pid == process.pid, || format!("process {pid} calls itself {}", process.pid))?;
            ensure(*pid == 1 || self.processes.contains_key(&process.ppid), || {
                format!("process {pid} has no parent {}", process.ppid)
            })?;
            // A process leaves its namespaces when it ends, not when its parent asks how.
            let ended = matches!(process.run, Run::Zombie(_));
            ensure(ended || self.mounts.contains_key(&process.ns.mount), || {
                format!("process {pid} ({}) has no mount namespace", process.argv.join(" "))
            })?;
            ensure(ended || self.hostnames.contains_key(&process.ns.uts), || format!("process {pid} has no hostname"))?;
            ensure(matches!(process.run, Run::Zombie(_)) == process.fds.is_empty() || process.fds.is_empty(), || {
                format!("zombie {pid} holds files")
            })?;
            for child in process.children.keys() {
                ensure(self.process(*child).is_some_and(|c| c.ppid == *pid), || {
                    format!("process {pid} lists {child}, which is not its child")
                })?;
            }
            for fd in process.fds.values() {
                ensure(self.files.contains_key(&fd.file), || format!("process {pid} holds a file that is not open"))?;
            }
        }
        for (name, cgroup) in &self.cgroups {
            let members = self.processes.values().filter(|process| process.cgroup.as_ref() == Some(name));
            let held: u64 = members.map(|process| process.memory).sum();
            ensure(held == cgroup.memory, || format!("{name} counts {} bytes and holds {held}", cgroup.memory))?;
        }
        for mount in self.mounts.values().flat_map(|ns| &ns.mounts) {
            if let super::process::Source::Fs { fs, .. } | super::process::Source::Overlay { upper: fs, .. } =
                &mount.source
            {
                ensure(self.filesystems.contains_key(fs), || format!("mount {} has no file system", mount.at))?;
            }
        }
        Ok(())
    }

    fn verify_files(&self) -> Result<(), Violation> {
        let mut refs: BTreeMap<_, u32> = BTreeMap::new();
        for fd in self.processes.values().flat_map(|process| process.fds.values()) {
            *refs.entry(fd.file).or_default() += 1;
        }
        let held = self.engine.containers.values().filter_map(|c| c.stdin);
        for file in held.chain(self.engine.execs.values().filter_map(|e| e.stdin)) {
            *refs.entry(file).or_default() += 1;
        }
        let mut ends: BTreeMap<_, (u32, u32)> = BTreeMap::new();
        for (id, file) in &self.files {
            let counted = refs.get(id).copied().unwrap_or(0);
            ensure(file.refs == counted, || {
                format!("open file {} ({}) counts {} holders and has {counted}", id.0, file.path, file.refs)
            })?;
            match file.object {
                Object::PipeRead(pipe) => ends.entry(pipe).or_default().0 += 1,
                Object::PipeWrite(pipe) => ends.entry(pipe).or_default().1 += 1,
                _ => {}
            }
        }
        for (id, pipe) in &self.pipes {
            let counted = ends.get(id).copied().unwrap_or((0, 0));
            ensure((pipe.readers, pipe.writers) == counted, || format!("pipe {} miscounts its ends", id.0))?;
        }
        Ok(())
    }

    fn verify_images(&self) -> Result<(), Violation> {
        let engine = &self.engine;
        for (tag, id) in &engine.tags {
            ensure(engine.images.contains_key(id), || format!("tag {tag} points at no image"))?;
        }
        let mut used = BTreeSet::new();
        for image in engine.images.values() {
            for chain in &image.layers {
                used.insert(chain);
                ensure(engine.layers.contains_key(chain), || format!("image {} lacks layer {chain}", image.id))?;
            }
        }
        let mut cached: Vec<_> = engine.builds.records.values().filter_map(|record| record.chain.as_ref()).collect();
        while let Some(chain) = cached.pop() {
            let found = engine.layers.get(chain);
            ensure(found.is_some(), || format!("the build cache lacks layer {chain}"))?;
            if used.insert(chain) {
                cached.extend(found.and_then(|layer| layer.parent.as_ref()));
            }
        }
        for record in engine.builds.keys.values() {
            ensure(engine.builds.records.contains_key(record), || format!("build record {record} is gone"))?;
        }
        for (chain, layer) in &engine.layers {
            ensure(used.contains(chain), || format!("layer {chain} belongs to no image"))?;
            let mut below = layer.parent.clone();
            let mut steps = 0;
            while let Some(parent) = below {
                steps += 1;
                ensure(steps <= engine.layers.len(), || format!("layer {chain} is its own ancestor"))?;
                let found = engine.layers.get(&parent);
                ensure(found.is_some(), || format!("layer {chain} lacks its parent {parent}"))?;
                below = found.and_then(|layer| layer.parent.clone());
            }
        }
        Ok(())
    }

    fn verify_containers(&self) -> Result<(), Violation> {
        let engine = &self.engine;
        ensure(engine.names.len() == engine.containers.len(), || "a container name is held twice or by nobody".into())?;
        for (name, id) in &engine.names {
            ensure(engine.containers.get(id).is_some_and(|c| c.name == *name), || format!("name {name} is astray"))?;
        }
        let mut addresses = BTreeSet::new();
        for container in engine.containers.values() {
            let id = &container.id;
            ensure(self.filesystems.contains_key(&container.upper), || {
                format!("container {id} has no writable layer")
            })?;
            ensure(self.journals.contains_key(&container.journal), || format!("container {id} has no log"))?;
            let live = matches!(container.state.status, Status::Running | Status::Paused);
            let alive = self.process(container.state.pid).is_some_and(|p| !matches!(p.run, Run::Zombie(_)));
            // Between a process's death and the engine's notice of it both may differ; a zombie is that moment.
            let zombie = self.process(container.state.pid).is_some_and(|p| matches!(p.run, Run::Zombie(_)));
            ensure(live == alive || (live && zombie), || {
                format!("container {id} is {:?}, its process is not", container.state.status)
            })?;
            ensure(live || container.state.pid == 0, || format!("container {id} keeps a pid"))?;
            for published in &container.published {
                let forwarded = self.forwards.contains_key(&published.host_port) || published.host_ip.contains(':');
                ensure(live && forwarded, || format!("{id} publishes {} for nobody", published.host_port))?;
            }
            for endpoint in container.endpoints.values().filter(|e| e.address != 0) {
                ensure(addresses.insert((endpoint.network_id.clone(), endpoint.address)), || {
                    format!("address of {id} is held twice")
                })?;
            }
        }
        Ok(())
    }
}

fn ensure(holds: bool, words: impl FnOnce() -> String) -> Result<(), Violation> {
    if holds { Ok(()) } else { Err(Violation(words())) }
}
