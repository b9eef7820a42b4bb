//! The interface's words, one table a language.
