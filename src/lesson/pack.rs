//! A lesson as the page fetches it: read and checked when the page is built, so that the page needs no parser
//! to come alive. Scripts that only try a lesson out are left behind.
//!
//! Fields end with U+0001, which no text holds; a list is its length and its items, a variant is a letter.

use super::check::Condition;
use super::quiz::{Choice, Form, Quiz};
use super::{Block, Criterion, Ends, Front, Lesson, Par, Script, Span, Step};
use crate::session::log::Switch;

const END: char = '\u{1}';
/// How deep blocks and spans of a packed lesson may lie in one another.
const DEPTH: usize = 24;

/// Packs a lesson.
pub fn pack(lesson: &Lesson) -> String {
    let mut out = Writer(String::new());
    out.text(&lesson.title);
    out.list(&lesson.front.images, |out, image| out.text(image));
    out.list(&lesson.front.switches, |out, switch| match switch {
        Switch::Network(up) => out.text(if *up { "n1" } else { "n0" }),
        Switch::Damage(image) => out.text(&format!("d{image}")),
        Switch::Slow(slow) => out.text(if *slow { "s1" } else { "s0" }),
        Switch::Full(full) => out.text(if *full { "f1" } else { "f0" }),
        Switch::Port { port, taken } => out.text(&format!("{}{port}", if *taken { "p" } else { "q" })),
    });
    out.list(&lesson.setup.lines, |out, line| out.text(line));
    out.list(&lesson.files, |out, (path, content)| {
        out.text(path);
        out.text(content);
    });
    out.list(&lesson.intro, Writer::block);
    out.list(&lesson.steps, |out, step| {
        out.text(&step.id);
        out.text(&step.title);
        out.text(&step.par.as_ref().map(Par::to_string).unwrap_or_default());
        out.list(&step.blocks, Writer::block);
        out.list(&step.check, |out, one| {
            out.text(&one.condition.to_string());
            out.text(&one.meaning);
        });
        out.list(&step.hints, |out, hint| out.list(hint, Writer::block));
    });
    out.0
}

struct Writer(String);

impl Writer {
    fn text(&mut self, text: &str) {
        self.0.extend(text.chars().filter(|sign| *sign != END).chain([END]));
    }

    fn number(&mut self, number: usize) {
        self.text(&number.to_string());
    }

    fn list<T>(&mut self, items: &[T], one: impl Fn(&mut Writer, &T)) {
        self.number(items.len());
        items.iter().for_each(|item| one(self, item));
    }

    fn spans(&mut self, spans: &[Span]) {
        self.list(spans, |out, span| match span {
            Span::Text(text) => {
                out.text("t");
                out.text(text);
            }
            Span::Code(text) => {
                out.text("c");
                out.text(text);
            }
            Span::Strong(inner) => {
                out.text("s");
                out.spans(inner);
            }
            Span::Emphasis(inner) => {
                out.text("e");
                out.spans(inner);
            }
            Span::Link { url, spans } => {
                out.text("l");
                out.text(url);
                out.spans(spans);
            }
            Span::Term { word, meaning } => {
                out.text("m");
                out.text(word);
                out.text(meaning);
            }
        });
    }

    fn block(&mut self, block: &Block) {
        match block {
            Block::Paragraph(spans) => {
                self.text("p");
                self.spans(spans);
            }
            Block::List { ordered, items } => {
                self.text(if *ordered { "o" } else { "u" });
                self.list(items, |out, item| out.list(item, Writer::block));
            }
            Block::Table(rows) => {
                self.text("t");
                self.list(rows, |out, row| out.list(row, |out, cell| out.spans(cell)));
            }
            Block::Code { language, text } => {
                self.text("c");
                self.text(language);
                self.text(text);
            }
            Block::Run { lines, ends } => {
                self.text(match ends {
                    Ends::Well => "r",
                    Ends::Failing => "f",
                    Ends::Stopped => "s",
                });
                self.list(lines, |out, line| out.text(line));
            }
            Block::Note(blocks) => {
                self.text("n");
                self.list(blocks, Writer::block);
            }
            Block::Quiz(quiz) => {
                self.text("q");
                self.number(Form::ALL.iter().position(|(_, form)| *form == quiz.form).unwrap_or(0));
                self.spans(&quiz.question);
                self.list(&quiz.choices, |out, choice| {
                    out.number(usize::from(choice.right));
                    out.spans(&choice.text);
                });
                self.spans(&quiz.why);
            }
            Block::Figure { object, caption } => {
                self.text("g");
                self.text(object);
                self.spans(caption);
            }
        }
    }
}

/// Unpacks a lesson; nothing if the text is none.
pub fn unpack(id: &str, packed: &str) -> Option<Lesson> {
    let mut from = Reader { rest: packed, depth: 0 };
    Some(Lesson {
        id: id.to_string(),
        title: from.text()?,
        front: Front {
            images: from.list(Reader::text)?,
            switches: from.list(|from| {
                let text = from.text()?;
                let (kind, rest) = text.split_at_checked(1)?;
                Some(match kind {
                    "d" => Switch::Damage(rest.to_string()),
                    "s" => Switch::Slow(rest == "1"),
                    "f" => Switch::Full(rest == "1"),
                    "p" | "q" => Switch::Port { port: rest.parse().ok()?, taken: kind == "p" },
                    _ => Switch::Network(rest == "1"),
                })
            })?,
            ..Front::default()
        },
        setup: Script { lines: from.list(Reader::text)?, at: 0 },
        files: from.list(|from| Some((from.text()?, from.text()?)))?,
        intro: from.blocks()?,
        steps: from.list(Reader::step)?,
    })
}

struct Reader<'a> {
    rest: &'a str,
    depth: usize,
}

impl<'a> Reader<'a> {
    fn word(&mut self) -> Option<&'a str> {
        let (text, rest) = self.rest.split_once(END)?;
        self.rest = rest;
        Some(text)
    }

    fn text(&mut self) -> Option<String> {
        self.word().map(str::to_string)
    }

    fn number(&mut self) -> Option<usize> {
        self.word()?.parse().ok()
    }

    fn list<T>(&mut self, mut one: impl FnMut(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let mut items = Vec::new();
        for _ in 0..self.number()? {
            items.push(one(self)?);
        }
        Some(items)
    }

    fn step(&mut self) -> Option<Step> {
        Some(Step {
            id: self.text()?,
            title: self.text()?,
            par: match self.word()? {
                "" => None,
                par => Some(Par::parse(par).ok()?),
            },
            blocks: self.blocks()?,
            check: self.list(|from| {
                let condition = Condition::parse(from.word()?).ok()?;
                Some(Criterion { condition, meaning: from.text()?, line: 0 })
            })?,
            hints: self.list(Reader::blocks)?,
            solution: Script::default(),
            also: Vec::new(),
            wrong: Vec::new(),
            lines: (0, 0),
        })
    }

    fn deeper<T>(&mut self, inner: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        self.depth += 1;
        let read = if self.depth > DEPTH { None } else { inner(self) };
        self.depth -= 1;
        read
    }

    fn spans(&mut self) -> Option<Vec<Span>> {
        self.deeper(|from| {
            from.list(|from| {
                Some(match from.word()? {
                    "t" => Span::Text(from.text()?),
                    "c" => Span::Code(from.text()?),
                    "s" => Span::Strong(from.spans()?),
                    "e" => Span::Emphasis(from.spans()?),
                    "l" => Span::Link { url: from.text()?, spans: from.spans()? },
                    "m" => Span::Term { word: from.text()?, meaning: from.text()? },
                    _ => return None,
                })
            })
        })
    }

    fn blocks(&mut self) -> Option<Vec<Block>> {
        self.deeper(|from| from.list(Reader::block))
    }

    fn block(&mut self) -> Option<Block> {
        Some(match self.word()? {
            "p" => Block::Paragraph(self.spans()?),
            kind @ ("o" | "u") => Block::List { ordered: kind == "o", items: self.list(Reader::blocks)? },
            "t" => Block::Table(self.list(|from| from.list(Reader::spans))?),
            "c" => Block::Code { language: self.text()?, text: self.text()? },
            "r" => Block::Run { lines: self.list(Reader::text)?, ends: Ends::Well },
            "f" => Block::Run { lines: self.list(Reader::text)?, ends: Ends::Failing },
            "s" => Block::Run { lines: self.list(Reader::text)?, ends: Ends::Stopped },
            "n" => Block::Note(self.blocks()?),
            "q" => Block::Quiz(Quiz {
                form: Form::ALL.get(self.number()?)?.1,
                question: self.spans()?,
                choices: self.list(|from| Some(Choice { right: from.word()? == "1", text: from.spans()? }))?,
                why: self.spans()?,
            }),
            "g" => Block::Figure { object: self.text()?, caption: self.spans()? },
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::library::LESSONS;
    use super::*;
    use crate::words::Lang;

    #[test]
    fn every_lesson_survives_being_packed() {
        for source in LESSONS {
            for lang in Lang::ALL {
                let mut lesson = source.read(lang).unwrap_or_else(|error| panic!("{}: {error}", source.id));
                let unpacked = unpack(source.id, &pack(&lesson)).expect("a packed lesson");
                // What only tries the lesson out, and where things stand in its files, stays behind.
                lesson.front =
                    Front { images: lesson.front.images, switches: lesson.front.switches, ..Front::default() };
                lesson.setup.at = 0;
                for step in &mut lesson.steps {
                    (step.solution, step.also, step.wrong) = (Script::default(), Vec::new(), Vec::new());
                    step.lines = (0, 0);
                    step.check.iter_mut().for_each(|one| one.line = 0);
                }
                assert_eq!(unpacked, lesson, "{}", source.id);
            }
        }
    }

    #[test]
    fn what_is_no_packed_lesson_is_refused() {
        let good = pack(&LESSONS[0].read(Lang::En).expect("a lesson"));
        for end in (0..good.len() - 1).filter(|end| good.is_char_boundary(*end)).step_by(7) {
            assert_eq!(unpack("x", &good[..end]), None);
        }
        let end = END.to_string();
        let deep = ["T", "0", "0", "0", "0", "1"].join(&end) + &end + &format!("n{end}1{end}").repeat(100_000);
        assert_eq!(unpack("x", &deep), None);
    }
}
