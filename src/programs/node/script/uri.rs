//! Percent signs in addresses (ECMA-262, "URI Handling Functions").

use super::heap::Value;
use super::machine::{Fault, Machine};

/// `encodeURIComponent`.
pub fn encode(machine: &mut Machine, _this: &Value, arguments: &[Value]) -> Result<Value, Fault> {
    let text = machine.text(arguments.first().unwrap_or(&Value::Undefined))?;
    let mut out = String::new();
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' => out.push(char::from(byte)),
            byte if b"-_.!~*'()".contains(&byte) => out.push(char::from(byte)),
            byte => out.push_str(&format!("%{byte:02X}")),
        }
    }
    machine.extra += out.len() / 64;
    Ok(Value::String(out.into()))
}

/// `decodeURIComponent`.
pub fn decode(machine: &mut Machine, _this: &Value, arguments: &[Value]) -> Result<Value, Fault> {
    let text = machine.text(arguments.first().unwrap_or(&Value::Undefined))?;
    machine.extra += text.len() / 64;
    match decoded(text.as_bytes()).and_then(|bytes| String::from_utf8(bytes).ok()) {
        Some(text) => Ok(Value::String(text.into())),
        None => machine.throw("Error", "URI malformed"),
    }
}

fn decoded(text: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.iter();
    while let Some(byte) = bytes.next() {
        if *byte != b'%' {
            out.push(*byte);
            continue;
        }
        let digit = |byte: Option<&u8>| byte.and_then(|byte| char::from(*byte).to_digit(16));
        let (high, low) = (digit(bytes.next())?, digit(bytes.next())?);
        out.push((high * 16 + low) as u8);
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::decoded;

    #[test]
    fn percent_signs() {
        assert_eq!(decoded(b"a%20b%C3%A9"), Some("a b\u{e9}".as_bytes().to_vec()));
        assert_eq!(decoded(b"%2"), None);
        assert_eq!(decoded(b"%zz"), None);
    }
}
