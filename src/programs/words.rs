//! echo, printf, test: what the shells have built in, as programs of their own.

use super::command::Cmd;
use crate::shell::Dialect;
use crate::shell::builtin;

fn dialect(cmd: &Cmd) -> Dialect {
    if cmd.gnu() { Dialect::Bash } else { Dialect::Ash }
}

pub fn echo(cmd: &mut Cmd) {
    let text = builtin::echo::echo(&cmd.args, dialect(cmd));
    cmd.put(&text);
}

pub fn printf(cmd: &mut Cmd) {
    let args = std::mem::take(&mut cmd.args);
    let Some((format, operands)) = args.split_first() else {
        return cmd.misuse("missing operand", "");
    };
    let printed = builtin::printf::printf(format, operands, dialect(cmd));
    for error in &printed.errors {
        cmd.fail(error);
    }
    cmd.put(&printed.bytes);
}

/// test, and `[` by another name.
pub fn test(cmd: &mut Cmd) {
    let mut args = std::mem::take(&mut cmd.args);
    if cmd.row.name == "[" && args.pop().as_deref() != Some("]") {
        cmd.object("missing ‘]’", "missing ]", "");
        cmd.status = 2;
        return;
    }
    match builtin::test::evaluate(&cmd.sys, &args, dialect(cmd)) {
        Ok(truth) => cmd.status = i32::from(!truth),
        Err(text) => {
            cmd.fail(&text);
            cmd.status = 2;
        }
    }
}
