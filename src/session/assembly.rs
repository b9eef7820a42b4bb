//! The one place that knows every program of a machine, and what is set up before its first process.

use super::init;
use super::log::Boot;
use crate::kernel::Program;
use crate::model::World;

/// The programs of a machine.
pub fn programs() -> Vec<Program> {
    let docker = [crate::cli::program::PROGRAM, crate::compose::program::PROGRAM];
    let mut all = vec![init::PROGRAM, crate::engine::daemon::PROGRAM, crate::programs::BROWSER];
    all.extend(docker);
    all.extend(crate::shell::table());
    all.extend(crate::programs::nginx::table());
    all.extend(crate::programs::node::table());
    all.extend(crate::programs::npm::table());
    all.extend(crate::programs::package::table());
    all.extend(crate::programs::postgres::table());
    all.extend(crate::programs::redis::table());
    all.extend(crate::programs::service::table());
    all.extend(crate::programs::table());
    all
}

/// Sets up what the engine keeps before anything runs: its default networks, the images already pulled.
/// Returns the references that the catalogue does not have.
pub fn engine(world: &mut World, boot: &Boot) -> Vec<String> {
    crate::engine::boot(world, &boot.images)
}
