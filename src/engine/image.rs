//! What is asked of images.

use super::api::{Answer, Fault, Request};
use super::daemon::Reporter;
use crate::kernel::Sys;

/// Answers the requests that concern images; none for any other.
pub async fn dispatch(_sys: &Sys, _out: &Reporter, _request: Request) -> Option<Result<Answer, Fault>> {
    None
}
