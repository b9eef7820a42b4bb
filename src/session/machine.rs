//! A machine: the kernel with the host on it, and a desk at which the learner sits.

use std::cell::RefCell;
use std::rc::Rc;

use super::init::{self, Desk};
use super::log::{Boot, Console};
use super::{assembly, host};
use crate::kernel::{Kernel, NewProcess, OpenFlags, Program, Step, Sys, halt, step};
use crate::model::file::Device;
use crate::model::process::{JournalId, Namespaces, Object, Pid, Run, SUPERUSER, Stream, User};
use crate::model::signal::Signal;
use crate::model::terminal::Terminal;
use crate::model::time::Time;
use crate::model::{Map, World, limits};

/// How long the machine takes until its shell shows its prompt.
const BOOT_TIME: Time = Time::seconds(1);
/// Steps after which one instant of virtual time is taken to be without end.
const INSTANT_STEPS: u32 = 2_000_000;

pub struct Machine {
    pub kernel: Rc<RefCell<Kernel>>,
    pub desk: Option<Desk>,
    directory: String,
    /// The point in virtual time that [`Machine::run`] works towards.
    target: Time,
    /// Images that were to be there and are not in the catalogue.
    pub missing: Vec<String>,
}

/// What a command left that was run by itself.
#[derive(Clone, PartialEq, Debug)]
pub struct Outcome {
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
    pub status: i32,
}

impl Machine {
    pub fn boot(boot: &Boot) -> Machine {
        Machine::with_programs(boot, assembly::programs())
    }

    /// A machine that has these programs; `init` must be one of them.
    pub fn with_programs(boot: &Boot, programs: Vec<Program>) -> Machine {
        let mut world = host::world(boot, &programs);
        let missing = assembly::engine(&mut world, boot);
        let kernel = Rc::new(RefCell::new(Kernel::new(world, programs)));
        let desk = desk(&mut kernel.borrow_mut(), boot.console);
        let sys = Sys::new(kernel.clone(), 0);
        let mut env = Map::new();
        env.insert("PATH".into(), host::PATH.into());
        // Without init there is a host on which nothing runs, as after a kernel panic.
        let _ = sys.create(NewProcess {
            parent: 0,
            ns: Namespaces::HOST,
            cgroup: None,
            tty: None,
            argv: init::argv(desk, &boot.directory),
            env,
            cwd: "/".into(),
            user: SUPERUSER,
            groups: vec![0],
            files: Vec::new(),
        });
        let mut machine = Machine { kernel, desk, directory: boot.directory.clone(), target: Time::ZERO, missing };
        machine.advance(BOOT_TIME);
        for line in &boot.setup {
            machine.command(line);
        }
        for switch in &boot.switches {
            machine.turn(switch);
            machine.settle();
        }
        machine
    }

    pub fn now(&self) -> Time {
        self.kernel.borrow().world.now
    }

    /// Looks at the World.
    pub fn world<T>(&self, look: impl FnOnce(&World) -> T) -> T {
        look(&self.kernel.borrow().world)
    }

    /// When something will happen by itself.
    pub fn next_event(&self) -> Option<Time> {
        self.kernel.borrow().next_event()
    }

    /// Lets time pass, without running anything yet.
    pub fn elapse(&mut self, length: Time) {
        self.target = self.target.max(self.now()).plus(length);
    }

    /// The time that [`Machine::run`] works towards is now: what has not been lived will not be.
    pub fn stay(&mut self) {
        self.target = self.now();
    }

    /// The point in virtual time that [`Machine::run`] works towards.
    pub fn target(&self) -> Time {
        self.target
    }

    pub fn set_target(&mut self, target: Time) {
        self.target = target.max(self.now());
    }

    /// Runs at most one task. `Idle` when all is done up to the time that has passed.
    pub fn run(&mut self) -> Step {
        step(&self.kernel, self.target)
    }

    /// Whether nothing is left to do at this moment of virtual time.
    pub fn settled(&self) -> bool {
        self.next_event().is_none_or(|time| time > self.now())
    }

    /// Finishes the moment.
    pub fn settle(&mut self) {
        for _ in 0..INSTANT_STEPS {
            if self.settled() {
                return;
            }
            step(&self.kernel, self.now());
        }
    }

    /// Lets time pass and does all that happens meanwhile.
    pub fn advance(&mut self, length: Time) {
        self.elapse(length);
        while self.run() == Step::Ran {}
    }

    /// Keys typed at the desk's terminal.
    pub fn type_keys(&mut self, bytes: &[u8]) {
        if let Some(desk) = self.desk {
            self.kernel.borrow_mut().type_keys(desk.tty, bytes);
        }
    }

    /// The learner's shell.
    pub fn shell(&self) -> Option<Pid> {
        let tty = self.desk?.tty;
        self.world(|w| w.terminal(tty).and_then(|terminal| terminal.session))
    }

    /// What was written to the desk since the last call, in order.
    pub fn take_output(&mut self) -> Vec<(Stream, Vec<u8>)> {
        let Some(desk) = self.desk else { return Vec::new() };
        let mut kernel = self.kernel.borrow_mut();
        let mut output = Vec::new();
        let screen = kernel.take_output(desk.tty);
        if !screen.is_empty() {
            output.push((Stream::Stdout, screen));
        }
        if let Some(id) = desk.journal {
            output.extend(drain(&mut kernel, id));
        }
        output
    }

    /// Runs `bash -c command` by itself: no terminal, no input, in the working directory, until it and
    /// whoever holds its output have ended. After an hour of virtual time it gets SIGINT, and after one
    /// more SIGKILL.
    pub fn command(&mut self, command: &str) -> Outcome {
        let journals = {
            let mut kernel = self.kernel.borrow_mut();
            [kernel.add_journal(), kernel.add_journal()]
        };
        let argv = ["bash", "-c", command].map(String::from).to_vec();
        let (pid, mut status) = match self.spawn(argv, None, journals) {
            Some(pid) => (pid, None),
            None => (0, Some(127)),
        };
        for signal in [Signal::INT, Signal::KILL] {
            self.elapse(Time::seconds(limits::FOREGROUND_SECONDS));
            // The status is looked for after every step: init reaps what has ended at the next.
            loop {
                let went = self.run();
                status = status.or_else(|| self.world(|w| ended(w, pid)));
                if went == Step::Idle || (status.is_some() && self.quiet(journals)) {
                    break;
                }
            }
            if status.is_some() && self.quiet(journals) {
                break;
            }
            self.kernel.borrow_mut().signal_group(pid, signal);
            status = status.or_else(|| self.world(|w| ended(w, pid)));
        }
        self.stay();
        self.settle();
        let mut kernel = self.kernel.borrow_mut();
        let mut collect = |id| {
            let bytes = drain(&mut kernel, id).into_iter().flat_map(|(_, bytes)| bytes).collect();
            kernel.remove_journal(id);
            bytes
        };
        Outcome { stdout: collect(journals[0]), stderr: collect(journals[1]), status: status.unwrap_or(137) }
    }

    /// Whether nobody can write to these any more.
    pub(super) fn quiet(&self, journals: [JournalId; 2]) -> bool {
        self.world(|w| journals.iter().all(|id| w.journals.get(id).is_none_or(|journal| journal.writers == 0)))
    }

    /// Starts a program of the learner's with this input, and its output in two journals.
    pub(super) fn spawn(&mut self, argv: Vec<String>, input: Option<&[u8]>, journals: [JournalId; 2]) -> Option<Pid> {
        let files = {
            let mut kernel = self.kernel.borrow_mut();
            let input = match input {
                Some(bytes) => kernel.add_input(bytes),
                None => kernel.add_file(Object::Device(Device::Null), "/dev/null", OpenFlags::READ),
            };
            let write = OpenFlags { read: false, write: true, ..OpenFlags::READ };
            let [out, err] = journals;
            let out = kernel.add_file(Object::Journal { id: out, stream: Stream::Stdout }, "pipe", write);
            let err = kernel.add_file(Object::Journal { id: err, stream: Stream::Stderr }, "pipe", write);
            vec![input, out, err]
        };
        files.iter().for_each(|file| self.kernel.borrow_mut().hold(*file));
        let made = Sys::new(self.kernel.clone(), 0).create(NewProcess {
            parent: 1,
            ns: Namespaces::HOST,
            cgroup: None,
            tty: None,
            argv,
            env: host::environment(&self.directory, false),
            cwd: self.directory.clone(),
            user: host::LEARNER,
            groups: host::GROUPS.to_vec(),
            files: files.clone(),
        });
        files.iter().for_each(|file| self.kernel.borrow_mut().release(*file));
        made.ok()
    }

    /// Starts a process of the host that nobody hears and nobody waits for.
    #[inline(never)]
    pub(super) fn start(&mut self, argv: Vec<String>, user: User, groups: &[u32]) {
        // Where there is no room for another process, nothing starts.
        let _ = Sys::new(self.kernel.clone(), 0).create(NewProcess {
            parent: 1,
            ns: Namespaces::HOST,
            cgroup: None,
            tty: None,
            argv,
            env: Map::new(),
            cwd: "/".into(),
            user,
            groups: groups.to_vec(),
            files: Vec::new(),
        });
    }
}

impl Drop for Machine {
    /// Tasks hold the kernel, and it them.
    fn drop(&mut self) {
        halt(&self.kernel);
    }
}

/// The exit status of a process that has ended and that init has not reaped, or has (then it is lost: 0).
pub(super) fn ended(world: &World, pid: Pid) -> Option<i32> {
    match world.process(pid) {
        Some(process) => match process.run {
            Run::Zombie(status) => Some(status.code()),
            _ => None,
        },
        None => Some(0),
    }
}

pub(super) fn drain(kernel: &mut Kernel, id: JournalId) -> Vec<(Stream, Vec<u8>)> {
    let (records, _) = kernel.read_journal(id, 0);
    if let Some(journal) = kernel.world.journals.get_mut(&id) {
        journal.records = Default::default();
        journal.bytes = 0;
    }
    records.into_iter().map(|record| (record.stream, record.bytes.to_vec())).collect()
}

fn desk(kernel: &mut Kernel, console: Console) -> Option<Desk> {
    match console {
        Console::Screen { rows, columns } => {
            Some(Desk { tty: kernel.add_terminal(Terminal::new(rows, columns)), journal: None })
        }
        Console::Streams => {
            let terminal = Terminal { echo: false, ..Terminal::new(24, 80) };
            let tty = kernel.add_terminal(terminal);
            Some(Desk { tty, journal: Some(kernel.add_journal()) })
        }
        Console::None => None,
    }
}
