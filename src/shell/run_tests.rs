//! Scripts on a small machine: what they write and how they end.

use std::cell::RefCell;
use std::rc::Rc;

use super::{ash, bash};
use crate::kernel::{Errno, Kernel, LocalFuture, NewProcess, OpenFlags, Program, Step, Sys, step};
use crate::model::file::{Data, Device, Fs, FsId, Kind, Meta, ROOT};
use crate::model::process::{HOST, Mount, MountNs, Namespaces, Object, PidNs, Run, Source, Status, Stream, User};
use crate::model::terminal::{Terminal, TtyId};
use crate::model::time::Time;
use crate::model::{Text, World};

fn cat(sys: Sys) -> LocalFuture<i32> {
    Box::pin(async move {
        let paths = sys.argv().get(1..).unwrap_or_default().to_vec();
        let mut all = Vec::new();
        if paths.is_empty() {
            loop {
                match sys.read(0, 4096).await {
                    Ok(bytes) if !bytes.is_empty() => {
                        if sys.write(1, &bytes).await.is_err() {
                            return 1;
                        }
                    }
                    _ => return 0,
                }
            }
        }
        for path in paths {
            match sys.read_file(&path).await {
                Ok(bytes) => all.extend(bytes),
                Err(errno) => {
                    sys.eprint(&format!("cat: {path}: {errno}\n")).await;
                    return 1;
                }
            }
        }
        i32::from(sys.write(1, &all).await.is_err())
    })
}

fn sleep(sys: Sys) -> LocalFuture<i32> {
    Box::pin(async move {
        let seconds: f64 = sys.argv().get(1).and_then(|text| text.parse().ok()).unwrap_or(1.0);
        i32::from(sys.sleep(Time::from_secs_f64(seconds)).await.is_err())
    })
}

fn env(sys: Sys) -> LocalFuture<i32> {
    Box::pin(async move {
        let all: String = sys.environment().iter().map(|(name, value)| format!("{name}={value}\n")).collect();
        i32::from(sys.print(&all).await.is_err())
    })
}

/// A program that writes until it can't.
fn yes(sys: Sys) -> LocalFuture<i32> {
    Box::pin(async move {
        loop {
            if let Err(Errno::Pipe) = sys.print(&"y\n".repeat(2048)).await {
                return 1;
            }
        }
    })
}

/// A machine with a root file system, `/bin`, `/tmp`, `/home/learner` and two users.
pub struct Machine {
    kernel: Rc<RefCell<Kernel>>,
}

impl Machine {
    pub fn boot() -> Machine {
        let mut world = World::new(1);
        let meta = |mode, uid| Meta { mode, uid, gid: uid, mtime: 0, nanos: 0 };
        let mut fs = Fs::new(meta(0o755, 0));
        let dir = |fs: &mut Fs, parent, name: &str, mode, uid| {
            fs.insert(parent, name, meta(mode, uid), Kind::Dir(Default::default()))
        };
        let bin = dir(&mut fs, ROOT, "bin", 0o755, 0);
        let dev = dir(&mut fs, ROOT, "dev", 0o755, 0);
        let etc = dir(&mut fs, ROOT, "etc", 0o755, 0);
        let home = dir(&mut fs, ROOT, "home", 0o755, 0);
        dir(&mut fs, home, "learner", 0o755, 1000);
        dir(&mut fs, ROOT, "tmp", 0o1777, 0);
        let programs: Vec<Program> = vec![
            Program { name: "bash", main: bash },
            Program { name: "sh", main: ash },
            Program { name: "cat", main: cat },
            Program { name: "sleep", main: sleep },
            Program { name: "env", main: env },
            Program { name: "yes", main: yes },
        ];
        for program in &programs {
            let data = Data::Program { name: program.name.into(), len: 1000 };
            fs.insert(bin, program.name, meta(0o755, 0), Kind::File(data));
        }
        for (name, device) in
            [("null", Device::Null), ("full", Device::Full), ("zero", Device::Zero), ("tty", Device::Tty)]
        {
            fs.insert(dev, name, meta(0o666, 0), Kind::Device(device));
        }
        let descriptors = dir(&mut fs, dev, "fd", 0o755, 0);
        for number in 0..10_u8 {
            fs.insert(descriptors, &number.to_string(), meta(0o666, 0), Kind::Device(Device::Fd(number)));
        }
        let users = b"root:x:0:0:root:/root:/bin/sh\nlearner:x:1000:1000::/home/learner:/bin/bash\n";
        fs.insert(etc, "passwd", meta(0o644, 0), Kind::File(Data::new(users.to_vec())));
        world.filesystems.insert(FsId(1), fs);
        let root = Mount { at: "/".into(), source: Source::Fs { fs: FsId(1), root: ROOT }, read_only: false };
        world.mounts.insert(HOST, Rc::new(MountNs { mounts: vec![root] }));
        world.hostnames.insert(HOST, "layerlab".into());
        world.pid_namespaces.insert(HOST, PidNs { init: 1, next: 1 });
        let kernel = Rc::new(RefCell::new(Kernel::new(world, programs)));
        let machine = Machine { kernel };
        // Somebody must be pid 1, so that the shell isn't.
        machine.start(&["sleep", "1000000000"], None, &[]);
        machine
    }

    fn start(&self, argv: &[&str], tty: Option<TtyId>, files: &[Object]) -> u32 {
        let sys = Sys::new(self.kernel.clone(), 0);
        let files = files
            .iter()
            .map(|object| {
                let flags = OpenFlags { read: true, ..OpenFlags::WRITE };
                self.kernel.borrow_mut().add_file(object.clone(), "", flags)
            })
            .collect();
        let pair = |(name, value): (&str, &str)| (Text::from(name), Text::from(value));
        let env = [("HOME", "/home/learner"), ("PATH", "/bin"), ("PWD", "/home/learner"), ("USER", "learner")];
        let new = NewProcess {
            parent: if argv.first() == Some(&"sleep") { 0 } else { 1 },
            ns: Namespaces::HOST,
            cgroup: None,
            tty,
            argv: argv.iter().map(|a| (*a).to_owned()).collect(),
            env: env.into_iter().map(pair).collect(),
            cwd: "/home/learner".into(),
            user: User { uid: 1000, gid: 1000 },
            groups: vec![1000],
            files,
        };
        sys.create(new).expect("the shell is there")
    }

    /// Runs a command with some input; gives standard output, standard error and the exit status.
    pub fn run(&self, argv: &[&str], input: &str) -> (String, String, i32) {
        let journal = self.kernel.borrow_mut().add_journal();
        let out = Object::Journal { id: journal, stream: Stream::Stdout };
        let error = Object::Journal { id: journal, stream: Stream::Stderr };
        // A pipe, so that reading takes away.
        let (reader, writer) = self.kernel.borrow_mut().pipe_files();
        let stdin = {
            let mut kernel = self.kernel.borrow_mut();
            kernel.hold(writer);
            let mut rest = input.as_bytes();
            while !rest.is_empty() {
                match kernel.write_file(writer, rest) {
                    Ok(Some(count)) => rest = &rest[count..],
                    _ => break,
                }
            }
            kernel.world.files.get(&reader).expect("just made").object.clone()
        };
        let pid = self.start(argv, None, &[stdin, out, error]);
        self.kernel.borrow_mut().release(writer);
        let status = self.wait(pid);
        let kernel = self.kernel.borrow();
        let (records, _) = kernel.read_journal(journal, 0);
        let text = |stream| {
            let bytes: Vec<u8> =
                records.iter().filter(|r| r.stream == stream).flat_map(|r| r.bytes.iter().copied()).collect();
            String::from_utf8_lossy(&bytes).into_owned()
        };
        (text(Stream::Stdout), text(Stream::Stderr), status)
    }

    fn wait(&self, pid: u32) -> i32 {
        let target = self.kernel.borrow().world.now.plus(Time::seconds(3600));
        loop {
            let ended = match self.kernel.borrow().world.process(pid) {
                Some(process) => match process.run {
                    Run::Zombie(status) => Some(status),
                    _ => None,
                },
                None => Some(Status::Exited(255)),
            };
            if let Some(status) = ended {
                self.kernel.borrow_mut().reap(pid);
                return status.code();
            }
            if step(&self.kernel, target) == Step::Idle {
                return -1;
            }
        }
    }

    /// A shell at a terminal.
    pub fn terminal(&self, argv: &[&str]) -> (TtyId, u32) {
        let tty = self.kernel.borrow_mut().add_terminal(Terminal::new(24, 80));
        let files = [Object::Terminal(tty), Object::Terminal(tty), Object::Terminal(tty)];
        (tty, self.start(argv, Some(tty), &files))
    }

    /// Types keys, lets some seconds pass, and gives what the terminal then shows.
    pub fn type_keys(&self, tty: TtyId, keys: &str, seconds: u64) -> String {
        self.kernel.borrow_mut().type_keys(tty, keys.as_bytes());
        let target = self.kernel.borrow().world.now.plus(Time::seconds(seconds));
        while step(&self.kernel, target) == Step::Ran {}
        let bytes = self.kernel.borrow_mut().take_output(tty);
        String::from_utf8_lossy(&bytes).replace("\r\n", "\n")
    }
}

#[test]
fn a_command_runs_and_tells_how_it_ended() {
    let machine = Machine::boot();
    let (out, error, status) = machine.run(&["bash", "-c", "echo a | cat; nosuch; (exit 7)"], "");
    assert_eq!((&*out, &*error, status), ("a\n", "bash: line 1: nosuch: command not found\n", 7));
    let (out, error, status) = machine.run(&["sh"], "x=1\necho $x\nnosuch\nexit 4\necho never\n");
    assert_eq!((&*out, &*error, status), ("1\n", "sh: nosuch: not found\n", 4));
}

#[test]
fn a_terminal_gets_prompts_and_keys() {
    let machine = Machine::boot();
    let (tty, _) = machine.terminal(&["bash"]);
    assert_eq!(machine.type_keys(tty, "", 0), "learner@layerlab:~$ ");
    assert_eq!(machine.type_keys(tty, "echo hi\n", 1), "echo hi\nhi\nlearner@layerlab:~$ ");
    assert_eq!(machine.type_keys(tty, "if true\n", 1), "if true\n> ");
    assert_eq!(machine.type_keys(tty, "then cd /; fi\n", 1), "then cd /; fi\nlearner@layerlab:/$ ");
    assert_eq!(machine.type_keys(tty, "sleep 100\n", 1), "sleep 100\n");
    assert_eq!(machine.type_keys(tty, "\x03", 1), "^C\nlearner@layerlab:/$ ");
    assert_eq!(machine.type_keys(tty, "echo ab\x03", 1), "echo ab^C\nlearner@layerlab:/$ ");
    assert_eq!(machine.type_keys(tty, "while :; do :; done\n", 1), "while :; do :; done\n");
    assert_eq!(machine.type_keys(tty, "\x03", 1), "^C\nlearner@layerlab:/$ ");
    assert_eq!(machine.type_keys(tty, "\x04", 1), "exit\n");
}
/// What bash 5.2.15 and the shell of busybox 1.35 answered to scripts given with `-c`, one JSON object
/// a line.
const RECORDED: [(&str, &str); 2] =
    [("bash", include_str!("recorded/bash.jsonl")), ("sh", include_str!("recorded/ash.jsonl"))];

#[test]
fn scripts_do_what_the_real_shells_did() {
    for (shell, lines) in RECORDED {
        for line in lines.lines() {
            let case: serde_json::Value = serde_json::from_str(line).expect("a JSON object a line");
            let script = case["script"].as_str().expect("a script");
            let (out, error, status) = Machine::boot().run(&[shell, "-c", script], "");
            let ours = serde_json::json!({"script": script, "out": out, "err": error, "rc": status});
            assert_eq!(ours, case, "{shell}: {script}");
        }
    }
}

#[test]
fn loops_and_bombs_meet_limits() {
    let machine = Machine::boot();
    let (_, error, status) = machine.run(&["bash", "-c", "f() { f; }; f"], "");
    assert_eq!((&*error, status), ("environment: line 1: f: maximum function nesting level exceeded (100)\n", 1));
    let (_, error, _) = machine.run(&["bash", "-c", "x=aaaaaaaa; while :; do x=$x$x; done"], "");
    assert_eq!(error, "bash: line 1: layerlab: value too long\n");
    let (_, error, _) = machine.run(&["bash", "-c", "echo {1..9999999}"], "");
    assert_eq!(error, "bash: line 1: layerlab: brace expansion gives too many words\n");
    let (_, error, _) = machine.run(&["bash", "-c", "x=$(yes)"], "");
    assert_eq!(error, "bash: line 1: layerlab: command substitution: output too long\n");
    let (_, error, status) =
        machine.run(&["bash", "-c", "eval() { builtin eval \"$@\"; }; a='eval \"$a\"'; eval \"$a\""], "");
    assert!(error.contains("maximum function nesting level exceeded (100)"), "{error}");
    assert_ne!(status, 0);
    // A fork bomb ends at the limit of processes, and the machine goes on.
    let (_, error, _) = machine.run(&["bash", "-c", "b() { b | b & }; b; sleep 20"], "");
    assert!(error.contains("fork: Resource temporarily unavailable"), "{error}");
    assert_eq!(machine.run(&["bash", "-c", "echo alive"], "").0, "alive\n");
}
