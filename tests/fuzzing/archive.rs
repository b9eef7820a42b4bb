//! Archives out of texts: a mutator of texts that met tar's sums and an image's digests at random would be refused at
//! the door, always. So a text says what an archive holds, and digests and sums are made to fit.
//!
//! ```text
//! +0 path/of/file name size=9 mode=755    a member: typeflag, path, then what else its head says
//!   words                                 a line of its content
//! ( z(                                    its content is the archive up to `)`, packed by gzip behind `z(`
//! =alias                                  from here on {alias} is its content's digest, {#alias} its length
//! !124 text                               other bytes in its head, at this place; `~` leaves the sum as it was
//! cut 700                                 the archive ends here
//! ```
//! In a path `{}` is the digest of what the member holds.

use std::collections::BTreeMap;

use layerlab::engine::api::{Answer, Fault};
use layerlab::engine::transfer;
use layerlab::model::World;
use layerlab::oci::digest::Digest;
use layerlab::oci::{gzip, layer, tar, unpack};

use super::family::held;

const BLOCK: usize = 512;
/// Archives within archives.
const DEPTH: usize = 4;

#[derive(Default)]
struct Member {
    /// What stands behind `+`.
    head: String,
    content: Vec<u8>,
    /// Changes of the head: place, bytes, and whether the sum follows.
    pokes: Vec<(usize, Vec<u8>, bool)>,
}

#[derive(Default)]
struct Archive {
    bytes: Vec<u8>,
    member: Option<Member>,
    packed: bool,
}

/// The digests and lengths that names stand for.
type Known = BTreeMap<String, String>;

fn filled(text: &str, known: &Known) -> String {
    let mut text = text.to_string();
    for (name, value) in known {
        if text.contains(name) {
            text = text.replace(name, value);
        }
    }
    text
}

impl Archive {
    fn close(&mut self) {
        let Some(member) = self.member.take() else { return };
        let mut block = head(&member);
        for (at, bytes, _) in member.pokes.iter().filter(|poke| poke.2) {
            poke(&mut block, *at, bytes);
        }
        block[148..156].fill(b' ');
        let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
        poke(&mut block, 148, format!("{sum:06o}\0 ").as_bytes());
        for (at, bytes, _) in member.pokes.iter().filter(|poke| !poke.2) {
            poke(&mut block, *at, bytes);
        }
        self.bytes.extend(block);
        self.bytes.extend(&member.content);
        self.bytes.resize(self.bytes.len().next_multiple_of(BLOCK), 0);
    }

    fn finish(mut self) -> Vec<u8> {
        self.close();
        self.bytes.extend([0; 2 * BLOCK]);
        if self.packed { gzip::pack(&self.bytes) } else { self.bytes }
    }
}

fn poke(block: &mut [u8], at: usize, bytes: &[u8]) {
    for (place, byte) in block.iter_mut().skip(at).zip(bytes) {
        *place = *byte;
    }
}

fn head(member: &Member) -> [u8; BLOCK] {
    let mut block = [0; BLOCK];
    let mut words = member.head.split(' ');
    let flag = words.next().and_then(|word| word.bytes().next()).unwrap_or(b'0');
    let path = words.next().unwrap_or_default().replace("{}", &Digest::of(&member.content).hex());
    let (mut size, mut mode, mut link) = (member.content.len() as u64, 0o644, "");
    for word in words {
        match word.split_once('=') {
            Some(("size", number)) => size = number.parse().unwrap_or(size),
            Some(("mode", number)) => mode = u32::from_str_radix(number, 8).unwrap_or(mode) & 0o7_777_777,
            _ => link = word,
        }
    }
    poke(&mut block[..100], 0, path.as_bytes());
    poke(&mut block, 100, format!("{mode:07o}\0{:07o}\0{:07o}\0", 0, 0).as_bytes());
    poke(&mut block, 124, format!("{:011o}\0{:011o}\0", size & 0o77_777_777_777, 0).as_bytes());
    block[156] = flag;
    poke(&mut block[..257], 157, link.as_bytes());
    poke(&mut block, 257, b"ustar\x0000");
    block
}

/// The archive that a text describes; any text is one.
fn archive(text: &str) -> Vec<u8> {
    let mut known = Known::new();
    let mut stack = vec![Archive::default()];
    let mut end = usize::MAX;
    for line in text.lines() {
        let depth = stack.len();
        let Some(top) = stack.last_mut() else { break };
        if let Some(head) = line.strip_prefix('+') {
            top.close();
            top.member = Some(Member { head: filled(head, &known), ..Member::default() });
        } else if matches!(line, "(" | "z(") && depth < DEPTH {
            stack.push(Archive { packed: line == "z(", ..Archive::default() });
        } else if line == ")" && depth > 1 {
            let inner = stack.pop().map(Archive::finish).unwrap_or_default();
            if let Some(member) = stack.last_mut().and_then(|top| top.member.as_mut()) {
                member.content = inner;
            }
        } else if let Some(length) = line.strip_prefix("cut ") {
            end = length.parse().unwrap_or(end);
        } else if let Some(member) = &mut top.member {
            describe(member, line, &mut known);
        }
    }
    while stack.len() > 1 {
        stack.pop();
    }
    let mut bytes = stack.pop().map(Archive::finish).unwrap_or_default();
    bytes.truncate(end);
    bytes
}

fn describe(member: &mut Member, line: &str, known: &mut Known) {
    if let Some(words) = line.strip_prefix("  ") {
        member.content.extend(filled(words, known).bytes());
        member.content.push(b'\n');
    } else if let Some(name) = line.strip_prefix('=') {
        known.insert(format!("{{{name}}}"), Digest::of(&member.content).hex());
        known.insert(format!("{{#{name}}}"), member.content.len().to_string());
    } else if let Some((sign @ ("!" | "~"), rest)) = line.split_at_checked(1) {
        let (at, bytes) = rest.split_once(' ').unwrap_or((rest, ""));
        let at = at.parse().unwrap_or(BLOCK);
        member.pokes.push((at, bytes.as_bytes().to_vec(), sign == "!"));
    }
}

/// Reads what the text describes as a tar, a layer, an image to load and one to import; and the text itself.
pub fn check(text: &str) -> Result<(), String> {
    for bytes in [archive(text), text.as_bytes().to_vec()] {
        let _ = gzip::unpack(&bytes);
        tree(&bytes)?;
        load(&bytes)?;
        import(&bytes)?;
    }
    Ok(())
}

/// A tree that was read is written and read again as the same.
fn tree(bytes: &[u8]) -> Result<(), String> {
    let Ok(fs) = unpack::read(bytes) else { return Ok(()) };
    let mut written = Vec::new();
    let mut sink = |piece: &[u8]| written.extend_from_slice(piece);
    let mut writer = tar::Writer::new(&mut sink);
    layer::write_tar(&fs, &mut writer);
    writer.finish();
    let again = unpack::read(&written).map_err(|error| format!("broken: what is written can be read: {error}"))?;
    held(layer::diff_id(&again) == layer::diff_id(&fs), "what is written is read as the same tree")
}

fn sound(world: &World) -> Result<(), String> {
    world.verify().map_err(|why| format!("broken: {why:?}"))
}

fn refused(fault: &Fault) -> Result<(), String> {
    held(!fault.message.is_empty(), "a refusal says why")
}

/// What was loaded is saved, and loaded elsewhere as the same.
fn load(bytes: &[u8]) -> Result<(), String> {
    let mut world = World::new(1);
    let loaded = transfer::load(&mut world, bytes);
    sound(&world)?;
    if let Err(fault) = loaded {
        return refused(&fault);
    }
    let ids: Vec<String> = world.engine.images.keys().map(|id| id.to_string()).collect();
    let saved = match transfer::save(&mut world, &ids) {
        Ok(Answer::Bytes(saved)) if !ids.is_empty() => saved,
        Ok(_) => return Ok(()),
        Err(fault) => return refused(&fault),
    };
    let mut other = World::new(2);
    transfer::load(&mut other, &saved).map_err(|fault| format!("broken: what is saved loads: {}", fault.message))?;
    sound(&other)?;
    held(other.engine.images.keys().eq(world.engine.images.keys()), "what is saved is loaded as the same images")
}

fn import(bytes: &[u8]) -> Result<(), String> {
    let mut world = World::new(1);
    let made = transfer::import(&mut world, bytes, "made:1", "", &[]);
    sound(&world)?;
    match made {
        Ok(_) => held(world.engine.images.values().count() == 1, "an image is made"),
        Err(fault) => held(world.engine.images.values().count() == 0, "nothing is left").and(refused(&fault)),
    }
}
