//! Icons from the page's sprite.

use yew::prelude::*;

/// An icon beside a text; it says nothing by itself.
pub fn icon(name: &str, size: u32) -> Html {
    let (href, size) = (format!("#{name}"), size.to_string());
    html! {
        <svg class="i" width={size.clone()} height={size} aria-hidden="true"><@{"use"} href={href}></@></svg>
    }
}
