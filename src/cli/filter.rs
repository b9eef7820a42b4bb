//! `--filter` as the engine takes it.

use super::flag::Flags;
use crate::engine::api::Filters;

/// Every `--filter name=value`, in order.
pub fn filters(flags: &Flags) -> Filters {
    let pair = |text: &String| {
        let (name, value) = text.split_once('=').unwrap_or((text, ""));
        (name.to_string(), value.to_string())
    };
    flags.list("filter").iter().map(pair).collect()
}
