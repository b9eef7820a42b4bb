//! The engine and the client without a shell: command lines given as words, as execve(2) would.

use layerlab::kernel::{NewProcess, OpenFlags, Step, Sys, step};
use layerlab::model::file::Device;
use layerlab::model::process::{Namespaces, Object, Run, SUPERUSER, Stream};
use layerlab::model::time::Time;
use layerlab::session::log::{Boot, Console, VERSION};
use layerlab::session::machine::Machine;

struct Host(Machine);

impl Host {
    fn new(images: &[&str]) -> Host {
        let boot = Boot {
            version: VERSION,
            seed: 7,
            catalogue: 1,
            lesson: None,
            directory: "/home/learner/work".into(),
            files: vec![],
            images: images.iter().map(|image| image.to_string()).collect(),
            console: Console::None,
            ..Boot::default()
        };
        Host(Machine::boot(&boot))
    }

    /// Runs a command to its end, at most an hour: standard output, standard error, exit status.
    fn run(&mut self, line: &str) -> (String, String, i32) {
        let kernel = self.0.kernel.clone();
        let (out, err, files) = {
            let mut k = kernel.borrow_mut();
            let (out, err) = (k.add_journal(), k.add_journal());
            let write = OpenFlags { read: false, write: true, ..OpenFlags::READ };
            let null = k.add_file(Object::Device(Device::Null), "/dev/null", OpenFlags::READ);
            let out_file = k.add_file(Object::Journal { id: out, stream: Stream::Stdout }, "out", write);
            let err_file = k.add_file(Object::Journal { id: err, stream: Stream::Stderr }, "err", write);
            (out, err, vec![null, out_file, err_file])
        };
        let new = NewProcess {
            parent: 1,
            ns: Namespaces::HOST,
            cgroup: None,
            tty: None,
            argv: line.split(' ').map(|word| word.replace('~', " ")).collect(),
            env: Default::default(),
            cwd: "/".into(),
            user: SUPERUSER,
            groups: vec![],
            files,
        };
        let pid = Sys::new(kernel.clone(), 0).create(new).expect("the command is there");
        let deadline = kernel.borrow().world.now.plus(Time::seconds(3600));
        let mut status = None;
        while status.is_none() && step(&kernel, deadline) == Step::Ran {
            let k = kernel.borrow();
            if let Some(Run::Zombie(ended)) = k.world.process(pid).map(|p| p.run) {
                status = Some(ended.code());
            }
        }
        self.0.settle();
        let text = |id| {
            let (records, _) = kernel.borrow().read_journal(id, 0);
            records.iter().map(|r| String::from_utf8_lossy(&r.bytes).into_owned()).collect::<String>()
        };
        assert_eq!(kernel.borrow().world.verify(), Ok(()), "after {line}");
        (text(out), text(err), status.unwrap_or(-1))
    }

    fn ok(&mut self, line: &str) -> String {
        let (out, err, status) = self.run(line);
        assert_eq!((err.as_str(), status), ("", 0), "{line}: {out}");
        out
    }
}

#[test]
fn a_container_lives_from_pull_to_stop() {
    let mut host = Host::new(&[]);
    let out = host.ok("docker pull alpine:3.19");
    assert!(out.ends_with("Status: Downloaded newer image for alpine:3.19\ndocker.io/library/alpine:3.19\n"), "{out}");
    let id = host.ok("docker run -d --name box alpine:3.19 sleep 1000");
    assert_eq!(id.len(), 65);
    assert_eq!(host.run("docker run --name box alpine:3.19").2, 125);
    assert_eq!(host.ok("docker exec box id -u"), "0\n");
    assert_eq!(host.ok("docker start box"), "box\n");
}

#[test]
fn what_cannot_start_says_why() {
    let mut host = Host::new(&["alpine:3.19"]);
    let (_, err, status) = host.run("docker run --rm alpine:3.19 nosuchcommand");
    assert_eq!(status, 127);
    assert!(
        err.contains("exec: \"nosuchcommand\": executable file not found in $PATH: unknown\n\nRun 'docker run"),
        "{err}"
    );
    assert_eq!(host.run("docker run alpine:3.19 /etc").2, 126);
    let (_, err, status) = host.run("docker run ghost-image");
    assert_eq!(status, 125);
    assert!(err.starts_with("Unable to find image 'ghost-image:latest' locally\ndocker: Error response"), "{err}");
}
