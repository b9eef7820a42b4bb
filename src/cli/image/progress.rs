//! How a pull or a push shows on the way.

use crate::cli::client::{Client, Failure};
use crate::cli::format::human;
use crate::engine::api::{Answer, Progress, Reply, Request};
use crate::engine::client::{CallError, Connection};

/// From this width on a terminal has room for bars.
const ROOM_FOR_BAR: usize = 110;
/// The length of a bar.
const BAR: u64 = 50;

/// Carries out a request and shows its progress on the descriptor, if there is one.
pub async fn show(client: &Client, request: Request, fd: Option<u32>) -> Result<Answer, Failure> {
    let connection = Connection::open(&client.sys, request)?;
    let columns = fd.and_then(|fd| client.sys.columns(fd));
    let mut display = Display { columns, lines: Vec::new() };
    let mut begun = false;
    let end = loop {
        match connection.next().await {
            Ok(Some(Reply::Progress(progress))) => {
                begun = true;
                if let Some(fd) = fd {
                    client.sys.write(fd, display.line(&progress).as_bytes()).await?;
                }
            }
            Ok(Some(Reply::Done(answer))) => break Ok(answer),
            // Once messages have come, an error is one of them, and nothing says where it is from.
            Ok(Some(Reply::Failed(fault))) if begun => break Err(Failure::from(CallError::Daemon(fault)).bare()),
            Ok(Some(Reply::Failed(fault))) => break Err(CallError::Daemon(fault).into()),
            Ok(Some(_)) => {}
            Ok(None) => break Err(CallError::Unreachable.into()),
            Err(error) => break Err(error.into()),
        }
    };
    connection.close();
    end
}

/// What stands on the terminal: a line for each layer that is under way.
struct Display {
    /// The width of the terminal, if it is one.
    columns: Option<usize>,
    /// The ids of the lines at the end of the screen, from the top.
    lines: Vec<String>,
}

impl Display {
    /// What to write for one message.
    fn line(&mut self, progress: &Progress) -> String {
        let prefix = if progress.id.is_empty() { String::new() } else { format!("{}: ", progress.id) };
        // The first line bears the tag as an id, but has no line of its own to come back to.
        let is_layer = !progress.id.is_empty() && !progress.status.starts_with("Pulling from");
        let Some(columns) = self.columns else {
            // Without a terminal only what lasts is told.
            let is_bar = progress.current > 0 || progress.total > 0;
            return if is_bar { String::new() } else { format!("{prefix}{}\n", progress.status) };
        };
        if !is_layer {
            self.lines.clear();
            return format!("{prefix}{}\n", progress.status);
        }
        let mut out = String::new();
        let line = match self.lines.iter().position(|id| *id == progress.id) {
            Some(line) => line,
            None => {
                out.push('\n');
                self.lines.push(progress.id.clone());
                self.lines.len() - 1
            }
        };
        let up = self.lines.len() - line;
        let text = format!("{prefix}{} {}", progress.status, bar(progress, columns));
        out + &format!("\x1b[{up}A\x1b[2K\r{text}\r\x1b[{up}B")
    }
}

/// A bar, if there is room for it, and how much of how much.
pub fn bar(progress: &Progress, columns: usize) -> String {
    if progress.current == 0 && progress.total == 0 {
        return String::new();
    }
    let current = human::size4(progress.current as i64);
    if progress.total == 0 {
        return format!("{current:>8}");
    }
    let done = (progress.current.saturating_mul(100) / progress.total / 2).min(BAR) as usize;
    let bar = if columns > ROOM_FOR_BAR {
        format!("[{}>{}] ", "=".repeat(done), " ".repeat(BAR as usize - done))
    } else {
        String::new()
    };
    if progress.current > progress.total {
        return format!("{bar}{current:>8}");
    }
    format!("{bar}{current:>8}/{}", human::size4(progress.total as i64))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(id: &str, status: &str, current: u64, total: u64) -> Progress {
        Progress { id: id.into(), status: status.into(), current, total }
    }

    fn shown(columns: Option<usize>) -> String {
        let mut display = Display { columns, lines: Vec::new() };
        let steps = [
            step("1", "Pulling from library/big", 0, 0),
            step("aaa", "Pulling fs layer", 0, 0),
            step("bbb", "Pulling fs layer", 0, 0),
            step("aaa", "Downloading", 32_770, 1_069_000),
            step("", "Status: Downloaded newer image for big:1", 0, 0),
        ];
        steps.iter().map(|step| display.line(step)).collect()
    }

    #[test]
    fn without_a_terminal_only_lasting_states_are_told() {
        let text = "1: Pulling from library/big\naaa: Pulling fs layer\nbbb: Pulling fs layer\n\
                    Status: Downloaded newer image for big:1\n";
        assert_eq!(shown(None), text);
    }

    #[test]
    fn a_terminal_redraws_lines() {
        let up = |up: usize, text: &str| format!("\x1b[{up}A\x1b[2K\r{text}\r\x1b[{up}B");
        let bar = format!("[={}>{}] ", "", " ".repeat(49));
        let text = format!(
            "1: Pulling from library/big\n\n{}\n{}{}Status: Downloaded newer image for big:1\n",
            up(1, "aaa: Pulling fs layer "),
            up(1, "bbb: Pulling fs layer "),
            up(2, &format!("aaa: Downloading {bar} 32.77kB/1.069MB")),
        );
        assert_eq!(shown(Some(140)), text);
        assert!(shown(Some(100)).contains("aaa: Downloading  32.77kB/1.069MB\r"));
    }
}
