//! A program that somebody outside runs on the host: what it prints is heard as it comes.

use std::collections::VecDeque;

use super::call::Heard;
use super::machine::{Machine, drain, ended};
use crate::engine::api::{Answer, Reply};
use crate::model::process::{JournalId, Pid};
use crate::model::signal::Signal;

/// A program under way. Give it back to [`Machine::abandon`].
#[derive(Debug)]
pub struct Job {
    pid: Pid,
    /// Where its two streams go.
    journals: [JournalId; 2],
    status: Option<i32>,
    heard: VecDeque<Reply>,
}

impl Machine {
    /// Starts a program by its name, as the learner, in the working directory.
    pub fn begin(&mut self, argv: Vec<String>, input: &[u8]) -> Option<Job> {
        let journals = {
            let mut kernel = self.kernel.borrow_mut();
            [kernel.add_journal(), kernel.add_journal()]
        };
        let Some(pid) = self.spawn(argv, Some(input), journals) else {
            let mut kernel = self.kernel.borrow_mut();
            journals.iter().for_each(|id| kernel.remove_journal(*id));
            return None;
        };
        Some(Job { pid, journals, status: None, heard: VecDeque::new() })
    }

    /// What it has printed, then its exit status. To be asked after each step: init reaps what has ended.
    pub fn hear_job(&mut self, job: &mut Job) -> Heard {
        {
            let mut kernel = self.kernel.borrow_mut();
            for id in job.journals {
                let output = drain(&mut kernel, id).into_iter();
                job.heard.extend(output.map(|(stream, bytes)| Reply::Output { stream, bytes: bytes.into() }));
            }
        }
        if job.status.is_none() {
            job.status = self.world(|world| ended(world, job.pid));
        }
        match (job.heard.pop_front(), job.status) {
            (Some(reply), _) => Heard::Reply(reply),
            (None, Some(code)) if self.quiet(job.journals) => {
                Heard::Reply(Reply::Done(Answer::ExitCode { code, error: String::new() }))
            }
            _ => Heard::Silence,
        }
    }

    /// Interrupts it if it still runs, and forgets it.
    pub fn abandon(&mut self, job: Job) {
        let mut kernel = self.kernel.borrow_mut();
        if job.status.is_none() {
            kernel.signal_group(job.pid, Signal::INT);
        }
        job.journals.iter().for_each(|id| kernel.remove_journal(*id));
    }
}
