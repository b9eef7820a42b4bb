//! Userland: one file per program.
