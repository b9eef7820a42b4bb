//! Questions: choose one, choose several, put into order, fill in, guess.

use super::Span;

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Quiz {
    pub form: Form,
    pub question: Vec<Span>,
    pub choices: Vec<Choice>,
    /// What is said when it has been answered.
    pub why: Vec<Span>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    Choice,
    Several,
    /// The choices stand in the right order.
    Order,
    /// Each choice is a text that will do.
    Fill,
    /// Like a choice, before the command is run; any answer will do.
    Predict,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Choice {
    pub text: Vec<Span>,
    pub right: bool,
}

impl Form {
    pub const ALL: [(&'static str, Form); 5] = [
        ("choice", Form::Choice),
        ("several", Form::Several),
        ("order", Form::Order),
        ("fill", Form::Fill),
        ("predict", Form::Predict),
    ];
}

impl Quiz {
    /// Whether an answer is right: numbers of choices separated by commas, or a text to fill in.
    pub fn right(&self, given: &str) -> bool {
        match self.form {
            Form::Fill => self.choices.iter().any(|choice| same(given, &plain(&choice.text))),
            _ => given == self.answer(),
        }
    }

    /// A right answer.
    pub fn answer(&self) -> String {
        let numbers = self.choices.iter().enumerate();
        let numbers: Vec<String> = match self.form {
            Form::Order => numbers.map(|(number, _)| number.to_string()).collect(),
            Form::Fill => return self.choices.first().map(|choice| plain(&choice.text)).unwrap_or_default(),
            _ => numbers.filter(|(_, choice)| choice.right).map(|(number, _)| number.to_string()).collect(),
        };
        numbers.join(",")
    }

    /// What is wrong with the question itself.
    pub(super) fn fault(&self) -> Option<&'static str> {
        let right = self.choices.iter().filter(|choice| choice.right).count();
        match self.form {
            _ if self.question.is_empty() => Some("a quiz begins with its question"),
            Form::Choice | Form::Predict if right != 1 => Some("one choice, `[x]`, is right"),
            Form::Several if right == 0 => Some("at least one choice, `[x]`, is right"),
            Form::Order if self.choices.len() < 3 => Some("three things at least can be put into order"),
            Form::Fill if self.choices.is_empty() => Some("a list says what may be filled in"),
            Form::Choice | Form::Predict | Form::Several if self.choices.len() < 2 => {
                Some("there is nothing to choose")
            }
            _ => None,
        }
    }
}

/// The order in which the things to be ordered are shown: not the right one, and the same in every language.
pub fn shown(count: usize) -> Vec<usize> {
    let half = count.div_ceil(2);
    (0..count).map(|place| if place % 2 == 0 { half.saturating_sub(1 + place / 2) } else { half + place / 2 }).collect()
}

/// Spans as text.
pub(super) fn plain(spans: &[Span]) -> String {
    let mut text = String::new();
    for span in spans {
        match span {
            Span::Text(part) | Span::Code(part) | Span::Term { word: part, .. } => text.push_str(part),
            Span::Strong(inner) | Span::Emphasis(inner) | Span::Link { spans: inner, .. } => {
                text.push_str(&plain(inner));
            }
        }
    }
    text
}

/// Letters' case and space don't matter.
fn same(given: &str, wanted: &str) -> bool {
    let words = |text: &str| text.split_whitespace().map(str::to_ascii_lowercase).collect::<Vec<_>>();
    words(given) == words(wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quiz(form: Form, choices: &[(&str, bool)]) -> Quiz {
        let text = |text: &str| vec![Span::Text(text.to_string())];
        let choices = choices.iter().map(|(choice, right)| Choice { text: text(choice), right: *right }).collect();
        Quiz { form, question: text("?"), choices, why: Vec::new() }
    }

    #[test]
    fn answers_are_judged() {
        let one = quiz(Form::Choice, &[("a", false), ("b", true)]);
        assert!(one.right("1") && !one.right("0") && !one.right("") && !one.right("0,1"));
        let some = quiz(Form::Several, &[("a", true), ("b", false), ("c", true)]);
        assert!(some.right("0,2") && !some.right("0") && !some.right("0,1,2"));
        let order = quiz(Form::Order, &[("a", false), ("b", false), ("c", false)]);
        assert!(order.right("0,1,2") && !order.right("1,0,2"));
        let fill = quiz(Form::Fill, &[("docker rm", false), ("rm", false)]);
        assert!(fill.right(" Docker   RM ") && fill.right("rm") && !fill.right("rmi"));
        for quiz in [one, some, order, fill] {
            assert!(quiz.right(&quiz.answer()) && quiz.fault().is_none());
        }
        assert!(quiz(Form::Choice, &[("a", true), ("b", true)]).fault().is_some());
    }

    #[test]
    fn what_is_to_be_ordered_is_shown_out_of_order() {
        for count in 3..9 {
            let mut places = shown(count);
            assert_ne!(places, (0..count).collect::<Vec<_>>());
            crate::model::order::Order::order(places.as_mut_slice());
            assert_eq!(places, (0..count).collect::<Vec<_>>());
        }
    }
}
