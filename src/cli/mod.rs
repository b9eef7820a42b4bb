//! The docker command.
