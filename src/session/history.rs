//! What counts of a log: undo, redo and going back take operations out of it and put them back.

use super::log::Input;

/// The inputs that made the present World, by operation, and those that were taken back.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct History {
    /// What came before the first operation, `Boot` first.
    base: Vec<Input>,
    /// An operation and what followed it.
    past: Vec<Vec<Input>>,
    /// Operations taken back, the next one to redo last.
    future: Vec<Vec<Input>>,
}

impl History {
    pub fn new(log: &[Input]) -> History {
        let mut history = History::default();
        for input in log {
            history.push(input);
        }
        history
    }

    /// Takes one more entry of the log into account; false if it moves to a step that is not there.
    pub fn push(&mut self, input: &Input) -> bool {
        match input {
            Input::Undo => match self.past.len() {
                0 => return false,
                steps => self.back(steps - 1),
            },
            Input::Back(steps) if *steps >= self.past.len() => return false,
            Input::Back(steps) => self.back(*steps),
            Input::Redo => match self.future.pop() {
                Some(step) => self.past.push(step),
                None => return false,
            },
            input if input.is_operation() => {
                self.future.clear();
                self.past.push(vec![input.clone()]);
            }
            input => {
                if matches!(input, Input::Stdin(_) | Input::Key(_)) {
                    self.future.clear();
                }
                let segment = self.past.last_mut().unwrap_or(&mut self.base);
                match (segment.last_mut(), input) {
                    (Some(Input::Elapsed(sum)), Input::Elapsed(more)) => *sum = sum.saturating_add(*more),
                    _ => segment.push(input.clone()),
                }
            }
        }
        true
    }

    fn back(&mut self, steps: usize) {
        let tail = self.past.split_off(steps.min(self.past.len()));
        self.future.extend(tail.into_iter().rev());
    }

    /// The inputs to replay.
    pub fn inputs(&self) -> impl Iterator<Item = &Input> {
        self.base.iter().chain(self.past.iter().flatten())
    }

    pub fn operations(&self) -> usize {
        self.past.len()
    }

    pub fn can_redo(&self) -> bool {
        !self.future.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> Input {
        Input::Line(text.into())
    }

    fn shown(history: &History) -> String {
        let words = history.inputs().map(|input| match input {
            Input::Line(text) => text.clone(),
            Input::Elapsed(time) => time.to_string(),
            other => format!("{other:?}"),
        });
        words.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn undo_takes_an_operation_and_its_time_and_redo_brings_both_back() {
        let mut history =
            History::new(&[Input::Elapsed(1), line("a"), Input::Elapsed(2), line("b"), Input::Elapsed(3)]);
        history.push(&Input::Elapsed(4));
        assert_eq!(shown(&history), "1 a 2 b 7");
        assert!(history.push(&Input::Undo));
        assert_eq!(shown(&history), "1 a 2");
        assert!(history.push(&Input::Redo));
        assert_eq!(shown(&history), "1 a 2 b 7");
        assert!(!history.push(&Input::Redo));
    }

    #[test]
    fn one_can_go_back_several_steps_and_live_on() {
        let mut history = History::new(&[line("a"), line("b"), line("c")]);
        assert!(!history.push(&Input::Back(3)));
        assert!(history.push(&Input::Back(1)));
        assert_eq!(shown(&history), "a");
        assert!(history.push(&Input::Redo));
        assert_eq!(shown(&history), "a b");
        assert!(history.push(&line("d")));
        assert_eq!((shown(&history).as_str(), history.can_redo()), ("a b d", false));
    }
}
