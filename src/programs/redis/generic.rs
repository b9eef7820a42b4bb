//! Commands about keys, connections and the server.

use super::command::{Call, NO_NUMBER, Row, SYNTAX};
use super::protocol::Reply;
use super::store::Bytes;

pub const ROWS: &[Row] = &[
    Row("auth", -2, false, auth),
    Row("bgsave", -1, false, |_| Reply::Status("Background saving started".into())),
    Row("client", -2, false, client),
    Row("command", -1, false, |_| Reply::Many(Vec::new())),
    Row("config", -2, false, config),
    Row("dbsize", 1, false, |c| Reply::Number(c.database().len() as i64)),
    Row("del", -2, false, delete),
    Row("discard", 1, false, |c| match c.session.queue.take() {
        Some(_) => Reply::ok(),
        None => Reply::error("ERR DISCARD without MULTI"),
    }),
    Row("echo", 2, false, |c| Reply::Bytes(c.word(1).to_vec())),
    Row("exec", 1, false, |_| Reply::Nil),
    Row("exists", -2, false, |c| {
        let keys: Vec<Bytes> = c.words[1..].to_vec();
        Reply::Number(keys.iter().filter(|key| c.database().get(key).is_some()).count() as i64)
    }),
    Row("expire", -3, false, |c| expire(c, 1000, false)),
    Row("expireat", -3, false, |c| expire(c, 1000, true)),
    Row("flushall", -1, false, |c| {
        let gone = c.store.keys();
        c.store.databases.clear();
        c.changed(gone.max(1));
        Reply::ok()
    }),
    Row("flushdb", -1, false, |c| {
        let (index, gone) = (c.session.database, c.database().len());
        c.store.databases.remove(&index);
        c.changed(gone.max(1));
        Reply::ok()
    }),
    Row("info", -1, false, info),
    Row("keys", 2, false, |c| {
        let pattern = c.key();
        let found = c.database().keys().map(|(key, _)| key).filter(|key| matches(&pattern, key));
        Reply::Many(found.cloned().map(Reply::Bytes).collect())
    }),
    Row("lastsave", 1, false, |c| Reply::Number(c.facts.saved)),
    Row("multi", 1, false, |c| {
        if c.session.queue.is_some() {
            return Reply::error("ERR MULTI calls can not be nested");
        }
        c.session.queue = Some(Vec::new());
        Reply::ok()
    }),
    Row("persist", 2, false, |c| {
        let key = c.key();
        let had = c.database().end(&key).is_some();
        c.database().set_end(&key, None);
        c.changed(usize::from(had));
        Reply::Number(i64::from(had))
    }),
    Row("pexpire", -3, false, |c| expire(c, 1, false)),
    Row("pexpireat", -3, false, |c| expire(c, 1, true)),
    Row("ping", -1, false, |c| match c.words.len() {
        1 => Reply::Status("PONG".into()),
        2 => Reply::Bytes(c.word(1).to_vec()),
        _ => Reply::error("ERR wrong number of arguments for 'ping' command"),
    }),
    Row("pttl", 2, false, |c| left(c, 1)),
    Row("quit", -1, false, |_| Reply::ok()),
    Row("randomkey", 1, false, |c| c.database().keys().next().map_or(Reply::Nil, |(key, _)| Reply::Bytes(key.clone()))),
    Row("rename", 3, true, rename),
    Row("save", 1, false, |_| Reply::ok()),
    Row("scan", -2, false, scan),
    Row("select", 2, false, |c| match c.number(1) {
        Ok(index) => c.select(index),
        Err(_) => Reply::error("ERR invalid DB index"),
    }),
    Row("shutdown", -1, false, |_| Reply::ok()),
    Row("time", 1, false, |c| {
        Reply::Many(vec![Reply::text(&(c.now / 1000).to_string()), Reply::text(&(c.now % 1000 * 1000).to_string())])
    }),
    Row("ttl", 2, false, |c| left(c, 1000)),
    Row("type", 2, false, |c| {
        let key = c.key();
        Reply::Status(c.database().get(&key).map_or("none", |value| value.kind()).into())
    }),
    Row("unlink", -2, false, delete),
];

fn auth(c: &mut Call<'_>) -> Reply {
    if c.facts.password.is_empty() {
        return Reply::error(
            "ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?",
        );
    }
    let given = c.words.last().map_or(&[][..], |word| word);
    c.session.trusted = given == c.facts.password.as_bytes();
    if c.session.trusted {
        return Reply::ok();
    }
    Reply::error("WRONGPASS invalid username-password pair or user is disabled.")
}

fn client(c: &mut Call<'_>) -> Reply {
    match c.option(1).as_str() {
        "setname" => {
            c.session.name = c.word(2).to_vec();
            Reply::ok()
        }
        "getname" if c.session.name.is_empty() => Reply::Nil,
        "getname" => Reply::Bytes(c.session.name.clone()),
        "setinfo" | "no-evict" | "no-touch" => Reply::ok(),
        other => Reply::Error(format!("ERR layerlab: CLIENT {} is not simulated", other.to_ascii_uppercase())),
    }
}

fn config(c: &mut Call<'_>) -> Reply {
    match c.option(1).as_str() {
        "get" if c.words.len() > 2 => {
            let facts = c.facts;
            let saves: Vec<String> =
                facts.saves.iter().map(|(seconds, changes)| format!("{seconds} {changes}")).collect();
            let all = [
                ("appendonly", if facts.append { "yes" } else { "no" }.to_string()),
                ("bind", "* -::*".into()),
                ("databases", "16".into()),
                ("dbfilename", "dump.rdb".into()),
                ("dir", facts.folder.clone()),
                ("maxmemory", "0".into()),
                ("maxmemory-policy", "noeviction".into()),
                ("port", facts.port.to_string()),
                ("requirepass", facts.password.clone()),
                ("save", saves.join(" ")),
            ];
            let wanted = |name: &str| c.words[2..].iter().any(|pattern| matches(pattern, name.as_bytes()));
            let found = all.iter().filter(|(name, _)| wanted(name));
            Reply::Many(found.flat_map(|(name, value)| [Reply::text(name), Reply::text(value)]).collect())
        }
        "get" | "set" if c.words.len() < 4 => {
            Reply::Error(format!("ERR wrong number of arguments for 'config|{}' command", c.option(1)))
        }
        other => Reply::Error(format!("ERR layerlab: CONFIG {} is not simulated", other.to_ascii_uppercase())),
    }
}

fn delete(c: &mut Call<'_>) -> Reply {
    let keys: Vec<Bytes> = c.words[1..].to_vec();
    let gone = keys.iter().filter(|key| c.database().remove(key).is_some()).count();
    c.changed(gone);
    Reply::Number(gone as i64)
}

fn expire(c: &mut Call<'_>, unit: i64, absolute: bool) -> Reply {
    let Ok(given) = c.number(2) else { return Reply::error(NO_NUMBER) };
    let (key, now) = (c.key(), c.now);
    let known = c.database().get(&key).is_some();
    let old = c.database().end(&key);
    let end = given.saturating_mul(unit).saturating_add(if absolute { 0 } else { now });
    let may = match c.option(3).as_str() {
        "" => true,
        "nx" => old.is_none(),
        "xx" => old.is_some(),
        "gt" => old.is_some_and(|old| end > old),
        "lt" => old.is_none_or(|old| end < old),
        other => return Reply::Error(format!("ERR Unsupported option {other}")),
    };
    if !known || !may {
        return Reply::Number(0);
    }
    if end <= now {
        c.database().remove(&key);
    } else {
        c.database().set_end(&key, Some(end));
    }
    c.changed(1);
    Reply::Number(1)
}

fn left(c: &mut Call<'_>, unit: i64) -> Reply {
    let (key, now) = (c.key(), c.now);
    if c.database().get(&key).is_none() {
        return Reply::Number(-2);
    }
    Reply::Number(c.database().end(&key).map_or(-1, |end| (end - now + unit / 2) / unit))
}

fn rename(c: &mut Call<'_>) -> Reply {
    let (key, new) = (c.key(), c.word(2).to_vec());
    let end = c.database().end(&key);
    let Some(value) = c.database().remove(&key) else { return Reply::error("ERR no such key") };
    c.database().set(&new, value);
    c.database().set_end(&new, end);
    c.changed(1);
    Reply::ok()
}

fn scan(c: &mut Call<'_>) -> Reply {
    let mut pattern = b"*".to_vec();
    let mut kind = String::new();
    for at in (2..c.words.len()).step_by(2) {
        match c.option(at).as_str() {
            "match" => pattern = c.word(at + 1).to_vec(),
            "count" if c.number(at + 1).is_ok() => {}
            "type" => kind = c.option(at + 1),
            _ => return Reply::error(SYNTAX),
        }
    }
    if c.number(1).is_err() {
        return Reply::error("ERR invalid cursor");
    }
    let all = c.database().keys();
    let found = all.filter(|(key, value)| matches(&pattern, key) && (kind.is_empty() || value.kind() == kind));
    let keys = found.map(|(key, _)| Reply::Bytes(key.clone())).collect();
    Reply::Many(vec![Reply::text("0"), Reply::Many(keys)])
}

fn info(c: &mut Call<'_>) -> Reply {
    let facts = c.facts;
    let spaces = c.store.databases.iter().filter(|(_, database)| database.len() > 0).map(|(index, database)| {
        format!("db{index}:keys={},expires={},avg_ttl=0,subexpiry=0\r\n", database.len(), database.ending())
    });
    let memory = 900_000 + c.store.weight();
    let sections = [
        (
            "Server",
            format!(
                "redis_version:{}\r\nredis_mode:standalone\r\nos:Linux 6.8.0-layerlab x86_64\r\narch_bits:64\r\nprocess_id:{}\r\ntcp_port:{}\r\nuptime_in_seconds:{}\r\nuptime_in_days:{}\r\n",
                facts.version,
                facts.pid,
                facts.port,
                facts.seconds,
                facts.seconds / 86_400
            ),
        ),
        ("Clients", format!("connected_clients:{}\r\nblocked_clients:0\r\n", facts.clients)),
        (
            "Memory",
            format!(
                "used_memory:{memory}\r\nused_memory_human:{:.2}K\r\nmaxmemory:0\r\nmaxmemory_policy:noeviction\r\n",
                memory as f64 / 1024.0
            ),
        ),
        (
            "Persistence",
            format!(
                "loading:0\r\nrdb_changes_since_last_save:{}\r\nrdb_bgsave_in_progress:0\r\nrdb_last_save_time:{}\r\nrdb_last_bgsave_status:ok\r\naof_enabled:{}\r\n",
                c.store.dirty,
                facts.saved,
                i32::from(facts.append)
            ),
        ),
        ("Replication", "role:master\r\nconnected_slaves:0\r\n".to_string()),
        ("Keyspace", spaces.collect()),
    ];
    let wanted = c.option(1);
    let shown = sections.iter().filter(|(name, _)| {
        wanted.is_empty()
            || matches!(wanted.as_str(), "all" | "default" | "everything")
            || name.eq_ignore_ascii_case(&wanted)
    });
    let parts: Vec<String> = shown.map(|(name, text)| format!("# {name}\r\n{text}")).collect();
    Reply::text(&parts.join("\r\n"))
}

/// Glob patterns as Redis has them: `*`, `?`, `[a-z]`, `[^a]`, `\` (util.c, `stringmatch`).
pub fn matches(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t, mut star) = (0, 0, None);
    while t < text.len() {
        match one(&pattern[p..], text[t]) {
            Some(length) => {
                p += length;
                t += 1;
            }
            None if pattern.get(p) == Some(&b'*') => {
                p += 1;
                star = Some((p, t));
            }
            None => match star {
                Some((after, from)) => {
                    p = after;
                    t = from + 1;
                    star = Some((after, t));
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|byte| *byte == b'*')
}

/// How many bytes of the pattern match this one.
fn one(pattern: &[u8], byte: u8) -> Option<usize> {
    match pattern {
        [b'?', ..] => Some(1),
        [b'\\', own, ..] => (*own == byte).then_some(2),
        [b'[', rest @ ..] => {
            let end = rest.iter().position(|byte| *byte == b']')?;
            let (inside, negated) = match &rest[..end] {
                [b'^', inside @ ..] => (inside, true),
                inside => (inside, false),
            };
            let mut found = false;
            let mut at = 0;
            while at < inside.len() {
                if inside.get(at + 1) == Some(&b'-') && at + 2 < inside.len() {
                    found |= (inside[at]..=inside[at + 2]).contains(&byte);
                    at += 3;
                } else {
                    found |= inside[at] == byte;
                    at += 1;
                }
            }
            (found != negated).then_some(end + 2)
        }
        [b'*', ..] | [] => None,
        [own, ..] => (*own == byte).then_some(1),
    }
}
