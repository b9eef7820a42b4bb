//! A learner's sitting: a machine, the log of what was done to it, and its history.
//!
//! The log is append-only; the machine is what the log makes of it. So undo, redo, reload and sharing
//! are replays of the log, and replaying it always gives an equal World.

pub mod assembly;
mod browse;
pub mod call;
pub mod history;
pub mod host;
pub mod init;
pub mod job;
pub mod log;
pub mod machine;
pub mod reader;
pub mod share;
pub mod switch;
pub mod timeline;

use std::collections::VecDeque;

use history::History;
use log::{Boot, Input, Key, LoadError, Refusal};
use machine::Machine;
use reader::Reader;
use timeline::Tick;

use crate::kernel::{Program, Step};
use crate::model::file::Data;
use crate::model::process::{Pid, Stream};
use crate::model::signal::Signal;
use crate::model::terminal::Editing;
use crate::model::time::Time;
use crate::model::{World, limits};

pub struct Session {
    machine: Machine,
    boot: Boot,
    programs: Vec<Program>,
    log: Vec<Input>,
    history: History,
    ticks: Vec<Tick>,
    /// The tick whose line still runs, and the login shell of then.
    open: Option<(usize, Option<Pid>)>,
    /// Lines to be typed when the terminal is read again.
    queue: VecDeque<String>,
    /// Keys to be typed when the moment is finished.
    keys: VecDeque<Key>,
    /// What is still to be done of a replay, while the machine is built anew.
    replay: Option<VecDeque<Input>>,
    /// Time up to which the log tells.
    told: Time,
    output: Vec<(Stream, Vec<u8>)>,
    /// How often the machine was built; a screen starts anew when it changes.
    builds: u32,
}

/// What [`Session::pump`] leaves.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Pumped {
    /// Nothing is left to do up to the time that has passed.
    pub idle: bool,
    /// When something will happen by itself.
    pub next: Option<Time>,
}

impl Session {
    pub fn new(boot: Boot) -> Session {
        Session::with_programs(boot, assembly::programs())
    }

    /// A session whose machine has these programs.
    pub fn with_programs(boot: Boot, programs: Vec<Program>) -> Session {
        let log = vec![Input::Boot(Box::new(boot.clone()))];
        let machine = Machine::with_programs(&boot, programs.clone());
        let mut session = Session {
            told: machine.now(),
            machine,
            boot,
            programs,
            history: History::new(&log),
            log,
            ticks: Vec::new(),
            open: None,
            queue: VecDeque::new(),
            keys: VecDeque::new(),
            replay: None,
            output: Vec::new(),
            builds: 0,
        };
        session.drain();
        session
    }

    /// The session that a log tells of. The first entry must be `Boot`.
    pub fn replay(log: &[Input], programs: Vec<Program>) -> Result<Session, LoadError> {
        let mut session = Session::begin(log, programs)?;
        session.finish();
        Ok(session)
    }

    fn begin(log: &[Input], programs: Vec<Program>) -> Result<Session, LoadError> {
        let Some(Input::Boot(boot)) = log.first() else { return Err(LoadError::NoBoot) };
        let mut session = Session::with_programs((**boot).clone(), programs);
        session.history = History::new(log);
        session.log = log.to_vec();
        session.rebuild();
        Ok(session)
    }

    /// The log as text. The moment is finished first, so that the World is what the text tells of.
    pub fn save(&mut self) -> String {
        self.finish();
        self.tell();
        log::save(&self.log)
    }

    /// The log as text, in the midst of whatever runs.
    pub fn stored(&mut self) -> String {
        self.note_time();
        log::save(&self.log)
    }

    pub fn load(text: &str) -> Result<Session, LoadError> {
        Session::replay(&log::load(text)?, assembly::programs())
    }

    /// The session that a log tells of, not there yet: [`Session::pump`] replays it bit by bit.
    pub fn resume(text: &str) -> Result<Session, LoadError> {
        Session::begin(&log::load(text)?, assembly::programs())
    }

    /// Whether a replay is still going on. What is submitted meanwhile waits, keys and time do nothing.
    pub fn replaying(&self) -> bool {
        self.replay.is_some()
    }

    /// Replays what is left to replay.
    fn finish(&mut self) {
        while self.replaying() {
            self.pump(u32::MAX);
        }
    }

    pub fn machine(&self) -> &Machine {
        &self.machine
    }

    pub fn log(&self) -> &[Input] {
        &self.log
    }

    pub fn ticks(&self) -> &[Tick] {
        &self.ticks
    }

    pub fn builds(&self) -> u32 {
        self.builds
    }

    /// A snapshot of the World.
    pub fn world(&self) -> World {
        self.machine.world(World::clone)
    }

    /// What was answered to the questions of the lesson, the last answer to each.
    pub fn answers(&self) -> Vec<(&str, &str)> {
        let mut answers: Vec<(&str, &str)> = Vec::new();
        for input in &self.log {
            if let Input::Answer { question, given } = input {
                answers.retain(|(known, _)| known != question);
                answers.push((question, given));
            }
        }
        answers
    }

    pub fn can_undo(&self) -> bool {
        self.history.operations() > 0
    }

    pub fn can_redo(&self) -> bool {
        self.history.can_redo()
    }

    /// What was written to the screen (or the two streams) since the last call.
    pub fn take_streams(&mut self) -> Vec<(Stream, Vec<u8>)> {
        std::mem::take(&mut self.output)
    }

    /// The same as bytes for a terminal emulator.
    pub fn take_output(&mut self) -> Vec<u8> {
        self.take_streams().into_iter().flat_map(|(_, bytes)| bytes).collect()
    }

    /// Whether something other than a shell at its prompt has the foreground, or lines wait to be typed.
    pub fn busy(&self) -> bool {
        self.replaying() || !self.queue.is_empty() || !matches!(self.machine.reader(), Reader::Prompt { .. })
    }

    /// Types one line or several, each when the terminal is being read. Control characters are left out.
    pub fn submit(&mut self, text: &str) -> Result<(), Refusal> {
        let text = text.strip_suffix('\n').unwrap_or(text);
        if let Some(long) = text.split('\n').map(str::len).find(|bytes| *bytes > limits::LINE_BYTES) {
            return Err(Refusal::LineTooLong(long));
        }
        if self.log.len() + self.queue.len() + text.split('\n').count() > limits::LOG_ENTRIES {
            return Err(Refusal::LogFull);
        }
        let clean = |line: &str| line.chars().filter(|c| *c == '\t' || !c.is_control()).collect();
        self.queue.extend(text.split('\n').map(clean));
        if self.machine.settled() {
            self.feed();
        }
        Ok(())
    }

    /// Types a key, as soon as the moment is finished. ^C and ^\ drop the lines that wait.
    pub fn key(&mut self, key: Key) -> Result<(), Refusal> {
        if matches!(key, Key::Interrupt | Key::Quit) {
            self.queue.clear();
        }
        if self.replaying() {
            return Ok(());
        }
        if !self.machine.settled() {
            self.keys.push_back(key);
            return Ok(());
        }
        self.take(Input::Key(key))
    }

    pub fn undo(&mut self) -> Result<(), Refusal> {
        self.apply(Input::Undo)
    }

    pub fn redo(&mut self) -> Result<(), Refusal> {
        self.apply(Input::Redo)
    }

    /// Goes back to when the first `tick` operations were done, and lives on from there.
    pub fn live_on(&mut self, tick: usize) -> Result<(), Refusal> {
        self.apply(Input::Back(tick))
    }

    /// Lets time pass; [`Session::pump`] does what happens meanwhile.
    pub fn elapse(&mut self, length: Time) {
        if !self.replaying() {
            self.machine.elapse(length);
        }
    }

    /// Lets time pass and does all that happens meanwhile.
    pub fn advance(&mut self, length: Time) {
        self.elapse(length);
        while !self.pump(u32::MAX).idle {}
    }

    /// Does up to `budget` steps of what there is to do. It may stop anywhere without changing the result.
    pub fn pump(&mut self, budget: u32) -> Pumped {
        let mut idle = false;
        for _ in 0..budget {
            if self.machine.run() == Step::Idle && !self.repeat() {
                idle = true;
                break;
            }
            if self.machine.settled() {
                self.notice();
                self.feed();
            }
        }
        self.drain();
        Pumped { idle, next: self.machine.next_event() }
    }

    /// Lets virtual time pass until a shell is at its prompt and no line waits, at most so long. False if
    /// the foreground is still held then.
    pub fn run_to_prompt(&mut self, longest: Time) -> bool {
        self.run_until(longest, |session| !session.busy())
    }

    /// Lets virtual time pass until the terminal is being read and no line waits, at most so long.
    pub fn run_to_reader(&mut self, longest: Time) -> bool {
        self.run_until(longest, |session| session.queue.is_empty() && session.machine.reader() != Reader::Nobody)
    }

    fn run_until(&mut self, longest: Time, done: impl Fn(&Session) -> bool) -> bool {
        self.finish();
        self.settle();
        self.feed();
        self.elapse(longest);
        let mut reached = done(self);
        while !reached && self.machine.run() == Step::Ran {
            if self.machine.settled() {
                self.notice();
                self.feed();
                reached = done(self);
            }
        }
        if reached {
            self.machine.stay();
        }
        self.drain();
        reached
    }

    /// Takes an input, into the log and to the machine, and finishes the moment.
    pub fn apply(&mut self, input: Input) -> Result<(), Refusal> {
        if let Input::Elapsed(nanos) = input {
            self.advance(Time(nanos));
            return Ok(());
        }
        if input.is_history() {
            self.turn(input)?;
            self.finish();
        } else {
            self.finish();
            self.take(input)?;
        }
        self.settle();
        Ok(())
    }

    /// Takes an input; what it sets off is left to [`Session::pump`].
    fn take(&mut self, input: Input) -> Result<(), Refusal> {
        if self.log.len() >= limits::LOG_ENTRIES {
            return Err(Refusal::LogFull);
        }
        self.tell();
        self.perform(&input)?;
        self.history.push(&input);
        self.log.push(input);
        Ok(())
    }

    /// Moves in the history ([`Input::is_history`]); the replay that this takes is left to [`Session::pump`].
    pub fn turn(&mut self, input: Input) -> Result<(), Refusal> {
        if self.log.len() >= limits::LOG_ENTRIES {
            return Err(Refusal::LogFull);
        }
        self.note_time();
        if !input.is_history() || !self.history.push(&input) {
            return Err(Refusal::NoStep);
        }
        self.log.push(input);
        self.rebuild();
        Ok(())
    }

    /// Finishes the moment.
    fn settle(&mut self) {
        self.machine.settle();
        self.notice();
        self.drain();
    }

    /// Finishes the moment and puts the time that passed into the log; what has not been lived will not be.
    fn tell(&mut self) {
        self.settle();
        self.machine.stay();
        self.note_time();
    }

    /// Puts the time that passed into the log.
    fn note_time(&mut self) {
        if self.replaying() {
            return;
        }
        let passed = self.machine.now().since(self.told);
        self.told = self.machine.now();
        if passed == Time::ZERO {
            return;
        }
        self.history.push(&Input::Elapsed(passed.0));
        match self.log.last_mut() {
            Some(Input::Elapsed(sum)) => *sum = sum.saturating_add(passed.0),
            _ => self.log.push(Input::Elapsed(passed.0)),
        }
    }

    /// Does to the machine what an input says. Inputs come when a moment is finished; what they set off is
    /// left to [`Session::pump`].
    fn perform(&mut self, input: &Input) -> Result<(), Refusal> {
        self.settle();
        let container = matches!(self.machine.reader(), Reader::Prompt { container: true, .. });
        self.drain();
        let tick = Tick::new(input, container, self.world());
        let login = self.machine.shell();
        match input {
            Input::Boot(_) => return Err(Refusal::Booted),
            Input::Line(text) | Input::Stdin(text) => {
                self.machine.type_keys(text.as_bytes());
                self.machine.type_keys(b"\n");
            }
            Input::Key(key) => self.machine.type_keys(&[key.byte()]),
            Input::Edit { path, content } => self.edit(path, content.bytes())?,
            Input::Resize { rows, columns } => self.resize(*rows, *columns),
            Input::Switch(switch) => self.machine.turn(switch),
            Input::Browse(address) if address.len() > limits::ADDRESS_BYTES => {
                return Err(Refusal::LineTooLong(address.len()));
            }
            Input::Browse(address) => self.machine.browse(address),
            Input::Elapsed(nanos) => self.machine.elapse(Time(*nanos)),
            Input::Answer { .. } | Input::Undo | Input::Redo | Input::Back(_) => {}
        }
        if let Some(mut tick) = tick {
            if matches!(input, Input::Line(_)) {
                self.open = Some((self.ticks.len(), login));
            } else {
                tick.after = Some(self.world());
            }
            self.ticks.push(tick);
        }
        self.verify();
        Ok(())
    }

    /// What a program at the terminal waits for an editor for: `Input::Edit` of its path saves the file as the
    /// program would and ends it, ^C ends it without saving.
    pub fn editing(&self) -> Option<Editing> {
        let Reader::Editor(pid) = self.machine.reader() else { return None };
        let world = &self.machine.kernel.borrow().world;
        world.terminals.values().filter_map(|terminal| terminal.editing.clone()).find(|editing| editing.pid == pid)
    }

    /// What the file of [`Session::editing`] holds; none if it is not there or no text.
    pub fn edited(&self) -> Option<Vec<u8>> {
        let editing = self.editing()?;
        match self.machine.kernel.borrow().contents(editing.pid, &editing.path) {
            Ok(Data::Bytes(bytes)) => Some(bytes.to_vec()),
            _ => None,
        }
    }

    fn edit(&mut self, path: &str, content: Vec<u8>) -> Result<(), Refusal> {
        if content.len() > limits::FILE_BYTES {
            return Err(Refusal::FileTooLarge(content.len()));
        }
        let editing = self.editing().filter(|editing| *editing.path == *path);
        let pid = editing.as_ref().map(|editing| editing.pid).or_else(|| self.machine.shell()).unwrap_or(1);
        let mut kernel = self.machine.kernel.borrow_mut();
        let written = match kernel.stat(pid, path, true) {
            Ok(_) => kernel.access(pid, path, 2),
            Err(_) => Ok(()),
        };
        let written = written.and_then(|()| kernel.put(pid, path, Data::new(content), 0o644));
        written.map_err(|errno| Refusal::Edit(format!("{path}: {errno}")))?;
        if editing.is_some() {
            kernel.end_editing(pid);
        }
        Ok(())
    }

    fn resize(&mut self, rows: u16, columns: u16) {
        let Some(desk) = self.machine.desk else { return };
        let mut kernel = self.machine.kernel.borrow_mut();
        let Some(terminal) = kernel.world.terminal_mut(desk.tty) else { return };
        (terminal.rows, terminal.columns) = (rows.clamp(1, 1000), columns.clamp(1, 1000));
        if let Some(group) = terminal.foreground {
            kernel.signal_group(group, Signal::WINCH);
        }
    }

    /// Types the keys that wait, and the next waiting line if the terminal is being read.
    fn feed(&mut self) {
        if self.replaying() {
            return;
        }
        let target = self.machine.target();
        while self.machine.settled()
            && let Some(key) = self.keys.pop_front()
        {
            let _ = self.take(Input::Key(key));
        }
        self.type_waiting();
        self.machine.set_target(target);
    }

    fn type_waiting(&mut self) {
        while !self.queue.is_empty() && self.machine.settled() {
            let line = match self.machine.reader() {
                Reader::Nobody | Reader::Editor(_) => return,
                Reader::Prompt { .. } => Input::Line,
                Reader::Continuation { .. } | Reader::Program => Input::Stdin,
            };
            let Some(text) = self.queue.pop_front() else { return };
            if self.take(line(text)).is_err() {
                self.queue.clear();
            }
        }
    }

    /// Closes the open tick when the prompt is back.
    fn notice(&mut self) {
        let Some((tick, login)) = self.open else { return };
        let Reader::Prompt { shell, .. } = self.machine.reader() else { return };
        self.open = None;
        // The line ended the login shell: init keeps its status.
        let shell = if self.machine.shell() == login { shell } else { 1 };
        let status = self.machine.world(|w| w.process(shell).and_then(|p| p.shell.as_ref()).map(|state| state.status));
        // Snapshots must not tell when the screen was last read.
        self.drain();
        let world = self.world();
        if let Some(tick) = self.ticks.get_mut(tick) {
            (tick.status, tick.after) = (status, Some(world));
        }
        self.verify();
    }

    fn drain(&mut self) {
        self.output.extend(self.machine.take_output());
    }

    /// Begins to build the machine anew from what counts of the log.
    fn rebuild(&mut self) {
        self.machine = Machine::with_programs(&self.boot, self.programs.clone());
        (self.ticks, self.open) = (Vec::new(), None);
        self.queue.clear();
        self.keys.clear();
        self.output.clear();
        self.builds += 1;
        self.replay = Some(self.history.inputs().skip(1).cloned().collect());
    }

    /// Does the next input of a replay; false if there is none.
    fn repeat(&mut self) -> bool {
        let Some(replay) = &mut self.replay else { return false };
        match replay.pop_front() {
            // What was taken once is taken again.
            Some(input) => drop(self.perform(&input)),
            None => {
                self.replay = None;
                self.told = self.machine.now();
            }
        }
        true
    }

    fn verify(&self) {
        if cfg!(debug_assertions) {
            let verdict = self.machine.world(World::verify);
            assert!(verdict.is_ok(), "{verdict:?} after {:?}", self.log.last());
        }
    }
}

#[cfg(test)]
mod tests;
