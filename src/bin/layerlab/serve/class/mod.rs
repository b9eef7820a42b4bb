//! `layerlab serve --class`: an instructor sees how far the learners are who have joined. The rules stand in `room`
//! and `gate`, the file in `file`, what may be asked in `routes`; docs/class.md says what goes over the wire.

mod file;
mod gate;
mod page;
mod room;
mod routes;

use std::cell::RefCell;
use std::net::IpAddr;
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::site::{self, Site};
use file::File;
use gate::Gate;
use room::{Member, Offer, Room};

/// The name of the class in bytes, at most.
const NAME: usize = 80;
/// Letters of a join code: none that is taken for another one.
const LETTERS: &[u8] = b"abcdefghjkmnpqrstuvwxyz23456789";
const CODE: usize = 6;
/// Wrong codes that an address may try, and how many more in a second.
const WRONG: (u32, f64) = (10, 0.1);
/// Those who join from one address, where many may stand behind it.
const JOINS: (u32, f64) = (100, 2.0);
/// What one learner's page may ask.
const ASKS: (u32, f64) = (30, 3.0);

pub struct Class {
    name: String,
    /// Where the others reach this computer.
    address: String,
    lessons: Value,
    /// What the instructor's page shows to be theirs.
    key: String,
    kept: RefCell<Kept>,
}

/// What changes.
struct Kept {
    code: String,
    room: Room,
    file: File,
    wrong: Gate<IpAddr>,
    joins: Gate<IpAddr>,
    asks: Gate<u32>,
}

impl Class {
    /// Opens the file of a class, or makes one; whose class is in it is checked.
    pub fn open(name: &str, path: &str, site: &Site) -> Result<Class, String> {
        let fit = !name.trim().is_empty() && name.len() <= NAME && !name.chars().any(char::is_control);
        if !fit {
            return Err(format!("'{name}' is no name for a class: up to {NAME} bytes of text are"));
        }
        let file = File::open(path)?;
        let failed = |error: rusqlite::Error| format!("{path}: {error}");
        let get = |key| file.get(key).map_err(failed);
        if let Some(other) = get("name")?.filter(|other| other != name) {
            return Err(format!("{path} is the file of the class '{other}': --class-file names another one"));
        }
        let next = get("next")?.and_then(|next| next.parse().ok()).unwrap_or(1);
        let mut room = Room::new(file.members().map_err(failed)?, next);
        room.offer = file.offer().map_err(failed)?;
        room.timer = get("timer")?.and_then(|end| end.parse().ok());
        let (code, key) = (get("code")?.unwrap_or_else(code), get("key")?.unwrap_or_else(secret));
        for (name, value) in [("name", name), ("code", &code), ("key", &key)] {
            file.set(name, Some(value)).map_err(failed)?;
        }
        let kept = Kept {
            code,
            room,
            file,
            wrong: Gate::new(WRONG.0, WRONG.1),
            joins: Gate::new(JOINS.0, JOINS.1),
            asks: Gate::new(ASKS.0, ASKS.1),
        };
        Ok(Class {
            name: name.to_owned(),
            address: String::new(),
            lessons: page::lessons(site),
            key,
            kept: kept.into(),
        })
    }

    /// The site with the class's own script in its page.
    pub fn brought_to(&self, site: Site) -> Site {
        page::put_learner(site, &self.name)
    }

    /// Says where the class is: to the instructor alone.
    pub fn told(&mut self, here: &str, others: Option<&str>) -> String {
        let there = others.unwrap_or(here);
        self.address = there.to_owned();
        format!(
            "Class '{}': learners join at {there} with the code {}\nYour own page is {here}class/#key={}\n(whoever has this address sees and leads the class)\n",
            self.name,
            self.kept.borrow().code,
            self.key,
        )
    }
}

impl Kept {
    /// Keeps a member and only then lets the room know.
    fn put(&mut self, member: Member) -> rusqlite::Result<()> {
        if self.room.known(&member.token).is_none() {
            self.file.set("next", Some(&(member.id + 1).to_string()))?;
        }
        self.file.keep(&member)?;
        self.room.put(member);
        Ok(())
    }

    fn remove(&mut self, id: u32) -> rusqlite::Result<bool> {
        self.file.forget(id)?;
        Ok(self.room.remove(id))
    }

    fn offer(&mut self, offer: Option<Offer>) -> rusqlite::Result<()> {
        self.file.keep_offer(offer.as_ref())?;
        self.room.offer = offer;
        Ok(())
    }

    fn time(&mut self, end: Option<u64>) -> rusqlite::Result<()> {
        self.file.set("timer", end.map(|end| end.to_string()).as_deref())?;
        self.room.timer = end;
        Ok(())
    }

    /// What every page of the class hears.
    fn news(&self, now: u64) -> Value {
        let left = self.room.timer.filter(|end| *end > now.saturating_sub(OVER)).map(|end| end.saturating_sub(now));
        json!({ "offer": self.room.offer, "timer": left })
    }
}

/// A timer that has ended says so for a minute.
const OVER: u64 = 60;

fn now() -> u64 {
    millis() / 1_000
}

fn millis() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |time| time.as_millis() as u64)
}

fn chance<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    // A computer without chance can hold no class, and must not hold one with a code that can be guessed.
    getrandom::fill(&mut bytes).expect("this computer gives no chance");
    bytes
}

/// What nobody guesses: 128 bits.
fn secret() -> String {
    chance::<16>().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A code that can be called out in a room: some 880 million there are, and ten wrong ones may be tried.
fn code() -> String {
    chance::<CODE>().iter().map(|byte| LETTERS[usize::from(*byte) % LETTERS.len()] as char).collect()
}

fn digest(text: &str) -> String {
    site::digest(text.as_bytes())
}

/// Whether two secrets are the same, without telling by the time it takes how much of them is.
fn same(one: &str, other: &str) -> bool {
    digest(one) == digest(other)
}
