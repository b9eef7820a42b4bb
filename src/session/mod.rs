//! A learner's sitting: terminal, operation log, undo and replay.
