//! The states of a container and the commands that lead from one to another.

use crate::diagram::text::Look;
use crate::model::World;
use crate::words::Words;

use super::Subject;

/// A drawing of 404 by 128 pixels.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Life {
    pub states: Vec<State>,
    pub edges: Vec<Edge>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct State {
    pub class: &'static str,
    pub icon: &'static str,
    pub word: &'static str,
    /// Where its middle is.
    pub x: i32,
    pub y: i32,
    pub current: bool,
}

/// A command and where it leads.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Edge {
    pub verb: &'static str,
    pub command: String,
    /// The line with its arrow, and where the middle of its label is.
    pub line: &'static str,
    pub x: i32,
    pub y: i32,
    /// Whether the command is one for the state that the container is in.
    pub open: bool,
}

/// The states that stand in the drawing, with their places.
const STATES: [(Look, i32, i32); 4] =
    [(Look::Created, 46, 24), (Look::Running, 202, 24), (Look::Paused, 358, 24), (Look::Exited, 202, 106)];

/// Verb, from, line, label.
type Step = (&'static str, Look, &'static str, (i32, i32));
const STEPS: [Step; 8] = [
    ("start", Look::Created, "M90 24H154", (122, 24)),
    ("pause", Look::Running, "M250 12H312", (281, 12)),
    ("unpause", Look::Paused, "M312 36H252", (281, 36)),
    ("stop", Look::Running, "M206 40V88", (206, 64)),
    ("kill", Look::Running, "M244 40V88", (244, 64)),
    ("start", Look::Exited, "M164 90V42", (164, 64)),
    ("rm", Look::Exited, "M154 106H92", (124, 106)),
    ("rm", Look::Created, "M46 40V88", (46, 64)),
];

/// The life of a container.
pub fn life(world: &World, key: &str, words: &'static Words) -> Option<Life> {
    let Some(Subject::Container(container)) = Subject::of(world, key) else { return None };
    let now = match Look::of(container) {
        // What is over may be started again, however it ended; what waits for its restart runs, to a learner.
        Look::Failed | Look::Dead => Look::Exited,
        Look::Restarting => Look::Running,
        look => look,
    };
    let state =
        |look: Look, word, x, y| State { class: look.class(), icon: look.icon(), word, x, y, current: look == now };
    let mut states: Vec<State> =
        STATES.iter().map(|(look, x, y)| state(*look, look.word(&words.stage.states), *x, *y)).collect();
    states.push(state(Look::Removing, words.inspect.removed, 46, 106));
    let edges = STEPS.iter().map(|(verb, from, line, (x, y))| Edge {
        verb,
        command: format!("docker {verb} {}", container.name),
        line,
        x: *x,
        y: *y,
        open: *from == now,
    });
    Some(Life { states, edges: edges.collect() })
}
