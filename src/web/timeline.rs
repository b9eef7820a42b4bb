//! The timeline: a tick a command, undo and redo, and what the last command changed.

use layerlab::session::Session;
use layerlab::view::timeline::{Change, ChangeKind, mark};
use layerlab::words::Words;
use yew::prelude::*;

use super::icon::icon;
use super::sitting::Sitting;

/// Ticks that are drawn; older ones are reached by undo.
const SHOWN: usize = 40;
/// Chips of one command.
const CHIPS: usize = 3;

/// Draws the timeline. `looking` is the tick whose World is on the Stage, if that is not the present.
pub fn timeline(
    Sitting { session, changed, .. }: &Sitting,
    words: &'static Words,
    looking: Option<usize>,
    (undo, redo, compare): (Callback<MouseEvent>, Callback<MouseEvent>, Callback<MouseEvent>),
    look: &Callback<usize>,
) -> Html {
    let page = &words.page;
    let ticks = session.ticks();
    let from = ticks.len().saturating_sub(SHOWN);
    let current = looking.unwrap_or(ticks.len().saturating_sub(1));
    let marks = ticks.iter().enumerate().skip(from).map(|(at, tick)| {
        let mark = mark(tick.kind, &tick.text, tick.status, changed.get(at).copied().unwrap_or(1));
        let class = classes!(
            "tick",
            (at == current && !mark.failed).then_some("on"),
            mark.failed.then_some("bad"),
            (mark.read_only && at != current).then_some("read"),
            (at > current).then_some("later")
        );
        let (look, size) = (look.clone(), if mark.read_only && at != current { 10 } else { 12 });
        let current = (at == current).then_some("step");
        html! {
            <li key={at}>
                <button type="button" class={class} aria-current={current} title={tick.text.clone()}
                    onclick={Callback::from(move |_| look.emit(at))}>
                    <b>{ icon(mark.icon, size) }</b>{ mark.label }
                </button>
            </li>
        }
    });
    let (can_undo, can_redo) = (session.can_undo(), session.can_redo());
    html! {
        <section class="time" aria-label={page.timeline}>
            <div class="ud">
                <button type="button" title={format!("{} (Alt+Z)", page.undo)} aria-label={page.undo} data-part="undo"
                    aria-disabled={(!can_undo).to_string()} onclick={undo}>{ icon("undo", 16) }</button>
                <button type="button" title={format!("{} (Alt+Shift+Z)", page.redo)} aria-label={page.redo} data-part="redo"
                    aria-disabled={(!can_redo).to_string()} onclick={redo}>{ icon("redo", 16) }</button>
                <button type="button" title={page.compare} aria-label={page.compare} data-part="compare"
                    aria-disabled={ticks.is_empty().to_string()}
                    onclick={compare}>{ icon("compare", 16) }</button>
            </div>
            <ol class="ticks" data-part="ticks">{ for marks }</ol>
            { delta(session, current, words) }
        </section>
    }
}

/// What a tick changed.
pub fn changes_of(session: &Session, tick: usize, words: &'static Words) -> Option<Vec<Change>> {
    layerlab::view::timeline::of(session.ticks().get(tick)?, words)
}

fn delta(session: &Session, tick: usize, words: &'static Words) -> Html {
    let Some(changes) = changes_of(session, tick, words) else { return Html::default() };
    if changes.is_empty() {
        return html! { <div class="delta">{ words.page.nothing_changed }</div> };
    }
    let chips = changes.iter().take(CHIPS).map(|change| {
        let class = match change.kind {
            ChangeKind::Appeared => "chip add",
            ChangeKind::Went => "chip del",
            ChangeKind::Changed => "chip",
            ChangeKind::Written => "chip w",
        };
        html! { <span class={class}>{ change.short.clone() }</span> }
    });
    let more = changes.len().saturating_sub(CHIPS);
    html! {
        <div class="delta">
            { for chips }
            if more > 0 { <span class="dim">{ (words.stage.more)(more) }</span> }
        </div>
    }
}
