//! What the inspector says. The texts stand in `inspect/LANGUAGE.txt`.

use super::table::file_words;

/// The words of one language.
#[derive(Clone, Copy, Debug)]
pub struct InspectWords {
    pub tabs: &'static str,
    pub overview: &'static str,
    pub files: &'static str,
    pub logs: &'static str,
    pub env: &'static str,
    pub processes: &'static str,
    pub stats: &'static str,
    pub network: &'static str,
    pub layers: &'static str,
    pub history: &'static str,
    pub json: &'static str,
    pub close: &'static str,
    pub same: &'static str,
    pub type_it: &'static str,
    pub life: &'static str,
    pub removed: &'static str,
    pub facts: &'static str,
    pub image: &'static str,
    pub image_gone: &'static str,
    pub command: &'static str,
    pub created: &'static str,
    pub started: &'static str,
    pub finished: &'static str,
    pub exit_code: &'static str,
    pub restarts: &'static str,
    pub health: &'static str,
    pub user: &'static str,
    pub workdir: &'static str,
    pub written: &'static str,
    pub limits: &'static str,
    pub no_limits: &'static str,
    pub labels: &'static str,
    pub id: &'static str,
    pub tags: &'static str,
    pub untagged: &'static str,
    pub size: &'static str,
    pub entrypoint: &'static str,
    pub cmd: &'static str,
    pub exposed: &'static str,
    pub declared_volumes: &'static str,
    pub platform: &'static str,
    pub used_by: &'static str,
    pub nobody: &'static str,
    pub driver: &'static str,
    pub subnet: &'static str,
    pub gateway: &'static str,
    pub mountpoint: &'static str,
    pub address: &'static str,
    pub names: &'static str,
    pub ports: &'static str,
    pub no_ports: &'static str,
    pub mounts: &'static str,
    pub no_mounts: &'static str,
    pub no_networks: &'static str,
    pub read_only: &'static str,
    pub not_running: &'static str,
    pub no_stats: &'static str,
    pub no_logs: &'static str,
    pub no_env: &'static str,
    pub from_image: &'static str,
    pub given: &'static str,
    pub name: &'static str,
    pub value: &'static str,
    pub source: &'static str,
    pub top_layer: &'static str,
    pub base: &'static str,
    pub per_layer: &'static str,
    pub all_layers: &'static str,
    pub writable: &'static str,
    pub whiteout: &'static str,
    pub volume: &'static str,
    pub bind: &'static str,
    pub empty: &'static str,
    pub edit: &'static str,
    pub copied_title: &'static str,
    pub copied: &'static str,
    pub deleted_title: &'static str,
    pub added_title: &'static str,
    pub layer_title: &'static str,
    pub mount_title: &'static str,
    pub efficiency: &'static str,
    pub wasted: &'static str,
    pub wasted_none: &'static str,
    pub step: &'static str,
    pub when: &'static str,
    pub cpu: &'static str,
    pub memory: &'static str,
    pub net_in: &'static str,
    pub net_out: &'static str,
    pub disk: &'static str,
    pub pids: &'static str,
    pub go_on: &'static str,
    pub title: fn(&str) -> String,
    pub more: fn(usize) -> String,
    pub of: fn(part: &str, whole: &str) -> String,
    pub file_count: fn(usize) -> String,
    pub copied_story: fn(name: &str) -> String,
    pub deleted_story: fn(name: &str, layer: &str) -> String,
    pub added_story: fn(name: &str) -> String,
    pub layer_story: fn(layer: &str, containers: usize) -> String,
    pub mount_story: fn(name: &str) -> String,
    pub wasted_story: fn(&str) -> String,
    pub times: fn(u32) -> String,
}

pub const EN: InspectWords = file_words!(InspectWords, "inspect/en.txt", {
    tabs, overview, files, logs, env, processes, stats, network, layers, history, json, close, same, type_it, life, removed, facts, image, image_gone, command, created, started, finished, exit_code, restarts, health, user, workdir, written, limits, no_limits, labels, id, tags, untagged, size, entrypoint, cmd, exposed, declared_volumes, platform, used_by, nobody, driver, subnet, gateway, mountpoint, address, names, ports, no_ports, mounts, no_mounts, no_networks, read_only, not_running, no_stats, no_logs, no_env, from_image, given, name, value, source, top_layer, base, per_layer, all_layers, writable, whiteout, volume, bind, empty, edit, copied_title, copied, deleted_title, added_title, layer_title, mount_title, efficiency, wasted, wasted_none, step, when, cpu, memory, net_in, net_out, disk, pids, go_on
}, {
    title: |name| format!("Inspector: {name}"),
    more: |n| format!("{n} more"),
    of: |part, whole| format!("{part} of {whole}"),
    file_count: |n| if n == 1 { "1 file".to_owned() } else { format!("{n} files") },
    copied_story: |name| format!(
        "A layer of an image is read-only, so Docker first **copied** {name} to the writable layer. The original is \
         where it was, and other containers still see it."
    ),
    deleted_story: |name, layer| format!(
        "{name} is still in {layer}. The writable layer only holds a mark, a **whiteout**, that hides it here: an image \
         does not get smaller when a container deletes a file."
    ),
    added_story: |name| format!(
        "{name} is in this container's writable layer. It survives a stop, and goes when the container is removed."
    ),
    layer_story: |layer, containers| format!(
        "It comes from {layer}: read-only, one copy on the disk for {}.",
        if containers == 1 { "1 container".to_owned() } else { format!("all {containers} containers of the image") }
    ),
    mount_story: |name| format!("It lies in {name}, beside the container: it stays when the container is removed."),
    wasted_story: |bytes| format!("{bytes} are in layers, but hidden by layers above: they are downloaded for nothing."),
    times: |n| if n == 1 { "once".to_owned() } else { format!("{n} times") },
});

pub const VI: InspectWords = file_words!(InspectWords, "inspect/vi.txt", {
    tabs, overview, files, logs, env, processes, stats, network, layers, history, json, close, same, type_it, life, removed, facts, image, image_gone, command, created, started, finished, exit_code, restarts, health, user, workdir, written, limits, no_limits, labels, id, tags, untagged, size, entrypoint, cmd, exposed, declared_volumes, platform, used_by, nobody, driver, subnet, gateway, mountpoint, address, names, ports, no_ports, mounts, no_mounts, no_networks, read_only, not_running, no_stats, no_logs, no_env, from_image, given, name, value, source, top_layer, base, per_layer, all_layers, writable, whiteout, volume, bind, empty, edit, copied_title, copied, deleted_title, added_title, layer_title, mount_title, efficiency, wasted, wasted_none, step, when, cpu, memory, net_in, net_out, disk, pids, go_on
}, {
    title: |name| format!("Soi {name}"),
    more: |n| format!("còn {n} nữa"),
    of: |part, whole| format!("{part} / {whole}"),
    file_count: |n| format!("{n} tệp"),
    copied_story: |name| format!(
        "Lớp image chỉ đọc, nên Docker **chép** {name} lên lớp ghi rồi mới sửa. Bản gốc vẫn nguyên, container khác vẫn \
         thấy bản gốc."
    ),
    deleted_story: |name, layer| format!(
        "{name} vẫn nằm trong {layer}. Lớp ghi chỉ có một dấu, gọi là **whiteout**, che tệp đó đi: container xóa tệp thì \
         image không nhỏ lại."
    ),
    added_story: |name| format!(
        "{name} nằm trong lớp ghi của container này. Dừng container thì tệp vẫn còn, xóa container thì mất."
    ),
    layer_story: |layer, containers| format!(
        "Tệp đến từ {layer}: chỉ đọc, trên đĩa chỉ có một bản cho {containers} container."
    ),
    mount_story: |name| format!("Tệp nằm trong {name}, bên ngoài container: xóa container thì tệp vẫn còn."),
    wasted_story: |bytes| format!("{bytes} nằm trong các lớp nhưng bị lớp trên che: vẫn phải tải về mà không ai thấy."),
    times: |n| format!("{n} lần"),
});
