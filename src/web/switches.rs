//! Settings that teach: switches of the machine, to see what happens when something is wrong with it.

use layerlab::model::World;
use layerlab::session::log::Switch;
use layerlab::session::switch::{damaged, ports};
use layerlab::words::Words;
use yew::prelude::*;

use super::lesson::Ask;

/// Ports that commands of the lessons publish.
const PORTS: [u16; 3] = [80, 3000, 8080];

/// The panel. What runs goes on with what was switched.
#[inline(never)]
pub fn view(world: &World, words: &'static Words, ask: &Callback<Ask>) -> Html {
    let page = &words.page;
    let button = |text: String, on: bool, to: Option<Switch>| {
        let ask = ask.clone();
        let idle = to.is_none();
        let turn = Callback::from(move |_: MouseEvent| to.clone().into_iter().for_each(|to| ask.emit(Ask::Turn(to))));
        html! {
            <button type="button" role="switch" aria-checked={on.to_string()} disabled={idle} onclick={turn}>
                <i aria-hidden="true"></i><span>{ text }</span>
            </button>
        }
    };
    let plain = |text: &'static str, on: bool, to: Switch| button(text.to_owned(), on, Some(to));
    let taken = ports(world);
    let port = |port: u16| {
        let on = taken.contains(&port);
        button(port.to_string(), on, Some(Switch::Port { port, taken: !on }))
    };
    let tags = &world.engine.tags;
    let image = |tag: &layerlab::model::Text| {
        let hurt = damaged(world, tag);
        button(tag.to_string(), hurt, (!hurt).then(|| Switch::Damage(tag.to_string())))
    };
    let escape = {
        let ask = ask.clone();
        Callback::from(move |event: KeyboardEvent| {
            if event.key() == "Escape" {
                ask.emit(Ask::Tune);
            }
        })
    };
    html! {
        <section class="tune" aria-label={page.switches} data-part="switches" onkeydown={escape}>
            <h2>{ page.switches }</h2>
            <div class="col">
                { plain(page.switch_network, !world.network_up, Switch::Network(!world.network_up)) }
                { plain(page.switch_slow, world.registry_slow, Switch::Slow(!world.registry_slow)) }
                { plain(page.switch_disk, world.disk_full, Switch::Full(!world.disk_full)) }
            </div>
            <div class="row" role="group" aria-label={page.switch_port}><h3>{ page.switch_port }</h3>{ for PORTS.into_iter().map(port) }</div>
            <div class="row" role="group" aria-label={page.switch_damage}>
                <h3>{ page.switch_damage }</h3>
                if tags.is_empty() { <p>{ words.stage.no_images }</p> }
                { for tags.keys().map(image) }
            </div>
        </section>
    }
}
