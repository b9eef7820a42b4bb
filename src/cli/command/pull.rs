//! `docker pull`, and the progress that other commands show when they pull.

use std::collections::BTreeMap;

use crate::cli::dispatch::Invocation;
use crate::cli::format::human;
use crate::cli::program::failed;
use crate::engine::api::{Answer, Progress, Reply, Request};
use crate::engine::client::{CallError, Connection};
use crate::kernel::Sys;
use crate::oci::reference::Reference;

/// Columns that a terminal needs for a bar.
const BAR_NEEDS: usize = 110;

pub async fn run(sys: Sys, call: Invocation) -> i32 {
    let name = &call.args[0];
    let reference = match Reference::parse(name) {
        Ok(reference) => reference,
        Err(bad) => {
            sys.eprint(&format!("{bad}\n")).await;
            return 1;
        }
    };
    let all_tags = call.flags.bool("all-tags");
    if all_tags && (reference.tag.is_some() || reference.digest.is_some()) {
        sys.eprint("tag can't be used with --all-tags/-a\n").await;
        return 1;
    }
    let quiet = call.flags.bool("quiet");
    let untagged = reference.tag.is_none() && reference.digest.is_none();
    if !all_tags && untagged && !quiet {
        let _ = sys.print("Using default tag: latest\n").await;
    }
    let full = if all_tags { reference } else { reference.tagged() };
    match pull(&sys, name, all_tags, if quiet { None } else { Some(1) }).await {
        Ok(()) => {
            let _ = sys.print(&format!("{}{}\n", full.full_name(), full.suffix())).await;
            0
        }
        Err(error) => failed(&sys, &error).await,
    }
}

/// Pulls, and shows the progress on a descriptor.
pub async fn pull(sys: &Sys, name: &str, all_tags: bool, out: Option<u32>) -> Result<(), CallError> {
    let request = Request::ImagePull { reference: name.into(), all_tags, platform: None };
    let connection = Connection::open(sys, request)?;
    let mut display = Display { columns: out.and_then(|fd| sys.columns(fd)), lines: BTreeMap::new() };
    let result = loop {
        match connection.next().await? {
            Some(Reply::Progress(progress)) => {
                if let Some(fd) = out {
                    let text = display.show(&progress);
                    let _ = sys.write(fd, text.as_bytes()).await;
                }
            }
            Some(Reply::Done(Answer::Nothing)) => break Ok(()),
            Some(Reply::Failed(fault)) => break Err(CallError::Daemon(fault)),
            Some(_) => {}
            None => break Err(CallError::Unreachable),
        }
    };
    connection.close();
    result
}

/// Where each layer's line stands on the screen.
struct Display {
    /// None where the output is no terminal.
    columns: Option<usize>,
    lines: BTreeMap<String, usize>,
}

impl Display {
    /// The bytes that show one message: a line, or on a terminal the layer's own line written again.
    fn show(&mut self, progress: &Progress) -> String {
        // Only lines of layers are drawn again; the head of a pull and its last lines stay.
        let own = !progress.id.is_empty() && !progress.status.starts_with("Pulling from");
        let Some(columns) = self.columns else {
            if progress.total > 0 {
                return String::new();
            }
            return if progress.id.is_empty() {
                format!("{}\n", progress.status)
            } else {
                format!("{}: {}\n", progress.id, progress.status)
            };
        };
        if !own {
            self.lines.clear();
            let id = if progress.id.is_empty() { String::new() } else { format!("{}: ", progress.id) };
            return format!("{id}{}\n", progress.status);
        }
        let mut text = String::new();
        let next = self.lines.len();
        let line = *self.lines.entry(progress.id.clone()).or_insert_with(|| {
            text.push('\n');
            next
        });
        let up = self.lines.len() - line;
        text.push_str(&format!("\x1b[{up}A\x1b[2K\r"));
        text.push_str(&format!("{}: {} {}\r", progress.id, progress.status, bar(progress, columns)));
        text.push_str(&format!("\x1b[{up}B"));
        text
    }
}

/// `[====>     ]  1.2MB/3.4MB`, the bar only where there is room.
fn bar(progress: &Progress, columns: usize) -> String {
    if progress.total == 0 {
        return String::new();
    }
    let (current, total) = (progress.current as i64, progress.total as i64);
    let numbers = format!("{:>8}/{}", human::size4(current), human::size4(total));
    if columns <= BAR_NEEDS {
        return numbers;
    }
    let half = (progress.current.min(progress.total) * 50 / progress.total) as usize;
    format!("[{}>{}] {numbers}", "=".repeat(half), " ".repeat(50 - half))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_drawn_as_the_client_draws_them() {
        let progress = Progress { id: "x".into(), status: "Downloading".into(), current: 302_100, total: 30_010_000 };
        let expected = format!("[>{}]  302.1kB/30.01MB", " ".repeat(50));
        assert_eq!(bar(&progress, 140), expected);
        let tiny = Progress { current: 216, total: 216, ..progress };
        assert_eq!(bar(&tiny, 100), "    216B/216B");
    }
}
