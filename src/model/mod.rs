//! The World: plain data.
