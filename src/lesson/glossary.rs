//! Terms of the glossary, marked where they first stand in a step.

use super::{Block, Lesson, Span};

/// Reads `term: meaning` lines.
fn terms(text: &str) -> Vec<(&str, &str)> {
    text.lines().filter_map(|line| line.split_once(": ")).collect()
}

/// Marks each term once in a lesson's introduction and in each step.
pub fn mark(lesson: &mut Lesson, glossary: &str) {
    let terms = terms(glossary);
    let mut open = terms.clone();
    lesson.intro.iter_mut().for_each(|block| in_block(block, &mut open));
    for (at, step) in lesson.steps.iter_mut().enumerate() {
        // The first step stands under the introduction.
        let mut open = if at == 0 { std::mem::take(&mut open) } else { terms.clone() };
        step.blocks.iter_mut().for_each(|block| in_block(block, &mut open));
    }
}

fn in_block(block: &mut Block, open: &mut Vec<(&str, &str)>) {
    match block {
        Block::Paragraph(spans) => in_spans(spans, open),
        Block::List { items, .. } => items.iter_mut().flatten().for_each(|block| in_block(block, open)),
        Block::Note(blocks) => blocks.iter_mut().for_each(|block| in_block(block, open)),
        _ => {}
    }
}

fn in_spans(spans: &mut Vec<Span>, open: &mut Vec<(&str, &str)>) {
    let mut marked = Vec::new();
    for span in std::mem::take(spans) {
        match span {
            Span::Text(text) => in_text(&text, open, &mut marked),
            Span::Strong(mut inner) => {
                in_spans(&mut inner, open);
                marked.push(Span::Strong(inner));
            }
            Span::Emphasis(mut inner) => {
                in_spans(&mut inner, open);
                marked.push(Span::Emphasis(inner));
            }
            other => marked.push(other),
        }
    }
    *spans = marked;
}

fn in_text(text: &str, open: &mut Vec<(&str, &str)>, marked: &mut Vec<Span>) {
    let mut rest = text;
    while let Some((at, index)) = first(rest, open) {
        let (term, meaning) = open.remove(index);
        let (before, after) = rest.split_at(at);
        let (word, after) = after.split_at(term.len());
        if !before.is_empty() {
            marked.push(Span::Text(before.to_string()));
        }
        marked.push(Span::Term { word: word.to_string(), meaning: meaning.replace('`', "") });
        rest = after;
    }
    if !rest.is_empty() {
        marked.push(Span::Text(rest.to_string()));
    }
}

/// Where the first of the terms stands as a word of its own, and which it is.
fn first(text: &str, open: &[(&str, &str)]) -> Option<(usize, usize)> {
    let lower = text.to_ascii_lowercase();
    let inside = |sign: Option<char>| sign.is_some_and(|sign| sign.is_alphanumeric() || sign == '-' || sign == '_');
    let found = open.iter().enumerate().filter_map(|(index, (term, _))| {
        let term = term.to_ascii_lowercase();
        let mut places = lower.match_indices(&term).map(|(at, _)| at);
        let at = places.find(|at| {
            let (before, after) = (lower.get(..*at), lower.get(at + term.len()..));
            !inside(before.and_then(|text| text.chars().next_back()))
                && !inside(after.and_then(|text| text.chars().next()))
        })?;
        Some((at, index))
    });
    found.min()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_term_is_marked_once_where_it_is_a_word() {
        let mut spans = vec![
            Span::Text("Images: an image. Một Layer, imagery".to_string()),
            Span::Strong(vec![Span::Text("layer image".to_string())]),
        ];
        let mut open = terms("image: a `template`\nlayer: a slice\nnothing");
        in_spans(&mut spans, &mut open);
        let text = |text: &str| Span::Text(text.to_string());
        let term = |word: &str, meaning: &str| Span::Term { word: word.into(), meaning: meaning.into() };
        let expected = [
            text("Images: an "),
            term("image", "a template"),
            text(". Một "),
            term("Layer", "a slice"),
            text(", imagery"),
            Span::Strong(vec![text("layer image")]),
        ];
        assert_eq!(spans, expected);
        assert!(open.is_empty());
    }
}
