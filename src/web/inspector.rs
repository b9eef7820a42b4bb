//! The inspector: a drawer that shows what `layerlab::view::inspector` says of the selected object.

mod files;
mod life;
mod members;

use std::collections::BTreeSet;

use layerlab::diagram::Slots;
use layerlab::model::World;
use layerlab::view::inspector::files::first_open;
use layerlab::view::inspector::stats::Chart;
use layerlab::view::inspector::{self, Body, Fact, Head, Layers, Life, Looked, Origin, Panel, Samples, Tab};
use layerlab::words::Words;
use web_sys::KeyboardEvent;
use yew::prelude::*;

use super::icon::icon;
use super::lesson::Ask;

/// What the reader does in it.
pub enum Act {
    Tab(Tab),
    /// Opens or closes a directory.
    Fold(String),
    /// A file whose story is wanted.
    Row(String),
    /// The files of one layer only, or of all.
    Part(Option<Origin>),
    /// Another object, of a group.
    Choose(String),
    Close,
}

/// What there is to see.
pub struct Shown {
    head: Head,
    panel: Panel,
    life: Option<Life>,
}

#[derive(Default)]
pub struct Inspector {
    key: String,
    tab: Tab,
    looked: Looked,
    samples: Samples,
    pub shown: Option<Shown>,
}

impl Inspector {
    /// Looks at an object as it is in a World.
    #[inline(never)]
    pub fn paint(&mut self, key: Option<&str>, world: &World, slots: &Slots, words: &'static Words) {
        let Some((key, head)) = key.and_then(|key| Some((key, inspector::head(world, key, words)?))) else {
            self.shown = None;
            return;
        };
        if self.key != key {
            self.key = key.to_owned();
            self.looked = Looked { open: first_open(world, key), ..Looked::default() };
        }
        if !head.tabs.iter().any(|(tab, _)| *tab == self.tab) {
            self.tab = Tab::Overview;
        }
        self.samples.observe(world, key);
        let panel = inspector::panel(world, slots, key, self.tab, &self.looked, &self.samples, words);
        let life = (self.tab == Tab::Overview).then(|| inspector::life(world, key, words)).flatten();
        self.shown = panel.map(|panel| Shown { head, panel, life });
    }

    #[inline(never)]
    pub fn act(&mut self, act: Act) {
        match act {
            Act::Tab(tab) => self.tab = tab,
            Act::Fold(path) => fold(&mut self.looked.open, path),
            Act::Row(path) => self.looked.row = Some(path).filter(|path| self.looked.row.as_ref() != Some(path)),
            Act::Part(part) => self.looked.part = part.filter(|part| self.looked.part != Some(*part)),
            Act::Choose(_) | Act::Close => {}
        }
    }

    #[inline(never)]
    pub fn view(&self, words: &'static Words, act: &Callback<Act>, ask: &Callback<Ask>) -> Html {
        let Some(shown) = &self.shown else { return Html::default() };
        let told = &words.inspect;
        let close = act.reform(|_: MouseEvent| Act::Close);
        let leave = act.clone();
        let keys = Callback::from(move |event: KeyboardEvent| {
            if event.key() == "Escape" {
                event.stop_propagation();
                leave.emit(Act::Close);
            }
        });
        let tabs = shown.head.tabs.iter().map(|(tab, name)| {
            let tab = *tab;
            let current = (tab == self.tab).then_some("true");
            html! { <button type="button" aria-current={current} onclick={act.reform(move |_: MouseEvent| Act::Tab(tab))}>{ *name }</button> }
        });
        html! {
            <aside class="insp" tabindex="-1" aria-label={(told.title)(&shown.head.name)} data-part="inspector" onkeydown={keys}>
                <header>
                    <h2>{ shown.head.name.clone() }</h2>
                    if let Some((class, sign, word)) = &shown.head.state {
                        <span class={classes!("state", *class)}>{ icon(sign, 10) }{ word.clone() }</span>
                    }
                    <code>{ shown.head.short_id.clone() }</code>
                    <span class="grow"></span>
                    <button type="button" class="shut" title={told.close} aria-label={told.close} onclick={close}>{ icon("x", 14) }</button>
                </header>
                <nav class="itabs" aria-label={told.tabs}>{ for tabs }</nav>
                <div class="ibody" tabindex="0" role="region" aria-label={self.tab.word(words)}>
                    if let Some(life) = &shown.life { { life::view(life, words, ask) } }
                    { self.body(&shown.panel.body, words, act, ask) }
                </div>
                <footer>
                    <span>{ told.same }</span>
                    { command(&shown.panel.command, told.type_it, ask) }
                </footer>
            </aside>
        }
    }

    fn body(&self, body: &Body, words: &'static Words, act: &Callback<Act>, ask: &Callback<Ask>) -> Html {
        match body {
            Body::Facts(facts) => html! { <dl class="facts">{ for facts.iter().map(fact) }</dl> },
            Body::Table { heads, rows } => table(heads, rows),
            Body::Lines(lines) => {
                let line = |(error, text): &(bool, String)| html! { <div class={error.then_some("err")}>{ text.clone() }</div> };
                html! { <div class="log" data-part="log">{ for lines.iter().map(line) }</div> }
            }
            Body::Code(code) => html! { <pre class="json">{ code.clone() }</pre> },
            Body::Files(files) => files::view(files, &self.looked, words, act, ask),
            Body::Layers(layers) => steps(layers, words),
            Body::Members(members) => members::view(members, act),
            Body::Charts(charts) => html! {
                <>
                    <div class="charts">{ for charts.iter().map(chart) }</div>
                    <p class="hint">{ words.inspect.go_on }</p>
                </>
            },
            Body::Nothing(why) => html! { <p class="hint">{ *why }</p> },
        }
    }
}

fn fold(open: &mut BTreeSet<String>, path: String) {
    if !open.remove(&path) {
        open.insert(path);
    }
}

/// A button that types a command.
pub fn command(line: &str, title: &'static str, ask: &Callback<Ask>) -> Html {
    let (ask, text) = (ask.clone(), line.to_owned());
    let run = Callback::from(move |_: MouseEvent| ask.emit(Ask::Run(text.clone())));
    html! { <button type="button" class="same" title={title} onclick={run}><b>{ "$" }</b><span>{ line.to_owned() }</span></button> }
}

fn fact(fact: &Fact) -> Html {
    html! { <><dt>{ fact.label }</dt><dd>{ fact.value.clone() }</dd></> }
}

fn table(heads: &[&'static str], rows: &[Vec<String>]) -> Html {
    let head = heads.iter().map(|head| html! { <th scope="col">{ *head }</th> });
    let row = |row: &Vec<String>| html! { <tr>{ for row.iter().map(|cell| html! { <td>{ cell.clone() }</td> }) }</tr> };
    html! {
        <table class="cells"><thead><tr>{ for head }</tr></thead><tbody>{ for rows.iter().map(row) }</tbody></table>
    }
}

/// What made an image, newest first, and what of it nobody sees.
fn steps(layers: &Layers, words: &'static Words) -> Html {
    let told = &words.inspect;
    let row = |row: &inspector::LayerRow| {
        let style = row.hue.map(|hue| format!("--h:{hue}"));
        let files = row.layer.map(|_| (told.file_count)(row.files));
        html! {
            <li class={if row.hue.is_some() { "hue plate" } else { "meta" }} style={style}>
                <i>{ files::bars(row.hue, row.bars) }</i>
                <code>{ row.step.clone() }</code>
                if let Some(files) = files { <span>{ files }<b>{ row.size.clone() }</b></span> }
            </li>
        }
    };
    let worst =
        layers.worst.iter().map(|(path, size)| html! { <li><code>{ path.clone() }</code><b>{ size.clone() }</b></li> });
    let lost = layerlab::diagram::human_size(layers.wasted);
    html! {
        <>
            <div class="score">
                <div><b>{ format!("{} %", layers.efficiency) }</b><span>{ told.efficiency }</span></div>
                <div><b>{ lost.clone() }</b><span>{ told.wasted }</span></div>
                <div><b>{ layers.total.clone() }</b><span>{ told.size }</span></div>
            </div>
            <p class="hint">{ if layers.wasted == 0 { told.wasted_none.to_owned() } else { (told.wasted_story)(&lost) } }</p>
            if !layers.worst.is_empty() { <ul class="worst">{ for worst }</ul> }
            <ol class="steps2" data-part="layers">{ for layers.rows.iter().map(row) }</ol>
        </>
    }
}

fn chart(chart: &Chart) -> Html {
    html! {
        <figure>
            <figcaption><span>{ chart.label }</span><b>{ chart.value.clone() }</b></figcaption>
            if !chart.points.is_empty() {
                <svg viewBox="0 0 240 44" preserveAspectRatio="none" aria-hidden="true">
                    <path d="M0 42H240M0 2H240" class="axis" /><polyline points={chart.points.clone()} />
                </svg>
            }
        </figure>
    }
}

/// A text with its emphasis, which stands between pairs of asterisks.
pub fn emphasised(text: &str) -> Html {
    let parts = text.split("**").enumerate().map(|(n, part)| match n % 2 {
        0 => html! { { part.to_owned() } },
        _ => html! { <b>{ part.to_owned() }</b> },
    });
    html! { <>{ for parts }</> }
}
