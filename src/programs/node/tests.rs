//! node and the services on a kernel of their own.

use std::cell::RefCell;
use std::rc::Rc;

use crate::kernel::{Kernel, NewProcess, OpenFlags, Step, Sys, step};
use crate::model::file::{Data, Fs, FsId, Kind, Meta, ROOT};
use crate::model::process::{
    HOST, JournalId, Mount, MountNs, Namespaces, Object, PidNs, Run, SUPERUSER, Source, Status, Stream,
};
use crate::model::signal::Signal;
use crate::model::time::Time;
use crate::model::{Text, World};

const META: Meta = Meta { mode: 0o755, uid: 0, gid: 0, mtime: 0, nanos: 0 };

/// A machine on which one command runs; it is not the first process.
struct Bench {
    kernel: Rc<RefCell<Kernel>>,
    journal: JournalId,
    pid: u32,
}

impl Bench {
    fn new(argv: &[&str], files: &[(&str, &str)], env: &[(&str, &str)]) -> Bench {
        let mut programs = super::table();
        programs.extend(crate::programs::service::table());
        programs.extend(crate::programs::nginx::table());
        programs.extend(crate::programs::npm::table());
        programs.extend(crate::programs::postgres::table());
        programs.extend(crate::programs::redis::table());
        programs.push(crate::kernel::Program {
            name: "init",
            main: |sys| Box::pin(async move { i32::from(sys.sleep(Time::seconds(1 << 30)).await.is_err()) }),
        });
        let mut world = World::new(1);
        let mut fs = Fs::new(META);
        let bin = fs.insert(ROOT, "bin", META, Kind::Dir(Default::default()));
        for program in &programs {
            let data = Data::Program { name: program.name.into(), len: 1 };
            fs.insert(bin, program.name, META, Kind::File(data));
        }
        for name in ["tmp", "run", "etc"] {
            fs.insert(ROOT, name, META, Kind::Dir(Default::default()));
        }
        for (path, text) in files {
            let (dir, name) = crate::kernel::split_last(path);
            let mut at = ROOT;
            for part in dir.split('/').filter(|part| !part.is_empty()) {
                at = fs.child(at, part).unwrap_or_else(|| fs.insert(at, part, META, Kind::Dir(Default::default())));
            }
            fs.insert(at, name, META, Kind::File(Data::new(text.as_bytes().to_vec())));
        }
        world.filesystems.insert(FsId(1), fs);
        let root = Mount { at: "/".into(), source: Source::Fs { fs: FsId(1), root: ROOT }, read_only: false };
        world.mounts.insert(HOST, Rc::new(MountNs { mounts: vec![root] }));
        world.hostnames.insert(HOST, "bench".into());
        world.pid_namespaces.insert(HOST, PidNs { init: 1, next: 1 });
        let mut kernel = Kernel::new(world, programs);
        let journal = kernel.add_journal();
        let flags = OpenFlags { read: false, write: true, ..OpenFlags::READ };
        let files: Vec<_> = [Stream::Stdout, Stream::Stderr]
            .into_iter()
            .map(|stream| kernel.add_file(Object::Journal { id: journal, stream }, "journal", flags))
            .collect();
        let null = kernel.add_file(Object::Device(crate::model::file::Device::Null), "/dev/null", OpenFlags::READ);
        let kernel = Rc::new(RefCell::new(kernel));
        let sys = Sys::new(kernel.clone(), 0);
        let new = |argv: &[&str], files| NewProcess {
            parent: 0,
            ns: Namespaces::HOST,
            cgroup: None,
            tty: None,
            argv: argv.iter().map(|word| (*word).to_string()).collect(),
            env: env
                .iter()
                .chain(&[("PATH", "/bin")])
                .map(|(name, value)| (Text::from(*name), Text::from(*value)))
                .collect(),
            cwd: "/tmp".into(),
            user: SUPERUSER,
            groups: vec![0],
            files,
        };
        sys.create(new(&["init"], Vec::new())).expect("init starts");
        let files = std::iter::once(null).chain(files).collect();
        let mut command = new(argv, files);
        command.parent = 1;
        let pid = sys.create(command).expect("the command starts");
        Bench { kernel, journal, pid }
    }

    fn advance(&self, length: Time) {
        let target = self.kernel.borrow().world.now.plus(length);
        while step(&self.kernel, target) == Step::Ran {}
    }

    fn output(&self) -> String {
        let (records, _) = self.kernel.borrow().read_journal(self.journal, 0);
        let bytes: Vec<u8> = records.iter().flat_map(|record| record.bytes.iter().copied()).collect();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// The exit status, if the command has ended.
    fn status(&self) -> Option<i32> {
        match self.kernel.borrow().world.process(self.pid).map(|process| process.run) {
            Some(Run::Zombie(status)) => Some(status.code()),
            Some(_) => None,
            None => Some(Status::Exited(0).code()),
        }
    }

    fn signal(&self, signal: Signal) {
        let _ = self.kernel.borrow_mut().send_signal(self.pid, signal, None);
    }
}

fn run(argv: &[&str], files: &[(&str, &str)], env: &[(&str, &str)]) -> (String, Option<i32>) {
    let bench = Bench::new(argv, files, env);
    bench.advance(Time::seconds(5));
    (bench.output(), bench.status())
}

fn node(argv: &[&str]) -> (String, Option<i32>) {
    run(argv, &[], &[("NODE_VERSION", "18.20.8")])
}

#[test]
fn node_reads_its_command_line() {
    let said = |text: &str, code| (text.to_string(), Some(code));
    assert_eq!(node(&["node", "--version"]), said("v18.20.8\n", 0));
    assert_eq!(node(&["node", "-p", "1 + 1"]), said("2\n", 0));
    assert_eq!(node(&["node", "-p", "'a'"]), said("a\n", 0));
    assert_eq!(node(&["node", "-e", "console.log(process.argv.length, process.argv[1])", "x"]), said("2 x\n", 0));
    assert_eq!(node(&["node", "--badflag"]), said("node: bad option: --badflag\n", 9));
    assert_eq!(node(&["node", "-e"]), said("node: -e requires an argument\n", 9));
    assert_eq!(node(&["node"]), said("", 0));
    assert_eq!(node(&["node", "-e", "process.exit(7)"]), said("", 7));
    let (text, code) = node(&["node", "-e", "class A {}"]);
    assert_eq!((text.as_str(), code), ("layerlab: this JavaScript is not simulated: classes\n", Some(1)));
}

#[test]
fn a_missing_script_is_told_as_by_node_18() {
    let expected = "node:internal/modules/cjs/loader:1143\n  throw err;\n  ^\n\nError: Cannot find module '/tmp/server.js'\n    at Module._resolveFilename (node:internal/modules/cjs/loader:1140:15)\n    at Module._load (node:internal/modules/cjs/loader:981:27)\n    at Function.executeUserEntryPoint [as runMain] (node:internal/modules/run_main:128:12)\n    at node:internal/main/run_main_module:28:49 {\n  code: 'MODULE_NOT_FOUND',\n  requireStack: []\n}\n\nNode.js v18.20.8\n";
    assert_eq!(node(&["node", "server.js"]), (expected.to_string(), Some(1)));
}

#[test]
fn a_crash_shows_the_line() {
    let (text, code) = run(
        &["node", "a.js"],
        &[("/tmp/a.js", "const x = 1;\n  throw new Error('x');\n")],
        &[("NODE_VERSION", "18.20.8")],
    );
    assert!(text.starts_with("/tmp/a.js:2\n  throw new Error('x');\n  ^\n\nError: x\n    at Object.<anonymous> (/tmp/a.js:2:9)\n    at Module._compile"), "{text}");
    assert!(text.ends_with("\n\nNode.js v18.20.8\n"), "{text}");
    assert_eq!(code, Some(1));
}

#[test]
fn a_server_waits_and_a_signal_ends_it() {
    let server = "const http = require('http');\nconst port = process.env.PORT || 3000;\nhttp.createServer((req, res) => res.end('hi')).listen(port, () => console.log('Server running on port ' + port));\n";
    let bench = Bench::new(&["node", "server.js"], &[("/tmp/server.js", server)], &[("PORT", "80")]);
    bench.advance(Time::seconds(100));
    assert_eq!((bench.output().as_str(), bench.status()), ("Server running on port 80\n", None));
    bench.signal(Signal::TERM);
    bench.advance(Time::seconds(1));
    assert_eq!(bench.status(), Some(143));

    let polite = format!("{server}process.on('SIGTERM', () => {{ console.log('bye'); process.exit(0) }});");
    let bench = Bench::new(&["node", "server.js"], &[("/tmp/server.js", &polite)], &[]);
    bench.advance(Time::seconds(1));
    bench.signal(Signal::TERM);
    bench.advance(Time::seconds(1));
    assert_eq!((bench.output().as_str(), bench.status()), ("Server running on port 3000\nbye\n", Some(0)));
}

#[test]
fn timers_follow_virtual_time() {
    let bench = Bench::new(&["node", "-e", "setInterval(() => console.log('tick'), 2000)"], &[], &[]);
    bench.advance(Time::seconds(7));
    assert_eq!((bench.output().as_str(), bench.status()), ("tick\ntick\ntick\n", None));
    let busy = Bench::new(&["node", "-e", "while (true) {}"], &[], &[]);
    busy.advance(Time::millis(500));
    let cpu = busy.kernel.borrow().world.process(busy.pid).map_or(0, |process| process.cpu);
    assert!(cpu > 450_000_000, "{cpu}");
}

#[test]
fn nginx_starts_and_quits() {
    let files =
        [("/etc/nginx/nginx.conf", "events {\n}\nhttp {\n}\n"), ("/etc/passwd", "nginx:x:101:101::/:/bin/false\n")];
    let bench = Bench::new(&["nginx", "-g", "daemon off;"], &files, &[("NGINX_VERSION", "1.29.3")]);
    bench.advance(Time::seconds(1));
    assert_eq!(bench.status(), None);
    assert!(bench.output().contains("[notice] 2#2: nginx/1.29.3\n"), "{}", bench.output());
    let titles: Vec<String> = bench.kernel.borrow().world.processes.values().map(|p| p.argv.join(" ")).collect();
    assert_eq!(titles.iter().filter(|title| *title == "nginx: worker process").count(), 2, "{titles:?}");
    bench.signal(Signal::QUIT);
    bench.advance(Time::seconds(1));
    assert_eq!(bench.status(), Some(0));
    assert!(bench.output().contains("signal 3 (SIGQUIT) received, shutting down\n"));
    assert!(bench.output().ends_with("[notice] 2#2: exit\n"), "{}", bench.output());

    let (text, code) = run(&["nginx", "-t"], &files, &[]);
    assert!(text.ends_with("nginx: configuration file /etc/nginx/nginx.conf test is successful\n"), "{text}");
    assert_eq!(code, Some(0));
    let (text, code) = run(&["nginx", "-t"], &[("/etc/nginx/nginx.conf", "http {\n")], &[]);
    assert_eq!(code, Some(1), "{text}");
}

#[test]
fn init_hands_on_signals_and_the_exit_status() {
    let bench = Bench::new(&["docker-init", "--", "node", "-e", "setInterval(() => 1, 1000)"], &[], &[]);
    bench.advance(Time::seconds(1));
    assert_eq!(bench.status(), None);
    bench.signal(Signal::TERM);
    bench.advance(Time::seconds(1));
    assert_eq!(bench.status(), Some(143));
    assert_eq!(run(&["docker-init", "--", "node", "-e", "process.exit(5)"], &[], &[]).1, Some(5));
    let (text, code) = run(&["tini", "nosuch"], &[], &[]);
    assert_eq!(code, Some(127), "{text}");
}

#[test]
fn services_log_and_stop() {
    let bench = Bench::new(&["redis-server"], &[], &[("REDIS_VERSION", "7.4.3")]);
    bench.advance(Time::seconds(1));
    assert!(bench.output().contains("2:M 25 Jan 2026 08:00:00."), "{}", bench.output());
    assert!(bench.output().ends_with(" * Ready to accept connections tcp\n"));
    bench.signal(Signal::TERM);
    bench.advance(Time::seconds(1));
    assert_eq!(bench.status(), Some(0));
    assert_eq!(run(&["hello"], &[], &[]).1, Some(0));
    assert!(run(&["hello"], &[], &[]).0.starts_with("\nHello from Docker!\n"));
    assert_eq!(
        run(&["python3", "-V"], &[], &[("PYTHON_VERSION", "3.12.12")]),
        ("Python 3.12.12\n".to_string(), Some(0))
    );
    assert_eq!(run(&["postgres"], &[], &[]).1, Some(1));
}
