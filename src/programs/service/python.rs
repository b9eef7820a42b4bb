//! Python as far as its version.

use super::{not_simulated, say, version};
use crate::kernel::Sys;

pub async fn python(sys: Sys) -> i32 {
    let number = version(&sys, "PYTHON_VERSION", "3.12.3");
    if sys.argv().get(1).is_some_and(|word| word == "-V" || word == "--version") {
        return say(&sys, &format!("Python {number}\n")).await;
    }
    not_simulated(&sys, "Python").await
}

pub async fn pip(sys: Sys) -> i32 {
    let number = version(&sys, "PYTHON_VERSION", "3.12.3");
    let short: Vec<&str> = number.split('.').take(2).collect();
    let short = short.join(".");
    if sys.argv().get(1).is_some_and(|word| word == "-V" || word == "--version") {
        let text = format!("pip 25.0.1 from /usr/local/lib/python{short}/site-packages/pip (python {short})\n");
        return say(&sys, &text).await;
    }
    not_simulated(&sys, "pip").await
}
