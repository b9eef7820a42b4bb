//! Points of time as the client prints them, in nanoseconds since 1970, UTC.

struct Civil {
    year: i64,
    month: i64,
    day: i64,
    hour: i64,
    minute: i64,
    second: i64,
    nanos: i64,
}

fn civil(nanos: i64) -> Civil {
    let seconds = nanos.div_euclid(1_000_000_000);
    let days = seconds.div_euclid(86_400);
    let of_day = seconds.rem_euclid(86_400);
    // Days since 0000-03-01, in eras of 400 years, so that a leap day ends its year.
    let since = days + 719_468;
    let era = since.div_euclid(146_097);
    let of_era = since.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
    Civil {
        year: year_of_era + era * 400 + i64::from(month <= 2),
        month,
        day: of_year - (153 * shifted + 2) / 5 + 1,
        hour: of_day / 3600,
        minute: of_day / 60 % 60,
        second: of_day % 60,
        nanos: nanos.rem_euclid(1_000_000_000),
    }
}

/// RFC 3339 with as many decimals as are needed: `2024-01-02T03:04:05.1Z`.
pub fn rfc3339(nanos: i64) -> String {
    let text = rfc3339_full(nanos);
    let (whole, decimals) = text.trim_end_matches('Z').split_once('.').unwrap_or((&text, ""));
    match decimals.trim_end_matches('0') {
        "" => format!("{whole}Z"),
        decimals => format!("{whole}.{decimals}Z"),
    }
}

/// RFC 3339 with nine decimals, as `docker logs -t` prints it.
pub fn rfc3339_full(nanos: i64) -> String {
    let at = civil(nanos);
    let (date, time) = (date(&at), clock(&at));
    format!("{date}T{time}.{:09}Z", at.nanos)
}

/// The form of a CREATED AT column: `2024-01-02 03:04:05 +0000 UTC`.
pub fn created_at(nanos: i64) -> String {
    let at = civil(nanos);
    format!("{} {} +0000 UTC", date(&at), clock(&at))
}

/// The form of a build time in `docker version`: `Tue Jan  2 03:04:05 2024`.
pub fn ansi(nanos: i64) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let at = civil(nanos);
    let weekday = nanos.div_euclid(86_400_000_000_000).rem_euclid(7);
    let name = |names: &[&'static str], at: i64| usize::try_from(at).ok().and_then(|at| names.get(at).copied());
    let day = name(&DAYS, weekday).unwrap_or_default();
    let month = name(&MONTHS, at.month - 1).unwrap_or_default();
    format!("{day} {month} {:2} {} {}", at.day, clock(&at), at.year)
}

fn date(at: &Civil) -> String {
    format!("{:04}-{:02}-{:02}", at.year, at.month, at.day)
}

fn clock(at: &Civil) -> String {
    format!("{:02}:{:02}:{:02}", at.hour, at.minute, at.second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        assert_eq!(rfc3339(0), "1970-01-01T00:00:00Z");
        assert_eq!(rfc3339(1_709_210_096_120_000_000), "2024-02-29T12:34:56.12Z");
        assert_eq!(rfc3339_full(1_709_210_096_120_000_000), "2024-02-29T12:34:56.120000000Z");
        assert_eq!(created_at(951_782_400_000_000_000), "2000-02-29 00:00:00 +0000 UTC");
        assert_eq!(ansi(1_704_164_645_000_000_000), "Tue Jan  2 03:04:05 2024");
        assert_eq!(rfc3339(-1_000_000_000), "1969-12-31T23:59:59Z");
    }
}
