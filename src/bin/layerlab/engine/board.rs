//! The switchboard between callers and the machine: who asks, what the daemon has said to whom.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::{Duration, Instant};

use layerlab::engine::api::{Answer, Fault, Input, Reply, Request, WaitCondition};
use layerlab::model::World;
use layerlab::session::call::{Call, Heard};
use layerlab::session::job::Job;
use layerlab::session::machine::Machine;
use tokio::sync::{Notify, mpsc};

use super::clock::Clock;
use super::options::Pace;

/// Bytes that may wait for one caller who does not read; then the line is cut.
const BACKLOG: usize = 64 << 20;

pub struct Board {
    pub machine: RefCell<Machine>,
    lines: RefCell<BTreeMap<u64, Line>>,
    next: Cell<u64>,
    /// Told whenever a caller does something.
    pub stir: Notify,
    /// When a caller did something the last time.
    pub stirred: Cell<Instant>,
    pub clock: Clock,
    pub pace: Pace,
}

/// One caller's connection with the daemon.
struct Line {
    source: Source,
    replies: mpsc::UnboundedSender<Reply>,
    waiting: Rc<Cell<usize>>,
    haste: Haste,
}

/// Who speaks at the other end.
enum Source {
    Daemon(Call),
    Program(Job),
}

/// What a caller's waiting means to virtual time.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Haste {
    /// It waits for an answer: time runs on.
    Now,
    /// It waits for something to happen: time runs on once no caller has said anything for so long.
    After(Duration),
    /// It only wants to be told: time does not run for its sake.
    Never,
}

impl Board {
    pub fn new(machine: Machine, pace: Pace) -> Board {
        let clock = Clock::new(machine.now(), pace);
        Board {
            machine: RefCell::new(machine),
            lines: RefCell::default(),
            next: Cell::new(0),
            stir: Notify::new(),
            stirred: Cell::new(Instant::now()),
            clock,
            pace,
        }
    }

    /// Looks at the machine's World.
    pub fn world<T>(&self, look: impl FnOnce(&World) -> T) -> T {
        self.machine.borrow().world(look)
    }

    /// Asks the daemon.
    pub fn ask(self: &Rc<Board>, request: Request) -> Caller {
        let haste = haste(&request);
        let call = self.machine.borrow_mut().call(request);
        self.connect(call.map(Source::Daemon), haste)
    }

    /// Runs a program on the machine's host; what it prints and its exit status are the replies.
    pub fn run(self: &Rc<Board>, argv: Vec<String>, input: &[u8]) -> Caller {
        let job = self.machine.borrow_mut().begin(argv, input);
        self.connect(job.map(Source::Program), Haste::Now)
    }

    fn connect(self: &Rc<Board>, source: Option<Source>, haste: Haste) -> Caller {
        let (sender, replies) = mpsc::unbounded_channel();
        let number = self.next.get();
        self.next.set(number + 1);
        let waiting: Rc<Cell<usize>> = Rc::default();
        // Where nobody listens the sender is dropped, and the caller hears the end.
        if let Some(source) = source {
            let line = Line { source, replies: sender, waiting: waiting.clone(), haste };
            self.lines.borrow_mut().insert(number, line);
        }
        self.touch();
        Caller { board: self.clone(), number, replies, waiting }
    }

    /// One question, one answer.
    pub async fn answer(self: &Rc<Board>, request: Request) -> Result<Answer, Fault> {
        self.ask(request).answer().await
    }

    /// A caller did something.
    pub fn touch(&self) {
        self.stirred.set(Instant::now());
        self.stir.notify_one();
    }

    fn tell(&self, number: u64, input: Input) {
        if let Some(Line { source: Source::Daemon(call), .. }) = self.lines.borrow().get(&number) {
            self.machine.borrow_mut().tell(call, input);
        }
        self.touch();
    }

    fn hang_up(&self, number: u64) {
        let line = self.lines.borrow_mut().remove(&number);
        if let Some(line) = line {
            line.source.leave(&mut self.machine.borrow_mut());
        }
        self.touch();
    }

    /// Hands over what the daemon has said; how much there was.
    pub fn deliver(&self) -> usize {
        let mut lines = self.lines.borrow_mut();
        let mut machine = self.machine.borrow_mut();
        let (mut heard, mut over) = (0, Vec::new());
        for (number, line) in lines.iter_mut() {
            loop {
                let reply = match line.source.hear(&mut machine) {
                    Heard::Silence => break,
                    Heard::End => None,
                    Heard::Reply(reply) => Some(reply),
                };
                heard += 1;
                let last = matches!(reply, None | Some(Reply::Done(_) | Reply::Failed(_)));
                if let Some(reply) = reply {
                    line.waiting.set(line.waiting.get() + weight(&reply));
                    let _ = line.replies.send(reply);
                }
                if last || line.waiting.get() > BACKLOG {
                    over.push(*number);
                    break;
                }
            }
        }
        for line in over.iter().filter_map(|number| lines.remove(number)) {
            line.source.leave(&mut machine);
        }
        heard
    }

    /// How long all callers must have been quiet before virtual time runs on; nothing where nobody waits for that.
    pub fn patience(&self) -> Option<Duration> {
        match self.lines.borrow().values().map(|line| line.haste).min()? {
            Haste::Now => Some(Duration::ZERO),
            Haste::After(length) => Some(length),
            Haste::Never => None,
        }
    }
}

impl Source {
    fn hear(&mut self, machine: &mut Machine) -> Heard {
        match self {
            Source::Daemon(call) => machine.hear(call),
            Source::Program(job) => machine.hear_job(job),
        }
    }

    fn leave(self, machine: &mut Machine) {
        match self {
            Source::Daemon(call) => machine.hang_up(call),
            Source::Program(job) => machine.abandon(job),
        }
    }
}

/// A client that waits for a container's output has nothing else to say.
const SOON: Duration = Duration::from_millis(100);
/// `docker run -d` asks to be told of the container's end, and leaves.
const LATE: Duration = Duration::from_secs(1);

fn haste(request: &Request) -> Haste {
    match request {
        Request::Events { until: None, .. } => Haste::Never,
        Request::ContainerWait { condition: WaitCondition::NextExit, .. } => Haste::After(LATE),
        Request::ContainerLogs(ask) if !ask.follow => Haste::Now,
        Request::ContainerStats { stream: false, .. } => Haste::Now,
        Request::ContainerWait { .. }
        | Request::ContainerAttach { .. }
        | Request::ExecStart { detach: false, .. }
        | Request::ContainerLogs(_)
        | Request::ContainerStats { .. }
        | Request::Events { .. } => Haste::After(SOON),
        _ => Haste::Now,
    }
}

/// About how many bytes a reply takes.
fn weight(reply: &Reply) -> usize {
    match reply {
        Reply::Output { bytes, .. } => bytes.len() + 64,
        _ => 256,
    }
}

/// The caller's end of a line. Who drops it has hung up.
pub struct Caller {
    board: Rc<Board>,
    number: u64,
    replies: mpsc::UnboundedReceiver<Reply>,
    waiting: Rc<Cell<usize>>,
}

impl Caller {
    /// The next reply; none when the daemon has hung up.
    pub async fn next(&mut self) -> Option<Reply> {
        let reply = self.replies.recv().await?;
        self.waiting.set(self.waiting.get().saturating_sub(weight(&reply)));
        Some(reply)
    }

    /// The next reply, if it is no refusal.
    pub async fn first(&mut self) -> Result<Reply, Fault> {
        match self.next().await {
            Some(Reply::Failed(fault)) => Err(fault),
            Some(reply) => Ok(reply),
            None => Err(gone()),
        }
    }

    /// Waits for the end, skipping what streams before it.
    pub async fn answer(mut self) -> Result<Answer, Fault> {
        loop {
            match self.first().await? {
                Reply::Done(answer) => return Ok(answer),
                _ => continue,
            }
        }
    }

    /// A way to send input that outlives the borrow of the caller.
    pub fn mouth(&self) -> Mouth {
        Mouth { board: self.board.clone(), number: self.number }
    }
}

impl Drop for Caller {
    fn drop(&mut self) {
        self.board.hang_up(self.number);
    }
}

/// What an attached caller speaks with.
pub struct Mouth {
    board: Rc<Board>,
    number: u64,
}

impl Mouth {
    pub fn say(&self, input: Input) {
        self.board.tell(self.number, input);
    }
}

/// No dockerd answers in the machine.
fn gone() -> Fault {
    Fault { status: 503, message: "the machine's docker daemon is not running".into() }
}
