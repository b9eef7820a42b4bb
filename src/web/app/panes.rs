//! What stands above the timeline: the Stage, a build or the files. The page looks where something happens: at a
//! build that begins, at the Stage when a command changes it; the learner may look elsewhere at any time.

use std::rc::Rc;

use layerlab::diagram::{View, build};
use layerlab::view::browser::{self, addresses};
use layerlab::view::dockerfile::listing;
use layerlab::view::timeline::changes;
use layerlab::words::Lang;
use web_sys::HtmlElement;
use yew::prelude::*;

use super::{App, Msg};
use crate::build::{self as page, Shown};
use crate::files::{Files, Home};
use crate::icon::icon;
use crate::stage::Stage;

#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum Pane {
    #[default]
    Stage,
    Build,
    Files,
    Browser,
}

/// What the learner does with the panes.
pub enum Act {
    Show(Pane),
    /// Opens a file in the editor.
    Edit(String),
    /// The editor's text is to be written to its file.
    Write(String, String),
    /// The editor holds what these files do not have yet.
    Unsaved(Vec<String>),
    /// Opens an address in the learner's browser.
    Browse(String),
}

#[derive(Default)]
pub struct Panes {
    pub pane: Pane,
    pub build: Option<Shown>,
    /// What the files are read of, once they were looked at.
    pub home: Option<Home>,
    /// The file to open, and how often one was asked for.
    wanted: (usize, String),
    /// Files whose text in the editor is not written.
    pub unsaved: Vec<String>,
    browser: Option<browser::Shown>,
    address: NodeRef,
    graph: NodeRef,
    /// The pane that the graph was measured in.
    measured: Pane,
    /// Builds that had begun when the page last looked.
    pub builds: u64,
    /// Operations for which the page has looked elsewhere, or the learner has.
    followed: usize,
}

impl Panes {
    /// Where so many builds have begun.
    pub fn new(builds: u64) -> Panes {
        Panes { builds, ..Panes::default() }
    }
}

/// The part of the pane that the Dockerfile takes beside the graph, where there is room for both.
const BESIDE: i32 = 640;

impl App {
    /// Looks where something happens.
    #[inline(never)]
    pub(super) fn follow(&mut self) {
        let builds = self.present.0.engine.builds.next_run;
        let begun = builds > std::mem::replace(&mut self.panes.builds, builds);
        let ticks = self.sitting.session.ticks();
        let count = ticks.len();
        if self.sitting.session.replaying() {
            self.panes.followed = count;
        } else if begun {
            (self.panes.pane, self.panes.followed) = (Pane::Build, count);
        } else if let Some(tick) = ticks.last().filter(|_| count > self.panes.followed) {
            let words = Lang::En.words();
            if !changes(&tick.before, tick.after.as_ref().unwrap_or(&self.present.0), words).is_empty() {
                (self.panes.pane, self.panes.followed) = (Pane::Stage, count);
            }
        }
        if self.panes.pane == Pane::Build && self.present.0.engine.builds.newest().is_none() {
            self.panes.pane = Pane::Stage;
        }
    }

    #[inline(never)]
    pub(super) fn act_on_panes(&mut self, act: Act) {
        if let Act::Unsaved(paths) = act {
            self.panes.unsaved = paths;
            return;
        }
        self.panes.followed = self.sitting.session.ticks().len();
        match act {
            Act::Unsaved(_) => {}
            Act::Show(pane) => {
                self.panes.pane = pane;
                // Whoever opens it for the first time sees what there is to see.
                if let (Pane::Browser, None) = (pane, &self.present.0.browser)
                    && let Some(address) = addresses(&self.present.0).into_iter().next()
                {
                    self.sitting.browse(address);
                }
            }
            Act::Browse(address) => {
                self.panes.pane = Pane::Browser;
                self.sitting.browse(address);
            }
            Act::Edit(path) => {
                self.panes.pane = Pane::Files;
                self.panes.wanted = (self.panes.wanted.0 + 1, path);
            }
            Act::Write(path, text) => match self.sitting.save(&path, text) {
                Ok(()) => self.sitting.store(),
                Err(refusal) => self.complain(&refusal),
            },
        }
    }

    /// Draws what is shown beside the Stage, of a World.
    #[inline(never)]
    pub(super) fn paint_pane(&mut self, shown: &super::Shown) {
        let words = self.lang.words();
        self.panes.home =
            (self.panes.pane == Pane::Files).then(|| Home(Rc::new(self.present.0.clone()))).or(self.panes.home.take());
        self.panes.browser = (self.panes.pane == Pane::Browser).then(|| browser::shown(&shown.0, words));
        if self.panes.pane != Pane::Build {
            return;
        }
        let (width, height) = self.graph_size();
        let view = View { width, height, words, selected: None, shelf: Vec::new() };
        let drawn = build::scene(&shown.0, &view, &shown.1).zip(listing(&shown.0, words));
        self.panes.build = drawn.map(|(scene, listing)| {
            let known = self.panes.build.take().map(|shown| shown.scene).filter(|known| **known == scene);
            Shown { scene: known.unwrap_or_else(|| Rc::new(scene)), listing }
        });
    }

    fn graph_size(&self) -> (i32, i32) {
        let (width, height) = match self.panes.graph.cast::<HtmlElement>() {
            Some(graph) => (graph.offset_width(), graph.offset_height()),
            None if self.size.0 > BESIDE => (self.size.0 * 2 / 3, self.size.1),
            None => self.size,
        };
        if width > 0 && height > 0 { (width, height) } else { self.size }
    }

    /// Whether the graph is seen for the first time, and so has to be measured.
    #[inline(never)]
    pub(super) fn settle_pane(&mut self) -> bool {
        let pane = self.panes.pane;
        if pane == Pane::Build {
            page::follow();
        }
        std::mem::replace(&mut self.panes.measured, pane) != pane && pane == Pane::Build
    }
}

/// The build, or the files.
#[inline(never)]
pub fn view(app: &App, ctx: &Context<App>) -> Html {
    let link = ctx.link();
    let build = app.panes.build.as_ref().filter(|_| app.panes.pane == Pane::Build).map(|shown| {
        let leave = link.callback(|()| Msg::Focus);
        let graph = html! {
            <div class="graph" ref={app.panes.graph.clone()} data-part="graph">
                <Stage scene={shown.scene.clone()} moving={app.moving} sentence={app.sitting.session.ticks().len()} select={Callback::noop()} {leave} />
            </div>
        };
        page::view(&shown.listing, graph, app.words(), &link.callback(|path| Msg::Panes(Act::Edit(path))))
    });
    let none = (app.panes.pane == Pane::Build && build.is_none())
        .then(|| html! { <p class="none">{ app.words().build.no_build }</p> });
    let files = app.panes.home.as_ref().map(|home| {
        let save = link.callback(|(path, text)| Msg::Panes(Act::Write(path, text)));
        let unsaved = link.callback(|paths| Msg::Panes(Act::Unsaved(paths)));
        let leave = link.callback(|()| Msg::Focus);
        html! {
            <Files key={app.id.clone()} home={home.clone()} language={app.lang} hidden={app.panes.pane != Pane::Files} wanted={app.panes.wanted.clone()} {save} {unsaved} {leave} />
        }
    });
    let browser = app.panes.browser.as_ref().filter(|_| app.panes.pane == Pane::Browser).map(|shown| {
        let open = link.callback(|address| Msg::Panes(Act::Browse(address)));
        let ports = addresses(&app.present.0);
        crate::browser::view(shown, ports, &app.panes.address, app.words(), &open, &link.callback(Msg::Ask))
    });
    html! { <>{ build }{ none }{ files }{ browser }</> }
}

/// What is said where a build has begun that does not see what stands in the editor.
#[inline(never)]
pub fn not_built(app: &App, ctx: &Context<App>) -> Option<Html> {
    let words: Vec<&str> = app.sitting.session.ticks().last()?.text.split_whitespace().collect();
    let path =
        app.panes.unsaved.first().filter(|_| words.first() == Some(&"docker") && words.contains(&"build"))?.clone();
    let name = path.rsplit('/').next().unwrap_or_default().to_owned();
    let said = (app.words().build.not_built)(&name);
    let show = ctx.link().callback(move |_: MouseEvent| Msg::Panes(Act::Edit(path.clone())));
    Some(html! {
        <div class="coach" role="status" aria-label={app.words().page.coach} data-part="not-built">
            { icon("warn", 18) }
            <div><p>{ said }</p><button type="button" class="qcmd" onclick={show}>{ name }</button></div>
        </div>
    })
}

/// The name of the image that the newest build makes, and what the signs of its drawing mean.
#[inline(never)]
pub fn built(app: &App) -> (String, Html) {
    let newest = app.present.0.engine.builds.newest();
    let name = newest.and_then(|(_, run, _)| run.tags.first()).map(ToString::to_string).unwrap_or_default();
    let legend = if app.panes.pane == Pane::Build { page::legend(app.words()) } else { Html::default() };
    (name, legend)
}
