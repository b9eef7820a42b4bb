//! Doing what the cache does not know: copying files, and running processes.

use std::rc::Rc;

use super::build::Failure;
use super::copy;
use super::graph::{Action, Exec, ExecMount};
use super::instruction::MountKind;
use super::snapshot::{Snapshot as Change, resolve};
use super::solve::{Made, Running, Solver};
use crate::engine::build::{Ask, Found, Mount, Run, Source};
use crate::engine::client::Connection;
use crate::model::file::Fs;
use crate::model::quote::quoted;
use crate::model::time::Time;
use crate::oci::layer;

/// Time that copying takes.
const COPY: Time = Time::millis(15);

impl Solver<'_> {
    pub(super) async fn files(&mut self, at: usize, actions: &[Action]) -> Result<Made, Failure> {
        let _ = self.session.sys.sleep(COPY).await;
        let vertex = &self.graph.vertices[at];
        let lower = self.tree(vertex.inputs.first().copied().flatten()).cloned();
        let mut change = Change::new(lower.as_ref(), self.session.sys.now().epoch());
        for action in actions {
            match action {
                Action::MakeDir { path, user } => {
                    let (uid, gid) = owner(&change.merged, user);
                    let meta = change.new_dir(0o755, uid, gid);
                    change.make_dirs(path, meta).map_err(Failure::new)?;
                }
                Action::Copy(files) => {
                    let input = vertex.inputs.get(files.input).copied().flatten();
                    let Some(tree) = self.tree(input).cloned() else {
                        let missing = copy::missing(&Fs::new(layer::root_meta(0)), files);
                        if missing {
                            return Err(self.not_found(at, files));
                        }
                        continue;
                    };
                    if copy::missing(&tree, files) {
                        return Err(self.not_found(at, files));
                    }
                    let owner = owner(&change.merged, &files.chown);
                    copy::copy(&mut change, &tree, files, owner).map_err(Failure::new)?;
                }
            }
        }
        Ok(Made { diff: Some(Rc::new(change.diff)), merged: Some(Rc::new(change.merged)) })
    }

    /// Asks for a process.
    pub(super) fn exec(&mut self, at: usize, exec: &Exec) -> Result<Connection, Failure> {
        let vertex = &self.graph.vertices[at];
        let base = vertex.inputs.first().copied().flatten().and_then(|base| self.snapshot(base)).cloned();
        let mut run = Run {
            chain: base.and_then(|base| base.chain),
            argv: exec.argv.clone(),
            env: exec.env.clone(),
            cwd: exec.cwd.clone(),
            user: exec.user.clone(),
            network: exec.network.clone(),
            hosts: exec.hosts.clone(),
            hostname: String::new(),
            mounts: Vec::new(),
        };
        for mount in &exec.mounts {
            let input = mount.input.and_then(|number| vertex.inputs.get(number).copied().flatten());
            let tree = self.tree(input).cloned();
            self.mount(mount, tree, &mut run)?;
        }
        self.session.open(Ask::Run(Box::new(run)))
    }

    /// What a process left, or how it failed.
    pub(super) fn ran(&mut self, one: &Running, found: Found) -> Result<Made, Failure> {
        let code = match found {
            Found::Ran { code: 0, diff } => return Ok(Made { diff: Some(diff), merged: None }),
            Found::Ran { code, .. } => code,
            Found::Refused(why) if why.starts_with("unable to find") => return Err(Failure::new(why)),
            Found::Refused(why) => {
                let now = self.session.sys.now();
                self.session.trace.log(one.step, format!("{why}\n").as_bytes(), now);
                1
            }
            _ => return Err(self.session.lost()),
        };
        let shown = quoted(&one.argv(self.graph).join(" "));
        Err(Failure::new(format!("process {shown} did not complete successfully: exit code: {code}")))
    }

    fn mount(&mut self, mount: &ExecMount, tree: Option<Rc<Fs>>, run: &mut Run) -> Result<(), Failure> {
        let from = || {
            tree.clone().map(|tree| {
                let path = resolve(&tree, &mount.source);
                (tree, path)
            })
        };
        let source = match mount.kind {
            MountKind::Bind => match from() {
                Some((tree, path)) => Source::Tree { tree, path },
                None => return Ok(()),
            },
            MountKind::Tmpfs => Source::Memory { size: mount.size },
            MountKind::Cache => {
                Source::Cache { id: mount.id.clone(), from: from(), mode: mount.mode, uid: mount.uid, gid: mount.gid }
            }
            MountKind::Ssh => return Err(Failure::new("layerlab: RUN --mount=type=ssh is not simulated")),
            MountKind::Secret => {
                let Some(bytes) = self.session.secret(&mount.id) else {
                    return if mount.required {
                        Err(Failure::new(format!("secret {}: not found", mount.id)))
                    } else {
                        Ok(())
                    };
                };
                if let Some(name) = &mount.env {
                    run.env.push(format!("{name}={}", String::from_utf8_lossy(&bytes)));
                }
                if mount.target.is_empty() {
                    return Ok(());
                }
                Source::File { bytes, mode: mount.mode, uid: mount.uid, gid: mount.gid }
            }
        };
        run.mounts.push(Mount { at: mount.target.clone(), source, read_only: mount.read_only });
        Ok(())
    }
}

/// Whom files shall belong to: names are looked up in the tree, and an unknown one is root.
fn owner(tree: &Fs, spec: &str) -> (u32, u32) {
    if spec.is_empty() {
        return (0, 0);
    }
    let text = |path: &str| {
        super::context::file(tree, path).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
    };
    let column = |file: &str, name: &str, at: usize| -> Option<u32> {
        let line = file.lines().find(|line| line.split(':').next() == Some(name))?;
        line.split(':').nth(at)?.parse().ok()
    };
    let (user, group) = spec.split_once(':').map_or((spec, None), |(user, group)| (user, Some(group)));
    let passwd = text("/etc/passwd");
    let (uid, mut gid) = match user.parse() {
        Ok(uid) => (uid, uid),
        Err(_) => (column(&passwd, user, 2).unwrap_or(0), column(&passwd, user, 3).unwrap_or(0)),
    };
    if let Some(group) = group {
        gid = group.parse().ok().or_else(|| column(&text("/etc/group"), group, 2)).unwrap_or(0);
    }
    (uid, gid)
}
