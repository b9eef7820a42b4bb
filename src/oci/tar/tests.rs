use super::*;

fn member(path: &str, kind: Kind) -> Header {
    Header::new(path, kind, 0o644)
}

fn read(bytes: &[u8]) -> Vec<Result<(Header, Vec<u8>), Error>> {
    Reader::new(bytes).map(|member| member.map(|(header, data)| (header, data.to_vec()))).collect()
}

#[test]
fn the_empty_layer_has_its_famous_id() {
    // The diff id of every empty layer that Docker ever made.
    assert_eq!(diff_id(|_| ()).to_string(), "sha256:5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef");
}

#[test]
fn members_survive_a_round_trip() {
    let long = format!("{}/{}", "d".repeat(120), "f".repeat(90));
    let longer = "x".repeat(300);
    let mut members = [
        member("etc", Kind::Dir),
        member("etc/hosts", Kind::File),
        member("etc/link", Kind::Symlink),
        member("etc/other", Kind::Hardlink),
        member(&long, Kind::File),
        member(&longer, Kind::File),
        member("dev/null", Kind::CharDevice),
        member("dev/pipe", Kind::Fifo),
    ];
    members[0].mtime = 1_739_501_316;
    members[1].uid = 3_000_000;
    members[1].gid = 42;
    members[2].link = "é".repeat(80);
    members[3].link = "etc/hosts".to_owned();
    members[4].mtime = -5;
    members[6].device = (1, 3);
    let content = b"127.0.0.1 localhost\n";
    let bytes = pack(members.iter().map(|header| (header, Body::Bytes(content))));
    assert_eq!(bytes.len() % BLOCK, 0);
    let back: Vec<_> = read(&bytes).into_iter().flatten().collect();
    assert_eq!(back.len(), members.len());
    for (header, (again, data)) in members.iter().zip(&back) {
        assert_eq!(header, again);
        assert_eq!(data.as_slice(), if header.kind == Kind::File { &content[..] } else { &[] });
    }
}

#[test]
fn fills_and_programs_are_recognised_again() {
    let header = member("bin/node", Kind::File);
    for body in [Body::Fill(100_000), Body::Program { name: "node", len: 5_000 }, Body::Bytes(b"#!/bin/sh\n")] {
        let bytes = pack([(&header, body)]);
        let back = read(&bytes);
        let Some(Ok((_, data))) = back.first() else {
            panic!("unreadable: {back:?}");
        };
        assert_eq!(Body::of(data), body);
    }
    // Nothing that merely starts like a program is one.
    let mut data = PROGRAM.to_vec();
    data.extend_from_slice(b"node\nmore");
    assert_eq!(Body::of(&data), Body::Bytes(&data));
}

/// What is read of a file `cut` behind a member with such a flag, which says more of it.
fn behind(flag: u8, more: &[u8]) -> Vec<Result<(Header, Vec<u8>), Error>> {
    let mut bytes = pack([(&member("more", Kind::File), Body::Bytes(more))]);
    bytes[156] = flag;
    let mut sum = checksum(&bytes[..BLOCK]);
    for digit in bytes[148..154].iter_mut().rev() {
        *digit = b'0' + (sum & 7) as u8;
        sum >>= 3;
    }
    bytes.truncate(2 * BLOCK);
    bytes.extend(pack([(&member("cut", Kind::File), Body::Bytes(b"x"))]));
    read(&bytes)
}

#[test]
fn gnu_long_names_are_read() {
    let back = behind(b'L', format!("{}\0", "n".repeat(150)).as_bytes());
    assert!(matches!(&back[..], [Ok((header, data))] if header.path == "n".repeat(150) && data == b"x"));
}

/// As Go's reader has it: no name holds a NUL, and a record without a value says nothing.
#[test]
fn pax_records_are_read() {
    for (records, name) in [("10 path=a\n", "a"), ("8 path=\n8 size=\n", "cut"), ("13 comment=\0\n", "cut")] {
        let back = behind(b'x', records.as_bytes());
        assert!(
            matches!(&back[..], [Ok((header, data))] if header.path == name && data == b"x"),
            "{records:?}: {back:?}"
        );
    }
    for records in ["11 path=a\0\n", "12 uname=a\0\n", "4 =\n", "7 a\0=b\n", "8 path=a\n", "x"] {
        assert_eq!(behind(b'x', records.as_bytes()), [Err(Error::BadHeader)], "{records:?}");
    }
}

#[test]
fn damaged_archives_are_errors() {
    let bytes = pack([(&member("a", Kind::File), Body::Bytes(&[1; 600]))]);
    assert_eq!(read(&bytes[..700]), [Err(Error::Truncated)]);
    assert_eq!(read(&bytes[..100]), [Err(Error::Truncated)]);
    let mut bad = bytes.clone();
    bad[0] = b'b';
    assert_eq!(read(&bad), [Err(Error::BadHeader)]);
    for at in 0..BLOCK {
        for byte in [0, b'9', 0x80, 0xff] {
            let mut bad = bytes.clone();
            bad[at] = byte;
            drop(read(&bad));
        }
    }
}

#[test]
fn whiteouts_name_what_they_hide() {
    assert_eq!(whiteout("etc/hosts"), "etc/.wh.hosts");
    assert_eq!(as_whiteout("etc/.wh.hosts"), Some(Whiteout::Removed("etc/hosts".to_owned())));
    assert_eq!(as_whiteout(".wh.tmp"), Some(Whiteout::Removed("tmp".to_owned())));
    assert_eq!(as_whiteout("etc/.wh..wh..opq"), Some(Whiteout::Opaque("etc".to_owned())));
    assert_eq!(as_whiteout("etc/hosts"), None);
}
