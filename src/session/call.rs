//! The door by which somebody outside asks the daemon: a connection to its socket that no process of the machine
//! holds. What is asked is answered in the machine's own time, which whoever holds the machine lets pass.

use super::machine::Machine;
use crate::engine::api::{Input, Reply, Request};
use crate::engine::client::SOCKET;
use crate::model::process::{Message, OpenId, Packet};

/// A request under way. Give it back to [`Machine::hang_up`].
#[derive(Debug)]
pub struct Call {
    file: OpenId,
}

/// What has come of a call.
#[derive(Debug, PartialEq)]
pub enum Heard {
    Reply(Reply),
    /// Nothing yet.
    Silence,
    /// The daemon has hung up.
    End,
}

impl Machine {
    /// Sends the daemon a request; nothing where nobody listens.
    pub fn call(&mut self, request: Request) -> Option<Call> {
        let mut kernel = self.kernel.borrow_mut();
        let file = kernel.dial(SOCKET).ok()?;
        if kernel.send_over(file, Message::new(request)).is_err() {
            kernel.release(file);
            return None;
        }
        Some(Call { file })
    }

    /// The next reply, if there is one already.
    pub fn hear(&mut self, call: &Call) -> Heard {
        match self.kernel.borrow_mut().receive_over(call.file) {
            Ok(Some(Some(Packet::Message(message)))) => message.take::<Reply>().map_or(Heard::End, Heard::Reply),
            Ok(None) => Heard::Silence,
            _ => Heard::End,
        }
    }

    /// Sends input to whom an attached call is attached to.
    pub fn tell(&mut self, call: &Call, input: Input) {
        // Whoever has hung up hears nothing.
        let _ = self.kernel.borrow_mut().send_over(call.file, Message::new(input));
    }

    pub fn hang_up(&mut self, call: Call) {
        self.kernel.borrow_mut().release(call.file);
    }
}
