//! What the learner's browser shows. It stands outside every container, on the learner's own machine.

use std::rc::Rc;

use super::Text;

/// The page that was asked for last.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Page {
    /// With its scheme.
    pub url: Text,
    pub outcome: Outcome,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Outcome {
    Loading,
    Answered {
        /// `HTTP/1.1 200 OK`
        status: Text,
        /// The headers as they came.
        head: Text,
        body: Rc<Vec<u8>>,
    },
    /// Nobody listens there.
    Refused,
    /// No such name.
    NoAddress,
    /// The connection ended in the middle.
    Reset,
    /// The connection ended before anything was said.
    Empty,
    TimedOut,
    /// Sent from one place to another for ever.
    Redirected,
    /// What there is no address in.
    Malformed,
    /// What this machine has no model of.
    NotSimulated(Text),
}
