//! The POSIX shell language.
