use super::*;
use std::collections::BTreeMap;

/// Heights are right, and differ by one at most.
fn sound(link: &Link) -> u8 {
    let Some(node) = link else { return 0 };
    let (left, right) = (sound(&node.left), sound(&node.right));
    assert!(left.abs_diff(right) <= 1, "one side is deeper by two");
    assert_eq!(node.height, 1 + left.max(right));
    node.height
}

#[test]
fn agrees_with_the_standard_map_and_keeps_every_version() {
    let mut dice = 7_u32;
    let mut roll = |sides: u32| {
        dice = dice.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (dice >> 8) % sides
    };
    let (mut map, mut model) = (Map::new(), BTreeMap::new());
    let mut versions = Vec::new();
    for step in 0..6_000_u32 {
        let key = roll(300);
        match roll(4) {
            0 | 1 => assert_eq!(map.insert(key, step), model.insert(key, step)),
            2 => assert_eq!(map.remove(&key), model.remove(&key)),
            _ => {
                assert_eq!(map.get(&key), model.get(&key));
                if let (Some(value), Some(same)) = (map.get_mut(&key), model.get_mut(&key)) {
                    (*value, *same) = (step, step);
                }
            }
        }
        if step % 500 == 0 {
            versions.push((map.clone(), model.clone()));
        }
    }
    versions.push((map, model));
    for (map, model) in &versions {
        sound(&map.root);
        assert_eq!(map.len(), model.len());
        assert!(map.iter().eq(model.iter()));
        assert!(map.iter().rev().eq(model.iter().rev()));
        assert_eq!(map.get_max(), model.last_key_value());
        for from in [0, 13, 150, 299] {
            assert!(map.range(from..).eq(model.range(from..)));
            assert!(map.range(from..from + 40).eq(model.range(from..from + 40)));
        }
        let again: Map<u32, u32> = model.iter().rev().map(|(k, v)| (*k, *v)).collect();
        assert!(again == *map, "equal whatever the order of insertion");
    }
    assert!(versions[1].0 != versions[2].0);
}

/// Keys of one rank are told apart, and ranks move with their entries.
#[test]
fn texts_that_begin_alike_are_kept_apart() {
    let mut map: Map<String, usize> = (0..200).map(|at| (format!("same{}", (at * 77) % 200), at)).collect();
    map.extend((0..50).map(|at| (format!("{at}"), at)));
    assert_eq!(map.len(), 250);
    for at in (0..200).step_by(3) {
        assert_eq!(map.remove(&format!("same{}", (at * 77) % 200)), Some(at));
    }
    for at in 0..200 {
        assert_eq!(map.get(format!("same{}", (at * 77) % 200).as_str()), (at % 3 != 0).then_some(&at));
    }
    assert!(map.keys().is_sorted());
    sound(&map.root);
}

#[test]
fn both_ends_meet_and_what_is_kept_is_kept() {
    let mut map: Map<u32, char> = ('a'..='e').enumerate().map(|(at, c)| (at as u32, c)).collect();
    let mut walk = map.iter();
    assert_eq!(walk.next(), Some((&0, &'a')));
    assert_eq!(walk.next_back(), Some((&4, &'e')));
    assert_eq!(walk.by_ref().count(), 3);
    assert_eq!((walk.next(), walk.next_back()), (None, None));
    map.retain(|key, _| key % 2 == 0);
    assert_eq!(map.keys().copied().collect::<Vec<_>>(), [0, 2, 4]);
    assert_eq!(map.get_mut(&1), None);
    assert_eq!(map.remove(&1), None);
    assert_eq!(format!("{map:?}"), "{0: 'a', 2: 'c', 4: 'e'}");
}
