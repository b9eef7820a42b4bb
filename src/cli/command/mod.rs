//! The commands of the client, one file each.

mod attach;
mod create;
mod exec;
mod options;
mod port;
mod pull;
mod run;
mod start;
mod stream;
mod wait;

use super::program::Handler;

/// Every command that is carried out, by its canonical path, sorted.
const TABLE: &[(&str, Handler)] = &[
    ("container attach", |sys, call| Box::pin(attach::run(sys, call))),
    ("container create", |sys, call| Box::pin(create::run(sys, call))),
    ("container exec", |sys, call| Box::pin(exec::run(sys, call))),
    ("container run", |sys, call| Box::pin(run::run(sys, call))),
    ("container start", |sys, call| Box::pin(start::run(sys, call))),
    ("container wait", |sys, call| Box::pin(wait::run(sys, call))),
    ("image pull", |sys, call| Box::pin(pull::run(sys, call))),
];

pub fn find(path: &str) -> Option<Handler> {
    TABLE.binary_search_by_key(&path, |(name, _)| name).ok().map(|at| TABLE[at].1)
}

/// The canonical paths of the commands that are carried out.
pub fn paths() -> impl Iterator<Item = &'static str> {
    TABLE.iter().map(|(path, _)| *path)
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_table_is_sorted() {
        assert!(super::TABLE.is_sorted_by_key(|(path, _)| *path));
    }
}
