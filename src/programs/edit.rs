//! vi and nano: they ask whoever shows the terminal for an editor, and wait until the file is saved or the
//! editor closed. The drawing of a screen is the page's.

use super::command::Cmd;
use crate::kernel::{Key, LocalFuture, join};
use crate::model::signal::Signal;
use crate::model::terminal::Editing;

pub fn edit(mut cmd: Cmd) -> LocalFuture<i32> {
    Box::pin(async move {
        let words = std::mem::take(&mut cmd.args);
        let flag = words.iter().find(|word| word.starts_with('-') && word.len() > 1 && *word != "--");
        if let Some(flag) = flag {
            let what = format!("{} {flag}", cmd.row.name);
            cmd.missing(&what);
            let _ = cmd.flush().await;
            return cmd.status;
        }
        let mut status = 0;
        for name in words.iter().filter(|word| !word.starts_with(['-', '+'])) {
            status = one(&mut cmd, name).await;
        }
        if words.iter().all(|word| word.starts_with(['-', '+'])) {
            let what = format!("{} without a file", cmd.row.name);
            cmd.missing(&what);
            status = cmd.status;
        }
        let _ = cmd.flush().await;
        status
    })
}

async fn one(cmd: &mut Cmd, name: &str) -> i32 {
    let (sys, own) = (cmd.sys.clone(), cmd.row.name);
    let Some(tty) = sys.is_terminal(0).filter(|_| sys.is_terminal(1).is_some()) else {
        cmd.note(&format!("layerlab: {own} opens the page's editor, and needs a terminal (-it) to do so"));
        return 1;
    };
    let path = join(&sys.cwd(), name);
    if sys.is_dir(&path) {
        cmd.note(&format!("{own}: '{name}' is a directory"));
        return 1;
    }
    let editing = Editing { pid: sys.pid(), path: path.into(), program: own.into() };
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        sys.catch_signal(signal, true);
    }
    sys.world(|world| {
        if let Some(terminal) = world.terminal_mut(tty) {
            terminal.editing = Some(editing);
        }
    });
    let pid = sys.pid();
    let closed = sys
        .block(|kernel| {
            let saved = kernel.world.terminal(tty).is_none_or(|terminal| terminal.editing.is_none());
            let signal = kernel.take_signal(pid);
            if saved || signal.is_some() {
                return Some(signal);
            }
            kernel.wait_on(Key::Process(pid));
            kernel.wait_on(Key::Terminal(tty));
            None
        })
        .await;
    sys.world(|world| {
        if let Some(terminal) = world.terminal_mut(tty) {
            terminal.editing = None;
        }
    });
    match closed {
        Some(signal) if signal != Signal::INT => 128 + i32::from(signal.0),
        _ => 0,
    }
}
