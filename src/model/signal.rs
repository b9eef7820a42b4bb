//! Signals by their Linux numbers.

use serde::{Deserialize, Serialize};

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub struct Signal(pub u8);

impl Signal {
    pub const HUP: Signal = Signal(1);
    pub const INT: Signal = Signal(2);
    pub const QUIT: Signal = Signal(3);
    pub const KILL: Signal = Signal(9);
    pub const USR1: Signal = Signal(10);
    pub const USR2: Signal = Signal(12);
    pub const PIPE: Signal = Signal(13);
    pub const ALRM: Signal = Signal(14);
    pub const TERM: Signal = Signal(15);
    pub const CHLD: Signal = Signal(17);
    pub const CONT: Signal = Signal(18);
    pub const STOP: Signal = Signal(19);
    pub const TSTP: Signal = Signal(20);
    pub const TTIN: Signal = Signal(21);
    pub const TTOU: Signal = Signal(22);
    pub const WINCH: Signal = Signal(28);

    /// `TERM`, `SIGTERM`, `term` or `15`.
    pub fn parse(text: &str) -> Option<Signal> {
        if let Ok(n) = text.parse::<u8>() {
            return (1..=64).contains(&n).then_some(Signal(n));
        }
        let upper = text.to_ascii_uppercase();
        let name = upper.strip_prefix("SIG").unwrap_or(&upper);
        NAMES.iter().position(|n| *n == name).map(|at| Signal(at as u8 + 1))
    }

    /// The name without `SIG`, or the number of a real-time signal.
    pub fn name(self) -> String {
        match NAMES.get(usize::from(self.0).wrapping_sub(1)) {
            Some(name) => (*name).to_string(),
            None => self.0.to_string(),
        }
    }

    /// What a process without a handler does with it.
    pub fn default_action(self) -> Action {
        match self {
            Signal::CHLD | Signal::WINCH | Signal(23) => Action::Ignore,
            Signal::CONT => Action::Continue,
            Signal::STOP | Signal::TSTP | Signal::TTIN | Signal::TTOU => Action::Stop,
            _ => Action::Terminate,
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Action {
    Terminate,
    Ignore,
    Stop,
    Continue,
}

/// Names of signals 1 to 31, in order.
pub const NAMES: [&str; 31] = [
    "HUP", "INT", "QUIT", "ILL", "TRAP", "ABRT", "BUS", "FPE", "KILL", "USR1", "SEGV", "USR2", "PIPE", "ALRM", "TERM",
    "STKFLT", "CHLD", "CONT", "STOP", "TSTP", "TTIN", "TTOU", "URG", "XCPU", "XFSZ", "VTALRM", "PROF", "WINCH", "IO",
    "PWR", "SYS",
];
