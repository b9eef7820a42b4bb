//! The registry's catalogue: the repositories, images and layers that can be pulled.
//!
//! Structure, configuration, history and sizes follow the well-known images they are named after; the
//! trees are Layerlab's own, so every digest differs from the real registry's. A layer's diff id is the
//! SHA-256 of its tar, computed when the catalogue is made and stored in `data/digests.txt` (up to a
//! gigabyte each: nothing to hash in a page); `tests/catalogue.rs` recomputes and, with `UPDATE=1`,
//! rewrites them. A packed layer's digest is a stand-in derived from the diff id ([`blob`]). Image ids
//! and manifest digests follow from these and are computed when asked for.
//!
//! # The data format
//! The text files in `data/` hold sections, `[NAME]` on a line of its own, which end where the next one
//! starts. Blank lines and lines with `#` in front count for nothing, except inside file contents.
//! `@KEY@` stands for a value that `set KEY=value …` gave (values hold no blanks).
//!
//! `[layer NAME]` is the tree that one layer adds:
//! - `total BYTES` (the sum of all file sizes), `packed BYTES` (the compressed layer), `at TIME` (every
//!   member's time), `set …`, then the tree, relative to the directory named last:
//! - `/usr/bin/ ATTRS`: a directory. Missing parents are made (0755, root).
//! - `NAME… = SIZE ATTRS`: files of a declared size.
//! - `NAME… ! PROGRAM SIZE ATTRS`: executables that the kernel runs as PROGRAM; `.` is the file's name.
//! - `NAME… -> TARGET`, `NAME… => PATH`: symbolic and hard links.
//! - `NAME < ATTRS`: a file with content, the lines that follow: `|TEXT` is a line, `&SECTION` the `|`
//!   lines of a section.
//! - `use SECTION`: the tree lines of a section.
//!
//! SIZE is a number of bytes; with `k` or `M` (binary) it is rounded and varies from file to file;
//! `~WEIGHT` is a share of what `total` leaves.
//! ATTRS are an octal mode and `UID:GID`, both optional.
//!
//! `[image NAME]` is an image:
//! - `from IMAGE` takes over its layers, history and configuration; `use SECTION`, `set …` as above.
//! - `at TIME`, `comment TEXT` and `raw` (no builder's remark) hold for the steps after them;
//!   `+ LAYER INSTRUCTION` is a step that adds a layer, `- INSTRUCTION` one that adds none.
//! - `env`, `cmd`, `entrypoint` (JSON), `workdir`, `user`, `expose`, `volume`, `stopsignal`, `label`.
//!
//! `[tags]` has `REPOSITORY TAG=IMAGE …`, `[registry]` has `REPOSITORY STARS DESCRIPTION`.

mod data;
mod image;
mod registry;
mod tree;

pub use image::{Image, LayerRef, blob, image_names, layer_names, load, packed_as};
pub use registry::{Answer, Listing, Wanted, listings, resolve, search, tags};
pub use tree::{Content, Entry, Layer, Node, entries, layer};

/// Reads an RFC 3339 time in UTC with whole seconds, `2025-02-14T03:28:36Z`, as seconds since 1970.
pub fn seconds(time: &str) -> Option<i64> {
    let (date, clock) = time.strip_suffix('Z')?.split_once('T')?;
    let mut date = date.split('-').map(str::parse::<i64>);
    let mut clock = clock.split(':').map(str::parse::<i64>);
    let (year, month, day) = (date.next()?.ok()?, date.next()?.ok()?, date.next()?.ok()?);
    let (hour, minute, second) = (clock.next()?.ok()?, clock.next()?.ok()?, clock.next()?.ok()?);
    if !(1..=9999).contains(&year) || !(1..=12).contains(&month) {
        return None;
    }
    // Days since 1970 with the year starting in March, so that the leap day comes last.
    let shifted = if month > 2 { year } else { year - 1 };
    let era = shifted.div_euclid(400);
    let of_era = shifted - era * 400;
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468;
    Some(days * 86_400 + hour * 3_600 + minute * 60 + second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read() {
        assert_eq!(seconds("1970-01-01T00:00:00Z"), Some(0));
        assert_eq!(seconds("2000-02-29T23:59:59Z"), Some(951_868_799));
        assert_eq!(seconds("2025-02-14T03:28:36Z"), Some(1_739_503_716));
        for bad in ["", "2025", "2025-13-01T00:00:00Z", "2025-01-01", "x-1-1T0:0:0Z"] {
            assert_eq!(seconds(bad), None, "{bad}");
        }
    }
}
