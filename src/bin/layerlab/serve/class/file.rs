//! The class on disk: what a learner was answered is in the file before the answer goes out, and stays there
//! whatever ends the server.

use std::time::Duration;

use rusqlite::{Connection, OptionalExtension, params};

use super::room::{Member, Offer};

/// The form of the file. A change adds a step to `STEPS`; a file of an older form goes through those it lacks.
const STEPS: [&str; 1] = ["
    CREATE TABLE class (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE member (
        id INTEGER PRIMARY KEY, name TEXT NOT NULL, token TEXT NOT NULL UNIQUE,
        joined INTEGER NOT NULL, seen INTEGER NOT NULL, since INTEGER NOT NULL, report TEXT, best TEXT NOT NULL
    );
"];

const FORM: u32 = STEPS.len() as u32;

pub struct File(Connection);

type Outcome<T = ()> = rusqlite::Result<T>;

impl File {
    pub fn open(path: &str) -> Result<File, String> {
        let failed = |error: rusqlite::Error| format!("{path}: {error}");
        let connection = Connection::open(path).map_err(failed)?;
        File(connection).set_up().map_err(failed)?.ok_or_else(|| format!("{path}: made by a newer layerlab"))
    }

    fn set_up(mut self) -> Outcome<Option<File>> {
        let file = &mut self.0;
        file.busy_timeout(Duration::from_secs(2))?;
        // With a log of its own the file survives a process that is killed at any moment; only a computer that loses
        // its power may lose the last seconds, and nothing that was there before.
        file.pragma_update_and_check(None, "journal_mode", "wal", |_| Ok(()))?;
        file.pragma_update(None, "synchronous", "normal")?;
        let form: u32 = file.query_row("PRAGMA user_version", [], |row| row.get(0))?;
        if form > FORM {
            return Ok(None);
        }
        let change = file.transaction()?;
        for step in STEPS.iter().skip(form as usize) {
            change.execute_batch(step)?;
        }
        change.pragma_update(None, "user_version", FORM)?;
        change.commit()?;
        Ok(Some(self))
    }

    pub fn get(&self, name: &str) -> Outcome<Option<String>> {
        self.0.query_row("SELECT value FROM class WHERE name = ?1", [name], |row| row.get(0)).optional()
    }

    pub fn set(&self, name: &str, value: Option<&str>) -> Outcome {
        match value {
            Some(value) => self.0.execute("INSERT OR REPLACE INTO class VALUES (?1, ?2)", [name, value])?,
            None => self.0.execute("DELETE FROM class WHERE name = ?1", [name])?,
        };
        Ok(())
    }

    pub fn members(&self) -> Outcome<Vec<Member>> {
        let mut all =
            self.0.prepare("SELECT id, name, token, joined, seen, since, report, best FROM member ORDER BY id")?;
        let member = |row: &rusqlite::Row| {
            let report: Option<String> = row.get(6)?;
            Ok(Member {
                id: row.get(0)?,
                name: row.get(1)?,
                token: row.get(2)?,
                joined: seconds(row, 3)?,
                seen: seconds(row, 4)?,
                since: seconds(row, 5)?,
                report: report.and_then(|text| serde_json::from_str(&text).ok()),
                best: serde_json::from_str(&row.get::<_, String>(7)?).unwrap_or_default(),
            })
        };
        all.query_map([], member)?.collect()
    }

    pub fn keep(&self, member: &Member) -> Outcome {
        let Member { id, name, token, joined, seen, since, report, best } = member;
        let report = report.as_ref().and_then(|report| serde_json::to_string(report).ok());
        let best = serde_json::to_string(best).unwrap_or_default();
        let times = [*joined, *seen, *since].map(|seconds| seconds as i64);
        let mut keep =
            self.0.prepare_cached("INSERT OR REPLACE INTO member VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)")?;
        keep.execute(params![id, name, token, times[0], times[1], times[2], report, best]).map(drop)
    }

    pub fn forget(&self, id: u32) -> Outcome {
        self.0.execute("DELETE FROM member WHERE id = ?1", [id]).map(drop)
    }

    pub fn offer(&self) -> Outcome<Option<Offer>> {
        let text = self.get("offer")?;
        let read = |text: String| {
            let (id, rest) = text.split_once('\n')?;
            let (link, note) = rest.split_once('\n')?;
            Some(Offer { id: id.parse().ok()?, link: link.to_owned(), note: note.to_owned() })
        };
        Ok(text.and_then(read))
    }

    pub fn keep_offer(&self, offer: Option<&Offer>) -> Outcome {
        let text = offer.map(|offer| format!("{}\n{}\n{}", offer.id, offer.link, offer.note));
        self.set("offer", text.as_deref())
    }
}

fn seconds(row: &rusqlite::Row, column: usize) -> Outcome<u64> {
    row.get::<_, i64>(column).map(|seconds| seconds.max(0) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::serve::class::room::{Report, Room, offer};

    #[test]
    fn a_class_is_there_again() {
        let path = std::env::temp_dir().join(format!("layerlab-class-{}.sqlite", std::process::id()));
        let path = path.display().to_string();
        let report = Report { lesson: "one".into(), step: 3, done: 2, steps: 4, tries: 5, fails: 1, hand: true };
        let kept = {
            let file = File::open(&path).expect("a file");
            let one = Room::default().newcomer("Ân", "digest".into(), 7).expect("a member");
            file.keep(&one).expect("kept");
            let one = one.heard(report, 9).expect("heard");
            file.keep(&one).expect("kept");
            file.keep_offer(Some(&offer("s1=a", "look\there", 4).expect("an offer"))).expect("kept");
            file.set("code", Some("x")).expect("kept");
            one
        };
        let file = File::open(&path).expect("the file");
        assert_eq!(file.members().expect("members"), [kept]);
        assert_eq!(file.offer().expect("an offer").map(|offer| (offer.id, offer.note)), Some((4, "look here".into())));
        assert_eq!(file.get("code").expect("a value").as_deref(), Some("x"));
        file.forget(1).expect("forgotten");
        assert_eq!(file.members().expect("members"), []);
        file.0.pragma_update(None, "user_version", 9).expect("changed");
        drop(file);
        assert_eq!(File::open(&path).err().map(|said| said.ends_with("made by a newer layerlab")), Some(true));
        for ending in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{path}{ending}"));
        }
    }
}
