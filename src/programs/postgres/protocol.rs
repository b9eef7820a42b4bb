//! The messages between psql and the server, in the manner of PostgreSQL's frontend/backend protocol: a
//! letter, a length, and what it says.

use crate::kernel::{Errno, Sys};
use crate::model::limits;

/// A message: its letter and its fields.
pub type Message = (u8, Vec<String>);

/// A null among fields.
pub const NULL: &str = "\u{0}null";

pub async fn send(sys: &Sys, fd: u32, letter: u8, fields: &[&str]) -> Result<(), Errno> {
    let mut body = Vec::new();
    for field in fields {
        body.extend_from_slice(&(field.len() as u32).to_be_bytes());
        body.extend_from_slice(field.as_bytes());
    }
    let mut bytes = vec![letter];
    bytes.extend_from_slice(&(body.len() as u32).to_be_bytes());
    bytes.extend(body);
    sys.write(fd, &bytes).await
}

/// The next message; none at the end.
pub async fn receive(sys: &Sys, fd: u32, buffer: &mut Vec<u8>) -> Result<Option<Message>, Errno> {
    loop {
        if let Some(length) = buffer.get(1..5).and_then(|bytes| <[u8; 4]>::try_from(bytes).ok()) {
            let length = u32::from_be_bytes(length) as usize;
            if length > limits::FILE_BYTES {
                return Err(Errno::Inval);
            }
            if buffer.len() >= 5 + length {
                let body: Vec<u8> = buffer.drain(..5 + length).collect();
                return Ok(Some((body[0], fields(&body[5..]))));
            }
        }
        let some = match sys.read(fd, 65_536).await {
            Err(Errno::Intr) => continue,
            other => other?,
        };
        if some.is_empty() {
            return Ok(None);
        }
        buffer.extend(some);
    }
}

fn fields(mut body: &[u8]) -> Vec<String> {
    let mut fields = Vec::new();
    while let Some((length, rest)) = body.split_at_checked(4) {
        let length = <[u8; 4]>::try_from(length).map_or(0, u32::from_be_bytes) as usize;
        let Some((field, rest)) = rest.split_at_checked(length) else { break };
        fields.push(String::from_utf8_lossy(field).into_owned());
        body = rest;
    }
    fields
}
