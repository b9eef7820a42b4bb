//! dd: copies blocks; and mount, which here only shows.

use super::command::{Cmd, text_of};
use crate::kernel::{Errno, LocalFuture, OpenFlags};

/// `1M`, `4k`, `512`: a number with a unit.
fn amount(text: &str) -> Option<u64> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = match text.get(digits.len()..)? {
        "" | "c" => 1,
        "b" => 512,
        "k" | "K" => 1 << 10,
        "kB" | "KB" => 1000,
        "M" => 1 << 20,
        "MB" => 1_000_000,
        "G" => 1 << 30,
        _ => return None,
    };
    digits.parse::<u64>().ok()?.checked_mul(unit)
}

#[derive(Default)]
struct Ask {
    from: Option<String>,
    to: Option<String>,
    block: u64,
    count: Option<u64>,
    skip: u64,
    seek: u64,
    keep: bool,
    append: bool,
    /// 0 all, 1 without the rates, 2 nothing.
    quiet: u8,
}

pub fn dd(mut cmd: Cmd) -> LocalFuture<i32> {
    Box::pin(async move {
        if let Some(ask) = read(&mut cmd) {
            run(&mut cmd, &ask).await;
        }
        let _ = cmd.flush().await;
        cmd.status
    })
}

fn read(cmd: &mut Cmd) -> Option<Ask> {
    let mut ask = Ask { block: 512, ..Ask::default() };
    for word in std::mem::take(&mut cmd.args) {
        let Some((key, value)) = word.split_once('=') else {
            cmd.misuse("unrecognized operand '{}'", &word);
            return None;
        };
        let number = amount(value);
        match (key, number) {
            ("if", _) => ask.from = Some(value.into()),
            ("of", _) => ask.to = Some(value.into()),
            ("bs" | "ibs" | "obs", Some(size)) if size > 0 => ask.block = size,
            ("count", Some(count)) => ask.count = Some(count),
            ("skip", Some(count)) => ask.skip = count,
            ("seek", Some(count)) => ask.seek = count,
            ("bs" | "ibs" | "obs" | "count" | "skip" | "seek", _) => {
                cmd.object("invalid number: ‘{}’", "invalid number '{}'", value);
                return None;
            }
            ("conv" | "oflag" | "iflag", _) => {
                ask.keep |= value.split(',').any(|word| word == "notrunc");
                ask.append |= value.split(',').any(|word| word == "append");
            }
            ("status", _) => ask.quiet = if value == "none" { 2 } else { u8::from(value == "noxfer") },
            _ => {
                cmd.misuse("unrecognized operand '{}'", &word);
                return None;
            }
        }
    }
    Some(ask)
}

/// Bytes that are carried at once.
const PIECE: u64 = 8 << 20;

/// Reads so many bytes, or what there is to the end.
async fn read_piece(cmd: &mut Cmd, ask: &Ask, input: u32, length: u64) -> Vec<u8> {
    let mut piece = Vec::new();
    while (piece.len() as u64) < length {
        match cmd.sys.read(input, length as usize - piece.len()).await {
            Ok(some) if some.is_empty() => break,
            Ok(some) => piece.extend(some),
            Err(errno) => {
                let path = ask.from.clone().unwrap_or_else(|| "standard input".into());
                cmd.trouble("error reading '{}'", "error reading '{}'", &path, errno);
                break;
            }
        }
    }
    piece
}

async fn run(cmd: &mut Cmd, ask: &Ask) {
    let sys = cmd.sys.clone();
    let open = |path: &Option<String>, flags, otherwise| path.as_ref().map_or(Ok(otherwise), |p| sys.open(p, flags));
    let input = match open(&ask.from, OpenFlags::READ, 0) {
        Ok(fd) => fd,
        Err(errno) => {
            let path = ask.from.clone().unwrap_or_default();
            return cmd.trouble("failed to open '{}'", "can't open '{}'", &path, errno);
        }
    };
    let truncate = !ask.keep && ask.seek == 0 && !ask.append;
    let output = match open(&ask.to, OpenFlags { truncate, append: ask.append, ..OpenFlags::WRITE }, 1) {
        Ok(fd) => fd,
        Err(errno) => {
            let path = ask.to.clone().unwrap_or_default();
            return cmd.trouble("failed to open '{}'", "can't open '{}'", &path, errno);
        }
    };
    let _ = sys.seek(input, ask.skip * ask.block);
    let _ = sys.seek(output, ask.seek * ask.block);
    if ask.block > 1 << 16 {
        sys.hold_memory(sys.memory() + ask.block).await;
    }
    let started = sys.now();
    let (mut whole, mut part, mut copied) = (0u64, 0u64, 0u64);
    let (mut written, mut written_part) = (0u64, 0u64);
    while ask.count.is_none_or(|count| whole + part < count) {
        let (mut got, mut failed) = (0, false);
        // A large block is carried in pieces, but takes its memory as a whole.
        while got < ask.block && !failed {
            let piece = read_piece(cmd, ask, input, (ask.block - got).min(PIECE)).await;
            if piece.is_empty() {
                break;
            }
            got += piece.len() as u64;
            if let Err(errno) = sys.write(output, &piece).await {
                if errno != Errno::Pipe {
                    let path = ask.to.clone().unwrap_or_else(|| "standard output".into());
                    cmd.trouble("error writing '{}'", "error writing '{}'", &path, errno);
                }
                cmd.status = 1;
                failed = true;
            } else {
                copied += piece.len() as u64;
            }
        }
        if got == 0 {
            break;
        }
        let full = got == ask.block;
        let (read, put) = if full { (&mut whole, &mut written) } else { (&mut part, &mut written_part) };
        *read += 1;
        if failed {
            break;
        }
        *put += 1;
    }
    if ask.quiet == 2 {
        return;
    }
    cmd.note(&format!("{whole}+{part} records in\n{written}+{written_part} records out"));
    if ask.quiet == 0 {
        let seconds = (sys.now().since(started).as_millis().max(1)) as f64 / 1000.0;
        let text = rates(cmd.gnu(), copied, seconds);
        cmd.note(&text);
    }
}

fn rates(gnu: bool, copied: u64, seconds: f64) -> String {
    let rate = copied as f64 / seconds;
    if !gnu {
        let human = |n: f64| {
            if n >= 1_048_576.0 { format!("{:.1}MB", n / 1_048_576.0) } else { format!("{:.1}KB", n / 1024.0) }
        };
        return format!("{copied} bytes ({}) copied, {seconds:.6} seconds, {}/s", human(copied as f64), human(rate));
    }
    let speed = if rate >= 1e9 { format!("{:.1} GB/s", rate / 1e9) } else { format!("{:.1} MB/s", rate / 1e6) };
    let size = match copied {
        0..1000 => String::new(),
        1000..1_000_000 => format!(" ({:.1} kB, {:.1} KiB)", copied as f64 / 1e3, copied as f64 / 1024.0),
        _ => format!(" ({:.1} MB, {:.1} MiB)", copied as f64 / 1e6, copied as f64 / 1_048_576.0),
    };
    format!("{copied} bytes{size} copied, {seconds} s, {speed}")
}

/// The mounts of this process's namespace.
pub fn mount(cmd: &mut Cmd) {
    if !cmd.args.is_empty() {
        return cmd.missing("mount with arguments");
    }
    for line in text_of(&cmd.sys, "/proc/mounts").lines() {
        if let [device, at, kind, options, ..] = line.split(' ').collect::<Vec<_>>().as_slice() {
            cmd.out(&format!("{device} on {at} type {kind} ({options})\n"));
        }
    }
}
