use crate::model::order::Order;

use super::situation::*;
use super::*;
use crate::model::container::Status;
use crate::model::{Map, Text};
use crate::words::Lang;

const SIZES: [(i32, i32); 4] = [(1084, 520), (720, 254), (390, 350), (800, 480)];

/// The objects that may not lie on each other.
fn solid(scene: &Scene) -> Vec<&Object> {
    let kinds = [Kind::Layer, Kind::Container, Kind::Group];
    scene.objects().filter(|object| kinds.contains(&object.kind) && object.h > 20).collect()
}

fn overlap(a: &Object, b: &Object) -> bool {
    a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h
}

#[test]
fn nothing_lies_on_anything() {
    for count in [0, 1, 2, 3, 4, 5, 8, 12, 20, 30, 40, 200] {
        let world = many(count);
        for (width, height) in SIZES {
            let scene = scene(&world, &view(width, height, Lang::En), &slots(&world));
            let solid = solid(&scene);
            for (n, a) in solid.iter().enumerate() {
                assert!(a.x >= 0 && a.x + a.w <= scene.width, "{count} at {width}: {} leaves the Stage", a.key);
                for b in solid.iter().skip(n + 1) {
                    assert!(!overlap(a, b), "{count} at {width}: {} lies on {}", a.key, b.key);
                }
            }
        }
    }
}

#[test]
fn every_container_is_told_of() {
    for count in [0, 1, 3, 8] {
        let world = many(count);
        let scene = scene(&world, &view(1084, 520, Lang::Vi), &slots(&world));
        let told = scene.objects().filter(|object| object.kind == Kind::Container).count();
        assert_eq!(told, count);
    }
    let world = many(40);
    let scene = scene(&world, &view(1084, 520, Lang::Vi), &slots(&world));
    let groups: Vec<&Object> = scene.objects().filter(|object| object.kind == Kind::Group).collect();
    assert!(groups.len() >= 5, "{}", groups.len());
    assert!(groups.iter().any(|group| group.class.contains("st-failed")), "failed ones stand by themselves");
}

#[test]
fn keys_are_unique() {
    for world in [world(), article(), many(8), many(40)] {
        for (width, height) in SIZES {
            let scene = scene(&world, &view(width, height, Lang::En), &slots(&world));
            let mut keys: Vec<&str> = scene.objects().map(|object| object.key.as_str()).collect();
            keys.order();
            let all = keys.len();
            keys.dedup();
            assert_eq!(keys.len(), all);
        }
    }
}

#[test]
fn ghosts_stand_at_the_height_of_their_plates() {
    let world = article();
    let scene = scene(&world, &view(1084, 520, Lang::Vi), &slots(&world));
    let plates: Vec<(i32, i32)> = scene.objects().filter(|o| o.kind == Kind::Layer).map(|o| (o.y, o.h)).collect();
    let ghosts: Vec<&Object> = scene.objects().filter(|object| object.kind == Kind::Ghosts).collect();
    assert_eq!((plates.len(), ghosts.len()), (7, 2));
    for object in ghosts {
        let of = object.shapes.iter().filter_map(|shape| match shape {
            Shape::Group { shapes, .. } => shapes.first(),
            _ => None,
        });
        let of: Vec<(i32, i32)> = of
            .filter_map(|shape| match shape {
                Shape::Rect { y, h, .. } => Some((object.y + y, *h)),
                _ => None,
            })
            .collect();
        assert_eq!(of, plates);
    }
}

#[test]
fn a_shared_layer_is_drawn_once() {
    let world = article();
    let scene = scene(&world, &view(1084, 520, Lang::Vi), &slots(&world));
    assert_eq!(scene.objects().filter(|object| object.kind == Kind::Layer).count(), 7);
    assert_eq!(scene.objects().filter(|object| object.kind == Kind::Image).count(), 2);
    let mut hues: Vec<u16> = scene.objects().filter(|o| o.kind == Kind::Layer).filter_map(|o| o.hue).collect();
    hues.order();
    hues.dedup();
    assert_eq!(hues.len(), 7, "seven layers, seven hues");
}

#[test]
fn what_stays_keeps_its_place() {
    let mut world = world();
    let node = image(&mut world, &["node:18-alpine"], &NODE);
    let mut slots = slots(&world);
    let mut places: Vec<(String, i32)> = Vec::new();
    for name in ["a", "b", "c"] {
        container(&mut world, name, &node, Status::Running, 0, "");
        slots.observe(&world);
    }
    let before = scene(&world, &view(1084, 520, Lang::Vi), &slots);
    places.extend(before.objects().filter(|o| o.kind == Kind::Container).map(|o| (o.key.clone(), o.x)));
    let gone = world.engine.names.remove("a").expect("a");
    world.engine.containers.remove(&gone);
    slots.observe(&world);
    let after = scene(&world, &view(1084, 520, Lang::Vi), &slots);
    for (key, x) in places.iter().skip(1) {
        assert_eq!(after.object(key).map(|object| object.x), Some(*x), "the gap stays until the next command");
    }
    slots.observe(&world);
    let closed = scene(&world, &view(1084, 520, Lang::Vi), &slots);
    let first = places.get(1).and_then(|(key, _)| closed.object(key)).map(|object| object.x);
    assert!(first < places.get(1).map(|(_, x)| *x), "then the row closes");
}

#[test]
fn a_layer_keeps_its_hue() {
    let mut world = world();
    image(&mut world, &["node:18-alpine"], &NODE);
    let mut slots = slots(&world);
    let hues: Vec<u16> = world.engine.layers.values().map(|layer| slots.hue(&layer.diff_id)).collect();
    let diff_ids: Vec<Text> = world.engine.layers.values().map(|layer| layer.diff_id.clone()).collect();
    for n in 0..9 {
        let tag = format!("other:{n}");
        image(&mut world, &[tag.as_str()], &[(["a", "b", "c", "d", "e", "f", "g", "h", "i"][n], 1 << n)]);
        slots.observe(&world);
    }
    assert_eq!(diff_ids.iter().map(|diff_id| slots.hue(diff_id)).collect::<Vec<_>>(), hues);
}

#[test]
fn the_same_snapshots_give_the_same_scene() {
    let (a, b) = (article(), article());
    assert_eq!(scene(&a, &view(1084, 520, Lang::Vi), &slots(&a)), scene(&b, &view(1084, 520, Lang::Vi), &slots(&b)));
}

#[test]
fn names_say_kind_state_and_image() {
    let world = article();
    let scene = scene(&world, &view(1084, 520, Lang::Vi), &slots(&world));
    let labels: Vec<&str> = scene.objects().map(|object| object.label.as_str()).collect();
    for expected in [
        "Container web, đang chạy, image myapp:1.0, lớp ghi 2 tệp, cổng 3000",
        "Container worker, đã thoát (137), image myapp:1.0, lớp ghi 2 tệp",
        "Image node:18-alpine, 4 lớp, 127 MB",
        "Lớp COPY . ., 18.6 kB",
        "Lớp ghi, 2 tệp · 12.4 kB",
    ] {
        assert!(labels.contains(&expected), "{expected} is not in {labels:#?}");
    }
}

#[test]
fn odd_worlds_are_drawn() {
    let mut world = article();
    // An image that was removed below its containers, a long stack, a long name, an untagged image, no network.
    world.engine.images = Map::new();
    world.engine.tags = Map::new();
    world.engine.layers = Map::new();
    world.engine.networks = Map::new();
    let steps: Vec<Step> = (0..40).map(|n| (["RUN /bin/sh -c a", "COPY x /"][n % 2], 1 << n.min(34))).collect();
    let long = image(&mut world, &["registry.example.com/a/very/long/repository/name/indeed:with-a-long-tag"], &steps);
    image(&mut world, &[], &[("RUN /bin/sh -c true", 0)]);
    container(&mut world, "a-name-that-does-not-fit-anywhere-at-all", &long, Status::Dead, 1, "65535");
    for (width, height) in SIZES.into_iter().chain([(0, 0), (i32::MAX, i32::MAX), (-5, 10)]) {
        let scene = scene(&world, &view(width, height, Lang::En), &slots(&world));
        assert!(!svg::write(&scene).is_empty());
        for object in scene.objects().filter(|object| object.kind == Kind::Container) {
            assert!(object.y >= 0, "{} at {width}x{height} starts at {}", object.key, object.y);
        }
    }
}

#[test]
fn what_outlives_a_container_stays() {
    let mut world = with_volume();
    let mut slots = slots(&world);
    let of = |world: &World, slots: &Slots| {
        let scene = scene(world, &view(1084, 520, Lang::En), slots);
        (scene.object("volume:app-data").cloned(), scene.objects().filter(|o| o.kind == Kind::Mount).count())
    };
    let (drum, mounts) = of(&world, &slots);
    assert!(drum.as_ref().is_some_and(|drum| drum.label.contains("mounted at /app/data")), "{drum:?}");
    assert!(mounts >= 1);
    let gone = world.engine.names.remove("web").expect("web");
    world.engine.containers.remove(&gone);
    slots.observe(&world);
    let (left, mounts) = of(&world, &slots);
    assert_eq!(mounts, 0);
    assert!(left.as_ref().is_some_and(|drum| drum.label.contains("not in use")), "{left:?}");
    assert_eq!(left.map(|drum| (drum.x, drum.y)), drum.map(|drum| (drum.x, drum.y)), "the volume does not move");
}

#[test]
fn everything_below_the_ground_is_named_in_both_languages() {
    let world = tiers();
    let labels = |lang: Lang| -> Vec<String> {
        let scene = scene(&world, &view(1084, 520, lang), &slots(&world));
        scene.objects().map(|object| object.label.clone()).collect()
    };
    let english = labels(Lang::En);
    for expected in [
        "Network bridge, 172.17.0.0/16, no names",
        "Network backend, 172.19.0.0/16, names resolve",
        "db on network backend, 172.19.0.3, also called cache, redis",
        "Volume db-data, mounted at /data",
        "db-data mounted in db at /data",
        "/home/learner/work/site mounted in web at /usr/share/site, read-only",
        "web: /cache, in memory (tmpfs)",
        "Plug: port 3000 of web, published at 0.0.0.0:8080",
        "Socket 0.0.0.0:8080 in the wall, leads to port 3000 of web",
        "Socket 127.0.0.1:5353/udp in the wall, leads to port 53/udp of web",
        "Your browser, localhost:8080",
    ] {
        assert!(english.iter().any(|label| label == expected), "{expected} is not in {english:#?}");
    }
    let vietnamese = labels(Lang::Vi);
    for expected in [
        "Mạng backend, 172.19.0.0/16, gọi nhau bằng tên",
        "db-data gắn vào db ở /data",
        "Ổ cắm 0.0.0.0:8080 trên tường, dẫn tới cổng 3000 của web",
    ] {
        assert!(vietnamese.iter().any(|label| label == expected), "{expected} is not in {vietnamese:#?}");
    }
    assert!(english.iter().any(|label| label.contains("web, running") && label.contains("healthy, restarts 2")));
}

#[test]
fn a_taken_port_is_an_alarm_at_its_socket() {
    let world = port_clash();
    let scene = scene(&world, &view(1084, 520, Lang::En), &slots(&world));
    let socket = scene.object("socket:0.0.0.0:3000").expect("the socket");
    assert_eq!(socket.class, "sock alarm");
    let refused = scene.objects().find(|object| object.kind == Kind::Port && object.class == "fail");
    assert!(refused.is_some_and(|plug| plug.label.ends_with("another container holds this port")), "{refused:?}");
}

#[test]
fn containers_without_a_rail_say_why() {
    let world = modes();
    let scene = scene(&world, &view(1084, 520, Lang::En), &slots(&world));
    let labels: Vec<&str> = scene.objects().map(|object| object.label.as_str()).collect();
    for expected in ["alone: no network", "open: the machine's own network", "side: shares the network of web"] {
        assert!(labels.contains(&expected), "{expected} is not in {labels:#?}");
    }
}

#[test]
fn volumes_and_networks_are_drawn_or_counted() {
    for count in [1, 5, 30] {
        let world = busy(count);
        for (width, height) in SIZES {
            let scene = scene(&world, &view(width, height, Lang::En), &slots(&world));
            let shown = scene.objects().filter(|object| object.kind == Kind::Volume).count();
            let all = world.engine.volumes.len();
            let text = format!("{scene:?}");
            let counted = shown == all || text.contains(&format!("+{} more", all - shown));
            assert!(counted, "{count} at {width}: {shown} of {all}");
            assert_eq!(scene.objects().filter(|object| object.kind == Kind::Network).count(), 2, "{count} at {width}");
        }
    }
}

#[test]
fn what_is_below_the_ground_stays_inside() {
    for world in [with_volume(), tiers(), modes(), port_clash(), busy(1), busy(8), busy(30)] {
        for (width, height) in SIZES {
            let scene = scene(&world, &view(width, height, Lang::Vi), &slots(&world));
            let kinds = [Kind::Volume, Kind::Network, Kind::Socket, Kind::Chip];
            for object in scene.objects().filter(|object| kinds.contains(&object.kind)) {
                let inside = object.x >= 0 && object.y > 0 && object.y + object.h <= scene.height;
                assert!(inside && object.x + object.w <= scene.width, "{width}: {} at {object:?}", object.key);
            }
        }
    }
}

#[test]
fn a_narrow_container_shows_its_health() {
    let mut world = busy(6);
    health(&mut world, "c0", "unhealthy");
    let scene = scene(&world, &view(1084, 520, Lang::En), &slots(&world));
    let spine = scene.objects().find(|object| object.label.starts_with("Container c0")).expect("c0");
    assert!(spine.class.contains("spine") && spine.label.contains("unhealthy"), "{spine:?}");
    assert!(format!("{:?}", spine.shapes).contains("h-unhealthy"), "{spine:?}");
}
