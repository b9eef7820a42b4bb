//! The page's frame: what stands where around the Stage and the terminal.

use layerlab::lesson::{Seen, lines};
use layerlab::session::log::Key;
use layerlab::words::Lang;
use web_sys::ClipboardEvent;
use yew::prelude::*;

use super::app::looking;
use super::app::own;
use super::app::panes::{self, Act, Pane};
use super::app::{App, Msg};
use super::editor::Editor;
use super::icon::icon;
use super::stage::Stage;
use super::store::{Speed, Theme};
use super::terminal;
use super::timeline::timeline;
use super::{handout, lens, lesson, lessons, library, moments, prompt, refused, share, switches};

/// What a phone's keyboard is slow at.
const CHIPS: [&str; 7] = ["docker", "ps -a", "images", "run", "stop", "logs", "exec"];

pub fn view(app: &App, ctx: &Context<App>) -> Html {
    let class = classes!(
        "app",
        app.embed.then_some("embed"),
        (app.panes.builds > 0).then_some("has-build"),
        app.inspector.shown.is_some().then_some("inspecting"),
        app.looks.presenting.then_some("present")
    );
    let lines = lines(app.sitting.session.ticks());
    let ask = ctx.link().callback(Msg::Ask);
    let looks = ctx.link().callback(Msg::Looks);
    let pane = pane(app, &lines, &ask, ctx.link().callback(Msg::Own), looks.clone());
    let editing = app.editing.is_some();
    let keys = ctx.link().clone();
    let keys = Callback::from(move |event: KeyboardEvent| {
        if let Some(msg) = looking::key(&event) {
            event.prevent_default();
            keys.send_message(msg);
        }
    });
    html! {
        <>
        <div class={class} inert={editing} onkeydown={keys}>
            { top(app, ctx) }
            { pane }
            <main class="main">
                { bar(app, ctx) }
                { stage(app, ctx) }
                { app.tuning.then(|| switches::view(&app.present.0, app.words(), &ask)) }
                { app.panel.open.then(|| share::view(&app.panel, app.sitting.visit, app.words(), &ctx.link().callback(Msg::Share))) }
                { app.looks.moments.map(|moments| moments::view(app.sitting.session.ticks(), moments, &app.looks.compared, app.words(), &looks)) }
                { marks(app, ctx) }
                { term(app, ctx) }
            </main>
            { app.inspector.shown.is_some().then(|| app.inspector.view(app.words(), &ctx.link().callback(Msg::Inspect), &ask)) }
            <div class="said" aria-live="polite" data-part="said">{ app.said.clone() }</div>
        </div>
        { editing.then(|| editor(app, ctx)).flatten() }
        if own::is_seen(app) { { own::view(app, ctx) } }
        { app.lesson.as_ref().filter(|_| app.printing).map(|lesson| handout::view(lesson, app.words(), &ask)) }
        </>
    }
}

/// The lesson, the list of all, or why there is none.
fn pane(
    app: &App,
    lines: &[&str],
    ask: &Callback<lesson::Ask>,
    give: Callback<own::Act>,
    looks: Callback<looking::Act>,
) -> Html {
    if app.looks.told {
        return lens::view(app.looks.lens, app.lang, app.words(), &looks);
    }
    if app.listing {
        return lessons::view(&app.entries, &app.id, app.lang, app.words(), ask, give);
    }
    let Some(lesson) = &app.lesson else {
        return no_lesson(app, ask);
    };
    let at = app.entries.iter().position(|entry| entry.id == app.id);
    let next = at.and_then(|at| app.entries.get(at + 1)).filter(|entry| !library::is_own(&entry.id));
    let next = next.map(|entry| entry.id.clone());
    let answers: Vec<_> = app.answers.iter().map(|(name, given)| (name.as_str(), given.as_str())).collect();
    let seen = Seen { answers: &answers, ..app.seen(lines) };
    lesson::lesson(lesson, &app.place, seen, &app.answers, next, app.words(), ask)
}

/// The lesson is on its way, or can't be had: the list is at hand.
fn no_lesson(app: &App, ask: &Callback<lesson::Ask>) -> Html {
    let page = &app.words().page;
    let list = {
        let ask = ask.clone();
        Callback::from(move |_: MouseEvent| ask.emit(lesson::Ask::List))
    };
    html! {
        <aside class="lesson" aria-label={page.lesson} data-part="lesson"><div class="body">
            if let Some(trouble) = &app.trouble {
                <div class="kick"><button type="button" data-part="list" onclick={list}>{ page.lessons }</button></div>
                { refused::view(trouble, app.words()) }
            }
        </div></aside>
    }
}

/// What vi and nano open.
#[inline(never)]
fn editor(app: &App, ctx: &Context<App>) -> Option<Html> {
    let (editing, text) = app.editing.as_ref()?;
    let (program, path) = (editing.program.to_string(), editing.path.to_string());
    let key = format!("{}:{path}", editing.pid);
    let (save, leave) = (ctx.link().callback(Msg::Save), ctx.link().callback(|()| Msg::Leave));
    Some(html! {
        <Editor key={key} {program} {path} text={text.clone()} language={app.lang} {save} {leave} />
    })
}

fn top(app: &App, ctx: &Context<App>) -> Html {
    let page = &app.words().page;
    let title = app.lesson.as_ref().map_or(page.sandbox, |lesson| &lesson.title).to_owned();
    let count = app.lesson.as_ref().map_or(0, |lesson| lesson.steps.len());
    let at = app.lesson.as_ref().map_or(0, |lesson| app.place.step(lesson));
    let theme_name = match app.theme {
        Theme::System => page.theme_system,
        Theme::Light => page.theme_light,
        Theme::Dark => page.theme_dark,
    };
    let theme = format!("{}: {theme_name}", page.theme);
    let languages = Lang::ALL.into_iter().map(|lang| {
        let on = lang == app.lang;
        let choose = ctx.link().callback(move |_: MouseEvent| Msg::Lang(lang));
        html! {
            <button type="button" class={on.then_some("on")} aria-pressed={on.to_string()} lang={lang.code()}
                onclick={choose}>{ lang.code().to_ascii_uppercase() }</button>
        }
    });
    html! {
        <header class="top">
            <h1 class="logo">{ icon("mark", 22) }<span>{ "Layerlab" }</span></h1>
            <div class="crumb"><span>{ page.lesson }</span><span class="dim" aria-hidden="true">{ "/" }</span><b>{ title }</b></div>
            <span class="grow"></span>
            if count > 0 { <span class="step-no">{ (page.step_short)(at + 1, count) }</span> }
            <a class="full" href="?" target="_blank" rel="noopener">{ page.open_full }{ icon("out", 12) }</a>
            <div class="tools">
                <button type="button" class="btn wide" title={format!("{} (F8)", page.present)} aria-pressed={app.looks.presenting.to_string()} data-part="present"
                    onclick={ctx.link().callback(|_: MouseEvent| Msg::Looks(looking::Act::Present))}>{ icon("screen", 15) }{ page.present }</button>
                <button type="button" class="btn" title={page.switches} aria-label={page.switches} aria-expanded={app.tuning.to_string()}
                    onclick={ctx.link().callback(|_: MouseEvent| Msg::Ask(lesson::Ask::Tune))}>{ icon("chip", 15) }</button>
                <button type="button" class="btn" title={page.share} aria-label={page.share} aria-expanded={app.panel.open.to_string()} data-part="share"
                    onclick={ctx.link().callback(|_: MouseEvent| Msg::Share(share::Act::Toggle))}>{ icon("out", 15) }</button>
                <button type="button" class="btn" title={theme.clone()} aria-label={theme} data-part="theme"
                    onclick={ctx.link().callback(|_: MouseEvent| Msg::Theme)}>{ icon(theme_icon(app.theme), 15) }</button>
                <div class="seg" role="group" aria-label={page.language}>{ for languages }</div>
            </div>
        </header>
    }
}

fn theme_icon(theme: Theme) -> &'static str {
    match theme {
        Theme::System => "auto",
        Theme::Light => "sun",
        Theme::Dark => "moon",
    }
}

fn bar(app: &App, ctx: &Context<App>) -> Html {
    let page = &app.words().page;
    let speeds = Speed::ALL.into_iter().map(|speed| {
        let on = speed == app.speed;
        let name = match speed {
            Speed::Real => "1×",
            Speed::Four => "4×",
            Speed::Instant => page.speed_instant,
        };
        let choose = ctx.link().callback(move |_: MouseEvent| Msg::Speed(speed));
        html! {
            <button type="button" class={on.then_some("on")} aria-pressed={on.to_string()} onclick={choose}>{ name }</button>
        }
    });
    let link = ctx.link();
    html! {
        <div class="bar">
            <h2 class="said">{ page.stage }</h2>
            { tabs(app, ctx) }
            if app.looking.is_some() {
                <div class="past">
                    <span>{ page.reading_back }</span>
                    <button type="button" onclick={link.callback(|_: MouseEvent| Msg::Look(None))}>{ page.back_to_now }</button>
                    <button type="button" onclick={link.callback(|_: MouseEvent| Msg::LiveOn)}>{ page.go_on_from_here }</button>
                </div>
            }
            <span class="grow"></span>
            if app.panes.pane == Pane::Stage && app.looking.is_none() { { lens::choice(app.looks.lens, app.words(), &link.callback(Msg::Looks)) } }
            <span class="lab">{ page.speed }</span>
            <div class="seg" role="group" aria-label={page.speed} data-part="speed">{ for speeds }</div>
        </div>
    }
}

/// The Stage, the newest build, the files.
fn tabs(app: &App, ctx: &Context<App>) -> Html {
    let page = &app.words().page;
    let tab = |pane: Pane, name: &'static str, of: Option<String>| {
        let current = (app.panes.pane == pane).then_some("true");
        let show = ctx.link().callback(move |_: MouseEvent| Msg::Panes(Act::Show(pane)));
        html! {
            <button type="button" aria-current={current} data-pane={name_of(pane)} onclick={show}>{ name }if let Some(of) = of { { " " }<code>{ of }</code> }</button>
        }
    };
    let built = (app.panes.builds > 0).then(|| panes::built(app));
    let (of, legend) = built.unzip();
    html! {
        <>
            <nav class="tabs" aria-label={page.views}>
                { tab(Pane::Stage, page.stage, None) }
                if let Some(of) = of { { tab(Pane::Build, page.build, Some(of)) } }
                { tab(Pane::Files, page.files, None) }
                { tab(Pane::Browser, page.browser, None) }
            </nav>
            { legend.unwrap_or_default() }
        </>
    }
}

fn name_of(pane: Pane) -> &'static str {
    match pane {
        Pane::Stage => "stage",
        Pane::Build => "build",
        Pane::Files => "files",
        Pane::Browser => "browser",
    }
}

fn stage(app: &App, ctx: &Context<App>) -> Html {
    let select = ctx.link().callback(Msg::Select);
    let leave = ctx.link().callback(|()| Msg::Focus);
    html! {
        <div class="stg" ref={app.refs.stage.clone()} data-part="stage">
            if app.panes.pane == Pane::Stage && app.measured() {
                <Stage scene={app.scene.clone()} moving={app.moving} sentence={app.sitting.session.ticks().len()} {select} {leave} />
            }
            if app.panes.pane != Pane::Stage || app.panes.home.is_some() { { panes::view(app, ctx) } }
        </div>
    }
}

fn marks(app: &App, ctx: &Context<App>) -> Html {
    let undo = ctx.link().callback(|_: MouseEvent| Msg::Undo);
    let redo = ctx.link().callback(|_: MouseEvent| Msg::Redo);
    let look = ctx.link().callback(|tick| Msg::Look(Some(tick)));
    let compare = ctx.link().callback(|_: MouseEvent| Msg::Looks(looking::Act::Compare));
    timeline(&app.sitting, app.words(), app.looking, (undo, redo, compare), &look)
}

fn term(app: &App, ctx: &Context<App>) -> Html {
    let page = &app.words().page;
    let link = ctx.link();
    let busy = app.sitting.session.busy();
    html! {
        <section class="term" aria-label={page.terminal}>
            <div class="thead">
                <h2>{ page.terminal }</h2><span class="grow"></span>
                if busy {
                    <button type="button" class="key" title={page.interrupt}
                        onclick={link.callback(|_: MouseEvent| Msg::Press(Key::Interrupt))}>{ "^C" }</button>
                    <button type="button" class="key" title={page.end_input}
                        onclick={link.callback(|_: MouseEvent| Msg::Press(Key::End))}>{ "^D" }</button>
                }
                <span><kbd>{ "Tab" }</kbd>{ " " }{ page.tab_completes }</span>
                <span><kbd>{ "↑" }</kbd>{ " " }{ page.up_recalls }</span>
            </div>
            <div class="out" ref={app.refs.out.clone()} onscroll={link.callback(|_| Msg::Scrolled)} onclick={refocus(ctx)}>
                <div class="rows" data-part="screen">{ terminal::rows(&app.sitting.screen, app.flooded) }</div>
                if !app.candidates.is_empty() {
                    <div class="cands" role="status">{ for app.candidates.iter().map(|word| html! { <span>{ word.clone() }</span> }) }</div>
                }
                if !app.embed { { chips(app, ctx) } }
                { input(app, ctx) }
            </div>
            { coach(app, ctx) }
            if app.embed { { chips(app, ctx) } }
        </section>
    }
}

/// A click beside the text leads to the prompt; one that selects does not.
fn refocus(ctx: &Context<App>) -> Callback<MouseEvent> {
    let link = ctx.link().clone();
    Callback::from(move |_| {
        let selected = web_sys::window().and_then(|window| window.get_selection().ok()?);
        if selected.is_none_or(|selection| selection.is_collapsed()) {
            link.send_message(Msg::Focus);
        }
    })
}

fn input(app: &App, ctx: &Context<App>) -> Html {
    let page = &app.words().page;
    let link = ctx.link();
    let prompt = app.sitting.screen.prompt().map(|row| terminal::runs(&row.prompt_runs()));
    let first = app.sitting.session.ticks().is_empty();
    let submit = link.callback(|event: SubmitEvent| {
        event.prevent_default();
        Msg::Submit
    });
    let pasted = link.clone();
    let paste = Callback::from(move |event: Event| {
        let event: ClipboardEvent = wasm_bindgen::JsCast::unchecked_into(event);
        // The browser must hear at once that it is not to paste.
        if let Some(text) = prompt::pasted(&event) {
            event.prevent_default();
            pasted.send_message(Msg::Paste(text));
        }
    });
    html! {
        <form class="inp" onsubmit={submit}>
            <span class="ps">{ prompt.unwrap_or_default() }</span>
            <textarea ref={app.refs.input.clone()} rows="1" data-part="prompt" aria-label={page.prompt}
                placeholder={first.then_some(page.welcome)} autocapitalize="off" autocomplete="off" autocorrect="off" spellcheck="false"
                enterkeyhint="send" oninput={link.callback(|_: InputEvent| Msg::Typed)}
                onkeydown={link.callback(Msg::Key)}
                onpaste={paste} />
            <button class="go" aria-label={page.send}>{ icon("enter", 16) }</button>
        </form>
    }
}

/// On a phone words to type with, in an embedded page the step's commands.
fn chips(app: &App, ctx: &Context<App>) -> Html {
    let page = &app.words().page;
    let buttons: Html = match app.embed {
        true => {
            let commands = app.lesson.as_ref().map(|l| lesson::commands(l, app.place.step(l))).unwrap_or_default();
            let button = |(n, line): (usize, String)| {
                let run = line.clone();
                let run = ctx.link().callback(move |_: MouseEvent| Msg::Ask(lesson::Ask::Run(run.clone())));
                html! {
                    <button type="button" class={(n == 0).then_some("nx")} onclick={run}>
                        if n == 0 { { icon("s-running", 9) } }{ line }
                    </button>
                }
            };
            html! { { for commands.into_iter().enumerate().map(button) } }
        }
        false => {
            let button = |text: &'static str| {
                let insert = ctx.link().callback(move |_: MouseEvent| Msg::Insert(text.to_owned()));
                html! { <button type="button" onclick={insert}>{ text }</button> }
            };
            let undo = ctx.link().callback(|_: MouseEvent| Msg::Undo);
            let interrupt = ctx.link().callback(|_: MouseEvent| Msg::Press(Key::Interrupt));
            html! {
                <>
                    if app.sitting.session.busy() { <button type="button" title={page.interrupt} onclick={interrupt}>{ "^C" }</button> }
                    { for CHIPS.into_iter().map(button) }
                    <button type="button" aria-label={page.undo} onclick={undo}>{ icon("undo", 15) }</button>
                </>
            }
        }
    };
    html! { <div class="chips" role="group" aria-label={page.keys}>{ buttons }</div> }
}

fn coach(app: &App, ctx: &Context<App>) -> Html {
    let page = &app.words().page;
    if let Some(said) = (!app.panes.unsaved.is_empty()).then(|| panes::not_built(app, ctx)).flatten() {
        return said;
    }
    let Some(advice) = &app.advice else { return html! { <div role="status" aria-label={page.coach}></div> } };
    let ask = ctx.link().callback(Msg::Ask);
    let fix = advice.commands.iter().map(|line| {
        let (ask, text) = (ask.clone(), line.clone());
        let run = Callback::from(move |_: MouseEvent| ask.emit(lesson::Ask::Run(text.clone())));
        html! { <button type="button" class="qcmd" onclick={run}>{ line.clone() }</button> }
    });
    html! {
        <div class="coach" role="status" aria-label={page.coach} data-part="coach">
            { icon("warn", 18) }
            <div>
                { lesson::blocks(&advice.text, app.words(), &ask) }
                if !advice.commands.is_empty() { <div class="fix">{ for fix }</div> }
            </div>
        </div>
    }
}
