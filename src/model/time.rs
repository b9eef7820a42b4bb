//! Virtual time: nanoseconds since the machine was booted.

use serde::{Deserialize, Serialize};

/// The civil moment at which every machine boots: 2026-01-25T08:00:00Z, in seconds since 1970.
pub const BOOT_EPOCH: i64 = 1_769_328_000;

/// A point in virtual time, or a length of it, in nanoseconds.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default, Hash, Serialize, Deserialize)]
pub struct Time(pub u64);

impl Time {
    pub const ZERO: Time = Time(0);

    pub const fn millis(ms: u64) -> Time {
        Time(ms * 1_000_000)
    }

    pub const fn seconds(s: u64) -> Time {
        Time(s * 1_000_000_000)
    }

    /// A length given in seconds with a fraction; negative and absurd values are clamped.
    pub fn from_secs_f64(s: f64) -> Time {
        if s.is_nan() || s <= 0.0 { Time(0) } else { Time((s.min(9.0e9) * 1e9) as u64) }
    }

    pub fn plus(self, other: Time) -> Time {
        Time(self.0.saturating_add(other.0))
    }

    pub fn since(self, earlier: Time) -> Time {
        Time(self.0.saturating_sub(earlier.0))
    }

    pub fn as_secs(self) -> u64 {
        self.0 / 1_000_000_000
    }

    pub fn as_millis(self) -> u64 {
        self.0 / 1_000_000
    }

    /// Seconds and nanoseconds since 1970.
    pub fn epoch(self) -> (i64, u32) {
        (BOOT_EPOCH + self.as_secs() as i64, (self.0 % 1_000_000_000) as u32)
    }

    /// RFC 3339 with nanoseconds, trailing zeros trimmed as Go's `RFC3339Nano` does.
    pub fn rfc3339_nano(self) -> String {
        let (secs, nanos) = self.epoch();
        rfc3339(secs, nanos)
    }
}

/// RFC 3339 in UTC; the fraction is left out when it is zero and trimmed of trailing zeros.
pub fn rfc3339(secs: i64, nanos: u32) -> String {
    let c = Civil::from_epoch(secs);
    let mut text = format!("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", c.year, c.month, c.day, c.hour, c.minute, c.second);
    if nanos != 0 {
        let fraction = format!("{nanos:09}");
        text.push('.');
        text.push_str(fraction.trim_end_matches('0'));
    }
    text.push('Z');
    text
}

/// A civil date and time in UTC (proleptic Gregorian calendar).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Civil {
    pub year: i64,
    pub month: u32,
    pub day: u32,
    pub hour: u32,
    pub minute: u32,
    pub second: u32,
    /// 0 is Sunday.
    pub weekday: u32,
    /// 1 to 366.
    pub yearday: u32,
}

impl Civil {
    pub fn from_epoch(secs: i64) -> Civil {
        let days = secs.div_euclid(86_400);
        let rest = secs.rem_euclid(86_400) as u32;
        // Days to civil date by eras of 400 years that start on 1 March.
        let z = days + 719_468;
        let era = z.div_euclid(146_097);
        let doe = z.rem_euclid(146_097);
        let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
        let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
        let mp = (5 * doy + 2) / 153;
        let day = (doy - (153 * mp + 2) / 5 + 1) as u32;
        let month = if mp < 10 { mp + 3 } else { mp - 9 } as u32;
        let year = yoe + era * 400 + i64::from(month <= 2);
        let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
        let before = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334][month as usize - 1];
        Civil {
            year,
            month,
            day,
            hour: rest / 3600,
            minute: rest / 60 % 60,
            second: rest % 60,
            weekday: (days + 4).rem_euclid(7) as u32,
            yearday: before + day + u32::from(leap && month > 2),
        }
    }
}

pub const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
pub const WEEKDAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn civil_dates_follow_the_calendar() {
        assert_eq!(rfc3339(0, 0), "1970-01-01T00:00:00Z");
        assert_eq!(rfc3339(951_782_400, 500_000_000), "2000-02-29T00:00:00.5Z");
        assert_eq!(Time::ZERO.rfc3339_nano(), "2026-01-25T08:00:00Z");
        assert_eq!(Civil::from_epoch(BOOT_EPOCH).weekday, 0);
        assert_eq!(Civil::from_epoch(1_767_225_599).yearday, 365);
    }
}
