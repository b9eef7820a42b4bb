//! Every limit of the machine, in one place. Each has a test that hits it.

/// Processes alive at once (the host's pid limit); fork fails with EAGAIN past it.
pub const PROCESSES: usize = 20_000;
/// Processes that descend from the learner's shell, outside containers (`ulimit -u`).
pub const USER_PROCESSES: usize = 512;
/// Open file descriptors of one process.
pub const FDS: usize = 256;
/// Bytes of one file's real content.
pub const FILE_BYTES: usize = 16 << 20;
/// Bytes of one string: a variable, an expansion, an argument list.
pub const STRING_BYTES: usize = 2 << 20;
/// Bytes of one variable of a shell, and of all of them together.
pub const VALUE_BYTES: usize = 16 << 20;
pub const VALUES_BYTES: usize = 64 << 20;
/// Bytes a pipe holds before a writer blocks (as Linux).
pub const PIPE_BYTES: usize = 65_536;
/// Bytes of output kept for the screen; older ones are dropped.
pub const SCREEN_BYTES: usize = 4 << 20;
/// Bytes of a container's log kept.
pub const LOG_BYTES: usize = 4 << 20;
/// Bytes of one submitted line.
pub const LINE_BYTES: usize = 256 << 10;
/// Lines that a shell's history keeps.
pub const HISTORY_LINES: u32 = 1000;
/// Entries of a session's operation log.
pub const LOG_ENTRIES: usize = 100_000;
/// Bytes of a session's log that a link may hold, and letters of the link.
pub const SHARED_BYTES: usize = 1 << 20;
pub const LINK_LETTERS: usize = 64_000;
/// Builds of which the engine remembers how they went.
pub const BUILD_RUNS: usize = 8;
/// Bytes of content in one archive that the daemon packs (`docker cp`, `save`, `export`).
pub const ARCHIVE_BYTES: usize = 64 << 20;
/// Symbolic links followed in one path resolution (as Linux: ELOOP).
pub const SYMLINKS: usize = 40;
/// Nesting of shell constructs, functions and substitutions.
pub const SHELL_DEPTH: usize = 100;
/// Bytes of one path and of one name in it (PATH_MAX, NAME_MAX).
pub const PATH_BYTES: usize = 4096;
pub const NAME_BYTES: usize = 255;
/// Virtual time after which whatever holds the foreground of a headless run gets SIGINT, in seconds.
pub const FOREGROUND_SECONDS: u64 = 3600;
/// Bytes of the body that is remembered of a client's last answer, and URLs of which one is.
pub const ANSWER_BYTES: usize = 2048;
pub const ANSWERS: usize = 64;
/// Bytes of a page that the learner's browser shows.
pub const BROWSER_BYTES: usize = 256 << 10;
/// Bytes of an address that is typed into it.
pub const ADDRESS_BYTES: usize = 2048;
/// Bytes of one text of a lesson, its steps (files, images ...), and the blocks, spans, cells and lines that it tells.
pub const LESSON_BYTES: usize = 256 << 10;
pub const LESSON_STEPS: usize = 64;
pub const LESSON_PARTS: usize = 20_000;
/// Texts of a pack of lessons, and bytes of them all.
pub const PACK_FILES: usize = 256;
pub const PACK_BYTES: usize = 16 << 20;
/// Nesting of a lesson's lists, notes and emphasis.
pub const LESSON_DEPTH: usize = 8;
/// Nesting of a compose file, and the values that it may hold once its aliases are followed.
pub const YAML_DEPTH: usize = 64;
pub const YAML_NODES: usize = 100_000;
/// Nesting of `${A:-${B}}` in it.
pub const SUBSTITUTION_DEPTH: usize = 32;
