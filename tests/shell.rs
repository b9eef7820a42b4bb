//! The shell at a session's prompt, over many lines.

use layerlab::model::limits::HISTORY_LINES;
use layerlab::model::time::Time;
use layerlab::session::Session;
use layerlab::session::log::{Boot, Console};

fn line(session: &mut Session, text: &str) -> String {
    session.submit(text).expect("a line");
    assert!(session.run_to_prompt(Time::seconds(60)), "{text} comes back");
    String::from_utf8_lossy(&session.take_output()).into_owned()
}

#[test]
fn the_history_drops_its_oldest_lines_and_keeps_their_numbers() {
    let mut session = Session::new(Boot { console: Console::Screen { rows: 24, columns: 100 }, ..Boot::default() });
    for number in 0..HISTORY_LINES {
        line(&mut session, &format!(": {number}"));
    }
    assert!(line(&mut session, "history 2").contains("\n 1000  : 999\r\n 1001  history 2\r\n"));
    let all = line(&mut session, "history | head -n 1; history | wc -l");
    assert!(all.contains("\n    3  : 2\r\n1000\r\n"), "{all}");
    line(&mut session, "history -c");
    assert!(line(&mut session, "history").contains("\n    1  history\r\n"), "it counts anew");
}
