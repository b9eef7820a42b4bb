//! Commands on strings, lists, sets and hashes.

use std::collections::VecDeque;

use super::command::{Call, NO_NUMBER, Row, SYNTAX, WRONG_TYPE, number, span};
use super::protocol::Reply;
use super::store::{self, Bytes, Value};
use crate::model::order::Order;

/// Does something with a value of one kind, made where there is none; another kind is refused.
macro_rules! with {
    ($call:ident, $kind:ident, $new:expr, |$it:ident| $body:expr) => {{
        let key = $call.key();
        let done = match $call.database().get(&key) {
            Some(Value::$kind(_)) | None => $call.database().change(
                &key,
                || Value::$kind($new),
                |value| match value {
                    Value::$kind($it) => Ok($body),
                    _ => Err(Reply::error(WRONG_TYPE)),
                },
            ),
            Some(_) => Err(Reply::error(WRONG_TYPE)),
        };
        match done {
            Ok(done) => done,
            Err(refused) => return refused,
        }
    }};
}

/// Looks at a value of one kind; what there is to say where there is none.
macro_rules! look {
    ($call:ident, $kind:ident, $none:expr, |$it:ident| $body:expr) => {{
        let key = $call.key();
        match $call.database().get(&key) {
            Some(Value::$kind($it)) => $body,
            Some(_) => Reply::error(WRONG_TYPE),
            None => $none,
        }
    }};
}

pub const ROWS: &[Row] = &[
    Row("append", 3, true, |c| {
        let more = c.word(2).to_vec();
        let length = with!(c, Text, Vec::new(), |text| {
            text.extend_from_slice(&more);
            text.len()
        });
        c.changed(1);
        Reply::Number(length as i64)
    }),
    Row("decr", 2, true, |c| add(c, -1)),
    Row("decrby", 3, true, |c| match c.number(2).ok().and_then(i64::checked_neg) {
        Some(by) => add(c, by),
        None => Reply::error(NO_NUMBER),
    }),
    Row("get", 2, false, |c| look!(c, Text, Reply::Nil, |text| Reply::Bytes(text.clone()))),
    Row("getdel", 2, false, |c| {
        let reply = look!(c, Text, Reply::Nil, |text| Reply::Bytes(text.clone()));
        if let Reply::Bytes(_) = reply {
            let key = c.key();
            c.database().remove(&key);
            c.changed(1);
        }
        reply
    }),
    Row("getrange", 4, false, |c| {
        let (Ok(start), Ok(end)) = (c.number(2), c.number(3)) else { return Reply::error(NO_NUMBER) };
        look!(c, Text, Reply::text(""), |text| Reply::Bytes(text[span(start, end, text.len())].to_vec()))
    }),
    Row("getset", 3, true, |c| {
        let reply = look!(c, Text, Reply::Nil, |text| Reply::Bytes(text.clone()));
        if !matches!(reply, Reply::Error(_)) {
            let (key, value) = (c.key(), c.word(2).to_vec());
            c.database().set(&key, Value::Text(value));
            c.changed(1);
        }
        reply
    }),
    Row("incr", 2, true, |c| add(c, 1)),
    Row("incrby", 3, true, |c| match c.number(2) {
        Ok(by) => add(c, by),
        Err(refused) => refused,
    }),
    Row("incrbyfloat", 3, true, |c| {
        let Ok(by) = c.float(2) else { return Reply::error(super::command::NO_FLOAT) };
        let sum = with!(c, Text, b"0".to_vec(), |text| super::command::float(text).map(|old| {
            *text = store::number(old + by).into_bytes();
            text.clone()
        }));
        c.changed(1);
        sum.map_or_else(|| Reply::error(super::command::NO_FLOAT), Reply::Bytes)
    }),
    Row("mget", -2, false, |c| {
        let keys: Vec<Bytes> = c.words[1..].to_vec();
        let of = |key: &Bytes| match c.database().get(key) {
            Some(Value::Text(text)) => Reply::Bytes(text.clone()),
            _ => Reply::Nil,
        };
        Reply::Many(keys.iter().map(of).collect())
    }),
    Row("mset", -3, true, |c| {
        let pairs: Vec<Bytes> = c.words[1..].to_vec();
        if pairs.len() % 2 == 1 {
            return Reply::error("ERR wrong number of arguments for 'mset' command");
        }
        for pair in pairs.chunks_exact(2) {
            c.database().set(&pair[0], Value::Text(pair[1].clone()));
        }
        c.changed(pairs.len() / 2);
        Reply::ok()
    }),
    Row("psetex", 4, true, |c| put_for(c, 1)),
    Row("set", -3, true, set),
    Row("setex", 4, true, |c| put_for(c, 1000)),
    Row("setnx", 3, true, |c| {
        let (key, value) = (c.key(), c.word(2).to_vec());
        if c.database().get(&key).is_some() {
            return Reply::Number(0);
        }
        c.database().set(&key, Value::Text(value));
        c.changed(1);
        Reply::Number(1)
    }),
    Row("strlen", 2, false, |c| look!(c, Text, Reply::Number(0), |text| Reply::Number(text.len() as i64))),
    Row("lindex", 3, false, |c| {
        let Ok(at) = c.number(2) else { return Reply::error(NO_NUMBER) };
        look!(c, List, Reply::Nil, |list| {
            let one = span(at, at, list.len()).next().and_then(|at| list.get(at));
            one.filter(|_| at >= -(list.len() as i64)).map_or(Reply::Nil, |one| Reply::Bytes(one.clone()))
        })
    }),
    Row("llen", 2, false, |c| look!(c, List, Reply::Number(0), |list| Reply::Number(list.len() as i64))),
    Row("lpop", -2, false, |c| pop(c, false)),
    Row("lpush", -3, true, |c| push(c, false)),
    Row("lrange", 4, false, |c| {
        let (Ok(start), Ok(end)) = (c.number(2), c.number(3)) else { return Reply::error(NO_NUMBER) };
        look!(c, List, Reply::Many(Vec::new()), |list| {
            Reply::Many(list.range(span(start, end, list.len())).cloned().map(Reply::Bytes).collect())
        })
    }),
    Row("lrem", 4, false, |c| {
        let (Ok(count), one) = (c.number(2), c.word(3).to_vec()) else { return Reply::error(NO_NUMBER) };
        let gone = with!(c, List, VecDeque::new(), |list| {
            let most = if count == 0 { usize::MAX } else { count.unsigned_abs() as usize };
            let hits: Vec<usize> = list.iter().enumerate().filter(|(_, own)| **own == one).map(|(at, _)| at).collect();
            let mut hits: Vec<usize> = if count < 0 {
                hits.into_iter().rev().take(most).collect()
            } else {
                hits.into_iter().take(most).collect()
            };
            hits.order();
            for at in hits.iter().rev() {
                list.remove(*at);
            }
            hits.len()
        });
        c.changed(gone);
        Reply::Number(gone as i64)
    }),
    Row("lset", 4, true, |c| {
        let (Ok(at), new, key) = (c.number(2), c.word(3).to_vec(), c.key()) else { return Reply::error(NO_NUMBER) };
        if c.database().get(&key).is_none() {
            return Reply::error("ERR no such key");
        }
        let known = with!(c, List, VecDeque::new(), |list| {
            let at = if at < 0 { at + list.len() as i64 } else { at };
            usize::try_from(at).ok().and_then(|at| list.get_mut(at)).map(|old| *old = new).is_some()
        });
        c.changed(usize::from(known));
        if known { Reply::ok() } else { Reply::error("ERR index out of range") }
    }),
    Row("ltrim", 4, false, |c| {
        let (Ok(start), Ok(end)) = (c.number(2), c.number(3)) else { return Reply::error(NO_NUMBER) };
        with!(c, List, VecDeque::new(), |list| *list = list.range(span(start, end, list.len())).cloned().collect());
        c.changed(1);
        Reply::ok()
    }),
    Row("rpop", -2, false, |c| pop(c, true)),
    Row("rpush", -3, true, |c| push(c, true)),
    Row("sadd", -3, true, |c| {
        let new: Vec<Bytes> = c.words[2..].to_vec();
        let added = with!(c, Set, Vec::new(), |set| {
            let before = set.len();
            for one in new {
                if !set.contains(&one) {
                    set.push(one);
                }
            }
            if set.iter().all(|one| number(one).is_some()) {
                set.order_by_key(|one| number(one));
            }
            set.len() - before
        });
        c.changed(added);
        Reply::Number(added as i64)
    }),
    Row("scard", 2, false, |c| look!(c, Set, Reply::Number(0), |set| Reply::Number(set.len() as i64))),
    Row("sdiff", -2, false, |c| combine(c, |all, rest| !rest.iter().any(|set| set.contains(all)))),
    Row("sinter", -2, false, |c| combine(c, |all, rest| rest.iter().all(|set| set.contains(all)))),
    Row("sismember", 3, false, |c| {
        let one = c.word(2).to_vec();
        look!(c, Set, Reply::Number(0), |set| Reply::Number(i64::from(set.contains(&one))))
    }),
    Row("smembers", 2, false, |c| {
        look!(c, Set, Reply::Many(Vec::new()), |set| Reply::Many(set.iter().cloned().map(Reply::Bytes).collect()))
    }),
    Row("srem", -3, false, |c| {
        let old: Vec<Bytes> = c.words[2..].to_vec();
        let gone = with!(c, Set, Vec::new(), |set| {
            let before = set.len();
            set.retain(|one| !old.contains(one));
            before - set.len()
        });
        c.changed(gone);
        Reply::Number(gone as i64)
    }),
    Row("sunion", -2, false, |c| {
        let mut union: Vec<Bytes> = Vec::new();
        let sets = match sets(c) {
            Ok(sets) => sets,
            Err(refused) => return refused,
        };
        for one in sets.into_iter().flatten() {
            if !union.contains(&one) {
                union.push(one);
            }
        }
        Reply::Many(union.into_iter().map(Reply::Bytes).collect())
    }),
    Row("hdel", -3, false, |c| {
        let old: Vec<Bytes> = c.words[2..].to_vec();
        let gone = with!(c, Hash, Vec::new(), |hash| {
            let before = hash.len();
            hash.retain(|(name, _)| !old.contains(name));
            before - hash.len()
        });
        c.changed(gone);
        Reply::Number(gone as i64)
    }),
    Row("hexists", 3, false, |c| {
        let field = c.word(2).to_vec();
        look!(c, Hash, Reply::Number(0), |hash| Reply::Number(i64::from(hash.iter().any(|(name, _)| *name == field))))
    }),
    Row("hget", 3, false, |c| {
        let field = c.word(2).to_vec();
        look!(c, Hash, Reply::Nil, |hash| field_of(hash, &field))
    }),
    Row("hgetall", 2, false, |c| {
        look!(c, Hash, Reply::Many(Vec::new()), |hash| Reply::Many(
            hash.iter().flat_map(|(a, b)| [Reply::Bytes(a.clone()), Reply::Bytes(b.clone())]).collect()
        ))
    }),
    Row("hincrby", 4, true, |c| {
        let (Ok(by), field) = (c.number(3), c.word(2).to_vec()) else { return Reply::error(NO_NUMBER) };
        let sum = with!(c, Hash, Vec::new(), |hash| {
            let old = hash.iter().find(|(name, _)| *name == field).map_or(Some(0), |(_, old)| number(old));
            let sum = old.and_then(|old| old.checked_add(by));
            if let Some(sum) = sum {
                put(hash, &field, sum.to_string().into_bytes());
            }
            sum
        });
        c.changed(1);
        sum.map_or_else(|| Reply::error("ERR hash value is not an integer"), Reply::Number)
    }),
    Row("hkeys", 2, false, |c| {
        look!(c, Hash, Reply::Many(Vec::new()), |hash| Reply::Many(
            hash.iter().map(|(a, _)| Reply::Bytes(a.clone())).collect()
        ))
    }),
    Row("hlen", 2, false, |c| look!(c, Hash, Reply::Number(0), |hash| Reply::Number(hash.len() as i64))),
    Row("hmget", -3, false, |c| {
        let fields: Vec<Bytes> = c.words[2..].to_vec();
        let none = Reply::Many(fields.iter().map(|_| Reply::Nil).collect());
        look!(c, Hash, none, |hash| Reply::Many(fields.iter().map(|field| field_of(hash, field)).collect()))
    }),
    Row("hmset", -4, true, |c| match hset(c) {
        Reply::Number(_) => Reply::ok(),
        refused => refused,
    }),
    Row("hset", -4, true, hset),
    Row("hsetnx", 4, true, |c| {
        let (field, value) = (c.word(2).to_vec(), c.word(3).to_vec());
        let new = with!(c, Hash, Vec::new(), |hash| {
            let known = hash.iter().any(|(name, _)| *name == field);
            if !known {
                hash.push((field, value));
            }
            !known
        });
        c.changed(usize::from(new));
        Reply::Number(i64::from(new))
    }),
    Row("hvals", 2, false, |c| {
        look!(c, Hash, Reply::Many(Vec::new()), |hash| Reply::Many(
            hash.iter().map(|(_, b)| Reply::Bytes(b.clone())).collect()
        ))
    }),
];

fn add(c: &mut Call<'_>, by: i64) -> Reply {
    let sum = with!(c, Text, b"0".to_vec(), |text| match number(text).map(|old| old.checked_add(by)) {
        Some(Some(sum)) => {
            *text = sum.to_string().into_bytes();
            Ok(sum)
        }
        Some(None) => Err("ERR increment or decrement would overflow"),
        None => Err(NO_NUMBER),
    });
    c.changed(usize::from(sum.is_ok()));
    sum.map_or_else(Reply::error, Reply::Number)
}

fn set(c: &mut Call<'_>) -> Reply {
    let (key, value, now) = (c.key(), c.word(2).to_vec(), c.now);
    let (mut only_new, mut only_old, mut keep, mut get, mut end) = (false, false, false, false, None);
    let mut at = 3;
    while at < c.words.len() {
        match c.option(at).as_str() {
            "nx" => only_new = true,
            "xx" => only_old = true,
            "keepttl" => keep = true,
            "get" => get = true,
            unit @ ("ex" | "px" | "exat" | "pxat") => {
                at += 1;
                let Ok(given) = c.number(at) else { return Reply::error(NO_NUMBER) };
                if given <= 0 {
                    return Reply::error("ERR invalid expire time in 'set' command");
                }
                let millis = if unit.starts_with('e') { given.saturating_mul(1000) } else { given };
                end = Some(if unit.ends_with("at") { millis } else { now.saturating_add(millis) });
            }
            _ => return Reply::error(SYNTAX),
        }
        at += 1;
    }
    if (only_new && only_old) || (keep && end.is_some()) {
        return Reply::error(SYNTAX);
    }
    let old = c.database().get(&key).cloned();
    let before = match (&old, get) {
        (Some(Value::Text(text)), true) => Reply::Bytes(text.clone()),
        (Some(_), true) => return Reply::error(WRONG_TYPE),
        _ => Reply::Nil,
    };
    if (only_new && old.is_some()) || (only_old && old.is_none()) {
        return before;
    }
    let kept = c.database().end(&key).filter(|_| keep);
    c.database().set(&key, Value::Text(value));
    c.database().set_end(&key, end.or(kept));
    c.changed(1);
    if get { before } else { Reply::ok() }
}

fn put_for(c: &mut Call<'_>, unit: i64) -> Reply {
    let (Ok(length), key, value, now) = (c.number(2), c.key(), c.word(3).to_vec(), c.now) else {
        return Reply::error(NO_NUMBER);
    };
    if length <= 0 {
        let name = c.option(0);
        return Reply::Error(format!("ERR invalid expire time in '{name}' command"));
    }
    c.database().set(&key, Value::Text(value));
    c.database().set_end(&key, Some(now.saturating_add(length.saturating_mul(unit))));
    c.changed(1);
    Reply::ok()
}

fn push(c: &mut Call<'_>, back: bool) -> Reply {
    let new: Vec<Bytes> = c.words[2..].to_vec();
    let count = new.len();
    let length = with!(c, List, VecDeque::new(), |list| {
        for one in new {
            if back { list.push_back(one) } else { list.push_front(one) }
        }
        list.len()
    });
    c.changed(count);
    Reply::Number(length as i64)
}

fn pop(c: &mut Call<'_>, back: bool) -> Reply {
    let count = match c.words.len() {
        2 => None,
        3 => match c.number(2).ok().and_then(|count| usize::try_from(count).ok()) {
            Some(count) => Some(count),
            None => return Reply::error("ERR value is out of range, must be positive"),
        },
        _ => return Reply::error(SYNTAX),
    };
    let mut gone = with!(c, List, VecDeque::new(), |list| {
        let mut gone = Vec::new();
        for _ in 0..count.unwrap_or(1) {
            let one = if back { list.pop_back() } else { list.pop_front() };
            match one {
                Some(one) => gone.push(Reply::Bytes(one)),
                None => break,
            }
        }
        gone
    });
    c.changed(gone.len());
    match (count, gone.is_empty()) {
        (_, true) => Reply::Nil,
        (None, _) => gone.swap_remove(0),
        _ => Reply::Many(gone),
    }
}

fn sets(c: &mut Call<'_>) -> Result<Vec<Vec<Bytes>>, Reply> {
    let keys: Vec<Bytes> = c.words[1..].to_vec();
    let of = |key: &Bytes| match c.database().get(key) {
        Some(Value::Set(set)) => Ok(set.clone()),
        Some(_) => Err(Reply::error(WRONG_TYPE)),
        None => Ok(Vec::new()),
    };
    keys.iter().map(of).collect()
}

fn combine(c: &mut Call<'_>, keep: fn(&Bytes, &[Vec<Bytes>]) -> bool) -> Reply {
    match sets(c) {
        Ok(sets) => {
            let (first, rest) = (sets.first().cloned().unwrap_or_default(), sets.get(1..).unwrap_or_default());
            Reply::Many(first.into_iter().filter(|one| keep(one, rest)).map(Reply::Bytes).collect())
        }
        Err(refused) => refused,
    }
}

fn field_of(hash: &[(Bytes, Bytes)], field: &[u8]) -> Reply {
    hash.iter().find(|(name, _)| name == field).map_or(Reply::Nil, |(_, value)| Reply::Bytes(value.clone()))
}

/// Whether the field is new.
fn put(hash: &mut Vec<(Bytes, Bytes)>, field: &[u8], value: Bytes) -> bool {
    match hash.iter_mut().find(|(name, _)| name == field) {
        Some((_, old)) => {
            *old = value;
            false
        }
        None => {
            hash.push((field.to_vec(), value));
            true
        }
    }
}

fn hset(c: &mut Call<'_>) -> Reply {
    let pairs: Vec<Bytes> = c.words[2..].to_vec();
    if pairs.len() % 2 == 1 {
        let name = c.option(0);
        return Reply::Error(format!("ERR wrong number of arguments for '{name}' command"));
    }
    let count = pairs.len() / 2;
    let new = with!(c, Hash, Vec::new(), |hash| {
        pairs.chunks_exact(2).filter(|pair| put(hash, &pair[0], pair[1].clone())).count()
    });
    c.changed(count);
    Reply::Number(new as i64)
}
