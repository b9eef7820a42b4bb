//! Why something is no lesson, in the reader's language: one table, `refusal/vi.txt`, from what the parser says to what
//! is shown. A message that is not in it stays as it is.

use crate::words::Lang;

const VI: &str = include_str!("refusal/vi.txt");

/// A message in a language.
pub(super) fn told(text: &str, lang: Lang) -> String {
    let line = |line: &str| {
        let (pattern, told) = line.split_once(" => ")?;
        Some(fill(told, &holes(pattern, text)?))
    };
    let found = (lang == Lang::Vi).then(|| VI.lines().find_map(line)).flatten();
    found.unwrap_or_else(|| text.to_string())
}

/// What stands in a text where the pattern has `{}`, if they are alike otherwise.
fn holes<'a>(pattern: &str, text: &'a str) -> Option<Vec<&'a str>> {
    let mut parts = pattern.split("{}");
    let mut rest = text.strip_prefix(parts.next()?)?;
    let mut parts = parts.peekable();
    let mut found = Vec::new();
    while let Some(part) = parts.next() {
        // The last part is the text's end, whatever it quotes.
        let (value, after) = match parts.peek() {
            None => (rest.strip_suffix(part)?, ""),
            Some(_) => rest.split_once(part)?,
        };
        found.push(value);
        rest = after;
    }
    rest.is_empty().then_some(found)
}

fn fill(told: &str, values: &[&str]) -> String {
    let mut parts = told.split("{}");
    let first = parts.next().unwrap_or_default().to_string();
    parts.zip(values).fold(first, |filled, (part, value)| filled + value + part)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where the messages are written.
    const SOURCES: [&str; 10] = [
        include_str!("parse.rs"),
        include_str!("front.rs"),
        include_str!("guard.rs"),
        include_str!("markdown.rs"),
        include_str!("quiz.rs"),
        include_str!("par.rs"),
        include_str!("own.rs"),
        include_str!("check/parse.rs"),
        include_str!("check/document.rs"),
        include_str!("check/files.rs"),
    ];

    #[test]
    fn messages_are_told_with_what_they_quote() {
        for (text, expected) in [
            ("`a {} b` is no condition", "`a {} b` không phải là điều kiện"),
            ("step `run` has a check already", "bước `run` đã có check rồi"),
            ("en.md has no step `x`", "en.md không có bước `x`"),
            ("65 steps are too many (limit: 64)", "65 bước là quá nhiều (giới hạn: 64)"),
            ("nested too deep", "lồng vào nhau quá sâu"),
            ("a step needs an id: ## Title {#id}", "mỗi bước cần một id: ## Tiêu đề {#id}"),
            ("something new", "something new"),
        ] {
            assert_eq!(told(text, Lang::Vi), expected);
            assert_eq!(told(text, Lang::En), text);
        }
    }

    #[test]
    fn every_line_is_of_a_message_and_keeps_what_it_quotes() {
        for line in VI.lines() {
            let (pattern, told) = line.split_once(" => ").expect("a message and its translation");
            assert_eq!(pattern.matches("{}").count(), told.matches("{}").count(), "{line}");
            // A part of what is said is chosen from a list: the longest part is in the source as it stands.
            let longest = pattern.split("{}").max_by_key(|part| part.len()).unwrap_or_default();
            let known = longest.split(['`', '{']).max_by_key(|part| part.len()).unwrap_or_default().trim();
            let found = ["is not part of a lesson", "are too many (limit: ", known, "has no "];
            assert!(
                found.iter().any(|text| longest.contains(text) && SOURCES.iter().any(|s| s.contains(text))),
                "{line}"
            );
        }
    }

    /// The texts in a source's messages: what its calls of `error`, `format!` and the like begin with.
    fn messages(source: &str) -> impl Iterator<Item = String> {
        let source = source.split("#[cfg(test)]").next().unwrap_or_default();
        let lines = source.lines().filter(|line| !line.contains("'\"'"));
        let texts = lines.flat_map(|line| line.split('"').skip(1).step_by(2)).map(str::to_string);
        let says = |text: &str| text.split(['{', '}']).step_by(2).any(|part| part.contains(char::is_alphabetic));
        texts.filter(move |text| text.contains(' ') && text.len() > 8 && !text.contains("\\n") && says(text))
    }

    #[test]
    fn no_message_is_forgotten() {
        // What stands in quotes and is no message.
        const OTHER: [&str; 14] = [
            "<!-- {name} -->",
            "{kind} {name}",
            "no {} {name}",
            "size {image} {bytes}",
            "image {name}:{path}",
            "volume {name}:{path}",
            "a quote",
            "a heading of this level",
            "this form",
            "lessons before it",
            "parts of text",
            // Each of these stands in the table with all that it may speak of.
            "step `{}` has no {missing}",
            "{count} {what} are too many (limit: {limit})",
            "{} is not part of a lesson",
        ];
        let mut forgotten = Vec::new();
        for text in SOURCES.iter().flat_map(|source| messages(source)) {
            // Names in braces become what could stand there.
            let mut sample = String::new();
            let mut rest = text.as_str();
            while let Some((before, after)) = rest.split_once('{') {
                sample.push_str(before);
                let (name, tail) = after.split_once('}').unwrap_or(("", after));
                sample.push_str(match name {
                    "SHARED" => "lesson.md",
                    name if name.starts_with('#') => "{#id}",
                    _ => "x",
                });
                rest = tail;
            }
            sample.push_str(rest);
            if told(&sample, Lang::Vi) == sample && !OTHER.iter().any(|other| text.contains(other)) {
                forgotten.push(text);
            }
        }
        assert_eq!(forgotten, Vec::<String>::new());
    }
}
