//! The daemon's refusals, with the texts of moby's errdefs.

use super::api::Fault;

pub fn fault(status: u16, message: impl Into<String>) -> Fault {
    Fault { status, message: message.into() }
}

pub fn no_container(name: &str) -> Fault {
    fault(404, format!("No such container: {name}"))
}

pub fn no_image(name: &str) -> Fault {
    fault(404, format!("No such image: {name}"))
}

pub fn conflict(message: impl Into<String>) -> Fault {
    fault(409, message)
}

pub fn invalid(message: impl Into<String>) -> Fault {
    fault(400, message)
}

pub fn internal(message: impl Into<String>) -> Fault {
    fault(500, message)
}

/// What is known to Docker and has no counterpart here.
pub fn not_simulated(what: &str) -> Fault {
    fault(501, format!("layerlab: {what} is not simulated"))
}
