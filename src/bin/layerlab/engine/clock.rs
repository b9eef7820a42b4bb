//! Two clocks: every machine boots at the same civil moment, while a caller counts ages by the clock on its wall.
//! What the machine dates since it was booted is told in the caller's time, and a moment that the caller names is
//! taken back into the machine's.

use std::cell::Cell;
use std::time::{SystemTime, UNIX_EPOCH};

use layerlab::engine::store;
use layerlab::model::time::{BOOT_EPOCH, Time, rfc3339};
use serde_json::{Value, json};

use super::options::Pace;

const SECOND: i128 = 1_000_000_000;
/// The keys of documents that hold moments.
const MOMENTS: [&str; 9] =
    ["Created", "CreatedAt", "End", "FinishedAt", "LastTagTime", "LastUsedAt", "Start", "StartedAt", "SystemTime"];
/// The keys whose values are people's own.
const OTHERS: [&str; 4] = ["Config", "Labels", "Options", "Env"];

pub struct Clock {
    /// Nanoseconds from the machine's clock to the caller's.
    ahead: Cell<i128>,
    /// Both clocks go at the same pace, so that this stays as it is.
    steady: bool,
}

impl Clock {
    pub fn new(now: Time, pace: Pace) -> Clock {
        let clock = Clock { ahead: Cell::new(0), steady: pace == Pace::Real(1.0) };
        clock.ahead.set(ahead(now));
        clock
    }

    /// Where the machine's time has jumped, the two are laid beside each other anew.
    pub fn look(&self, now: Time) {
        if !self.steady {
            self.ahead.set(ahead(now));
        }
    }

    /// Nanoseconds since 1970 by the caller's clock.
    pub fn nanos(&self, time: Time) -> i128 {
        epoch(time) + self.ahead.get()
    }

    /// Seconds since 1970 by the caller's clock.
    pub fn seconds(&self, time: Time) -> i64 {
        self.nanos(time).div_euclid(SECOND) as i64
    }

    /// As Go writes it.
    pub fn text(&self, time: Time) -> String {
        text(self.nanos(time))
    }

    /// A moment in seconds since 1970 that may come from before the machine's time: a catalogue's image.
    pub fn told(&self, seconds: i64) -> i64 {
        if seconds < BOOT_EPOCH { seconds } else { (i128::from(seconds) + self.ahead.get().div_euclid(SECOND)) as i64 }
    }

    /// The machine's time of `seconds[.fraction]` since 1970 by the caller's clock.
    pub fn from(&self, text: &str) -> Option<Time> {
        let (seconds, fraction) = text.split_once('.').unwrap_or((text, ""));
        let digits: String = fraction.chars().chain("000000000".chars()).take(9).collect();
        let nanos = i128::from(seconds.parse::<i64>().ok()?) * SECOND + i128::from(digits.parse::<u32>().ok()?);
        let since_boot = nanos - self.ahead.get() - i128::from(BOOT_EPOCH) * SECOND;
        Some(Time(u64::try_from(since_boot.max(0)).unwrap_or(u64::MAX)))
    }

    /// Every moment of a document, in the caller's time.
    pub fn document(&self, document: &mut Value) {
        match document {
            Value::Array(items) => items.iter_mut().for_each(|item| self.document(item)),
            Value::Object(fields) => {
                for (key, value) in fields.iter_mut().filter(|(key, _)| !OTHERS.contains(&key.as_str())) {
                    match value {
                        Value::String(text) if MOMENTS.contains(&key.as_str()) => *text = self.moment(text),
                        Value::Number(number) if MOMENTS.contains(&key.as_str()) => {
                            *value = json!(self.told(number.as_i64().unwrap_or(0)));
                        }
                        value => self.document(value),
                    }
                }
            }
            _ => {}
        }
    }

    fn moment(&self, written: &str) -> String {
        let (seconds, nanos) = store::moment(written);
        if seconds < BOOT_EPOCH {
            return written.to_string();
        }
        text(i128::from(seconds) * SECOND + i128::from(nanos) + self.ahead.get())
    }

    /// A line of a log that begins with a moment of nine digits.
    pub fn line(&self, line: &[u8]) -> Vec<u8> {
        let Some(at) = line.iter().position(|byte| *byte == b' ') else { return line.to_vec() };
        let Ok(written) = std::str::from_utf8(&line[..at]) else { return line.to_vec() };
        let (seconds, nanos) = store::moment(written);
        let all = i128::from(seconds) * SECOND + i128::from(nanos) + self.ahead.get();
        let whole = rfc3339(all.div_euclid(SECOND) as i64, 0);
        let mut told = format!("{}.{:09}Z", whole.trim_end_matches('Z'), all.rem_euclid(SECOND)).into_bytes();
        told.extend_from_slice(&line[at..]);
        told
    }
}

fn epoch(time: Time) -> i128 {
    i128::from(BOOT_EPOCH) * SECOND + i128::from(time.0)
}

fn ahead(now: Time) -> i128 {
    let wall = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos() as i128);
    wall - epoch(now)
}

fn text(nanos: i128) -> String {
    rfc3339(nanos.div_euclid(SECOND) as i64, nanos.rem_euclid(SECOND) as u32)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clock() -> Clock {
        Clock { ahead: Cell::new(3600 * SECOND + 5), steady: true }
    }

    #[test]
    fn a_moment_goes_there_and_back() {
        let clock = clock();
        let time = Time(12_000_000_345);
        assert_eq!(clock.text(time), "2026-01-25T09:00:12.00000035Z");
        let nanos = clock.nanos(time);
        let text = format!("{}.{:09}", nanos / SECOND, nanos % SECOND);
        assert_eq!(clock.from(&text), Some(time));
        assert_eq!(clock.from("0"), Some(Time::ZERO));
        assert_eq!(clock.from("soon"), None);
    }

    #[test]
    fn documents_are_told_in_the_callers_time() {
        let mut document = json!({
            "Created": "2026-01-25T08:00:01Z",
            "State": { "FinishedAt": "0001-01-01T00:00:00Z" },
            "Config": { "Labels": { "Created": "2026-01-25T08:00:01Z" } },
        });
        clock().document(&mut document);
        let told = json!({
            "Created": "2026-01-25T09:00:01.000000005Z",
            "State": { "FinishedAt": "0001-01-01T00:00:00Z" },
            "Config": { "Labels": { "Created": "2026-01-25T08:00:01Z" } },
        });
        assert_eq!(document, told);
        let line = clock().line(b"2026-01-25T08:00:01.000000000Z hi there\n");
        assert_eq!(String::from_utf8_lossy(&line), "2026-01-25T09:00:01.000000005Z hi there\n");
    }
}
