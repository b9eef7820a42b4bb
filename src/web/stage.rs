//! The Stage: a Scene as SVG, with its keyboard and its motion. What is new moves in, what has gone lingers
//! until it has moved out. A command is one sentence of motion, over however many Scenes; the next command ends it.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use gloo::timers::callback::Timeout;
use layerlab::diagram::{Kind, Object, Run, Scene, Shape};
use wasm_bindgen::JsCast;
use web_sys::KeyboardEvent;
use yew::prelude::*;

/// How long a sentence of motion may take.
const SENTENCE_MS: u32 = 1_600;
const LEAVING_MS: u32 = 340;

#[derive(Properties, PartialEq)]
pub struct Props {
    pub scene: Rc<Scene>,
    /// False where the picture jumps: the first one, and looking back in time.
    pub moving: bool,
    /// The number of the command that the Scene belongs to.
    pub sentence: usize,
    pub select: Callback<Option<String>>,
    /// Escape: back to the prompt.
    pub leave: Callback<()>,
}

pub enum Msg {
    Focused(String),
    Key(KeyboardEvent),
    Chosen(String),
    Settled,
    Left,
}

pub struct Stage {
    fresh: BTreeSet<String>,
    /// Writable layers to which something was written; true where a file was copied up for it.
    wrote: BTreeMap<String, bool>,
    leaving: Vec<(&'static str, Object)>,
    /// The one object that Tab leads to.
    active: Option<String>,
    timers: Option<(Timeout, Timeout)>,
}

impl Component for Stage {
    type Message = Msg;
    type Properties = Props;

    fn create(_: &Context<Self>) -> Stage {
        Stage { fresh: BTreeSet::new(), wrote: BTreeMap::new(), leaving: Vec::new(), active: None, timers: None }
    }

    fn changed(&mut self, ctx: &Context<Self>, old: &Props) -> bool {
        let new = ctx.props();
        if Rc::ptr_eq(&old.scene, &new.scene) {
            return old.moving != new.moving;
        }
        let resized = (old.scene.width, old.scene.height) != (new.scene.width, new.scene.height);
        if new.sentence != old.sentence || !new.moving || resized {
            self.leaving.clear();
            self.fresh.clear();
            self.wrote.clear();
        }
        if new.moving && !resized && self.compare(&old.scene, &new.scene) {
            let (settled, left) = (ctx.link().callback(|()| Msg::Settled), ctx.link().callback(|()| Msg::Left));
            let settled = Timeout::new(SENTENCE_MS, move || settled.emit(()));
            self.timers = Some((settled, Timeout::new(LEAVING_MS, move || left.emit(()))));
        }
        true
    }

    fn update(&mut self, ctx: &Context<Self>, msg: Msg) -> bool {
        match msg {
            Msg::Focused(key) => {
                let changed = self.active.as_ref() != Some(&key);
                self.active = Some(key);
                changed
            }
            Msg::Chosen(key) => {
                let open = ctx.props().scene.object(&key).and_then(|object| object.selected);
                match open {
                    Some(true) => ctx.props().select.emit(None),
                    Some(false) => ctx.props().select.emit(Some(key)),
                    None => {}
                }
                false
            }
            Msg::Key(event) => self.key(ctx, &event),
            Msg::Settled => {
                self.fresh.clear();
                self.wrote.clear();
                true
            }
            Msg::Left => {
                self.leaving.clear();
                true
            }
        }
    }

    fn view(&self, ctx: &Context<Self>) -> Html {
        let Props { scene, moving, .. } = ctx.props();
        let class = if *moving { "stage" } else { "stage still" };
        let active = self.active_key(scene);
        let zones = scene.zones.iter().map(|zone| {
            let objects = zone.objects.iter().map(|object| self.object(ctx, object, active.as_deref()));
            let gone = self.leaving.iter().filter(|(key, _)| *key == zone.key).map(|(_, object)| leaving(object));
            match zone.label.is_empty() {
                true => html! { <g key={zone.key} aria-hidden="true">{ for objects }{ for gone }</g> },
                false => {
                    let empty = zone.objects.iter().all(Object::is_decoration);
                    let role = (!empty).then_some("group");
                    let label = (!empty).then(|| zone.label.clone());
                    html! { <g key={zone.key} role={role} aria-label={label}>{ for objects }{ for gone }</g> }
                }
            }
        });
        let keys = ctx.link().callback(Msg::Key);
        let view_box = format!("0 0 {} {}", scene.width, scene.height);
        let size = format!("--wide:{}px;--high:{}px", scene.width, scene.height);
        let role = if scene.objects().all(Object::is_decoration) { "img" } else { "tree" };
        html! {
            <svg class={class} style={size} viewBox={view_box} role={role} aria-label={scene.label.clone()} onkeydown={keys}>
                <g aria-hidden="true">{ for scene.backdrop.iter().map(shape) }</g>
                { for zones }
            </svg>
        }
    }
}

impl Stage {
    /// Adds what is new and what has gone; false where nothing is and nothing has.
    fn compare(&mut self, old: &Scene, new: &Scene) -> bool {
        let before: BTreeSet<&str> = old.objects().map(|object| object.key.as_str()).collect();
        let after: BTreeSet<&str> = new.objects().map(|object| object.key.as_str()).collect();
        self.fresh.retain(|key| after.contains(key.as_str()));
        self.leaving.retain(|(_, object)| !after.contains(object.key.as_str()));
        let known = self.fresh.len() + self.leaving.len() + self.wrote.len();
        self.fresh.extend(after.difference(&before).map(|key| (*key).to_owned()));
        for zone in &old.zones {
            let gone = zone.objects.iter().filter(|object| !after.contains(object.key.as_str()));
            let gone = gone.filter(|object| object.kind != Kind::Note);
            self.leaving.extend(gone.map(|object| (zone.key, object.clone())));
        }
        for object in new.objects().filter(|object| object.kind == Kind::Writable) {
            let earlier = old.object(&object.key).filter(|earlier| earlier.label != object.label);
            self.wrote.extend(earlier.map(|earlier| (earlier.key.clone(), earlier.copied < object.copied)));
        }
        self.fresh.len() + self.leaving.len() + self.wrote.len() > known
    }

    fn active_key(&self, scene: &Scene) -> Option<String> {
        let kept = self.active.clone().filter(|key| scene.object(key).is_some());
        kept.or_else(|| scene.objects().find(|object| !object.is_decoration()).map(|object| object.key.clone()))
    }

    /// Arrows: left and right between columns, up and down within one; Enter opens, Escape leaves.
    fn key(&mut self, ctx: &Context<Self>, event: &KeyboardEvent) -> bool {
        let scene = &ctx.props().scene;
        let Some(active) = self.active_key(scene) else { return false };
        let objects: Vec<&Object> = scene.objects().filter(|object| !object.is_decoration()).collect();
        let Some(at) = objects.iter().position(|object| object.key == active) else { return false };
        let here = objects.get(at).copied();
        let column = here.map_or(0, |object| object.column);
        let place = |object: &&Object| (object.y, object.x);
        let y = here.map_or((0, 0), |object| (object.y, object.x));
        let target = match event.key().as_str() {
            "ArrowUp" => objects.iter().filter(|o| o.column == column && place(o) < y).max_by_key(|o| place(o)),
            "ArrowDown" => objects.iter().filter(|o| o.column == column && place(o) > y).min_by_key(|o| place(o)),
            "ArrowLeft" => {
                let to = objects.iter().map(|o| o.column).filter(|c| *c < column).max();
                let there = || objects.iter().filter(|o| Some(o.column) == to);
                there().rfind(|o| o.level == 1).or_else(|| there().next_back())
            }
            "ArrowRight" => {
                let to = objects.iter().map(|o| o.column).filter(|c| *c > column).min();
                let there = || objects.iter().filter(|o| Some(o.column) == to);
                there().find(|o| o.level == 1).or_else(|| there().next())
            }
            "Home" => objects.first(),
            "End" => objects.last(),
            "Enter" | " " => {
                ctx.link().send_message(Msg::Chosen(active));
                event.prevent_default();
                return false;
            }
            "Escape" => {
                ctx.props().leave.emit(());
                return false;
            }
            _ => return false,
        };
        event.prevent_default();
        let Some(target) = target else { return false };
        self.active = Some(target.key.clone());
        focus(&target.key);
        true
    }

    fn object(&self, ctx: &Context<Self>, object: &Object, active: Option<&str>) -> Html {
        let mut class = format!("{} {}", object.kind.class(), object.class);
        if self.fresh.contains(&object.key) {
            class.push_str(" fresh");
        }
        if let Some(copied) = self.wrote.get(&object.key) {
            class.push_str(if *copied { " wrote copied" } else { " wrote" });
        }
        let style = style(object);
        let shapes = html! { <g class="m" aria-hidden="true">{ for object.shapes.iter().map(shape) }</g> };
        let key = object.key.clone();
        if object.is_decoration() {
            return html! { <g key={key.clone()} data-key={key} class={class} style={style} aria-hidden="true">{ shapes }</g> };
        }
        let tab = if active == Some(object.key.as_str()) { "0" } else { "-1" };
        let (focused, chosen) = (key.clone(), key.clone());
        let onfocus = ctx.link().callback(move |_| Msg::Focused(focused.clone()));
        let onclick = ctx.link().callback(move |_| Msg::Chosen(chosen.clone()));
        let selected = object.selected.map(|selected| selected.to_string());
        if selected.is_some() {
            class.push_str(" pick");
        }
        // The label says what is drawn, in better words: so the drawing stands beside the item, not in it.
        html! {
            <g key={key.clone()} data-key={key} class={class} style={style} onclick={onclick}>
                { shapes }
                <g role="treeitem" tabindex={tab} aria-level={object.level.to_string()}
                    aria-label={object.label.clone()} aria-selected={selected} onfocus={onfocus}>{ ring(object) }</g>
            </g>
        }
    }
}

fn style(object: &Object) -> String {
    let mut style = format!("--n:{};transform:translate({}px,{}px)", object.order, object.x, object.y);
    if let Some(hue) = object.hue {
        style.push_str(&format!(";--h:{hue}"));
    }
    style
}

fn leaving(object: &Object) -> Html {
    let class = format!("{} {} gone", object.kind.class(), object.class);
    html! {
        <g key={format!("gone:{}", object.key)} class={class} style={style(object)} aria-hidden="true">
            <g class="m">{ for object.shapes.iter().map(shape) }</g>
        </g>
    }
}

/// The mark of the focus, two pixels outside; for a flag it is above the plate that it stands on.
fn ring(object: &Object) -> Html {
    let up = match object.kind {
        Kind::Image => object.h,
        Kind::Shelf => 46,
        Kind::Network => 6,
        _ => 0,
    };
    let h = match object.kind {
        Kind::Shelf => 84,
        Kind::Network => 12,
        _ => object.h,
    };
    let (x, y) = (-4, -4 - up);
    html! {
        <rect class="ring" x={x.to_string()} y={y.to_string()} width={(object.w + 8).to_string()}
            height={(h + 8).to_string()} rx="6" />
    }
}

fn focus(key: &str) {
    let Some(document) = super::document() else { return };
    let Ok(Some(element)) = document.query_selector(&format!("[data-key=\"{key}\"] > [role=treeitem]")) else { return };
    let _ = element.dyn_into::<web_sys::SvgElement>().map(|element| element.focus());
}

fn shape(shape: &Shape) -> Html {
    match shape {
        Shape::Rect { class, x, y, w, h, r } => {
            // A pattern is of the document: a style sheet could not name it by a relative address.
            let fill = (*class == "hatch").then_some("url(#hatch)");
            html! {
                <rect class={*class} x={x.to_string()} y={y.to_string()} width={w.to_string()} height={h.to_string()}
                    rx={r.to_string()} fill={fill} />
            }
        }
        Shape::Circle { class, x, y, r } => {
            html! { <circle class={*class} cx={x.to_string()} cy={y.to_string()} r={r.to_string()} /> }
        }
        Shape::Path { class, d, arrow } => {
            html! { <path class={*class} d={d.clone()} marker-end={arrow.then_some("url(#ar)")} /> }
        }
        Shape::Icon { class, name, x, y, size } => html! {
            <svg class={classes!("i", *class)} x={x.to_string()} y={y.to_string()} width={size.to_string()}
                height={size.to_string()}><@{"use"} href={format!("#{name}")}></@></svg>
        },
        Shape::Text { class, x, y, turned, runs } => {
            let runs = runs.iter().map(run);
            match turned {
                true => {
                    let place = format!("translate({x} {y}) rotate(-90)");
                    html! { <text class={*class} transform={place}>{ for runs }</text> }
                }
                false => html! { <text class={*class} x={x.to_string()} y={y.to_string()}>{ for runs }</text> },
            }
        }
        Shape::Group { class, hue, x, y, shapes } => html! {
            <g class={class.clone()} style={layerlab::diagram::svg::style(*hue, *x, *y)}>
                { for shapes.iter().map(self::shape) }
            </g>
        },
    }
}

fn run(run: &Run) -> Html {
    match (run.class, run.gap) {
        ("", 0) => html! { { run.text.clone() } },
        (class, gap) => html! { <tspan class={class} dx={gap.to_string()}>{ run.text.clone() }</tspan> },
    }
}
