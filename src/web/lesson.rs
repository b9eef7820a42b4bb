//! The lesson pane: a step's text with commands to run, what is still to do, hints.

use std::rc::Rc;

use layerlab::diagram::human_size as size;
use layerlab::lesson::{Block, Ends, Form, Lesson, Par, Seen, Span};
use layerlab::session::log::Switch;
use layerlab::words::Words;
use yew::prelude::*;

use super::icon::icon;
use super::{quiz, store};

/// Where the learner is in a lesson.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Place {
    /// Steps that are done.
    pub done: usize,
    /// The step that is shown; without one, the first that is not done.
    pub shown: Option<usize>,
    /// Hints of the shown step that were asked for.
    pub hints: usize,
    /// What each step that is done took, where it has a par.
    pub spent: Vec<Option<u64>>,
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
    /// What the learner says to a question.
    Answer(String, String),
    /// To mark an object on the Stage: `container web`.
    Look(String),
    /// To open or close the list of lessons.
    List,
    Open(String),
    /// To open or close the switches of the machine.
    Tune,
    /// To turn one.
    Turn(Switch),
}

/// Questions and the last answer to each.
pub type Answers = Rc<Vec<(String, String)>>;

/// The text of a step, which is drawn anew only when it is another one.
#[derive(Properties)]
pub struct TextProps {
    pub lesson: Rc<Lesson>,
    pub at: usize,
    pub answers: Answers,
    pub words: &'static Words,
    pub ask: Callback<Ask>,
}

impl PartialEq for TextProps {
    fn eq(&self, other: &TextProps) -> bool {
        Rc::ptr_eq(&self.lesson, &other.lesson)
            && self.at == other.at
            && Rc::ptr_eq(&self.answers, &other.answers)
            && std::ptr::eq(self.words, other.words)
    }
}

#[component]
fn Text(props: &TextProps) -> Html {
    let TextProps { lesson, at, answers, words, ask } = props;
    let Some(step) = lesson.steps.get(*at) else { return Html::default() };
    let mut questions = step.questions();
    let body = step.blocks.iter().map(|block| match block {
        Block::Quiz(_) => questions.next().map_or_else(Html::default, |(name, quiz)| {
            let given = answers.iter().find(|(question, _)| *question == name).map(|(_, given)| given.as_str());
            quiz::view(quiz, &name, given, words, ask)
        }),
        block => self::block(block, words, ask),
    });
    html! {
        <div class="text">
            if *at == 0 { { blocks(&lesson.intro, words, ask) } }
            { for body }
        </div>
    }
}

pub fn lesson(
    lesson: &Rc<Lesson>,
    place: &Place,
    seen: Seen<'_>,
    answers: &Answers,
    next: Option<String>,
    words: &'static Words,
    ask: &Callback<Ask>,
) -> Html {
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
    let list = {
        let ask = ask.clone();
        Callback::from(move |_: MouseEvent| ask.emit(Ask::List))
    };
    let (no_hint, first, last) = (place.hints >= step.hints.len(), at == 0, at + 1 >= count);
    html! {
        <aside class="lesson" aria-label={page.lesson} data-part="lesson">
            <div class="body" key={at}>
                <div class="steps">{ for dots }</div>
                <div class="kick"><button type="button" data-part="list" onclick={list}>{ page.lessons }</button><span data-part="step">{ (page.step_of)(at + 1, count) }</span></div>
                <h2 class="title">{ step.title.clone() }</h2>
                <Text lesson={lesson.clone()} {at} answers={answers.clone()} {words} ask={ask.clone()} />
                { criteria(lesson, at, over, seen, words) }
                { for step.hints.iter().take(place.hints).map(|hint| html! {
                    <section class="tip"><h3>{ icon("bulb", 14) }{ page.hint }</h3>{ blocks(hint, words, ask) }</section>
                }) }
                if over {
                    <p class="won">{ icon("check", 15) }{ if place.done >= count && last { page.lesson_done } else { page.step_done } }</p>
                    if step.par.is_some() { { scored(lesson, at, place, words, (!last).then(|| show(at + 1))) } }
                }
            </div>
            <div class="lfoot">
                <button type="button" aria-disabled={no_hint.to_string()} onclick={hint}>{ icon("bulb", 14) }{ page.hint }</button>
                <span class="grow"></span>
                <button type="button" aria-disabled={first.to_string()} onclick={show(at.saturating_sub(1))}>{ page.back }</button>
                { match next.filter(|_| last && place.done >= count) {
                    Some(id) => {
                        let ask = ask.clone();
                        let open = Callback::from(move |_: MouseEvent| ask.emit(Ask::Open(id.clone())));
                        html! { <button type="button" class="pri" data-part="next-lesson" onclick={open}>{ page.next_lesson }</button> }
                    }
                    None => html! {
                        <button type="button" class="pri" aria-disabled={last.to_string()}
                            onclick={show((at + 1).min(count - 1))}>{ page.next }</button>
                    },
                } }
            </div>
        </aside>
    }
}

/// What a step took beside its par, as a sentence.
#[inline(never)]
pub fn score(lesson: &Lesson, at: usize, spent: &[Option<u64>], words: &Words) -> Option<String> {
    let par = lesson.steps.get(at)?.par.as_ref()?;
    let spent = spent.get(at).copied().flatten()?;
    let sentence = match par {
        Par::Commands(par) => (words.own.commands)(spent, *par),
        Par::Size { bytes, .. } => (words.own.size)(&size(spent), &size(*bytes)),
    };
    let met = (spent <= par.goal()).then(|| (words.own.met)(spent < par.goal()));
    Some(met.map_or_else(|| sentence.clone(), |met| format!("{met} {sentence}")))
}

/// The same in the pane, with the least that it ever took; a phone goes on from here.
#[inline(never)]
fn scored(
    lesson: &Lesson,
    at: usize,
    place: &Place,
    words: &'static Words,
    next: Option<Callback<MouseEvent>>,
) -> Html {
    let found = || {
        let step = lesson.steps.get(at)?;
        Some((step, step.par.as_ref()?, place.spent.get(at).copied().flatten()?))
    };
    let Some((step, par, spent)) = found() else { return Html::default() };
    let best = store::best(&lesson.id, &step.id).filter(|best| *best < spent).map(|best| match par {
        Par::Commands(_) => best.to_string(),
        Par::Size { .. } => size(best),
    });
    let (class, name) = if spent <= par.goal() { ("score met", "check") } else { ("score", "dot") };
    html! {
        <div class={class} data-part="score">
            { icon(name, 15) }
            <p>{ score(lesson, at, &place.spent, words) }{ best.map(|best| html! { <span>{ (words.own.best)(&best) }</span> }) }</p>
            if let Some(next) = next { <button type="button" onclick={next}>{ words.page.next }</button> }
        </div>
    }
}

/// What is to be reached in a step: done, next, later.
fn criteria(lesson: &Lesson, at: usize, over: bool, seen: Seen<'_>, words: &'static Words) -> Html {
    let Some(step) = lesson.steps.get(at) else { return Html::default() };
    let mut waiting = false;
    let conditions = step.check.iter().map(|one| (one.meaning.as_str(), over || one.condition.holds(seen)));
    let asked = step.questions().any(|(_, quiz)| quiz.form != Form::Predict);
    let asked = asked.then(|| (words.page.answer_all, over || step.answered(seen.answers)));
    let items = conditions.chain(asked).map(|(meaning, done)| {
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
                { icon(name, 15) }<span>{ inline(meaning) }<span class="said">{ format!(" ({said})") }</span></span>
            </li>
        }
    });
    html! { <ul class="todo" data-part="checks">{ for items }</ul> }
}

/// A text in which `code` is marked.
pub fn inline(text: &str) -> Html {
    let part = |(n, part): (usize, &str)| match n % 2 {
        0 => html! { { part.to_owned() } },
        _ => code(part),
    };
    html! { { for text.split('`').enumerate().map(part) } }
}

pub fn blocks(blocks: &[Block], words: &'static Words, ask: &Callback<Ask>) -> Html {
    html! { { for blocks.iter().map(|block| self::block(block, words, ask)) } }
}

fn block(block: &Block, words: &'static Words, ask: &Callback<Ask>) -> Html {
    match block {
        Block::Paragraph(text) => html! { <p>{ spans(text) }</p> },
        Block::List { ordered, items } => {
            let items = items.iter().map(|item| html! { <li>{ blocks(item, words, ask) }</li> });
            match ordered {
                true => html! { <ol>{ for items }</ol> },
                false => html! { <ul>{ for items }</ul> },
            }
        }
        Block::Code { text, .. } => html! { <pre tabindex="0"><code>{ text.clone() }</code></pre> },
        Block::Run { lines, ends } => html! {
            <>
                { for lines.iter().map(|line| command(line, words, ask)) }
                if *ends == Ends::Stopped { <p class="stop"><kbd>{ "Ctrl+C" }</kbd></p> }
            </>
        },
        Block::Note(inner) => {
            html! { <section class="note"><h3>{ words.page.note }</h3>{ blocks(inner, words, ask) }</section> }
        }
        Block::Table(rows) => table(rows),
        Block::Figure { object, caption } => figure(object, caption, words, ask),
        Block::Quiz(_) => Html::default(),
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

#[inline(never)]
fn table(rows: &[Vec<Vec<Span>>]) -> Html {
    let row = |(number, row): (usize, &Vec<Vec<Span>>)| {
        let cell = |cell: &Vec<Span>| match number {
            0 => html! { <th>{ spans(cell) }</th> },
            _ => html! { <td>{ spans(cell) }</td> },
        };
        html! { <tr>{ for row.iter().map(cell) }</tr> }
    };
    html! { <div class="table" tabindex="0"><table>{ for rows.iter().enumerate().map(row) }</table></div> }
}

/// What to look at on the Stage, with a button that marks it.
#[inline(never)]
fn figure(object: &str, caption: &[Span], words: &'static Words, ask: &Callback<Ask>) -> Html {
    let (ask, object) = (ask.clone(), object.to_owned());
    let look = Callback::from(move |_: MouseEvent| ask.emit(Ask::Look(object.clone())));
    html! {
        <section class="note fig">
            <p>{ spans(caption) }</p>
            <button type="button" onclick={look}>{ words.page.look }</button>
        </section>
    }
}

pub fn spans(spans: &[Span]) -> Html {
    html! { { for spans.iter().map(span) } }
}

fn span(span: &Span) -> Html {
    match span {
        Span::Text(text) => html! { { text.clone() } },
        Span::Code(text) => code(text),
        Span::Term { word, meaning } => html! { <dfn title={meaning.clone()}>{ word.clone() }</dfn> },
        Span::Strong(spans) => html! { <strong>{ for spans.iter().map(self::span) }</strong> },
        Span::Emphasis(spans) => html! { <em>{ for spans.iter().map(self::span) }</em> },
        Span::Link { url, spans } => {
            html! { <a href={url.clone()} target="_blank" rel="noopener">{ for spans.iter().map(self::span) }</a> }
        }
    }
}

/// Letters of code that stand on one line in any width: a flag is not to end behind its hyphen.
const WHOLE: usize = 24;

fn code(text: &str) -> Html {
    let class = (text.chars().count() <= WHOLE).then_some("whole");
    html! { <code class={class}>{ text.to_owned() }</code> }
}

/// The commands of a step, for where its text is not shown.
pub fn commands(lesson: &Lesson, at: usize) -> Vec<String> {
    let blocks = lesson.steps.get(at).map_or(&[][..], |step| &step.blocks);
    let lines = blocks.iter().filter_map(|block| match block {
        Block::Run { lines, .. } => Some(lines.clone()),
        _ => None,
    });
    lines.flatten().collect()
}
