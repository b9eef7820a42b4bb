//! What stands on the Stage as one, with a button for each that opens it.

use layerlab::view::inspector::Member;
use yew::prelude::*;

use super::Act;
use crate::icon::icon;

pub fn view(members: &[Member], act: &Callback<Act>) -> Html {
    let row = |member: &Member| {
        let key = member.key.clone();
        let open = act.reform(move |_: MouseEvent| Act::Choose(key.clone()));
        let state = member.state.as_ref();
        let state = state.map(|(class, sign, word)| html! { <span class={classes!("state", *class)}>{ icon(sign, 9) }{ word.clone() }</span> });
        html! {
            <li key={member.key.clone()}><button type="button" onclick={open}>
                <b>{ member.name.clone() }</b>{ for state }<span class="from">{ member.note.clone() }</span>
            </button></li>
        }
    };
    html! { <ul class="frows members" data-part="members">{ for members.iter().map(row) }</ul> }
}
