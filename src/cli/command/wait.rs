//! `docker wait`.

use crate::cli::dispatch::Invocation;
use crate::cli::program::failed;
use crate::engine::api::{Answer, Request, WaitCondition};
use crate::engine::client::call;
use crate::kernel::Sys;

pub async fn run(sys: Sys, invocation: Invocation) -> i32 {
    let mut status = 0;
    for name in &invocation.args {
        let ask = Request::ContainerWait { container: name.clone(), condition: WaitCondition::NotRunning };
        match call(&sys, ask).await {
            Ok(Answer::ExitCode { code, .. }) => {
                let _ = sys.print(&format!("{code}\n")).await;
            }
            Ok(_) => {}
            Err(error) => status = failed(&sys, &error).await,
        }
    }
    status
}
