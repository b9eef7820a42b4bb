//! Commands on sorted sets.

use std::cmp::Ordering;

use super::command::{Call, NO_NUMBER, Row, SYNTAX, WRONG_TYPE, span};
use super::protocol::Reply;
use super::store::{Bytes, Value, number};
use crate::model::order::Order;

type Sorted = Vec<(f64, Bytes)>;

pub const ROWS: &[Row] = &[
    Row("zadd", -4, true, add),
    Row("zcard", 2, false, |c| look(c, Reply::Number(0), |all| Reply::Number(all.len() as i64))),
    Row("zcount", 4, false, |c| match limits(c, 2, 3) {
        Ok(within) => {
            look(c, Reply::Number(0), |all| Reply::Number(all.iter().filter(|one| within(one.0)).count() as i64))
        }
        Err(refused) => refused,
    }),
    Row("zincrby", 4, true, |c| {
        let (Ok(by), member) = (c.float(2), c.word(3).to_vec()) else {
            return Reply::error(super::command::NO_FLOAT);
        };
        let sum = change(c, |all| {
            let sum = all.iter().find(|(_, own)| *own == member).map_or(0.0, |(score, _)| *score) + by;
            put(all, sum, &member);
            sum
        });
        c.changed(1);
        sum.map_or_else(|refused| refused, |sum| Reply::text(&number(sum)))
    }),
    Row("zrange", -4, false, |c| range(c, false)),
    Row("zrangebyscore", -4, false, |c| match limits(c, 2, 3) {
        Ok(within) => {
            let scores = c.option(4) == "withscores";
            look(c, Reply::Many(Vec::new()), |all| {
                rows(&all.iter().filter(|one| within(one.0)).cloned().collect::<Vec<_>>(), scores)
            })
        }
        Err(refused) => refused,
    }),
    Row("zrank", -3, false, |c| rank(c, false)),
    Row("zrem", -3, false, |c| {
        let old: Vec<Bytes> = c.words[2..].to_vec();
        let gone = change(c, |all| {
            let before = all.len();
            all.retain(|(_, member)| !old.contains(member));
            before - all.len()
        });
        c.changed(gone.as_ref().copied().unwrap_or(0));
        gone.map_or_else(|refused| refused, |gone| Reply::Number(gone as i64))
    }),
    Row("zrevrange", -4, false, |c| range(c, true)),
    Row("zrevrank", -3, false, |c| rank(c, true)),
    Row("zscore", 3, false, |c| {
        let member = c.word(2).to_vec();
        look(c, Reply::Nil, |all| {
            let found = all.iter().find(|(_, own)| *own == member);
            found.map_or(Reply::Nil, |(score, _)| Reply::text(&number(*score)))
        })
    }),
];

fn look(c: &mut Call<'_>, none: Reply, see: impl FnOnce(&Sorted) -> Reply) -> Reply {
    let key = c.key();
    match c.database().get(&key) {
        Some(Value::Sorted(all)) => see(all),
        Some(_) => Reply::error(WRONG_TYPE),
        None => none,
    }
}

fn change<T>(c: &mut Call<'_>, change: impl FnOnce(&mut Sorted) -> T) -> Result<T, Reply> {
    let key = c.key();
    if c.database().get(&key).is_some_and(|value| value.kind() != "zset") {
        return Err(Reply::error(WRONG_TYPE));
    }
    c.database().change(
        &key,
        || Value::Sorted(Vec::new()),
        |value| match value {
            Value::Sorted(all) => {
                let done = change(all);
                all.order_by(|a, b| a.0.partial_cmp(&b.0).unwrap_or(Ordering::Equal).then_with(|| a.1.cmp(&b.1)));
                Ok(done)
            }
            _ => Err(Reply::error(WRONG_TYPE)),
        },
    )
}

/// The old score, if there was one.
fn put(all: &mut Sorted, score: f64, member: &[u8]) -> Option<f64> {
    match all.iter_mut().find(|(_, own)| own == member) {
        Some((old, _)) => Some(std::mem::replace(old, score)),
        None => {
            all.push((score, member.to_vec()));
            None
        }
    }
}

fn add(c: &mut Call<'_>) -> Reply {
    let (mut at, mut only_new, mut only_old, mut changes) = (2, false, false, false);
    loop {
        match c.option(at).as_str() {
            "nx" => only_new = true,
            "xx" => only_old = true,
            "ch" => changes = true,
            "gt" | "lt" | "incr" => return Reply::error("ERR layerlab: this option of ZADD is not simulated"),
            _ => break,
        }
        at += 1;
    }
    let pairs: Vec<Bytes> = c.words.get(at..).unwrap_or_default().to_vec();
    if pairs.is_empty() || pairs.len() % 2 == 1 {
        return Reply::error(SYNTAX);
    }
    let mut new = Vec::new();
    for (index, pair) in pairs.chunks_exact(2).enumerate() {
        match c.float(at + 2 * index) {
            Ok(score) => new.push((score, pair[1].clone())),
            Err(refused) => return refused,
        }
    }
    let done = change(c, |all| {
        let (mut added, mut touched) = (0, 0);
        for (score, member) in new {
            let known = all.iter().any(|(_, own)| *own == member);
            if (known && only_new) || (!known && only_old) {
                continue;
            }
            match put(all, score, &member) {
                None => added += 1,
                Some(old) if old != score => touched += 1,
                Some(_) => {}
            }
        }
        (added, touched)
    });
    match done {
        Ok((added, touched)) => {
            c.changed(added + touched);
            Reply::Number((if changes { added + touched } else { added }) as i64)
        }
        Err(refused) => refused,
    }
}

fn rows(all: &[(f64, Bytes)], scores: bool) -> Reply {
    let row = |(score, member): &(f64, Bytes)| {
        let mut row = vec![Reply::Bytes(member.clone())];
        if scores {
            row.push(Reply::text(&number(*score)));
        }
        row
    };
    Reply::Many(all.iter().flat_map(row).collect())
}

fn range(c: &mut Call<'_>, backwards: bool) -> Reply {
    let (mut backwards, mut scores, mut by_score) = (backwards, false, false);
    for at in 4..c.words.len() {
        match c.option(at).as_str() {
            "withscores" => scores = true,
            "rev" => backwards = true,
            "byscore" => by_score = true,
            "bylex" | "limit" => return Reply::error("ERR layerlab: this option of ZRANGE is not simulated"),
            _ => return Reply::error(SYNTAX),
        }
    }
    if by_score {
        let (low, high) = if backwards { (3, 2) } else { (2, 3) };
        return match limits(c, low, high) {
            Ok(within) => look(c, Reply::Many(Vec::new()), |all| {
                let mut found: Sorted = all.iter().filter(|one| within(one.0)).cloned().collect();
                if backwards {
                    found.reverse();
                }
                rows(&found, scores)
            }),
            Err(refused) => refused,
        };
    }
    let (Ok(start), Ok(end)) = (c.number(2), c.number(3)) else { return Reply::error(NO_NUMBER) };
    look(c, Reply::Many(Vec::new()), |all| {
        let mut all = all.clone();
        if backwards {
            all.reverse();
        }
        rows(&all[span(start, end, all.len())], scores)
    })
}

fn rank(c: &mut Call<'_>, backwards: bool) -> Reply {
    let member = c.word(2).to_vec();
    look(c, Reply::Nil, |all| {
        let at = all.iter().position(|(_, own)| *own == member);
        let at = at.map(|at| if backwards { all.len() - 1 - at } else { at });
        at.map_or(Reply::Nil, |at| Reply::Number(at as i64))
    })
}

/// Whether a score is between two arguments, without the bounds that begin with `(`.
fn limits(c: &Call<'_>, low: usize, high: usize) -> Result<impl Fn(f64) -> bool + use<>, Reply> {
    let bound = |at: usize| {
        let word = c.word(at);
        let (word, open) = word.strip_prefix(b"(").map_or((word, false), |rest| (rest, true));
        super::command::float(word)
            .map(|score| (score, open))
            .ok_or_else(|| Reply::error("ERR min or max is not a float"))
    };
    let ((low, low_open), (high, high_open)) = (bound(low)?, bound(high)?);
    Ok(move |score: f64| {
        (if low_open { score > low } else { score >= low }) && (if high_open { score < high } else { score <= high })
    })
}
