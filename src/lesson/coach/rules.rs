//! The coach's rules, first to last. What they say stands in `rules.txt`.

use super::{Rule, build, find, reach};
use crate::words::Lang;

const TEXTS: &str = include_str!("rules.txt");

pub(super) const RULES: &[Rule] = &[
    Rule { name: "daemon-unreachable", find: find::daemon },
    Rule { name: "name-conflict", find: find::name_conflict },
    Rule { name: "container-near", find: find::near_container },
    Rule { name: "no-such-container", find: find::no_container },
    Rule { name: "image-in-use", find: find::image_in_use },
    Rule { name: "volume-in-use", find: find::volume_in_use },
    Rule { name: "network-in-use", find: find::network_in_use },
    Rule { name: "remove-running", find: find::remove_running },
    Rule { name: "out-of-memory", find: find::out_of_memory },
    Rule { name: "module-not-in-image", find: find::missing_module },
    Rule { name: "exited-at-once", find: find::exited_at_once },
    Rule { name: "nothing-to-do", find: find::nothing_to_do },
    Rule { name: "unhealthy", find: find::unhealthy },
    Rule { name: "no-curl", find: find::no_curl },
    Rule { name: "no-bash", find: find::no_bash },
    Rule { name: "exec-stopped", find: find::exec_stopped },
    Rule { name: "exec-paused", find: find::exec_paused },
    Rule { name: "port-taken", find: find::port_taken },
    Rule { name: "image-near", find: find::near_image },
    Rule { name: "tag-absent", find: find::no_tag },
    Rule { name: "image-absent", find: find::no_image },
    Rule { name: "name-uppercase", find: find::uppercase },
    Rule { name: "no-names", find: reach::no_names },
    Rule { name: "peer-stopped", find: reach::peer_stopped },
    Rule { name: "own-localhost", find: reach::own_localhost },
    Rule { name: "not-published", find: reach::not_published },
    Rule { name: "build-needs-path", find: build::no_path },
    Rule { name: "no-dockerfile", find: build::no_dockerfile },
    Rule { name: "nothing-to-copy", find: build::nothing_to_copy },
    Rule { name: "run-failed", find: build::run_failed },
    Rule { name: "unknown-instruction", find: build::unknown_instruction },
    Rule { name: "floating-base", find: build::floating_base },
    Rule { name: "command-near", find: find::near_command },
    Rule { name: "flag-near", find: find::near_flag },
    Rule { name: "program-near", find: find::near_program },
    Rule { name: "program-in-image", find: find::program_in_image },
];

/// What the coach says by a rule.
pub(super) fn text(rule: &str, lang: Lang) -> Option<&'static str> {
    let mut lines =
        TEXTS.lines().skip_while(|line| line.strip_prefix('[').and_then(|l| l.strip_suffix(']')) != Some(rule));
    lines.next()?;
    match lang {
        Lang::Vi => lines.next(),
        Lang::En => lines.nth(1),
    }
}
