//! A tree of files, each by the layer that it comes from.

use layerlab::view::inspector::files::{Cell, Row, Story};
use layerlab::view::inspector::{Files, Looked, Origin};
use layerlab::words::Words;
use yew::prelude::*;

use super::{Act, command, emphasised};
use crate::icon::icon;
use crate::lesson::Ask;

pub fn view(files: &Files, looked: &Looked, words: &'static Words, act: &Callback<Act>, ask: &Callback<Ask>) -> Html {
    let told = &words.inspect;
    let rows = files.rows.iter().map(|row| self::row(row, looked, act));
    html! {
        <div class="ftree">
            if files.strip.len() > 1 {
                <div class="strip" role="group" aria-label={told.per_layer}>
                    { for files.strip.iter().map(|cell| self::cell(cell, looked.part, words, act)) }
                </div>
                <div class="ends"><span>{ told.top_layer }</span><span>{ told.per_layer }</span><span>{ told.base }</span></div>
            }
            if files.rows.is_empty() { <p class="hint">{ told.empty }</p> }
            <ul class="frows" data-part="layer-files">{ for rows }</ul>
            if files.more > 0 { <p class="hint">{ (told.more)(files.more) }</p> }
            if let Some(story) = &files.story { { self::story(story, words, ask) } }
        </div>
    }
}

fn class(origin: Origin, hue: Option<u16>) -> &'static str {
    match (origin, hue) {
        (Origin::Writable, _) => "wr",
        (_, Some(_)) => "hue",
        _ => "vol",
    }
}

/// A layer's fingerprint; a pencil for the writable layer, a drum for what is mounted.
pub fn bars(hue: Option<u16>, bars: [i32; 4]) -> Html {
    if hue.is_none() {
        return Html::default();
    }
    let bar = |(n, h): (usize, i32)| {
        html! { <rect x={(n * 3).to_string()} y={(6 - h / 2).to_string()} width="2" height={h.to_string()} rx="1" /> }
    };
    html! { <svg class="fp" width="11" height="12" aria-hidden="true">{ for bars.into_iter().enumerate().map(bar) }</svg> }
}

fn sign(origin: Origin, hue: Option<u16>, heights: [i32; 4]) -> Html {
    match origin {
        Origin::Writable => icon("pen", 11),
        Origin::Mount(_) => icon("disk", 11),
        Origin::Layer(_) => bars(hue, heights),
    }
}

fn cell(cell: &Cell, part: Option<Origin>, words: &'static Words, act: &Callback<Act>) -> Html {
    let (origin, on) = (cell.origin, part == Some(cell.origin));
    let style = cell.hue.map(|hue| format!("--h:{hue}"));
    let label = format!("{}, {}", cell.name, (words.inspect.file_count)(cell.files));
    let count = if cell.files > 9_999 { format!("{}k", cell.files / 1000) } else { cell.files.to_string() };
    html! {
        <button type="button" class={classes!(class(origin, cell.hue), on.then_some("on"))} style={style} aria-pressed={on.to_string()}
            title={label.clone()} aria-label={label} onclick={act.reform(move |_: MouseEvent| Act::Part(Some(origin)))}>
            { sign(origin, cell.hue, cell.bars) }{ count }
        </button>
    }
}

fn row(row: &Row, looked: &Looked, act: &Callback<Act>) -> Html {
    let style = row.hue.map(|hue| format!("--h:{hue}"));
    let chosen = looked.row.as_ref() == Some(&row.path);
    let (path, is_dir) = (row.path.clone(), row.is_dir);
    let click = act.reform(move |_: MouseEvent| if is_dir { Act::Fold(path.clone()) } else { Act::Row(path.clone()) });
    let gone = row.change == Some('D');
    let expanded = is_dir.then(|| row.open.to_string());
    let pressed = (!is_dir).then(|| chosen.to_string());
    let mark = if is_dir { Some(if row.open { "▾" } else { "▸" }) } else { None };
    html! {
        <li key={row.path.clone()} class={classes!(class(row.origin, row.hue), chosen.then_some("on"))} style={style}>
            <i>{ sign(row.origin, row.hue, row.bars) }</i>
            <button type="button" style={format!("padding-left:{}px", 10 + 15 * row.depth.min(12))} aria-expanded={expanded}
                aria-pressed={pressed} title={row.path.clone()} onclick={click}>
                <span class="tw" aria-hidden="true">{ mark }</span>
                <span class={if gone { "nm gone" } else { "nm" }}>{ row.name.clone() }if is_dir { { "/" } }</span>
                if let Some(change) = row.change { <b class="ch">{ change }</b> }
                <span class="from">{ row.from.clone() }</span>
                <span class="size">{ row.size.clone() }</span>
            </button>
        </li>
    }
}

fn story(story: &Story, words: &'static Words, ask: &Callback<Ask>) -> Html {
    let told = &words.inspect;
    html! {
        <section class="story" role="status" data-part="story">
            <h3>{ story.title }</h3>
            <p>{ emphasised(&story.text) }</p>
            if let Some((from, before, after)) = &story.copy {
                <div class="copyup">
                    <span class="hue plate" style={from.hue.map(|hue| format!("--h:{hue}"))}>{ bars(from.hue, from.bars) }{ format!("{} {before}", from.name) }</span>
                    <span class="arrow">{ told.copied }</span>
                    <span class="wr">{ icon("pen", 11) }{ format!("{} {after}", told.writable) }</span>
                </div>
            }
            if let Some(edit) = &story.edit { <div class="fix">{ command(edit, told.edit, ask) }</div> }
        </section>
    }
}
