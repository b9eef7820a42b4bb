//! Numbers: decimal, `0` octal, `0x` hexadecimal, `base#digits`.

use super::{ArithmeticError, Dialect, Evaluator, Kind, Valued};

impl Evaluator<'_> {
    /// The number at the position, which is a digit.
    pub(super) fn number(&mut self) -> Valued<i64> {
        let start = self.pos;
        self.token = start;
        while self.byte().is_ascii_alphanumeric() || matches!(self.byte(), b'#' | b'@' | b'_') {
            self.pos += 1;
        }
        let text = self.text.get(start..self.pos).unwrap_or_default();
        self.convert(text).map_err(|kind| ArithmeticError::Fault {
            kind,
            expression: self.text.get(..self.pos).unwrap_or_default().to_owned(),
            token: text.to_owned(),
        })
    }

    fn convert(&self, text: &str) -> Result<i64, Kind> {
        if let Some((base, digits)) = text.split_once('#') {
            let base: u32 = base.parse().map_err(|_| Kind::Base)?;
            if !(2..=64).contains(&base) {
                return Err(Kind::Base);
            }
            if digits.is_empty() && self.dialect == Dialect::Bash {
                return Err(Kind::Constant);
            }
            return digits_in(digits, base);
        }
        match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
            Some(digits) => digits_in(digits, 16),
            None if text.starts_with('0') => digits_in(text, 8),
            None => digits_in(text, 10),
        }
    }
}

fn digits_in(text: &str, base: u32) -> Result<i64, Kind> {
    let mut value = 0_i64;
    for c in text.chars() {
        let digit = match c {
            '0'..='9' => c as u32 - '0' as u32,
            'a'..='z' => c as u32 - 'a' as u32 + 10,
            'A'..='Z' if base <= 36 => c as u32 - 'A' as u32 + 10,
            'A'..='Z' => c as u32 - 'A' as u32 + 36,
            '@' => 62,
            '_' => 63,
            _ => return Err(Kind::Digit),
        };
        if digit >= base {
            return Err(Kind::Digit);
        }
        value = value.wrapping_mul(i64::from(base)).wrapping_add(i64::from(digit));
    }
    Ok(value)
}
