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
}
