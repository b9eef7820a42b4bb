//! Commands on a store without a server.

use super::command::{Call, Facts, Session, run};
use super::protocol::{self, Reply};
use super::show;
use super::store::Store;

struct Desk {
    store: Store,
    session: Session,
    now: i64,
}

impl Desk {
    fn new() -> Desk {
        Desk { store: Store::default(), session: Session::default(), now: 1_000_000 }
    }

    fn run(&mut self, line: &str) -> Reply {
        let words = protocol::words(line).expect("words");
        let facts = Facts::default();
        let mut call =
            Call { store: &mut self.store, session: &mut self.session, words: &words, now: self.now, facts: &facts };
        run(&mut call).0
    }

    /// Each line and what a person sees of its answer.
    #[track_caller]
    fn says(&mut self, script: &[(&str, &str)]) {
        for (line, answer) in script {
            assert_eq!(show::pretty(&self.run(line), "").trim_end(), *answer, "{line}");
        }
    }
}

#[test]
fn strings() {
    Desk::new().says(&[
        ("SET a 1", "OK"),
        ("INCR a", "(integer) 2"),
        ("INCRBY a 40", "(integer) 42"),
        ("DECR a", "(integer) 41"),
        ("APPEND a x", "(integer) 3"),
        ("INCR a", "(error) ERR value is not an integer or out of range"),
        ("STRLEN a", "(integer) 3"),
        ("GET a", "\"41x\""),
        ("GET b", "(nil)"),
        ("SET a 2 NX", "(nil)"),
        ("MSET b 2 c 3", "OK"),
        ("MGET a b nope", "1) \"41x\"\n2) \"2\"\n3) (nil)"),
        ("EXISTS a b nope", "(integer) 2"),
        ("DEL a b nope", "(integer) 2"),
        ("KEYS *", "1) \"c\""),
        ("TYPE c", "string"),
        ("GET", "(error) ERR wrong number of arguments for 'get' command"),
        ("FOO 1 2", "(error) ERR unknown command 'FOO', with args beginning with: '1' '2'"),
        ("SUBSCRIBE x", "(error) ERR layerlab: the command subscribe is not simulated"),
    ]);
}

#[test]
fn lists_sets_hashes_and_sorted_sets() {
    Desk::new().says(&[
        ("RPUSH l a b c", "(integer) 3"),
        ("LPUSH l z", "(integer) 4"),
        ("LRANGE l 0 -1", "1) \"z\"\n2) \"a\"\n3) \"b\"\n4) \"c\""),
        ("LPOP l", "\"z\""),
        ("RPOP l 2", "1) \"c\"\n2) \"b\""),
        ("LLEN l", "(integer) 1"),
        ("LINDEX l -1", "\"a\""),
        ("LINDEX l 9", "(nil)"),
        ("GET l", "(error) WRONGTYPE Operation against a key holding the wrong kind of value"),
        ("SADD s b a b", "(integer) 2"),
        ("SMEMBERS s", "1) \"b\"\n2) \"a\""),
        ("SISMEMBER s a", "(integer) 1"),
        ("SADD n 3 1 2", "(integer) 3"),
        ("SMEMBERS n", "1) \"1\"\n2) \"2\"\n3) \"3\""),
        ("HSET h a 1 b 2", "(integer) 2"),
        ("HGETALL h", "1) \"a\"\n2) \"1\"\n3) \"b\"\n4) \"2\""),
        ("HDEL h a", "(integer) 1"),
        ("HGET h a", "(nil)"),
        ("ZADD z 2 two 1 one", "(integer) 2"),
        ("ZRANGE z 0 -1 WITHSCORES", "1) \"one\"\n2) \"1\"\n3) \"two\"\n4) \"2\""),
        ("ZRANGE z 0 0 REV", "1) \"two\""),
        ("LRANGE nope 0 -1", "(empty array)"),
        ("LPOP l", "\"a\""),
        ("EXISTS l", "(integer) 0"),
        ("DBSIZE", "(integer) 4"),
        ("SELECT 1", "OK"),
        ("DBSIZE", "(integer) 0"),
        ("SELECT 16", "(error) ERR DB index is out of range"),
        ("FLUSHALL", "OK"),
    ]);
}

#[test]
fn keys_end_when_their_time_is_over() {
    let mut desk = Desk::new();
    desk.says(&[("SET a 1 EX 10", "OK"), ("TTL a", "(integer) 10"), ("EXPIRE nope 5", "(integer) 0")]);
    desk.now += 4_000;
    desk.says(&[
        ("TTL a", "(integer) 6"),
        ("PERSIST a", "(integer) 1"),
        ("TTL a", "(integer) -1"),
        ("EXPIRE a 1", "(integer) 1"),
    ]);
    desk.now += 1_000;
    desk.says(&[("GET a", "(nil)"), ("TTL a", "(integer) -2")]);
}

#[test]
fn several_commands_at_once() {
    Desk::new().says(&[
        ("EXEC", "(error) ERR EXEC without MULTI"),
        ("MULTI", "OK"),
        ("SET a 1", "QUEUED"),
        ("INCR a", "QUEUED"),
        ("EXEC", "1) OK\n2) (integer) 2"),
    ]);
}

#[test]
fn a_store_is_made_again_from_its_commands() {
    let mut desk = Desk::new();
    for line in ["SET a 1 EX 9", "RPUSH l a b", "SADD s x y", "HSET h f v", "ZADD z 1.5 m", "SELECT 3", "SET b 2"] {
        desk.run(line);
    }
    let mut other = Desk::new();
    for words in desk.store.commands() {
        let facts = Facts::default();
        let mut call =
            Call { store: &mut other.store, session: &mut other.session, words: &words, now: other.now, facts: &facts };
        run(&mut call);
    }
    assert_eq!(other.store.databases, desk.store.databases);
}

#[test]
fn a_store_has_a_limit() {
    let mut desk = Desk::new();
    let line = format!("SET a {}", "x".repeat(crate::model::limits::FILE_BYTES / 2 + 1));
    desk.run(&line);
    let full = "(error) OOM command not allowed when used memory > 'maxmemory'.";
    desk.says(&[("SET b 1", full), ("DEL a", "(integer) 1"), ("SET b 1", "OK")]);
}

#[test]
fn patterns() {
    use super::generic::matches;
    for (pattern, yes, no) in
        [("a*c", "abbc", "ab"), ("h?llo", "hello", "hllo"), ("[a-c]x", "bx", "dx"), ("[^a]", "b", "a")]
    {
        assert!(matches(pattern.as_bytes(), yes.as_bytes()), "{pattern} {yes}");
        assert!(!matches(pattern.as_bytes(), no.as_bytes()), "{pattern} {no}");
    }
    assert!(!matches(b"*a*a*a*a*a*b", &[b'a'; 200]));
}
