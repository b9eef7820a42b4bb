//! The lesson pane: a step's text with commands to run, what is still to do, hints.

use std::rc::Rc;

use layerlab::lesson::{Block, Lesson, Seen, Span};
use layerlab::words::Words;
use yew::prelude::*;

use super::icon::icon;

/// Where the learner is in a lesson.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Place {
    /// Steps that are done.
    pub done: usize,
    /// The step that is shown; without one, the first that is not done.
    pub shown: Option<usize>,
    /// Hints of the shown step that were asked for.
    pub hints: usize,
}

impl Place {
    pub fn step(&self, lesson: &Lesson) -> usize {
        self.shown.unwrap_or(self.done).min(lesson.steps.len().saturating_sub(1))
    }
}

/// What the pane asks for.
#[derive(Clone, PartialEq, Debug)]
pub enum Ask {
    Run(String),
    Show(usize),
    Hint,
}

/// The text of a step, which is drawn anew only when it is another one.
#[derive(Properties)]
pub struct TextProps {
    pub lesson: Rc<Lesson>,
    pub at: usize,
    pub words: &'static Words,
    pub ask: Callback<Ask>,
}

impl PartialEq for TextProps {
    fn eq(&self, other: &TextProps) -> bool {
        Rc::ptr_eq(&self.lesson, &other.lesson) && self.at == other.at && std::ptr::eq(self.words, other.words)
    }
}

#[component]
fn Text(props: &TextProps) -> Html {
    let TextProps { lesson, at, words, ask } = props;
    let step = lesson.steps.get(*at);
    html! {
        <div class="text">
            if *at == 0 { { blocks(&lesson.intro, words, ask) } }
            { step.map(|step| blocks(&step.blocks, words, ask)) }
        </div>
    }
}

pub fn lesson(lesson: &Rc<Lesson>, place: &Place, seen: Seen<'_>, words: &'static Words, ask: &Callback<Ask>) -> Html {
    let page = &words.page;
    let at = place.step(lesson);
    let Some(step) = lesson.steps.get(at) else { return Html::default() };
    let count = lesson.steps.len();
    let show = |to: usize| {
        let ask = ask.clone();
        Callback::from(move |_: MouseEvent| ask.emit(Ask::Show(to)))
    };
    let dots = lesson.steps.iter().enumerate().map(|(n, step)| {
        let class = if n == at { "c" } else if n < place.done { "d" } else { "" };
        let label = format!("{}: {}", (page.step_of)(n + 1, count), step.title);
        let current = (n == at).then_some("step");
        html! { <button type="button" class={class} aria-label={label} aria-current={current} onclick={show(n)}></button> }
    });
    let over = at < place.done;
    let hint = {
        let ask = ask.clone();
        Callback::from(move |_: MouseEvent| ask.emit(Ask::Hint))
    };
    let (no_hint, first, last) = (place.hints >= step.hints.len(), at == 0, at + 1 >= count);
    html! {
        <aside class="lesson" aria-label={page.lesson} data-part="lesson">
            <div class="body" key={at}>
                <div class="steps">{ for dots }</div>
                <div class="kick" data-part="step">{ (page.step_of)(at + 1, count) }</div>
                <h2 class="title">{ step.title.clone() }</h2>
                <Text lesson={lesson.clone()} {at} {words} ask={ask.clone()} />
                { criteria(lesson, at, over, seen, words) }
                { for step.hints.iter().take(place.hints).map(|hint| html! {
                    <section class="tip"><h3>{ icon("bulb", 14) }{ page.hint }</h3>{ blocks(hint, words, ask) }</section>
                }) }
                if over {
                    <p class="won">{ icon("check", 15) }{ if place.done >= count && last { page.lesson_done } else { page.step_done } }</p>
                }
            </div>
            <div class="lfoot">
                <button type="button" aria-disabled={no_hint.to_string()} onclick={hint}>{ icon("bulb", 14) }{ page.hint }</button>
                <span class="grow"></span>
                <button type="button" aria-disabled={first.to_string()} onclick={show(at.saturating_sub(1))}>{ page.back }</button>
                <button type="button" class="pri" aria-disabled={last.to_string()}
                    onclick={show((at + 1).min(count - 1))}>{ page.next }</button>
            </div>
        </aside>
    }
}

/// What is to be reached in a step: done, next, later.
fn criteria(lesson: &Lesson, at: usize, over: bool, seen: Seen<'_>, words: &'static Words) -> Html {
    let Some(step) = lesson.steps.get(at) else { return Html::default() };
    let mut waiting = false;
    let items = step.check.criteria.iter().map(|criterion| {
        let done = over || criterion.condition.holds(seen);
        let now = !done && !waiting;
        waiting |= now;
        let (class, name) = match (done, now) {
            (true, _) => ("done", "check"),
            (false, true) => ("now", "now"),
            (false, false) => ("", "dot"),
        };
        let said = if done { words.page.done } else { words.page.todo };
        html! {
            <li class={class}>
                { icon(name, 15) }<span>{ inline(&criterion.meaning) }<span class="said">{ format!(" ({said})") }</span></span>
            </li>
        }
    });
    html! { <ul class="todo" data-part="checks">{ for items }</ul> }
}

/// A text in which `code` is marked.
fn inline(text: &str) -> Html {
    let part = |(n, part): (usize, &str)| match n % 2 {
        0 => html! { { part.to_owned() } },
        _ => html! { <code>{ part.to_owned() }</code> },
    };
    html! { { for text.split('`').enumerate().map(part) } }
}

pub fn blocks(blocks: &[Block], words: &'static Words, ask: &Callback<Ask>) -> Html {
    html! { { for blocks.iter().map(|block| self::block(block, words, ask)) } }
}

fn block(block: &Block, words: &'static Words, ask: &Callback<Ask>) -> Html {
    match block {
        Block::Paragraph(spans) => html! { <p>{ for spans.iter().map(span) }</p> },
        Block::List { ordered, items } => {
            let items = items.iter().map(|item| html! { <li>{ blocks(item, words, ask) }</li> });
            match ordered {
                true => html! { <ol>{ for items }</ol> },
                false => html! { <ul>{ for items }</ul> },
            }
        }
        Block::Code { text, .. } => html! { <pre tabindex="0"><code>{ text.clone() }</code></pre> },
        Block::Run(lines) => html! { { for lines.iter().map(|line| command(line, words, ask)) } },
    }
}

/// A command with a button that runs it.
fn command(line: &str, words: &'static Words, ask: &Callback<Ask>) -> Html {
    let (ask, text) = (ask.clone(), line.to_owned());
    let run = Callback::from(move |_: MouseEvent| ask.emit(Ask::Run(text.clone())));
    let label = format!("{}: {line}", words.page.run);
    html! {
        <div class="run">
            <span class="t"><span class="p" aria-hidden="true">{ "$" }</span>{ line.to_owned() }</span>
            <button type="button" class="go" aria-label={label} onclick={run}>{ icon("s-running", 9) }{ words.page.run }</button>
        </div>
    }
}

fn span(span: &Span) -> Html {
    match span {
        Span::Text(text) => html! { { text.clone() } },
        Span::Code(text) => html! { <code>{ text.clone() }</code> },
        Span::Strong(spans) => html! { <strong>{ for spans.iter().map(self::span) }</strong> },
        Span::Emphasis(spans) => html! { <em>{ for spans.iter().map(self::span) }</em> },
        Span::Link { url, spans } => {
            html! { <a href={url.clone()} target="_blank" rel="noopener">{ for spans.iter().map(self::span) }</a> }
        }
    }
}

/// The commands of a step, for where its text is not shown.
pub fn commands(lesson: &Lesson, at: usize) -> Vec<String> {
    let blocks = lesson.steps.get(at).map_or(&[][..], |step| &step.blocks);
    let lines = blocks.iter().filter_map(|block| match block {
        Block::Run(lines) => Some(lines.clone()),
        _ => None,
    });
    lines.flatten().collect()
}
