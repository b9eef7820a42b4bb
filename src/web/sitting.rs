//! The session as the page drives it: real time made virtual, output made rows, snapshots made Scenes.

use std::collections::BTreeMap;
use std::rc::Rc;

use layerlab::diagram::{self, Scene, ShelfItem, Slots, View};
use layerlab::model::World;
use layerlab::model::time::Time;
use layerlab::session::Session;
use layerlab::session::log::{Boot, Console, Content, Input, Key, Switch};
use layerlab::view::screen::Screen;
use layerlab::view::{shelf, timeline};
use layerlab::words::{Lang, Words};

use super::store::{self, Speed};

/// Real time that is lived through at most before a line.
const CATCH_UP_MS: f64 = 600_000.0;
/// What running the machine may take of a frame: little where it goes at its own pace and draws as it goes,
/// more where it is to race.
const PACED_FRAME_MS: f64 = 2.5;
const FRAME_MS: f64 = 4.0;
/// What catching up may take before a line.
const PATIENCE_MS: f64 = 30.0;
/// What a replay may take at once; a longer one goes on in the frames that follow, of which it takes most.
const REPLAY_MS: f64 = 1_000.0;
const REPLAY_FRAME_MS: f64 = 40.0;
/// Tasks between two looks at the clock: a busy one may take a millisecond.
const TASKS: u32 = 4;
/// The same in a replay, which has more time.
const REPLAY_TASKS: u32 = 100;
/// Virtual time that one line may race through at the speed 'at once'; what runs longer runs at its own pace.
const RACE: Time = Time::seconds(120);
/// The name of the measure of a replay.
const REPLAY: &str = "replay";
/// What the shelf shows at most.
const SHELF: usize = 5;

/// What to do next.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Next {
    /// More is to be done at once.
    Frame,
    /// Something will happen by itself in so many milliseconds.
    In(f64),
    /// Nothing will.
    Sleep,
}

/// Whose a sitting is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Visit {
    /// The reader's: it is stored.
    Own,
    /// Somebody shared it, and the reader has only looked so far: nothing is stored.
    Looking,
    /// The reader has gone on with it, but there is no room to lay their own aside.
    Unkept,
}

pub struct Sitting {
    pub visit: Visit,
    pub session: Session,
    pub screen: Screen,
    /// Real milliseconds up to which virtual time has followed.
    synced: f64,
    builds: u32,
    /// Tasks that had run when the machine was last looked at.
    polls: u64,
    /// Slots after so many finished ticks.
    slots: Slots,
    folded: usize,
    /// How many things each of them changed.
    pub changed: Vec<usize>,
    shelf: BTreeMap<String, Option<ShelfItem>>,
    /// What was written since the last line was sent, for the coach.
    since: Screen,
    /// What is left of [`RACE`].
    race: Time,
    columns: u16,
    rows: u16,
}

thread_local! {
    static PERFORMANCE: Option<web_sys::Performance> = web_sys::window().and_then(|window| window.performance());
}

pub fn now() -> f64 {
    PERFORMANCE.with(|performance| performance.as_ref().map_or(0.0, web_sys::Performance::now))
}

impl Sitting {
    /// The stored session, or a new one.
    pub fn open(boot: Boot) -> Sitting {
        let stored = store::log(boot.lesson.as_ref().map_or("", |lesson| &lesson.id));
        store::replaying(true);
        let loaded = stored.as_ref().and_then(|log| Session::resume(log).ok());
        if loaded.is_none() && stored.is_some() {
            // A log that this version cannot read is not thrown away.
            store::keep_here_unread();
        }
        PERFORMANCE.with(|performance| performance.as_ref().map(|performance| performance.mark(REPLAY)));
        let mut sitting = Sitting::with(loaded.unwrap_or_else(|| Session::new(boot)));
        sitting.replay(REPLAY_MS);
        sitting
    }

    /// A session that somebody has shared.
    #[inline(never)]
    pub fn visit(log: &str) -> Option<Sitting> {
        let session = Session::resume(log).ok()?;
        store::replaying(true);
        let mut sitting = Sitting { visit: Visit::Looking, ..Sitting::with(session) };
        sitting.replay(REPLAY_MS);
        Some(sitting)
    }

    /// Who goes on with a shared session makes it their own.
    fn go_on(&mut self) {
        if self.visit == Visit::Looking {
            self.adopt();
        }
        self.store();
    }

    #[inline(never)]
    fn adopt(&mut self) {
        let kept = store::adopt(&self.session.stored());
        self.visit = if kept { Visit::Own } else { Visit::Unkept };
        if kept {
            store::clear_fragment();
        }
    }

    fn with(session: Session) -> Sitting {
        let size = session.log().iter().rev().find_map(|input| match input {
            Input::Resize { rows, columns } => Some((*rows, *columns)),
            Input::Boot(boot) => match boot.console {
                Console::Screen { rows, columns } => Some((rows, columns)),
                _ => None,
            },
            _ => None,
        });
        let (rows, columns) = size.unwrap_or((24, 80));
        Sitting {
            visit: Visit::Own,
            builds: session.builds(),
            polls: 0,
            session,
            screen: Screen::new(usize::from(rows)),
            synced: now(),
            slots: Slots::default(),
            folded: 0,
            changed: Vec::new(),
            shelf: BTreeMap::new(),
            since: Screen::new(200),
            race: RACE,
            columns,
            rows,
        }
    }

    /// Goes on with a replay for so many milliseconds; true when it is done.
    fn replay(&mut self, longest: f64) -> bool {
        let end = now() + longest;
        let replaying = self.session.replaying();
        while self.session.replaying() && now() < end {
            self.session.pump(REPLAY_TASKS);
        }
        self.read();
        self.synced = now();
        if self.session.replaying() {
            return false;
        }
        store::replaying(false);
        if replaying {
            // How long it took stands in the browser's list of measures.
            PERFORMANCE.with(|performance| {
                performance.as_ref().map(|performance| performance.measure_with_start_mark(REPLAY, REPLAY))
            });
        }
        true
    }

    /// Whether anything has run since the last call.
    pub fn stirred(&mut self) -> bool {
        let polls = self.session.machine().kernel.borrow().polls;
        std::mem::replace(&mut self.polls, polls) != polls
    }

    /// Lets virtual time follow real time.
    fn sync(&mut self, factor: u64) {
        let passed = (now() - self.synced).clamp(0.0, CATCH_UP_MS);
        self.synced = now();
        // A browser's clock counts tenths of milliseconds: what is said more finely only makes links longer.
        self.session.elapse(Time((passed * 1e1).round() as u64 * 100_000 * factor));
    }

    /// Does what is to be done for as long as a frame may take.
    pub fn pump(&mut self, speed: Speed) -> Next {
        if self.session.replaying() && !self.replay(REPLAY_FRAME_MS) {
            return Next::Frame;
        }
        self.sync(if self.session.busy() { speed.factor() } else { 1 });
        let end = now() + if speed == Speed::Instant { FRAME_MS } else { PACED_FRAME_MS };
        let next = loop {
            let pumped = self.session.pump(TASKS);
            if pumped.idle {
                let wait = pumped.next.map(|at| at.since(self.session.machine().now()));
                match wait {
                    None => break Next::Sleep,
                    Some(wait) if speed == Speed::Instant && self.session.busy() && wait <= self.race => {
                        self.race = self.race.since(wait);
                        self.session.elapse(wait);
                    }
                    Some(wait) => {
                        let factor = if self.session.busy() { speed.factor() } else { 1 };
                        break Next::In((wait.0 as f64 / 1e6 / factor as f64).max(1.0));
                    }
                }
            }
            if now() >= end {
                break Next::Frame;
            }
        };
        self.read();
        next
    }

    /// Before a line, virtual time catches up with the time that the learner lived through.
    fn catch_up(&mut self) {
        self.sync(1);
        let end = now() + PATIENCE_MS;
        while !self.session.replaying() && !self.session.pump(TASKS).idle && now() < end {}
    }

    /// Types lines. The log up to here is stored first, so that a fault costs one line only.
    pub fn submit(&mut self, text: &str) -> Result<(), String> {
        self.catch_up();
        self.go_on();
        (self.since, self.race) = (Screen::new(200), RACE);
        let outcome = self.session.submit(text).map_err(|refusal| refusal.to_string());
        self.read();
        outcome
    }

    pub fn key(&mut self, key: Key) {
        self.catch_up();
        self.go_on();
        let _ = self.session.key(key);
        self.read();
    }

    /// Writes what an editor holds to the file that it was opened for.
    pub fn save(&mut self, path: &str, text: String) -> Result<(), String> {
        self.catch_up();
        self.go_on();
        let content = Content::new(text.as_bytes());
        let outcome = self.session.apply(Input::Edit { path: path.to_owned(), content });
        self.read();
        outcome.map_err(|refusal| refusal.to_string())
    }

    /// Turns a switch of the machine, also while something runs.
    #[inline(never)]
    pub fn switch(&mut self, switch: Switch) {
        self.catch_up();
        self.go_on();
        if !self.session.busy() {
            self.since = Screen::new(200);
        }
        let _ = self.session.apply(Input::Switch(switch));
        self.read();
    }

    /// Opens an address in the learner's browser; what can't be one is left alone.
    #[inline(never)]
    pub fn browse(&mut self, address: String) {
        self.catch_up();
        self.store();
        let _ = self.session.apply(Input::Browse(address));
        self.read();
        self.store();
    }

    pub fn answer(&mut self, question: String, given: String) {
        self.go_on();
        let _ = self.session.apply(Input::Answer { question, given });
        self.read();
    }

    fn boot(&self) -> Option<&Boot> {
        match self.session.log().first() {
            Some(Input::Boot(boot)) => Some(boot),
            _ => None,
        }
    }

    /// The lesson that the machine was set up for.
    pub fn lesson(&self) -> Option<String> {
        Some(self.boot()?.lesson.as_ref()?.id.clone())
    }

    /// A sitting at a machine that starts otherwise, unless this one is in use or starts so.
    pub fn instead(&self, boot: Boot) -> Option<Sitting> {
        let mine = self.boot()?;
        let same = mine.files == boot.files
            && mine.images == boot.images
            && mine.setup == boot.setup
            && mine.switches == boot.switches;
        let idle = |input: &Input| matches!(input, Input::Boot(_) | Input::Elapsed(_) | Input::Resize { .. });
        (!same && self.visit == Visit::Own && self.session.log().iter().all(idle))
            .then(|| Sitting::with(Session::new(boot)))
    }

    /// Undo, redo or going back to an earlier tick. False if there is no such step.
    pub fn turn(&mut self, step: Input) -> bool {
        self.go_on();
        if self.session.turn(step).is_err() {
            return false;
        }
        PERFORMANCE.with(|performance| performance.as_ref().map(|performance| performance.mark(REPLAY)));
        self.replay(REPLAY_MS);
        true
    }

    pub fn store(&mut self) {
        if self.visit != Visit::Own {
            return;
        }
        let text = self.session.stored();
        store::keep_log(self.lesson().as_deref(), &text);
    }

    /// The window's size, when it is another one.
    pub fn resize(&mut self, rows: u16, columns: u16) {
        if (rows, columns) != (self.rows, self.columns) && !self.session.replaying() {
            (self.rows, self.columns) = (rows, columns);
            self.screen.set_height(usize::from(rows));
            let _ = self.session.apply(Input::Resize { rows, columns });
            self.read();
        }
    }

    /// Output into rows; a machine that was built anew starts with an empty screen.
    fn read(&mut self) {
        if self.builds != self.session.builds() {
            self.builds = self.session.builds();
            self.screen = Screen::new(usize::from(self.rows));
            (self.slots, self.folded) = (Slots::default(), 0);
            self.changed.clear();
        }
        let output = self.session.take_output();
        if !output.is_empty() {
            self.screen.write(&output);
            self.since.write(&output);
        }
    }

    /// What was written since the last line was sent, that line left out.
    pub fn said(&self) -> String {
        self.since.rows().1.skip(1).map(|row| row.text()).collect::<Vec<_>>().join("\n")
    }

    /// The World now, and the slots for it.
    pub fn present(&mut self) -> (World, Slots) {
        let ticks = self.session.ticks();
        if self.folded == 0
            && let Some(tick) = ticks.first()
        {
            self.slots.observe(&tick.before);
        }
        while let Some((tick, after)) = ticks.get(self.folded).and_then(|tick| Some((tick, tick.after.as_ref()?))) {
            self.slots.observe(after);
            self.changed.push(timeline::changes(&tick.before, after, Lang::En.words()).len());
            self.folded += 1;
        }
        let world = self.session.world();
        let mut slots = self.slots.clone();
        if !slots.knows(&world) {
            slots.observe(&world);
        }
        (world, slots)
    }

    /// The World after a tick, with the slots of that time; before the first one for `None`.
    pub fn past(&self, tick: Option<usize>) -> Option<(World, Slots)> {
        let ticks = self.session.ticks();
        let mut slots = Slots::default();
        let mut world = ticks.first()?.before.clone();
        slots.observe(&world);
        for tick in ticks.iter().take(tick.map_or(0, |tick| tick + 1)) {
            world = tick.after.clone()?;
            slots.observe(&world);
        }
        Some((world, slots))
    }

    /// Draws a World.
    pub fn scene(
        &mut self,
        (world, slots): &(World, Slots),
        size: (i32, i32),
        words: &'static Words,
        selected: Option<String>,
    ) -> Rc<Scene> {
        let mut items = Vec::new();
        for reference in shelf::references(world) {
            let item = self.shelf.entry(reference).or_insert_with_key(|reference| shelf::item(reference));
            items.extend(item.clone());
            if items.len() == SHELF {
                break;
            }
        }
        let view = View { width: size.0, height: size.1, words, selected, shelf: items };
        Rc::new(diagram::scene(world, &view, slots))
    }
}
