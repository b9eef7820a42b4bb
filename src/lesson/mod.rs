//! Lessons: Markdown to steps, checks and hints; the coach.
