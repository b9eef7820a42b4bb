//! yarn and corepack as far as their version.

use super::{called, not_simulated, say, version};
use crate::kernel::Sys;

pub async fn yarn(sys: Sys) -> i32 {
    let name = called(&sys).trim_end_matches(".js").to_string();
    let name = if name.starts_with("yarn") { "yarn" } else { name.trim_end_matches("-cli") };
    if !asks_version(&sys) {
        return not_simulated(&sys, name).await;
    }
    let number = match name {
        "yarn" => version(&sys, "YARN_VERSION", "1.22.22"),
        "corepack" => "0.32.0".to_string(),
        _ => crate::programs::npm::release(&sys).to_string(),
    };
    say(&sys, &format!("{number}\n")).await
}

fn asks_version(sys: &Sys) -> bool {
    sys.argv().get(1).is_some_and(|word| word == "-v" || word == "--version")
}
