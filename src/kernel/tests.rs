//! The spike: a busy loop, a sleep and a pipe. Time is additive and a replay is equal.

use std::cell::RefCell;
use std::rc::Rc;

use super::*;
use crate::model::World;
use crate::model::file::{Fs, FsId, Meta, ROOT};
use crate::model::process::{Bandwidth, Cgroup, HOST, Mount, MountNs, Namespaces, PidNs, SUPERUSER, Source};
use crate::model::time::Time;

fn boot(main: fn(Sys) -> LocalFuture<i32>) -> Rc<RefCell<Kernel>> {
    let mut world = World::new(1);
    let meta = Meta { mode: 0o755, uid: 0, gid: 0, mtime: 0, nanos: 0 };
    let mut fs = Fs::new(meta);
    let data = crate::model::file::Data::Program { name: "main".into(), len: 1 };
    fs.insert(ROOT, "main", meta, crate::model::file::Kind::File(data));
    world.filesystems.insert(FsId(1), fs);
    let root = Mount { at: "/".into(), source: Source::Fs { fs: FsId(1), root: ROOT }, read_only: false };
    world.mounts.insert(HOST, Rc::new(MountNs { mounts: vec![root] }));
    world.hostnames.insert(HOST, "spike".into());
    world.pid_namespaces.insert(HOST, PidNs { init: 1, next: 1 });
    let kernel = Rc::new(RefCell::new(Kernel::new(world, vec![Program { name: "main", main }])));
    let sys = Sys::new(kernel.clone(), 0);
    let new = NewProcess {
        parent: 0,
        ns: Namespaces::HOST,
        cgroup: None,
        tty: None,
        argv: vec!["/main".into()],
        env: Default::default(),
        cwd: "/".into(),
        user: SUPERUSER,
        groups: vec![],
        files: vec![],
    };
    sys.create(new).expect("the first process starts");
    kernel
}

fn advance(kernel: &Rc<RefCell<Kernel>>, dt: Time) {
    let target = kernel.borrow().world.now.plus(dt);
    while step(kernel, target) == Step::Ran {}
}

async fn spike(sys: Sys) -> i32 {
    let Ok((reader, writer)) = sys.pipe() else { return 1 };
    let busy = sys
        .fork(async move |sys: Sys| {
            loop {
                sys.burn(70).await;
                let _ = sys.write(writer, b"x").await;
            }
        })
        .await;
    let sleeper = sys
        .fork(async move |sys: Sys| {
            loop {
                let _ = sys.sleep(Time(3_300_000)).await;
                let _ = sys.write(writer, b"zz").await;
            }
        })
        .await;
    if busy.is_err() || sleeper.is_err() {
        return 1;
    }
    loop {
        let Ok(bytes) = sys.read(reader, 17).await else { return 1 };
        sys.me_mut(|p| p.memory += bytes.len() as u64);
    }
}

#[test]
fn advance_is_additive_and_replay_is_equal() {
    let whole = boot(|sys| Box::pin(spike(sys)));
    advance(&whole, Time::millis(30));
    let parts = boot(|sys| Box::pin(spike(sys)));
    for dt in [10_000_000, 1, 3_299_999, 0, 6_700_000, 10_000_000] {
        advance(&parts, Time(dt));
    }
    assert!(whole.borrow().world == parts.borrow().world);
    assert!(whole.borrow().world.process(1).is_some_and(|p| p.memory > 300), "the pipe carried bytes");
    assert_eq!(whole.borrow().world.now, Time::millis(30));
    assert_eq!(whole.borrow().world.verify(), Ok(()));
}

#[test]
fn a_busy_process_uses_all_of_its_time_and_no_more() {
    let kernel = boot(|sys| {
        Box::pin(async move {
            loop {
                sys.burn(150).await;
            }
        })
    });
    advance(&kernel, Time::seconds(1));
    let cpu = kernel.borrow().world.process(1).map_or(0, |p| p.cpu);
    assert!((990_000_000..=1_002_000_000).contains(&cpu), "{cpu}");
}

#[test]
fn a_kill_drops_the_future_and_leaves_a_zombie() {
    let kernel = boot(|sys| {
        Box::pin(async move {
            let child = sys.fork(async |sys: Sys| sys.sleep(Time::seconds(100)).await.is_err() as i32).await;
            let Ok(child) = child else { return 9 };
            let _ = sys.sleep(Time::seconds(1)).await;
            let _ = sys.kill(child, Some(crate::model::signal::Signal::TERM));
            let status = sys.wait_for(child).await;
            sys.me_mut(|p| p.memory = status.code() as u64);
            let _ = sys.sleep(Time::seconds(100)).await;
            0
        })
    });
    advance(&kernel, Time::seconds(2));
    let kernel = kernel.borrow();
    assert_eq!(kernel.world.process(1).map(|p| p.memory), Some(143));
    assert_eq!(kernel.world.processes.len(), 1);
}

/// Gives the first process a group, and the group its limits.
fn limited(kernel: &Rc<RefCell<Kernel>>, group: &str, cgroup: Cgroup) {
    let mut kernel = kernel.borrow_mut();
    let memory = kernel.world.process(1).map_or(0, |process| process.memory);
    kernel.world.cgroups.insert(group.into(), Cgroup { processes: 1, memory, ..cgroup });
    if let Some(process) = kernel.world.process_mut(1) {
        process.cgroup = Some(group.into());
    }
}

fn busy(sys: Sys) -> LocalFuture<i32> {
    Box::pin(async move {
        loop {
            sys.burn(50).await;
        }
    })
}

#[test]
fn a_quota_is_kept_and_time_stays_additive() {
    let bandwidth = Some(Bandwidth { quota: 25_000, period: 100_000 });
    let run = |parts: &[u64]| {
        let kernel = boot(busy);
        limited(&kernel, "docker/a", Cgroup { bandwidth, ..Cgroup::default() });
        parts.iter().for_each(|part| advance(&kernel, Time(*part)));
        kernel
    };
    let whole = run(&[2_000_000_000]);
    let cpu = whole.borrow().world.cgroups.get("docker/a").map_or(0, |cgroup| cgroup.cpu);
    assert!((490_000_000..=510_000_000).contains(&cpu), "{cpu}");
    let parts = run(&[1, 24_999_999, 75_000_000, 3, 899_999_997, 1_000_000_000]);
    assert!(whole.borrow().world == parts.borrow().world);
}

#[test]
fn where_cpu_is_short_shares_count() {
    let run = |parts: &[u64]| {
        let kernel = boot(|sys| {
            Box::pin(async move {
                for group in ["light", "light", "heavy", "light"] {
                    let child = sys.fork(async |sys: Sys| busy(sys).await).await;
                    sys.world(|w| {
                        child.map(|child| w.process_mut(child).map(|p| p.cgroup = Some(group.into()))).is_ok()
                    });
                }
                sys.sleep(Time::seconds(1000)).await.is_err() as i32
            })
        });
        let shares = [("light", 1024), ("heavy", 3072)];
        for (group, shares) in shares {
            let processes = if group == "light" { 3 } else { 1 };
            let memory = processes as u64 * cgroup::FORKED;
            let cgroup = Cgroup { processes, shares, memory, ..Cgroup::default() };
            kernel.borrow_mut().world.cgroups.insert(group.into(), cgroup);
        }
        parts.iter().for_each(|part| advance(&kernel, Time::millis(*part)));
        kernel
    };
    let whole = run(&[4000]);
    let used = |group: &str| whole.borrow().world.cgroups.get(group).map_or(0, |cgroup| cgroup.cpu / 1_000_000);
    // Two processors: the heavy one has one whole, the three light ones share the other.
    assert!((3800..=4050).contains(&used("heavy")), "{}", used("heavy"));
    assert!((3800..=4050).contains(&used("light")), "{}", used("light"));
    assert!(whole.borrow().world == run(&[1, 999, 2500, 500]).borrow().world);
}

#[test]
fn who_holds_too_much_is_killed_and_goes_no_further() {
    let kernel = boot(|sys| {
        Box::pin(async move {
            let child = sys
                .fork(async |sys: Sys| {
                    for step in 1..100 {
                        sys.hold_memory(step << 20).await;
                        sys.world(|w| w.next_object += 1000);
                    }
                    0
                })
                .await;
            let Ok(child) = child else { return 1 };
            sys.wait_for(child).await.code()
        })
    });
    limited(&kernel, "docker/a", Cgroup { memory_limit: Some(16 << 20), ..Cgroup::default() });
    let before = kernel.borrow().world.next_object;
    advance(&kernel, Time::seconds(1));
    let kernel = kernel.borrow();
    let cgroup = kernel.world.cgroups.get("docker/a").cloned().unwrap_or_default();
    assert_eq!((cgroup.oom_kills, cgroup.processes), (1, 0));
    assert_eq!((kernel.world.next_object - before) / 1000, 15, "nothing happened after the kill");
    assert!(cgroup.peak > 15 << 20);
}
