//! Archives of images from elsewhere and for elsewhere: made by hand here, read and written by skopeo where it is.

use layerlab::oci::digest::Digest;
use layerlab::oci::tar::{self, Body, Header};
use serde_json::{Value, json};

use crate::server::{Client, Server, is_there};

/// A tar of files.
fn pack(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let heads: Vec<Header> = files.iter().map(|(path, _)| Header::new(path, tar::Kind::File, 0o644)).collect();
    tar::pack(heads.iter().zip(files).map(|(head, (_, bytes))| (head, Body::Bytes(bytes))))
}

/// A layer with one file.
fn layer() -> Vec<u8> {
    pack(&[("kept".to_string(), b"kept\n".to_vec())])
}

fn config(diff_id: &Digest) -> Value {
    json!({ "architecture": "amd64", "os": "linux", "config": { "Cmd": ["cat", "/kept"] },
        "rootfs": { "type": "layers", "diff_ids": [diff_id.to_string()] } })
}

/// What the engine says to an archive.
fn load(server: &Server, archive: &[u8]) -> String {
    let head = "POST /images/load?quiet=1 HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Type: application/x-tar";
    let mut request = format!("{head}\r\nContent-Length: {}\r\n\r\n", archive.len()).into_bytes();
    request.extend_from_slice(archive);
    let answer = server.talk(&request);
    answer.split_once("\r\n\r\n").map_or(String::new(), |(_, body)| body.trim().to_string())
}

/// An archive as `docker save` once wrote it.
fn docker_archive(diff_id: &Digest) -> Vec<u8> {
    let manifest = json!([{ "Config": "c.json", "RepoTags": ["hand:made"], "Layers": ["l/layer.tar"] }]);
    pack(&[
        ("c.json".to_string(), config(diff_id).to_string().into_bytes()),
        ("l/layer.tar".to_string(), layer()),
        ("manifest.json".to_string(), manifest.to_string().into_bytes()),
    ])
}

#[test]
fn a_layer_must_be_what_it_says() {
    let server = Server::start(&["--time", "virtual"]);
    let (right, wrong) = (Digest::of(&layer()), Digest::of(b"another"));
    let why = format!(r#"invalid diffID for layer 0: expected \"{wrong}\", got \"{right}\""#);
    let refused = load(&server, &docker_archive(&wrong));
    assert_eq!(refused, format!(r#"{{"errorDetail":{{"message":"{why}"}},"error":"{why}"}}"#));
    let taken = load(&server, &docker_archive(&right));
    assert_eq!(taken, r#"{"stream":"Loaded image: hand:made\n"}"#);
    assert!(load(&server, b"no archive").contains("error"));
}

/// A layout with an index of two platforms; `spoil` changes a blob after it has been named.
fn layout(spoil: bool) -> Vec<u8> {
    let mut files: Vec<(String, Vec<u8>)> = Vec::new();
    let mut blob = |kind: &str, mut bytes: Vec<u8>, spoil: bool| {
        let digest = Digest::of(&bytes);
        let named = json!({ "mediaType": kind, "digest": digest.to_string(), "size": bytes.len() });
        if spoil {
            bytes.push(b' ');
        }
        files.push((format!("blobs/sha256/{}", digest.hex()), bytes));
        named
    };
    let layer_of = blob("application/vnd.oci.image.layer.v1.tar", layer(), false);
    let config_of = config(&Digest::of(&layer())).to_string().into_bytes();
    let config_of = blob("application/vnd.oci.image.config.v1+json", config_of, spoil);
    let manifest = json!({ "schemaVersion": 2, "config": config_of, "layers": [layer_of] });
    let kind = "application/vnd.oci.image.manifest.v1+json";
    let mut own = blob(kind, manifest.to_string().into_bytes(), false);
    own["platform"] = json!({ "os": "linux", "architecture": "amd64" });
    // What is for others need not even be there.
    let mut other = own.clone();
    other["digest"] = json!(Digest::of(b"elsewhere").to_string());
    other["platform"] = json!({ "os": "linux", "architecture": "arm64" });
    let index = json!({ "schemaVersion": 2, "manifests": [other, own] });
    let mut top = blob("application/vnd.oci.image.index.v1+json", index.to_string().into_bytes(), false);
    top["annotations"] = json!({ "io.containerd.image.name": "docker.io/library/laid:out" });
    let index = json!({ "schemaVersion": 2, "manifests": [top] });
    files.push(("index.json".to_string(), index.to_string().into_bytes()));
    files.push(("oci-layout".to_string(), br#"{"imageLayoutVersion":"1.0.0"}"#.to_vec()));
    pack(&files)
}

#[test]
fn a_bare_layout_is_loaded() {
    let server = Server::start(&["--time", "virtual"]);
    assert_eq!(load(&server, &layout(false)), r#"{"stream":"Loaded image: laid:out\n"}"#);
    assert!(load(&server, &layout(true)).contains("failed precondition"));
    let Some(client) = Client::of(&server) else { return };
    let id = Digest::of(config(&Digest::of(&layer())).to_string().as_bytes());
    assert_eq!(
        client.good("docker image inspect --format '{{.Id}} {{.Config.Cmd}}' laid:out"),
        format!("{id} [cat /kept]\n")
    );
}

#[test]
fn skopeo_reads_what_is_saved_and_its_copies_come_back() {
    let server = Server::start(&["--time", "virtual", "--images", "alpine"]);
    let Some(client) = Client::of(&server) else { return };
    if !is_there("skopeo") {
        eprintln!("skipped: there is no skopeo");
        return;
    }
    client.good("docker run --name box alpine sh -c 'echo kept > /kept; mkdir -p /a/b; ln -s b /a/c; chown 3:4 /a'");
    client.good("docker commit -c 'CMD [\"cat\", \"/kept\"]' box kept:1 && docker save -o kept.tar kept:1 && docker save -o both.tar alpine kept:1");
    let id = client.good("docker image inspect --format '{{.Id}}' kept:1");
    let raw: Value =
        serde_json::from_str(&client.good("skopeo inspect --raw docker-archive:kept.tar")).expect("a manifest");
    assert_eq!(raw["config"]["digest"], id.trim());
    let told: Value =
        serde_json::from_str(&client.good("skopeo inspect docker-archive:both.tar:kept:1")).expect("a document");
    assert_eq!((&told["Os"], told["Layers"].as_array().map(Vec::len)), (&json!("linux"), Some(2)));
    client.good("docker rm box && docker rmi kept:1");
    client.good("skopeo copy --insecure-policy docker-archive:kept.tar oci-archive:copied.tar:kept:1");
    assert_eq!(client.good("docker load -i copied.tar"), "Loaded image: kept:1\n");
    // A copy's configuration is written anew, and names the image.
    let raw = client.good("skopeo inspect --raw oci-archive:copied.tar:kept:1");
    let raw: Value = serde_json::from_str(&raw).expect("a manifest");
    assert_eq!(raw["config"]["digest"], client.good("docker image inspect --format '{{.Id}}' kept:1").trim());
    assert_eq!(client.good("docker run --rm kept:1"), "kept\n");
    let copied = client.good("docker run --rm kept:1 sh -c 'stat -c %u:%g /a; readlink /a/c'");
    assert_eq!(copied, "3:4\nb\n");
}
