//! xargs: runs a command with words from standard input.

use super::command::Cmd;
use super::run::child;
use crate::kernel::LocalFuture;
use crate::model::process::Status;

pub fn xargs(mut cmd: Cmd) -> LocalFuture<i32> {
    Box::pin(async move {
        let base = match std::mem::take(&mut cmd.args) {
            args if args.is_empty() => vec!["echo".to_string()],
            args => args,
        };
        if cmd.value('P').is_some_and(|most| most != "1") {
            // Commands run one after the other here, and who asks for more at once should know.
            cmd.missing("xargs -P");
            let _ = cmd.flush().await;
            return cmd.status;
        }
        let bytes = match cmd.value('a').map(String::from) {
            Some(file) => cmd.sys.read_file(&file).await.unwrap_or_default(),
            None => cmd.sys.read_to_end(0).await.unwrap_or_default(),
        };
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let lines = batches(&mut cmd, &text);
        match lines {
            Some(batches) => {
                for batch in batches {
                    if !run_batch(&mut cmd, &base, &batch).await {
                        break;
                    }
                }
            }
            None => cmd.status = 1,
        }
        let _ = cmd.flush().await;
        cmd.status
    })
}

/// The words of the input, cut into what each command gets. `None`: a quote is not closed.
fn batches(cmd: &mut Cmd, text: &str) -> Option<Vec<Vec<String>>> {
    let number = |c| cmd.value(c).and_then(|v: &str| v.parse::<usize>().ok()).filter(|n| *n > 0);
    let (count, line_count) = (number('n'), number('L'));
    let whole = |separator: char| -> Vec<String> {
        let body = text.strip_suffix(separator).unwrap_or(text);
        if text.is_empty() { Vec::new() } else { body.split(separator).map(String::from).collect() }
    };
    let delimiter = cmd.value('d').map(|d| match d {
        "\\n" => '\n',
        "\\t" => '\t',
        "\\0" => '\0',
        d => d.chars().next().unwrap_or('\n'),
    });
    if cmd.has('I') || cmd.has('é') {
        let items = match (cmd.has('0'), delimiter) {
            (true, _) => whole('\0'),
            (_, Some(delimiter)) => whole(delimiter),
            _ => whole('\n'),
        };
        let items = items.into_iter().map(|line| line.trim_start().to_string()).filter(|line| !line.is_empty());
        return Some(items.map(|line| vec![line]).collect());
    }
    let words: Vec<Vec<String>> = match (cmd.has('0'), delimiter) {
        (true, _) => vec![whole('\0')],
        (_, Some(delimiter)) => vec![whole(delimiter)],
        _ => {
            let mut lines = Vec::new();
            for line in words_by_line(cmd, text)? {
                lines.push(line);
            }
            lines
        }
    };
    if let Some(lines) = line_count {
        let full: Vec<Vec<String>> = words.into_iter().filter(|line| !line.is_empty()).collect();
        return Some(full.chunks(lines).map(|chunk| chunk.concat()).collect());
    }
    let all = words.concat();
    if all.is_empty() {
        return Some(if cmd.has('r') { Vec::new() } else { vec![Vec::new()] });
    }
    let mut batches: Vec<Vec<String>> = Vec::new();
    let mut size = 0;
    for word in all {
        let full = batches
            .last()
            .is_none_or(|batch| count.is_some_and(|count| batch.len() >= count) || size + word.len() > 100_000);
        if full {
            batches.push(Vec::new());
            size = 0;
        }
        size += word.len() + 1;
        if let Some(batch) = batches.last_mut() {
            batch.push(word);
        }
    }
    Some(batches)
}

fn words_by_line(cmd: &mut Cmd, text: &str) -> Option<Vec<Vec<String>>> {
    let mut lines = vec![Vec::new()];
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut chars = text.chars();
    while let Some(c) = chars.next() {
        match (quote, c) {
            (Some(_), '\n') => break,
            (Some(open), c) if c == open => quote = None,
            (Some(_), c) => word.get_or_insert_default().push(c),
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, '\\') => word.get_or_insert_default().extend(chars.next()),
            (None, ' ' | '\t' | '\n') => {
                if let (Some(word), Some(line)) = (word.take(), lines.last_mut()) {
                    line.push(word);
                }
                if c == '\n' {
                    lines.push(Vec::new());
                }
            }
            (None, c) => word.get_or_insert_default().push(c),
        }
    }
    if let Some(open) = quote {
        let kind = if open == '"' { "double" } else { "single" };
        let gnu =
            format!("unmatched {kind} quote; by default quotes are special to xargs unless you use the -0 option");
        cmd.object(&gnu, &format!("unmatched {kind} quote"), "");
        return None;
    }
    if let (Some(word), Some(line)) = (word, lines.last_mut()) {
        line.push(word);
    }
    Some(lines)
}

/// Runs the command once; false when no more should be run.
async fn run_batch(cmd: &mut Cmd, base: &[String], batch: &[String]) -> bool {
    let place = cmd.value('I').map(String::from).or(cmd.has('é').then(|| "{}".to_string()));
    let argv: Vec<String> = match place {
        Some(place) => {
            let item = batch.first().map_or("", String::as_str);
            base.iter().map(|word| word.replace(place.as_str(), item)).collect()
        }
        None => base.iter().chain(batch).cloned().collect(),
    };
    if cmd.has('t') {
        cmd.note(&argv.join(" "));
    }
    let name = argv.first().cloned().unwrap_or_default();
    match child(cmd, &argv, true).await {
        Err(status) => {
            cmd.status = status;
            false
        }
        Ok(pid) => match cmd.sys.wait_for(pid).await {
            Status::Exited(0) => true,
            Status::Exited(255) => {
                cmd.object(
                    &format!("{name}: exited with status 255; aborting"),
                    &format!("{name}: exited with status 255; aborting"),
                    "",
                );
                cmd.status = 124;
                false
            }
            Status::Exited(code @ (126 | 127)) => {
                cmd.status = i32::from(code);
                false
            }
            Status::Exited(_) => {
                cmd.status = 123;
                true
            }
            Status::Signaled(signal) => {
                let text = format!("{name}: terminated by signal {}", signal.0);
                let busybox = format!("'{name}' terminated by signal {}", signal.0);
                cmd.object(&text, &busybox, "");
                cmd.status = 125;
                false
            }
        },
    }
}
