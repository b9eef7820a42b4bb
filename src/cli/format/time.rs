//! Points of time as the client prints and reads them.

use crate::model::time::{BOOT_EPOCH, Civil, MONTHS, Time, WEEKDAYS, rfc3339};

use crate::cli::flag::duration;

/// RFC 3339 with all nine decimals.
pub fn rfc3339_full(time: Time) -> String {
    let (seconds, nanos) = time.epoch();
    format!("{}.{nanos:09}Z", rfc3339(seconds, 0).trim_end_matches('Z'))
}

/// The form of a CREATED AT column, from seconds since 1970: `2024-01-02 03:04:05 +0000 UTC`.
pub fn created_at(seconds: i64) -> String {
    let text = rfc3339(seconds, 0);
    let (date, clock) = text.trim_end_matches('Z').split_once('T').unwrap_or((&text, ""));
    format!("{date} {clock} +0000 UTC")
}

/// The form of a build time in `docker version`: `Tue Jan  2 03:04:05 2024`.
pub fn ansi(seconds: i64) -> String {
    let at = Civil::from_epoch(seconds);
    let name = |names: &[&'static str], at: u32| names.get(at as usize).copied().unwrap_or_default();
    let (day, month) = (name(&WEEKDAYS, at.weekday), name(&MONTHS, at.month.wrapping_sub(1)));
    format!("{day} {month} {:2} {:02}:{:02}:{:02} {}", at.day, at.hour, at.minute, at.second, at.year)
}

/// The point of time that `--since` or `--until` names: a length of time before now, seconds since
/// 1970, or a date. Points before the machine was booted are its first moment.
pub fn moment(text: &str, now: Time) -> Option<Time> {
    let (seconds, nanos) = now.epoch();
    let epoch = if let Ok(length) = duration(text) {
        // The client sends whole seconds.
        let exact = i128::from(seconds) * 1_000_000_000 + i128::from(nanos) - i128::from(length);
        exact.div_euclid(1_000_000_000) * 1_000_000_000
    } else {
        date(text).or_else(|| since_epoch(text))?
    };
    let since_boot = epoch - i128::from(BOOT_EPOCH) * 1_000_000_000;
    Some(Time(u64::try_from(since_boot.max(0)).unwrap_or(u64::MAX)))
}

/// Seconds since 1970 of a date in RFC 3339.
pub fn seconds(text: &str) -> Option<i64> {
    i64::try_from(date(text)? / 1_000_000_000).ok()
}

/// Nanoseconds of `1700000000.5`.
fn since_epoch(text: &str) -> Option<i128> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let whole: i64 = whole.parse().ok()?;
    let digits: String = fraction.chars().chain("000000000".chars()).take(9).collect();
    let nanos: u32 = digits.parse().ok()?;
    Some(i128::from(whole) * 1_000_000_000 + i128::from(nanos))
}

/// Nanoseconds of `2024-01-02`, `2024-01-02T03:04`, `2024-01-02T03:04:05.6Z` or with an offset.
fn date(text: &str) -> Option<i128> {
    let (date, clock) = text.split_once('T').unwrap_or((text, "00:00:00"));
    let mut parts = date.split('-');
    let mut next = |length: usize| parts.next().filter(|part| part.len() == length)?.parse::<i64>().ok();
    let (year, month, day) = (next(4)?, next(2)?, next(2)?);
    let (clock, offset) = match clock.char_indices().find(|(at, c)| *at > 0 && matches!(c, 'Z' | '+' | '-')) {
        Some((at, 'Z')) if at + 1 == clock.len() => (&clock[..at], 0),
        Some((at, sign)) => {
            let (hours, minutes) = clock[at + 1..].split_once(':')?;
            let seconds = hours.parse::<i64>().ok()? * 3600 + minutes.parse::<i64>().ok()? * 60;
            (&clock[..at], if sign == '-' { -seconds } else { seconds })
        }
        None => (clock, 0),
    };
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, ""));
    let mut parts = clock.split(':').map(|part| part.parse::<i64>().ok());
    let (hour, minute, second) = (parts.next()??, parts.next().unwrap_or(Some(0))?, parts.next().unwrap_or(Some(0))?);
    let fits = (1..=12).contains(&month) && (1..=31).contains(&day) && hour < 24 && minute < 60 && second < 61;
    let digits: String = fraction.chars().chain("000000000".chars()).take(9).collect();
    let nanos: u32 = digits.parse().ok().filter(|_| fits && parts.next().is_none())?;
    let seconds = days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second - offset;
    Some(i128::from(seconds) * 1_000_000_000 + i128::from(nanos))
}

/// Days since 1970 of a date of the Gregorian calendar, counted in eras that begin in March.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let of_era = year.rem_euclid(400);
    let of_year = (153 * (if month > 2 { month - 3 } else { month + 9 }) + 2) / 5 + day - 1;
    year.div_euclid(400) * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_as_they_are_printed() {
        assert_eq!(rfc3339_full(Time::millis(1500)), "2026-01-25T08:00:01.500000000Z");
        assert_eq!(created_at(951_782_400), "2000-02-29 00:00:00 +0000 UTC");
        assert_eq!(ansi(1_704_164_645), "Tue Jan  2 03:04:05 2024");
    }

    #[test]
    fn moments_as_they_are_typed() {
        let now = Time::seconds(600);
        assert_eq!(moment("10m", now), Some(Time::ZERO));
        assert_eq!(moment("1m30s", now), Some(Time::seconds(510)));
        assert_eq!(moment("2026-01-25T08:00:05.5Z", now), Some(Time::millis(5500)));
        assert_eq!(moment("2026-01-25T10:00:05+02:00", now), Some(Time::seconds(5)));
        assert_eq!(moment("2026-01-26", now), Some(Time::seconds(16 * 3600)));
        assert_eq!(moment(&(BOOT_EPOCH + 7).to_string(), now), Some(Time::seconds(7)));
        assert_eq!(moment("2024-01-01", now), Some(Time::ZERO));
        for odd in ["yesterday", "", "2026-13-01", "2026-01-25T", "2026-01-25T25:00", "é", "2026-01-25T10:00+é"] {
            assert_eq!(moment(odd, now), None, "{odd}");
        }
    }
}
