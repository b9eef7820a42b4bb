//! The terminal: rows of text, and the prompt line below them.

use std::rc::Rc;

use layerlab::view::screen::{Row, Screen, Style};
use yew::prelude::*;

/// Rows of one component: finished chunks are not drawn again.
const CHUNK: u64 = 50;

/// Rows that are drawn while something runs: it may write thousands in every frame.
const RUNNING: usize = 200;

/// A stretch of the screen.
#[derive(Properties)]
pub struct ChunkProps {
    pub rows: Vec<Rc<Row>>,
}

impl PartialEq for ChunkProps {
    fn eq(&self, other: &ChunkProps) -> bool {
        self.rows.len() == other.rows.len() && self.rows.iter().zip(&other.rows).all(|(a, b)| Rc::ptr_eq(a, b))
    }
}

#[component]
fn Chunk(props: &ChunkProps) -> Html {
    html! { <div>{ for props.rows.iter().map(|row| html! { <div>{ runs(&row.runs()) }</div> }) }</div> }
}

/// All rows but the prompt's, which stands before the input; while something runs, the last ones.
pub fn rows(screen: &Screen, running: bool) -> Html {
    let (first, rows) = screen.rows();
    let all = screen.len() - usize::from(screen.prompt().is_some());
    // Whole chunks, so that their keys stay.
    let skip = match running && all > RUNNING {
        true => {
            let from = first + (all - RUNNING) as u64;
            (from.next_multiple_of(CHUNK) - first) as usize
        }
        false => 0,
    };
    let (first, rows, all) = (first + skip as u64, rows.skip(skip), all.saturating_sub(skip));
    let mut chunks: Vec<(u64, Vec<Rc<Row>>)> = Vec::new();
    for (number, row) in (first..).zip(rows.take(all)) {
        match chunks.last_mut() {
            Some((chunk, rows)) if *chunk == number / CHUNK => rows.push(row.clone()),
            _ => chunks.push((number / CHUNK, vec![row.clone()])),
        }
    }
    html! { { for chunks.into_iter().map(|(chunk, rows)| html! { <Chunk key={chunk} rows={rows} /> }) } }
}

pub fn runs(runs: &[(String, Style)]) -> Html {
    let run = |(text, style): &(String, Style)| match class(*style) {
        class if class.is_empty() => html! { { text.clone() } },
        class => html! { <span class={class}>{ text.clone() }</span> },
    };
    html! { { for runs.iter().map(run) } }
}

fn class(style: Style) -> String {
    const COLOURS: [&str; 8] = ["c0", "c1", "c2", "c3", "c4", "c5", "c6", "c7"];
    let colour = style.colour.and_then(|colour| COLOURS.get(usize::from(colour % 8)).copied());
    let marks =
        [(style.bold, "bd"), (style.dim, "dm"), (style.italic, "it"), (style.underlined, "ul"), (style.reversed, "rv")];
    let marks = marks.into_iter().filter_map(|(on, class)| on.then_some(class));
    colour.into_iter().chain(marks).collect::<Vec<_>>().join(" ")
}
