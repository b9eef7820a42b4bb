//! Commands in a tiny machine: what they print and how they end.

use std::cell::RefCell;
use std::rc::Rc;

use super::table;
use crate::kernel::{Kernel, NewProcess, OpenFlags, Step, Sys, step};
use crate::model::file::{Data, Fs, FsId, Kind, Meta, ROOT};
use crate::model::process::{HOST, Mount, MountNs, Namespaces, Object, PidNs, Run, SUPERUSER, Source, Stream, User};
use crate::model::time::{BOOT_EPOCH, Time};
use crate::model::{Text, World};

mod container;
mod files;
mod text;

/// What a command said and how it ended.
#[derive(Debug, PartialEq)]
struct Said {
    out: String,
    err: String,
    status: i32,
}

/// A machine with GNU programs in `/bin`, busybox ones in `/bb`, and some files in `/work`.
struct Machine {
    kernel: Rc<RefCell<Kernel>>,
}

const PASSWD: &str = "root:x:0:0:root:/root:/bin/sh\nann:x:1000:1000::/home/ann:/bin/sh\n";
const GROUP: &str = "root:x:0:\nwheel:x:10:root,ann\nann:x:1000:\n";

impl Machine {
    fn new(files: &[(&str, &str)]) -> Machine {
        let mut world = World::new(7);
        let meta = Meta { mode: 0o755, uid: 0, gid: 0, mtime: BOOT_EPOCH, nanos: 0 };
        let plain = Meta { mode: 0o644, ..meta };
        let mut fs = Fs::new(meta);
        let dir = |fs: &mut Fs, name: &str| fs.insert(ROOT, name, meta, Kind::Dir(Default::default()));
        let (bin, bb, etc, work) = (dir(&mut fs, "bin"), dir(&mut fs, "bb"), dir(&mut fs, "etc"), dir(&mut fs, "work"));
        let programs = table();
        for program in &programs {
            fs.insert(bin, program.name, meta, Kind::File(Data::Program { name: program.name.into(), len: 9 }));
            fs.insert(bb, program.name, meta, Kind::Symlink("/bin/busybox".into()));
        }
        let text = |text: &str| Kind::File(Data::new(text.as_bytes().to_vec()));
        fs.insert(etc, "passwd", plain, text(PASSWD));
        fs.insert(etc, "group", plain, text(GROUP));
        let dev = dir(&mut fs, "dev");
        fs.insert(dev, "null", plain, Kind::Device(crate::model::file::Device::Null));
        for (name, content) in files {
            match name.strip_suffix('/') {
                Some(name) => fs.insert(work, name, meta, Kind::Dir(Default::default())),
                None => fs.insert(work, name, plain, text(content)),
            };
        }
        world.filesystems.insert(FsId(1), fs);
        let proc = Mount { at: "/proc".into(), source: Source::Proc(HOST), read_only: true };
        let root = Mount { at: "/".into(), source: Source::Fs { fs: FsId(1), root: ROOT }, read_only: false };
        world.mounts.insert(HOST, Rc::new(MountNs { mounts: vec![root, proc] }));
        world.hostnames.insert(HOST, "box".into());
        world.pid_namespaces.insert(HOST, PidNs { init: 1, next: 1 });
        Machine { kernel: Rc::new(RefCell::new(Kernel::new(world, programs))) }
    }

    fn run_as(&self, uid: u32, path: &str, argv: &[&str], stdin: &str) -> Said {
        let (pid, journal) = {
            let mut kernel = self.kernel.borrow_mut();
            let journal = kernel.add_journal();
            let write = OpenFlags::WRITE;
            let input = kernel.add_file(Object::Text(Rc::new(stdin.as_bytes().to_vec())), "in", OpenFlags::READ);
            let out = kernel.add_file(Object::Journal { id: journal, stream: Stream::Stdout }, "out", write);
            let err = kernel.add_file(Object::Journal { id: journal, stream: Stream::Stderr }, "err", write);
            let sys = Sys::new(self.kernel.clone(), 0);
            drop(kernel);
            let new = NewProcess {
                parent: 1,
                ns: Namespaces::HOST,
                cgroup: None,
                tty: None,
                argv: argv.iter().map(|arg| arg.to_string()).collect(),
                env: [(Text::from("PATH"), Text::from(path)), ("A".into(), "1".into())].into_iter().collect(),
                cwd: "/work".into(),
                user: if uid == 0 { SUPERUSER } else { User { uid, gid: uid } },
                groups: vec![],
                files: vec![input, out, err],
            };
            let first = self.kernel.borrow().world.processes.is_empty();
            if first {
                let wait = NewProcess {
                    argv: vec!["/bin/sleep".into(), "infinity".into()],
                    files: vec![],
                    parent: 0,
                    ..new.clone()
                };
                sys.create(wait).expect("the first process starts");
            }
            (sys.create(new).expect("starts"), journal)
        };
        let deadline = self.kernel.borrow().world.now.plus(Time::seconds(60));
        loop {
            let done = self.kernel.borrow().world.process(pid).is_none_or(|p| matches!(p.run, Run::Zombie(_)));
            if done || step(&self.kernel, deadline) != Step::Ran {
                break;
            }
        }
        let mut kernel = self.kernel.borrow_mut();
        let status = kernel.reap(pid).map_or(-1, |status| status.code());
        let (records, _) = kernel.read_journal(journal, 0);
        let said = |wanted: Stream| -> String {
            let bytes: Vec<u8> = records.iter().filter(|r| r.stream == wanted).flat_map(|r| r.bytes.to_vec()).collect();
            String::from_utf8_lossy(&bytes).into_owned()
        };
        Said { out: said(Stream::Stdout), err: said(Stream::Stderr), status }
    }

    fn gnu(&self, argv: &[&str], stdin: &str) -> Said {
        self.run_as(0, "/bin", argv, stdin)
    }

    fn busybox(&self, argv: &[&str], stdin: &str) -> Said {
        self.run_as(0, "/bb", argv, stdin)
    }

    /// Words of a line, in quotes where they have blanks.
    #[track_caller]
    fn says(&self, line: &str, stdin: &str, out: &str, err: &str, status: i32) {
        let words = words(line);
        let argv: Vec<&str> = words.iter().map(String::as_str).collect();
        let said = match argv.split_first() {
            Some((&"bb", rest)) => self.busybox(rest, stdin),
            _ => self.gnu(&argv, stdin),
        };
        assert_eq!(said, Said { out: out.into(), err: err.into(), status }, "{line}");
    }

    #[track_caller]
    fn prints(&self, line: &str, stdin: &str, out: &str) {
        self.says(line, stdin, out, "", 0);
    }

    #[track_caller]
    fn complains(&self, line: &str, err: &str, status: i32) {
        self.says(line, "", "", err, status);
    }
}

fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut rest = line.trim();
    while !rest.is_empty() {
        let (word, after) = match rest.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').expect("a closing quote"),
            None => rest.split_once(' ').unwrap_or((rest, "")),
        };
        words.push(word.to_string());
        rest = after.trim_start();
    }
    words
}
