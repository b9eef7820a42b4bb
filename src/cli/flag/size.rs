//! Numbers with a unit: memory, durations, shares of a CPU.

use crate::cli::format::quote::quoted;

/// Bytes of a size such as `64m` or `1.5GiB`; a unit is a power of 1024.
pub fn ram_bytes(text: &str) -> Result<i64, String> {
    let bad_size = || format!("invalid size: '{text}'");
    let end = text.rfind(|c: char| c.is_ascii_digit() || c == '.' || c == ' ').ok_or_else(bad_size)?;
    // The three are one byte long, so both cuts are between characters.
    let unit = &text[end + 1..];
    let number = if text[end..].starts_with(' ') { &text[..end] } else { &text[..=end] };
    let size = float(number)?;
    if size < 0.0 {
        return Err(bad_size());
    }
    if unit.is_empty() {
        return Ok(size as i64);
    }
    let lower = if unit.len() > 3 { unit.to_string() } else { unit.to_lowercase() };
    let power = match lower.as_bytes() {
        b"b" => Some(0),
        [letter] | [letter, b'b'] | [letter, b'i', b'b'] => b"kmgtp".iter().position(|k| k == letter).map(|at| at + 1),
        _ => None,
    };
    let power = power.ok_or_else(|| format!("invalid suffix: '{lower}'"))?;
    Ok((size * 1024f64.powi(power as i32)) as i64)
}

fn float(text: &str) -> Result<f64, String> {
    let bad = |why: &str| format!("strconv.ParseFloat: parsing {}: {why}", quoted(text));
    match text.parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(value),
        Ok(_) => Err(bad("value out of range")),
        Err(_) => Err(bad("invalid syntax")),
    }
}

/// Nanoseconds of a Go duration such as `1m30s` or `1.5h`.
pub fn duration(text: &str) -> Result<i64, String> {
    let invalid = || format!("time: invalid duration {}", quoted(text));
    let (sign, mut left) = match text.strip_prefix('-') {
        Some(left) => (-1i64, left),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    if left == "0" {
        return Ok(0);
    }
    if left.is_empty() {
        return Err(invalid());
    }
    let mut total = 0f64;
    while !left.is_empty() {
        let is_number = |c: char| c.is_ascii_digit() || c == '.';
        let digits = left.find(|c| !is_number(c)).unwrap_or(left.len());
        let (number, after) = left.split_at(digits);
        let number: f64 = number.parse().map_err(|_| invalid())?;
        let letters = after.find(is_number).unwrap_or(after.len());
        let (unit, after) = after.split_at(letters);
        let scale = match unit {
            "ns" => 1.0,
            "us" | "µs" | "μs" => 1e3,
            "ms" => 1e6,
            "s" => 1e9,
            "m" => 60e9,
            "h" => 3600e9,
            "" => return Err(format!("time: missing unit in duration {}", quoted(text))),
            _ => return Err(format!("time: unknown unit {} in duration {}", quoted(unit), quoted(text))),
        };
        total += number * scale;
        left = after;
    }
    if total > i64::MAX as f64 {
        return Err(invalid());
    }
    Ok(sign * total as i64)
}

/// Billionths of a number such as `1.5`, `1/2` or `1e-1`.
pub fn rational_nanos(text: &str) -> Result<i64, String> {
    let failed = || format!("failed to parse {text} as a rational number");
    let precise = || "value is too precise".to_string();
    let narrow = |value: i128| i64::try_from(value).unwrap_or(if value < 0 { i64::MIN } else { i64::MAX });
    if let Some((above, below)) = text.split_once('/') {
        let above: i128 = integer(above).ok_or_else(failed)?;
        let below: i128 = below.parse::<u64>().ok().filter(|n| *n > 0).ok_or_else(failed)?.into();
        let nanos = above.checked_mul(1_000_000_000).ok_or_else(failed)?;
        return if nanos % below == 0 { Ok(narrow(nanos / below)) } else { Err(precise()) };
    }
    let (digits, exponent) = match text.split_once(['e', 'E']) {
        Some((digits, exponent)) => (digits, exponent.parse::<i32>().map_err(|_| failed())?),
        None => (text, 0),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let fraction = fraction.trim_end_matches('0');
    let bare = format!("{whole}{fraction}");
    let has_digit = digits.contains(|c: char| c.is_ascii_digit());
    let value = if has_digit && bare.trim_start_matches(['+', '-']).is_empty() { Some(0) } else { integer(&bare) };
    let mut value = value.filter(|_| !fraction.starts_with(['+', '-'])).ok_or_else(failed)?;
    let mut power = exponent.saturating_add(9).saturating_sub(i32::try_from(fraction.len()).unwrap_or(i32::MAX));
    while power < 0 && value != 0 {
        if value % 10 != 0 {
            return Err(precise());
        }
        (value, power) = (value / 10, power + 1);
    }
    let scale = 10i128.checked_pow(power.clamp(0, 40) as u32);
    Ok(scale.and_then(|scale| value.checked_mul(scale)).map_or(i64::MAX, narrow))
}

fn integer(text: &str) -> Option<i128> {
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        assert_eq!(ram_bytes("64m"), Ok(64 << 20));
        assert_eq!(ram_bytes("1.5 GiB"), Ok(3 << 29));
        assert_eq!(ram_bytes("7"), Ok(7));
        assert_eq!(ram_bytes("abc"), Err("invalid size: 'abc'".into()));
        assert_eq!(ram_bytes("-2"), Err("invalid size: '-2'".into()));
        assert_eq!(ram_bytes("5q"), Err("invalid suffix: 'q'".into()));
        let syntax = "strconv.ParseFloat: parsing \"alpine:3.19\": invalid syntax";
        assert_eq!(ram_bytes("alpine:3.19"), Err(syntax.into()));
        assert!(ram_bytes("1é").is_err() && ram_bytes("é1").is_err());
    }

    #[test]
    fn durations() {
        assert_eq!(duration("1m30s"), Ok(90_000_000_000));
        assert_eq!(duration("-1.5h"), Ok(-5_400_000_000_000));
        assert_eq!(duration("x"), Err("time: invalid duration \"x\"".into()));
        assert_eq!(duration("5"), Err("time: missing unit in duration \"5\"".into()));
        assert_eq!(duration("5q"), Err("time: unknown unit \"q\" in duration \"5q\"".into()));
    }

    #[test]
    fn shares() {
        assert_eq!(rational_nanos("1.50"), Ok(1_500_000_000));
        assert_eq!(rational_nanos("1/4"), Ok(250_000_000));
        assert_eq!(rational_nanos("2e-1"), Ok(200_000_000));
        assert_eq!(rational_nanos("0.0"), Ok(0));
        assert_eq!(rational_nanos("x"), Err("failed to parse x as a rational number".into()));
        assert_eq!(rational_nanos("0.0000000001"), Err("value is too precise".into()));
        assert!(rational_nanos("").is_err() && rational_nanos(".").is_err());
        assert_eq!(rational_nanos("1e999999999"), Ok(i64::MAX));
    }
}
