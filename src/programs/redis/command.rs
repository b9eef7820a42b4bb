//! The table of commands, and how one is carried out.

use super::protocol::Reply;
use super::store::{Bytes, DATABASES, Database, Store};
use super::{generic, sorted, value};

/// What a command works on.
pub struct Call<'a> {
    pub store: &'a mut Store,
    pub session: &'a mut Session,
    /// The command's name and its arguments.
    pub words: &'a [Bytes],
    /// Milliseconds since 1970.
    pub now: i64,
    pub facts: &'a Facts,
}

/// What the server knows of itself.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    pub version: String,
    pub port: u16,
    pub pid: u32,
    pub seconds: u64,
    pub clients: usize,
    pub password: String,
    pub append: bool,
    pub saves: Vec<(u64, u64)>,
    /// Seconds since 1970.
    pub saved: i64,
    pub folder: String,
}

/// What a connection remembers.
#[derive(Clone, Debug, Default)]
pub struct Session {
    pub database: usize,
    pub trusted: bool,
    pub name: Bytes,
    /// Commands between MULTI and EXEC.
    pub queue: Option<Vec<Vec<Bytes>>>,
}

/// What the server itself has to do after an answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum After {
    Nothing,
    Save,
    SaveBehind,
    Close,
    /// And whether it saves before.
    Shutdown(bool),
}

pub type Main = fn(&mut Call<'_>) -> Reply;

/// Name, how many words at least (negative) or exactly, whether it may need more room, what it does.
pub struct Row(pub &'static str, pub i32, pub bool, pub Main);

const TABLES: [&[Row]; 3] = [generic::ROWS, value::ROWS, sorted::ROWS];

/// Real commands that are not here.
const OTHERS: &str = "subscribe psubscribe publish unsubscribe punsubscribe pubsub monitor eval evalsha fcall function \
    script xadd xread xrange xlen xgroup xreadgroup xinfo geoadd geopos geodist geosearch pfadd pfcount pfmerge setbit \
    getbit bitcount bitop bitfield blpop brpop blmove watch unwatch migrate dump restore object memory slowlog latency \
    cluster replicaof slaveof role wait acl module debug sort lmove lpos hscan sscan zscan zrangebylex zpopmin \
    zpopmax zunionstore zinterstore copy move touch bgrewriteaof failover reset swapdb getex linsert hrandfield \
    srandmember spop zrandmember hello";

fn row(name: &str) -> Option<&'static Row> {
    TABLES.iter().flat_map(|rows| rows.iter()).find(|row| row.0 == name)
}

/// Carries out a command; the answer, whether it may have changed something, and what is left to do.
pub fn run(call: &mut Call<'_>) -> (Reply, bool, After) {
    let name = call.words.first().map(|word| String::from_utf8_lossy(word).to_ascii_lowercase()).unwrap_or_default();
    let refused = |text: String| (Reply::Error(text), false, After::Nothing);
    let Some(Row(_, arity, grows, main)) = row(&name) else {
        if OTHERS.split_ascii_whitespace().any(|other| other == name) {
            return refused(format!("ERR layerlab: the command {name} is not simulated"));
        }
        let word = |word: &Bytes| format!("'{}' ", String::from_utf8_lossy(word));
        let words: String = call.words.iter().skip(1).take(20).map(word).collect();
        let first = String::from_utf8_lossy(call.words.first().map_or(&[][..], |word| word)).into_owned();
        return refused(format!("ERR unknown command '{first}', with args beginning with: {words}"));
    };
    let count = call.words.len() as i32;
    if (*arity > 0 && count != *arity) || count < -arity {
        return refused(format!("ERR wrong number of arguments for '{name}' command"));
    }
    if !call.session.trusted && !call.facts.password.is_empty() && !matches!(name.as_str(), "auth" | "quit") {
        return refused("NOAUTH Authentication required.".into());
    }
    if let Some(queue) = &mut call.session.queue
        && !matches!(name.as_str(), "exec" | "discard" | "multi")
    {
        queue.push(call.words.to_vec());
        return (Reply::Status("QUEUED".into()), false, After::Nothing);
    }
    if *grows && call.store.is_full() {
        return refused("OOM command not allowed when used memory > 'maxmemory'.".into());
    }
    let (now, database) = (call.now, call.session.database);
    call.store.database(database).expire(now);
    let before = call.store.dirty;
    if name == "exec" {
        return exec(call);
    }
    let reply = main(call);
    let after = match (name.as_str(), &reply) {
        (_, Reply::Error(_)) => After::Nothing,
        ("save", _) => After::Save,
        ("bgsave", _) => After::SaveBehind,
        ("quit", _) => After::Close,
        ("shutdown", _) => {
            let nosave = call.words.get(1).is_some_and(|word| word.eq_ignore_ascii_case(b"nosave"));
            let save = call.words.get(1).is_some_and(|word| word.eq_ignore_ascii_case(b"save"));
            After::Shutdown(save || (!nosave && !call.facts.saves.is_empty()))
        }
        _ => After::Nothing,
    };
    (reply, call.store.dirty != before, after)
}

/// Carries out what was queued since MULTI.
fn exec(call: &mut Call<'_>) -> (Reply, bool, After) {
    let Some(queue) = call.session.queue.take() else {
        return (Reply::error("ERR EXEC without MULTI"), false, After::Nothing);
    };
    let (mut replies, mut changed, mut after) = (Vec::new(), false, After::Nothing);
    for words in queue {
        let mut one =
            Call { words: &words, store: call.store, session: call.session, now: call.now, facts: call.facts };
        let (reply, wrote, left) = run(&mut one);
        replies.push(reply);
        changed |= wrote;
        if left != After::Nothing {
            after = left;
        }
    }
    (Reply::Many(replies), changed, after)
}

pub const NO_NUMBER: &str = "ERR value is not an integer or out of range";
pub const NO_FLOAT: &str = "ERR value is not a valid float";
pub const SYNTAX: &str = "ERR syntax error";
pub const WRONG_TYPE: &str = "WRONGTYPE Operation against a key holding the wrong kind of value";

impl Call<'_> {
    pub fn database(&mut self) -> &mut Database {
        self.store.database(self.session.database)
    }

    pub fn word(&self, at: usize) -> &[u8] {
        self.words.get(at).map_or(&[], |word| word)
    }

    pub fn key(&self) -> Bytes {
        self.word(1).to_vec()
    }

    /// An argument in lower case.
    pub fn option(&self, at: usize) -> String {
        String::from_utf8_lossy(self.word(at)).to_ascii_lowercase()
    }

    pub fn number(&self, at: usize) -> Result<i64, Reply> {
        number(self.word(at)).ok_or_else(|| Reply::error(NO_NUMBER))
    }

    pub fn float(&self, at: usize) -> Result<f64, Reply> {
        float(self.word(at)).ok_or_else(|| Reply::error(NO_FLOAT))
    }

    pub fn changed(&mut self, count: usize) {
        self.store.dirty += count as u64;
    }

    pub fn select(&mut self, index: i64) -> Reply {
        match usize::try_from(index) {
            Ok(index) if index < DATABASES => {
                self.session.database = index;
                Reply::ok()
            }
            _ => Reply::error("ERR DB index is out of range"),
        }
    }
}

pub fn number(word: &[u8]) -> Option<i64> {
    let text = std::str::from_utf8(word).ok()?;
    let number: i64 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

pub fn float(word: &[u8]) -> Option<f64> {
    let text = std::str::from_utf8(word).ok()?;
    match text.to_ascii_lowercase().as_str() {
        "inf" | "+inf" => Some(f64::INFINITY),
        "-inf" => Some(f64::NEG_INFINITY),
        "nan" | "infinity" | "" => None,
        text => text.parse().ok().filter(|number: &f64| number.is_finite()),
    }
}

/// What a range of indexes that may be negative takes from a length.
pub fn span(start: i64, end: i64, length: usize) -> std::ops::Range<usize> {
    let length = length as i64;
    let real = |at: i64| if at < 0 { (length + at).max(0) } else { at };
    let (start, end) = (real(start), if end < 0 { length + end } else { end.min(length - 1) });
    if start > end || start >= length { 0..0 } else { start as usize..(end + 1) as usize }
}
