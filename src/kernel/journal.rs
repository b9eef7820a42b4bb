//! Journals: append-only streams that containers write to and any number of followers read.

use std::rc::Rc;

use super::Kernel;
use super::executor::Key;
use crate::model::limits;
use crate::model::process::{Journal, JournalId, Record, Stream};

impl Kernel {
    pub fn add_journal(&mut self) -> JournalId {
        let id = JournalId(self.world.number());
        self.world.journals.insert(id, Journal::default());
        id
    }

    pub fn remove_journal(&mut self, id: JournalId) {
        self.world.journals.remove(&id);
        self.wake(Key::Journal(id));
    }

    /// Appends a record, dropping the oldest ones past the limit.
    pub fn append_journal(&mut self, id: JournalId, stream: Stream, bytes: &[u8]) {
        let time = self.world.now;
        let Some(journal) = self.world.journals.get_mut(&id) else { return };
        if bytes.is_empty() {
            return;
        }
        let record = Record { time, stream, bytes: Rc::new(bytes.to_vec()) };
        let unfinished = &mut journal.unfinished[stream as usize];
        match bytes.iter().rposition(|byte| *byte == b'\n') {
            Some(end) => *unfinished = (end + 1 < bytes.len()).then_some(journal.next),
            None => *unfinished = unfinished.or(Some(journal.next)),
        }
        journal.records.insert(journal.next, record);
        journal.next += 1;
        journal.bytes += bytes.len() as u64;
        while journal.bytes > limits::LOG_BYTES as u64 && journal.records.len() > 1 {
            let Some(first) = journal.records.keys().next().copied() else { break };
            if let Some(record) = journal.records.remove(&first) {
                journal.bytes -= record.bytes.len() as u64;
            }
        }
        self.wake(Key::Journal(id));
    }

    /// The records from number `from` on, and the number of the next one to come.
    pub fn read_journal(&self, id: JournalId, from: u64) -> (Vec<Record>, u64) {
        match self.world.journals.get(&id) {
            Some(journal) => (journal.records.range(from..).map(|(_, r)| r.clone()).collect(), journal.next),
            None => (Vec::new(), from),
        }
    }

    /// The last records, at least `count` of them, unfinished lines from their beginnings and what came at one
    /// time together; the number of the next one to come; and whether these are all there are.
    pub fn read_journal_back(&self, id: JournalId, count: u64) -> (Vec<Record>, u64, bool) {
        let Some(journal) = self.world.journals.get(&id) else { return (Vec::new(), 0, true) };
        let unfinished = journal.unfinished.iter().flatten().copied().min().unwrap_or(journal.next);
        let mut first = journal.next.saturating_sub(count).min(unfinished);
        let time = |number: u64| journal.records.get(&number).map(|record| record.time);
        while let Some(before) = first.checked_sub(1)
            && let Some(time_before) = time(before)
            && time(first).is_none_or(|time| time == time_before)
        {
            first = before;
        }
        let (records, next) = self.read_journal(id, first);
        let all = records.len() == journal.records.len();
        (records, next, all)
    }
}
