//! The states of a container, with a button on each edge that leads on.

use layerlab::view::inspector::Life;
use layerlab::words::Words;
use yew::prelude::*;

use crate::icon::icon;
use crate::lesson::Ask;

pub fn view(life: &Life, words: &'static Words, ask: &Callback<Ask>) -> Html {
    let lines = life.edges.iter().map(|edge| {
        html! { <path class={edge.open.then_some("open")} d={edge.line} marker-end="url(#ar)" /> }
    });
    let place = |x: i32, y: i32| format!("left:{}%;top:{y}px", f64::from(x) / 4.04);
    let states = life.states.iter().map(|state| {
        let class = classes!("state", state.class, state.current.then_some("now"));
        let current = state.current.then_some("true");
        html! { <li class={class} style={place(state.x, state.y)} aria-current={current}>{ icon(state.icon, 9) }{ state.word }</li> }
    });
    let buttons = life.edges.iter().map(|edge| {
        let (ask, line, open) = (ask.clone(), edge.command.clone(), edge.open);
        let run = Callback::from(move |_: MouseEvent| {
            if open {
                ask.emit(Ask::Run(line.clone()));
            }
        });
        html! {
            <button type="button" style={place(edge.x, edge.y)} aria-disabled={(!open).to_string()}
                aria-label={edge.command.clone()} title={edge.command.clone()} onclick={run}>{ edge.verb }</button>
        }
    });
    html! {
        <section class="life" aria-label={words.inspect.life} data-part="life">
            <svg viewBox="0 0 404 128" preserveAspectRatio="none" aria-hidden="true">{ for lines }</svg>
            <ul>{ for states }</ul>
            { for buttons }
        </section>
    }
}
