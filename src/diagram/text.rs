//! Text that is measured and cut, and the words for a container's state.

use super::advances::{self, Weight};
use crate::model::container::{Container, Status};
use crate::words::{StateWords, Words};

const UNITS: u32 = 64;

/// The width of code, in pixels, rounded up.
pub fn mono(text: &str, size: u32) -> i32 {
    advances::mono(text, size).div_ceil(UNITS) as i32
}

/// The width of a semibold interface text, in pixels, rounded up.
pub fn bold(text: &str, size: u32) -> i32 {
    advances::inter(text, size, Weight::Semibold).div_ceil(UNITS) as i32
}

/// The width of a regular interface text, in pixels, rounded up.
pub fn regular(text: &str, size: u32) -> i32 {
    advances::inter(text, size, Weight::Regular).div_ceil(UNITS) as i32
}

/// Cuts a text so that it fits, with an ellipsis; nothing when not even two letters would.
pub fn fit(text: &str, width: i32, measure: impl Fn(&str) -> i32) -> String {
    if measure(text) <= width {
        return text.to_owned();
    }
    let ellipsis = measure("…");
    let mut kept = String::new();
    let mut used = ellipsis;
    for sign in text.chars() {
        let step = measure(sign.encode_utf8(&mut [0; 4]));
        if used + step > width {
            break;
        }
        used += step;
        kept.push(sign);
    }
    let kept = kept.trim_end();
    if kept.chars().count() < 2 { String::new() } else { format!("{kept}…") }
}

/// The first twelve digits of an id.
pub fn short_id(id: &str) -> &str {
    let id = id.strip_prefix("sha256:").unwrap_or(id);
    id.get(..12).unwrap_or(id)
}

/// A container's state as the Stage shows it: class, icon and word; an icon and a word always go with a colour.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Look {
    Created,
    Running,
    Paused,
    Restarting,
    Removing,
    Exited,
    Failed,
    Dead,
}

impl Look {
    pub fn of(container: &Container) -> Look {
        match container.state.status {
            Status::Created => Look::Created,
            Status::Running => Look::Running,
            Status::Paused => Look::Paused,
            Status::Restarting => Look::Restarting,
            Status::Removing => Look::Removing,
            Status::Exited if container.state.exit_code == 0 => Look::Exited,
            Status::Exited => Look::Failed,
            Status::Dead => Look::Dead,
        }
    }

    pub fn class(self) -> &'static str {
        match self {
            Look::Created => "st-created",
            Look::Running => "st-running",
            Look::Paused => "st-paused",
            Look::Restarting => "st-restart",
            Look::Removing => "st-removing",
            Look::Exited => "st-exited",
            Look::Failed => "st-failed",
            Look::Dead => "st-dead",
        }
    }

    pub fn icon(self) -> &'static str {
        match self {
            Look::Created => "s-created",
            Look::Running => "s-running",
            Look::Paused => "s-paused",
            Look::Restarting => "s-restart",
            Look::Removing => "s-removed",
            Look::Exited | Look::Failed => "s-exited",
            Look::Dead => "s-dead",
        }
    }

    pub fn word(self, words: &'static StateWords) -> &'static str {
        match self {
            Look::Created => words.created,
            Look::Running => words.running,
            Look::Paused => words.paused,
            Look::Restarting => words.restarting,
            Look::Removing => words.removing,
            Look::Exited | Look::Failed => words.exited,
            Look::Dead => words.dead,
        }
    }

    /// It has a process.
    pub fn is_live(self) -> bool {
        matches!(self, Look::Running | Look::Paused)
    }

    /// It is over, one way or the other.
    pub fn is_over(self) -> bool {
        matches!(self, Look::Exited | Look::Failed | Look::Dead)
    }
}

/// The state in words, with the exit code where there is one: `Đã thoát (137)`.
pub fn state_of(container: &Container, words: &'static Words) -> String {
    let look = Look::of(container);
    let word = look.word(&words.stage.states);
    match look {
        // What was killed for its memory says so: 137 alone could be anybody's SIGKILL.
        Look::Failed if container.state.oom_killed => format!("{word} ({}, OOM)", container.state.exit_code),
        Look::Failed => format!("{word} ({})", container.state.exit_code),
        _ => word.to_owned(),
    }
}
