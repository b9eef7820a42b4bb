//! Go's forms of a floating-point number.

/// `%g` with so many digits.
pub fn general(value: f64, digits: usize) -> String {
    let digits = digits.max(1);
    let (mantissa, exponent) = parts(&format!("{:.*e}", digits - 1, value));
    if exponent < -4 || exponent >= i32::try_from(digits).unwrap_or(i32::MAX) {
        return with_exponent(&trimmed(&mantissa), exponent);
    }
    let decimals = usize::try_from(digits as i64 - 1 - i64::from(exponent)).unwrap_or(0);
    trimmed(&format!("{value:.decimals$}"))
}

/// `%v`: the fewest digits that tell the number from every other.
pub fn shortest(value: f64) -> String {
    let (mantissa, exponent) = parts(&format!("{value:e}"));
    // Go takes 6 digits for the bound when it looks for the fewest.
    if (-4..6).contains(&exponent) { format!("{value}") } else { with_exponent(&mantissa, exponent) }
}

/// `%e` with so many digits behind the point.
pub fn scientific(value: f64, decimals: usize) -> String {
    let (mantissa, exponent) = parts(&format!("{value:.decimals$e}"));
    with_exponent(&mantissa, exponent)
}

fn parts(text: &str) -> (String, i32) {
    let (mantissa, exponent) = text.split_once('e').unwrap_or((text, "0"));
    (mantissa.to_string(), exponent.parse().unwrap_or(0))
}

fn with_exponent(mantissa: &str, exponent: i32) -> String {
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}

fn trimmed(text: &str) -> String {
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_string() } else { text.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        assert_eq!(general(1.994, 3), "1.99");
        assert_eq!(general(999.9, 3), "1e+03");
        assert_eq!(general(120.0, 3), "120");
        assert_eq!(general(0.00001, 3), "1e-05");
        assert_eq!(general(0.0, 3), "0");
        assert_eq!(shortest(1e9), "1e+09");
        assert_eq!(shortest(1.5), "1.5");
        assert_eq!(shortest(100000000.0), "1e+08");
        assert_eq!(scientific(12345.678, 2), "1.23e+04");
    }
}
