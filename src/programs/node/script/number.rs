//! Numbers and texts (ECMA-262, "Number::toString" and "StringToNumber").

pub fn text(number: f64) -> String {
    if number.is_nan() {
        return "NaN".to_string();
    }
    if number.is_infinite() {
        return if number > 0.0 { "Infinity".to_string() } else { "-Infinity".to_string() };
    }
    if number == 0.0 {
        return "0".to_string();
    }
    let size = number.abs();
    if (1e-6..1e21).contains(&size) {
        return format!("{number}");
    }
    let text = format!("{number:e}");
    match text.split_once('e') {
        Some((digits, power)) if !power.starts_with('-') => format!("{digits}e+{power}"),
        _ => text,
    }
}

/// A whole text as a number; NaN if it is none.
pub fn parse(text: &str) -> f64 {
    let text = text.trim();
    if text.is_empty() {
        return 0.0;
    }
    for (prefix, radix) in [("0x", 16), ("0X", 16), ("0b", 2), ("0o", 8)] {
        if let Some(digits) = text.strip_prefix(prefix) {
            return u64::from_str_radix(digits, radix).map_or(f64::NAN, |n| n as f64);
        }
    }
    match text {
        "Infinity" | "+Infinity" => f64::INFINITY,
        "-Infinity" => f64::NEG_INFINITY,
        _ if text.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | 'e' | 'E' | '+' | '-')) => {
            text.parse().unwrap_or(f64::NAN)
        }
        _ => f64::NAN,
    }
}

/// The number that a text begins with (parseFloat).
pub fn prefix(text: &str) -> f64 {
    let text = text.trim_start();
    let is_part = |c: char| c.is_ascii_digit() || matches!(c, '.' | 'e' | 'E' | '+' | '-');
    let mut end = text.find(|c| !is_part(c)).unwrap_or(text.len());
    while end > 0 {
        if let Some(Ok(number)) = text.get(..end).map(str::parse) {
            return number;
        }
        end -= 1;
    }
    f64::NAN
}

/// A number in a radix from 2 to 36; the fraction is left out.
pub fn in_radix(number: f64, radix: u32) -> String {
    let (mut rest, mut digits) = (number.abs().trunc() as u64, Vec::new());
    loop {
        digits.push(char::from_digit((rest % u64::from(radix)) as u32, radix).unwrap_or('0'));
        rest /= u64::from(radix);
        if rest == 0 {
            break;
        }
    }
    digits.extend((number < 0.0).then_some('-'));
    digits.iter().rev().collect()
}

/// ToInt32.
pub fn int32(number: f64) -> i32 {
    if !number.is_finite() {
        return 0;
    }
    number.trunc().rem_euclid(4_294_967_296.0) as u32 as i32
}
