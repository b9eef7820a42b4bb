//! The ordered, persistent map that every collection of the World is made of.
//!
//! A balanced binary tree (AVL: Adelson-Velsky and Landis, 1962) whose nodes are shared between
//! versions: a clone costs a pointer, a change copies the path to what changed. The tree itself
//! is written once, over entries whose type is erased; [`Map`] only puts the types back. So a
//! further kind of map costs the page a few hundred bytes, where a generic tree costs ten
//! thousand, and a map of one entry takes one node, not a block of sixty-four.

use std::any::Any;
use std::borrow::Borrow;
use std::cmp::Ordering;
use std::fmt;
use std::marker::PhantomData;
use std::ops::{Bound, RangeBounds};
use std::rc::Rc;

use super::rank::Rank;

type Entry = Rc<dyn Any>;
type Link = Option<Rc<Node>>;

/// Where the entry that is looked for stands, seen from a given one: by rank, and by its key where the ranks
/// are equal.
#[derive(Clone, Copy)]
struct Side<'a> {
    rank: u32,
    key: &'a dyn Fn(&dyn Any) -> Ordering,
}

impl Side<'_> {
    #[inline(always)]
    fn of(self, node: &Node) -> Ordering {
        self.rank.cmp(&node.rank).then_with(|| (self.key)(&*node.entry))
    }
}

#[derive(Clone)]
struct Node {
    left: Link,
    right: Link,
    height: u8,
    /// Its key's.
    rank: u32,
    entry: Entry,
}

impl Node {
    fn fix_height(&mut self) {
        self.height = 1 + height(&self.left).max(height(&self.right));
    }
}

fn height(link: &Link) -> u8 {
    link.as_ref().map_or(0, |node| node.height)
}

/// The entry that is looked for.
fn find<'a>(mut link: &'a Link, side: Side) -> Option<&'a Entry> {
    while let Some(node) = link {
        match side.of(node) {
            Ordering::Less => link = &node.left,
            Ordering::Greater => link = &node.right,
            Ordering::Equal => return Some(&node.entry),
        }
    }
    None
}

/// The entry to change; what is shared on the way to it is copied.
fn find_mut<'a>(mut link: &'a mut Link, side: Side) -> Option<&'a mut Entry> {
    let mut known = false;
    loop {
        // Looking first keeps a miss from copying what is shared.
        if !known && link.as_ref().is_some_and(|node| Rc::strong_count(node) > 1) {
            find(link, side)?;
            known = true;
        }
        let node = Rc::make_mut(link.as_mut()?);
        match side.of(node) {
            Ordering::Less => link = &mut node.left,
            Ordering::Greater => link = &mut node.right,
            Ordering::Equal => return Some(&mut node.entry),
        }
    }
}

/// Puts an entry in; the one that stood there comes back.
fn insert(link: &mut Link, entry: Entry, side: Side) -> Option<Entry> {
    let Some(shared) = link else {
        *link = Some(Rc::new(Node { left: None, right: None, height: 1, rank: side.rank, entry }));
        return None;
    };
    let node = Rc::make_mut(shared);
    let old = match side.of(node) {
        Ordering::Less => insert(&mut node.left, entry, side),
        Ordering::Greater => insert(&mut node.right, entry, side),
        Ordering::Equal => return Some(std::mem::replace(&mut node.entry, entry)),
    };
    if old.is_none() {
        balance(shared);
    }
    old
}

/// Takes an entry out that is known to be there.
fn remove(link: &mut Link, side: Side) -> Option<Entry> {
    let shared = link.as_mut()?;
    let node = Rc::make_mut(shared);
    let gone = match side.of(node) {
        Ordering::Less => remove(&mut node.left, side),
        Ordering::Greater => remove(&mut node.right, side),
        Ordering::Equal => {
            let next = remove_first(&mut node.right);
            let gone = next.map(|(rank, next)| {
                node.rank = rank;
                std::mem::replace(&mut node.entry, next)
            });
            if gone.is_none() {
                let left = node.left.take();
                return std::mem::replace(link, left).map(|node| node.entry.clone());
            }
            gone
        }
    };
    balance(shared);
    gone
}

fn remove_first(link: &mut Link) -> Option<(u32, Entry)> {
    let shared = link.as_mut()?;
    let node = Rc::make_mut(shared);
    if node.left.is_none() {
        let right = node.right.take();
        return std::mem::replace(link, right).map(|node| (node.rank, node.entry.clone()));
    }
    let gone = remove_first(&mut node.left);
    balance(shared);
    gone
}

/// Makes the two sides' heights differ by one at most; they differ by two at most before.
fn balance(shared: &mut Rc<Node>) {
    let node = Rc::make_mut(shared);
    let (left, right) = (height(&node.left), height(&node.right));
    if left > right + 1 {
        if let Some(child) = &mut node.left
            && height(&child.right) > height(&child.left)
        {
            rotate_left(child);
        }
        rotate_right(shared);
    } else if right > left + 1 {
        if let Some(child) = &mut node.right
            && height(&child.left) > height(&child.right)
        {
            rotate_right(child);
        }
        rotate_left(shared);
    } else {
        node.fix_height();
    }
}

fn rotate_left(top: &mut Rc<Node>) {
    let node = Rc::make_mut(top);
    let Some(mut child) = node.right.take() else { return };
    let raised = Rc::make_mut(&mut child);
    node.right = raised.left.take();
    node.fix_height();
    std::mem::swap(top, &mut child);
    lower(top, child, |raised, old| raised.left = Some(old));
}

fn rotate_right(top: &mut Rc<Node>) {
    let node = Rc::make_mut(top);
    let Some(mut child) = node.left.take() else { return };
    let raised = Rc::make_mut(&mut child);
    node.left = raised.right.take();
    node.fix_height();
    std::mem::swap(top, &mut child);
    lower(top, child, |raised, old| raised.right = Some(old));
}

fn lower(top: &mut Rc<Node>, old: Rc<Node>, hang: fn(&mut Node, Rc<Node>)) {
    let raised = Rc::make_mut(top);
    hang(raised, old);
    raised.fix_height();
}

/// A walk in order from both ends; `rest` entries are still to come.
struct Walk<'a> {
    front: Vec<&'a Node>,
    back: Vec<&'a Node>,
    /// The root, as long as nobody has come from the back.
    behind: Option<&'a Link>,
    rest: usize,
}

impl<'a> Walk<'a> {
    fn new(root: &'a Link, rest: usize) -> Self {
        let mut walk = Self { front: Vec::new(), back: Vec::new(), behind: Some(root), rest };
        walk.down_left(root);
        walk
    }

    /// From the first entry on that is not before the one that `side` looks for.
    fn from(root: &'a Link, side: Side) -> Self {
        let mut walk = Self { front: Vec::new(), back: Vec::new(), behind: None, rest: usize::MAX };
        let mut link = root;
        while let Some(node) = link {
            if side.of(node) == Ordering::Greater {
                link = &node.right;
            } else {
                walk.front.push(node);
                link = &node.left;
            }
        }
        walk
    }

    fn down_left(&mut self, mut link: &'a Link) {
        while let Some(node) = link {
            self.front.push(node);
            link = &node.left;
        }
    }

    fn down_right(&mut self, mut link: &'a Link) {
        while let Some(node) = link {
            self.back.push(node);
            link = &node.right;
        }
    }

    fn next(&mut self) -> Option<&'a Entry> {
        self.rest = self.rest.checked_sub(1)?;
        let node = self.front.pop()?;
        self.down_left(&node.right);
        Some(&node.entry)
    }

    fn next_back(&mut self) -> Option<&'a Entry> {
        if let Some(root) = self.behind.take() {
            self.down_right(root);
        }
        self.rest = self.rest.checked_sub(1)?;
        let node = self.back.pop()?;
        self.down_right(&node.left);
        Some(&node.entry)
    }
}

/// An ordered map; a clone shares everything with the original until one of them changes.
pub struct Map<K, V> {
    root: Link,
    len: usize,
    types: PhantomData<(K, V)>,
}

impl<K, V> Clone for Map<K, V> {
    fn clone(&self) -> Self {
        Self { root: self.root.clone(), len: self.len, types: PhantomData }
    }
}

impl<K, V> Default for Map<K, V> {
    fn default() -> Self {
        Self { root: None, len: 0, types: PhantomData }
    }
}

/// Every entry of a `Map<K, V>` is a `(K, V)`: only its own methods put entries in.
fn typed<K: 'static, V: 'static>(entry: &dyn Any) -> Option<&(K, V)> {
    entry.downcast_ref()
}

fn compare<K, V, Q>(key: &Q, entry: &dyn Any) -> Ordering
where
    K: Borrow<Q> + 'static,
    V: 'static,
    Q: Ord + Rank + ?Sized,
{
    typed::<K, V>(entry).map_or(Ordering::Equal, |(known, _)| key.cmp(known.borrow()))
}

impl<K, V> Map<K, V> {
    /// A map without entries.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A map of one entry.
    #[must_use]
    pub fn unit(key: K, value: V) -> Self
    where
        K: Rank + 'static,
        V: 'static,
    {
        let node = Node { left: None, right: None, height: 1, rank: key.rank(), entry: Rc::new((key, value)) };
        Self { root: Some(Rc::new(node)), len: 1, types: PhantomData }
    }

    /// Takes every entry out.
    pub fn clear(&mut self) {
        *self = Self::default();
    }

    /// How many entries there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there are no entries.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Whether both are one and the same version, known without looking at their entries.
    #[must_use]
    pub fn ptr_eq(&self, other: &Self) -> bool {
        match (&self.root, &other.root) {
            (Some(one), Some(two)) => Rc::ptr_eq(one, two),
            (None, None) => true,
            _ => false,
        }
    }
}

impl<K: Ord + Rank + Clone + 'static, V: Clone + 'static> Map<K, V> {
    /// The value of a key.
    pub fn get<Q: Ord + Rank + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.get_key_value(key).map(|(_, value)| value)
    }

    /// The key as it was put in, and its value.
    pub fn get_key_value<Q: Ord + Rank + ?Sized>(&self, key: &Q) -> Option<(&K, &V)>
    where
        K: Borrow<Q>,
    {
        let entry = find(&self.root, Side { rank: key.rank(), key: &|entry| compare::<K, V, Q>(key, entry) })?;
        typed::<K, V>(&**entry).map(|(known, value)| (known, value))
    }

    /// Whether there is an entry for a key.
    pub fn contains_key<Q: Ord + Rank + ?Sized>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
    {
        self.get_key_value(key).is_some()
    }

    /// The value of a key, to change in this version alone.
    pub fn get_mut<Q: Ord + Rank + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        let entry = find_mut(&mut self.root, Side { rank: key.rank(), key: &|entry| compare::<K, V, Q>(key, entry) })?;
        if Rc::get_mut(entry).is_none() {
            *entry = Rc::new(typed::<K, V>(&**entry)?.clone());
        }
        Rc::get_mut(entry)?.downcast_mut::<(K, V)>().map(|(_, value)| value)
    }

    /// Puts a value in; the key's old value comes back.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        let entry = Rc::new((key, value));
        let same = entry.clone();
        let side = Side { rank: same.0.rank(), key: &|known| compare::<K, V, K>(&same.0, known) };
        let old = insert(&mut self.root, entry, side);
        match old {
            None => {
                self.len += 1;
                None
            }
            Some(old) => value_of::<K, V>(old),
        }
    }

    /// Takes a key's entry out; its value comes back.
    pub fn remove<Q: Ord + Rank + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
        if !self.contains_key(key) {
            return None;
        }
        self.len -= 1;
        let side = Side { rank: key.rank(), key: &|entry| compare::<K, V, Q>(key, entry) };
        value_of::<K, V>(remove(&mut self.root, side)?)
    }

    /// Keeps only the entries that `keep` says yes to.
    pub fn retain(&mut self, mut keep: impl FnMut(&K, &V) -> bool) {
        let gone: Vec<K> = self.iter().filter(|(key, value)| !keep(key, value)).map(|(key, _)| key.clone()).collect();
        for key in gone {
            self.remove(&key);
        }
    }

    /// The entries from the range's start to its end, in order of their keys.
    pub fn range(&self, range: impl RangeBounds<K>) -> impl Iterator<Item = (&K, &V)> {
        let walk = match range.start_bound() {
            Bound::Unbounded => Walk::new(&self.root, self.len),
            Bound::Included(first) => {
                let side = Side { rank: first.rank(), key: &|entry| compare::<K, V, K>(first, entry) };
                Walk::from(&self.root, side)
            }
            Bound::Excluded(first) => {
                let key: &dyn Fn(&dyn Any) -> Ordering = &|entry| match compare::<K, V, K>(first, entry) {
                    Ordering::Equal => Ordering::Greater,
                    other => other,
                };
                Walk::from(&self.root, Side { rank: first.rank(), key })
            }
        };
        let end = range.end_bound().cloned();
        Iter { walk, types: PhantomData }.take_while(move |(key, _)| match &end {
            Bound::Unbounded => true,
            Bound::Included(end) => *key <= end,
            Bound::Excluded(end) => *key < end,
        })
    }
}

fn value_of<K: Clone + 'static, V: Clone + 'static>(entry: Entry) -> Option<V> {
    let entry = entry.downcast::<(K, V)>().ok()?;
    Some(Rc::try_unwrap(entry).unwrap_or_else(|shared| (*shared).clone()).1)
}

impl<K: 'static, V: 'static> Map<K, V> {
    /// The entries, in order of their keys.
    #[must_use]
    pub fn iter(&self) -> Iter<'_, K, V> {
        Iter { walk: Walk::new(&self.root, self.len), types: PhantomData }
    }

    /// The keys, in order.
    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &K> {
        self.iter().map(|(key, _)| key)
    }

    /// The values, in order of their keys.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &V> {
        self.iter().map(|(_, value)| value)
    }

    /// The entry with the greatest key.
    #[must_use]
    pub fn get_max(&self) -> Option<(&K, &V)> {
        self.iter().next_back()
    }
}

/// The entries of a [`Map`], in order of their keys.
pub struct Iter<'a, K, V> {
    walk: Walk<'a>,
    types: PhantomData<(K, V)>,
}

impl<'a, K: 'static, V: 'static> Iterator for Iter<'a, K, V> {
    type Item = (&'a K, &'a V);

    fn next(&mut self) -> Option<Self::Item> {
        self.walk.next().and_then(|entry| typed::<K, V>(&**entry)).map(|(key, value)| (key, value))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (0, Some(self.walk.rest))
    }
}

impl<K: 'static, V: 'static> DoubleEndedIterator for Iter<'_, K, V> {
    fn next_back(&mut self) -> Option<Self::Item> {
        self.walk.next_back().and_then(|entry| typed::<K, V>(&**entry)).map(|(key, value)| (key, value))
    }
}

impl<'a, K: 'static, V: 'static> IntoIterator for &'a Map<K, V> {
    type Item = (&'a K, &'a V);
    type IntoIter = Iter<'a, K, V>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<K: Ord + Rank + Clone + 'static, V: Clone + 'static> Extend<(K, V)> for Map<K, V> {
    fn extend<I: IntoIterator<Item = (K, V)>>(&mut self, entries: I) {
        for (key, value) in entries {
            self.insert(key, value);
        }
    }
}

impl<K: Ord + Rank + Clone + 'static, V: Clone + 'static> FromIterator<(K, V)> for Map<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let mut map = Self::new();
        map.extend(entries);
        map
    }
}

/// What two versions share is equal without being looked at.
impl<K: PartialEq + 'static, V: PartialEq + 'static> PartialEq for Map<K, V> {
    fn eq(&self, other: &Self) -> bool {
        if self.ptr_eq(other) {
            return true;
        }
        let (mut one, mut two) = (Walk::new(&self.root, self.len), Walk::new(&other.root, other.len));
        self.len == other.len
            && std::iter::from_fn(|| Some((one.next()?, two.next()?)))
                .all(|(a, b)| Rc::ptr_eq(a, b) || typed::<K, V>(&**a) == typed::<K, V>(&**b))
    }
}

impl<K: Eq + 'static, V: Eq + 'static> Eq for Map<K, V> {}

impl<K: fmt::Debug + 'static, V: fmt::Debug + 'static> fmt::Debug for Map<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self).finish()
    }
}

#[cfg(test)]
mod tests;
