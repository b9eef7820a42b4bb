//! A number that orders keys coarsely, so that most comparisons of a look-up need not follow a pointer.

use std::rc::Rc;

use super::file::FsId;
use super::process::{JournalId, NsId, OpenId, PipeId, SocketId};
use super::terminal::TtyId;
use super::time::Time;

/// What stands before another in order has no greater rank. Keys of one rank are compared themselves; a
/// borrowed form of a key has the key's rank.
pub trait Rank {
    fn rank(&self) -> u32;
}

/// A text's first four bytes.
impl Rank for str {
    fn rank(&self) -> u32 {
        self.as_bytes().rank()
    }
}

impl Rank for [u8] {
    fn rank(&self) -> u32 {
        match self {
            [a, b, c, d, ..] => u32::from_be_bytes([*a, *b, *c, *d]),
            [a, b, c] => u32::from_be_bytes([*a, *b, *c, 0]),
            [a, b] => u32::from_be_bytes([*a, *b, 0, 0]),
            [a] => u32::from_be_bytes([*a, 0, 0, 0]),
            [] => 0,
        }
    }
}

impl<T: Rank + ?Sized> Rank for &T {
    fn rank(&self) -> u32 {
        (**self).rank()
    }
}

impl<T: Rank + ?Sized> Rank for Rc<T> {
    fn rank(&self) -> u32 {
        (**self).rank()
    }
}

impl Rank for String {
    fn rank(&self) -> u32 {
        self.as_str().rank()
    }
}

impl Rank for Vec<u8> {
    fn rank(&self) -> u32 {
        self.as_slice().rank()
    }
}

impl Rank for u8 {
    fn rank(&self) -> u32 {
        u32::from(*self)
    }
}

impl Rank for u16 {
    fn rank(&self) -> u32 {
        u32::from(*self)
    }
}

impl Rank for u32 {
    fn rank(&self) -> u32 {
        *self
    }
}

impl Rank for u64 {
    fn rank(&self) -> u32 {
        u32::try_from(*self).unwrap_or(u32::MAX)
    }
}

impl Rank for usize {
    fn rank(&self) -> u32 {
        u32::try_from(*self).unwrap_or(u32::MAX)
    }
}

impl Rank for i64 {
    fn rank(&self) -> u32 {
        u32::try_from((*self).max(0)).unwrap_or(u32::MAX)
    }
}

impl<A: Rank, B> Rank for (A, B) {
    fn rank(&self) -> u32 {
        self.0.rank()
    }
}

impl<T: Rank> Rank for Option<T> {
    fn rank(&self) -> u32 {
        self.as_ref().map_or(0, Rank::rank)
    }
}

macro_rules! number {
    ($($name:ident),*) => {
        $(impl Rank for $name {
            fn rank(&self) -> u32 {
                self.0.rank()
            }
        })*
    };
}

number!(FsId, JournalId, NsId, OpenId, PipeId, SocketId, Time, TtyId);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::order::Order;

    fn rises<K: Rank + Ord>(mut keys: Vec<K>) {
        keys.order();
        assert!(keys.is_sorted_by_key(Rank::rank));
    }

    #[test]
    fn what_stands_before_has_no_greater_rank() {
        let texts = ["", "a", "ab", "ab\0", "abc", "abcd", "abcde", "abd", "b", "\u{1ec7}", "\u{10ffff}x", "z"];
        rises(texts.map(str::to_owned).to_vec());
        rises(texts.map(Rc::<str>::from).to_vec());
        rises(texts.map(|text| (text.to_owned(), 0_u32)).to_vec());
        rises(texts.map(|text| Some(text.to_owned())).into_iter().chain([None]).collect());
        rises(vec![0_u64, 1, 7, u64::from(u32::MAX) - 1, u64::from(u32::MAX), u64::from(u32::MAX) + 1, u64::MAX]);
        rises(vec![i64::MIN, -5, -1, 0, 1, 5, i64::from(u32::MAX), i64::MAX]);
        rises(vec![vec![255_u8, 1], vec![255], vec![], vec![0, 0, 0, 0, 1], vec![0]]);
    }
}
