//! Every lesson, in every language, from first to last step in a session of its own.

use layerlab::lesson::{ids, lesson, trial};
use layerlab::words::Lang;

#[test]
fn every_check_is_false_before_its_solution_and_true_after() {
    for id in ids() {
        for lang in Lang::ALL {
            let lesson = lesson(id, lang).unwrap_or_else(|| panic!("{id} in {}", lang.code()));
            let problems: Vec<String> = trial(&lesson).iter().map(ToString::to_string).collect();
            assert!(problems.is_empty(), "{id}/{}.md:\n{}", lang.code(), problems.join("\n"));
        }
    }
}
