//! Colour from a digest: ten slots of hue, and a fingerprint because hue is never the only key.

use std::collections::BTreeMap;

use crate::model::Text;

/// Degrees (OKLCH). 25 to 100 stay free: red is failure, amber the writable layer.
pub const SLOTS: [u16; 10] = [110, 137, 164, 191, 218, 245, 272, 299, 326, 353];

/// FNV-1a, 32 bits.
pub fn fnv1a32(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

/// The heights of the four bars of a layer's fingerprint, in pixels: the same wherever it is drawn.
pub fn fingerprint(diff_id: &str) -> [i32; 4] {
    let hash = fnv1a32(&format!("{diff_id}fp"));
    [0, 5, 10, 15].map(|shift| [3, 5, 8, 10][((hash >> shift) & 3) as usize])
}

/// Chooses a slot for a layer: not like its neighbours below, unused before reused. `below` are the slots of the
/// plates it stands on, nearest first.
pub fn choose(diff_id: &str, taken: &BTreeMap<Text, u8>, below: &[u8]) -> u8 {
    let first = (fnv1a32(diff_id) % 10) as u8;
    let score = |slot: u8| {
        let uses = taken.values().filter(|taken| **taken == slot).count() as i32;
        let near: i32 = below.iter().enumerate().map(|(i, other)| crowding(i, slot, *other)).sum();
        8 * uses + near
    };
    (0..10).map(|n| (first + 3 * n) % 10).min_by_key(|slot| score(*slot)).unwrap_or(first)
}

fn crowding(distance: usize, slot: u8, other: u8) -> i32 {
    let need = [3, 2].get(distance).copied().unwrap_or(1);
    let weight = [3, 2].get(distance).copied().unwrap_or(8);
    weight * (need - ring(slot, other)).max(0)
}

fn ring(a: u8, b: u8) -> i32 {
    let apart = i32::from(a.abs_diff(b)) % 10;
    apart.min(10 - apart)
}

/// The degrees of a slot.
pub fn degrees(slot: u8) -> u16 {
    SLOTS.get(usize::from(slot)).copied().unwrap_or(SLOTS[0])
}

/// The degrees that a layer which is not on the Stage would start its search from.
pub fn first(diff_id: &str) -> u16 {
    degrees((fnv1a32(diff_id) % 10) as u8)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::order::Order;

    #[test]
    fn fnv_is_fnv1a() {
        assert_eq!(fnv1a32(""), 0x811c_9dc5);
        assert_eq!(fnv1a32("a"), 0xe40c_292c);
        assert_eq!(fnv1a32("foobar"), 0xbf9c_f968);
    }

    #[test]
    fn neighbours_differ_and_unused_slots_come_first() {
        let mut taken = BTreeMap::new();
        let mut chain: Vec<u8> = Vec::new();
        for n in 0..10 {
            let digest = format!("sha256:{n}");
            let below: Vec<u8> = chain.iter().rev().copied().collect();
            let slot = choose(&digest, &taken, &below);
            if let Some(last) = chain.last() {
                assert!(ring(slot, *last) >= 1);
            }
            taken.insert(Text::from(digest.as_str()), slot);
            chain.push(slot);
        }
        let mut all = chain.clone();
        all.order();
        assert_eq!(all, (0..10).collect::<Vec<u8>>(), "every slot once before any twice");
    }
}
