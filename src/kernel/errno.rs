//! Error numbers (errno(3)) and their texts (strerror(3)).

use std::fmt;

macro_rules! errnos {
    ($($name:ident = $text:literal),* $(,)?) => {
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum Errno { $($name),* }

        impl Errno {
            /// The GNU C library's text.
            pub fn text(self) -> &'static str {
                match self { $(Errno::$name => $text),* }
            }
        }
    };
}

errnos! {
    Perm = "Operation not permitted",
    NoEnt = "No such file or directory",
    Srch = "No such process",
    Intr = "Interrupted system call",
    Io = "Input/output error",
    TooBig = "Argument list too long",
    NoExec = "Exec format error",
    BadF = "Bad file descriptor",
    Child = "No child processes",
    Again = "Resource temporarily unavailable",
    Access = "Permission denied",
    Exist = "File exists",
    XDev = "Invalid cross-device link",
    NotDir = "Not a directory",
    IsDir = "Is a directory",
    Inval = "Invalid argument",
    MFile = "Too many open files",
    NotTty = "Inappropriate ioctl for device",
    FBig = "File too large",
    NoSpc = "No space left on device",
    SPipe = "Illegal seek",
    RoFs = "Read-only file system",
    Pipe = "Broken pipe",
    NameTooLong = "File name too long",
    NoSys = "Function not implemented",
    NotEmpty = "Directory not empty",
    Loop = "Too many levels of symbolic links",
    Busy = "Device or resource busy",
    ConnRefused = "Connection refused",
    NotConn = "Transport endpoint is not connected",
    AddrInUse = "Address already in use",
    ConnReset = "Connection reset by peer",
    NetUnreach = "Network is unreachable",
    HostUnreach = "No route to host",
    TimedOut = "Connection timed out",
}

impl fmt::Display for Errno {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}
