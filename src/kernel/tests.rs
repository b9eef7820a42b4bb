//! The spike: a busy loop, a sleep and a pipe. Time is additive and a replay is equal.

use std::cell::RefCell;
use std::rc::Rc;

use super::*;
use crate::model::World;
use crate::model::file::{Fs, FsId, Meta, ROOT};
use crate::model::process::{HOST, Mount, MountNs, Namespaces, PidNs, SUPERUSER, Source};
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
