//! What is said of lessons that the learner brings along, of lessons that are being written, and of par.

use super::table::file_words;

/// The words of one language.
#[derive(Clone, Copy, Debug)]
pub struct OwnWords {
    pub heading: &'static str,
    pub how: &'static str,
    pub open_files: &'static str,
    pub open_folder: &'static str,
    pub drop_here: &'static str,
    pub refused: &'static str,
    pub draft: &'static str,
    pub why: &'static str,
    pub full: &'static str,
    pub gone: &'static str,
    pub listed: &'static str,
    pub par: &'static str,
    pub remove: fn(title: &str) -> String,
    pub place: fn(file: &str, line: usize) -> String,
    /// Where a lesson's address leads to another origin.
    pub elsewhere: fn(&str) -> String,
    pub missing: fn(&str) -> String,
    /// What the learner's way took, and par.
    pub commands: fn(spent: u64, par: u64) -> String,
    pub size: fn(spent: &str, par: &str) -> String,
    pub best: fn(&str) -> String,
    pub met: fn(under: bool) -> String,
}

pub const EN: OwnWords = file_words!(OwnWords, "own/en.txt", {
    heading, how, open_files, open_folder, drop_here, refused, draft, why, full, gone, listed, par
}, {
    remove: |title| format!("Remove: {title}"),
    place: |file, line| format!("{file}, line {line}"),
    elsewhere: |origin| format!("A lesson is only opened from the address that this page came from, not from {origin}."),
    missing: |url| format!("There is no lesson at {url}."),
    commands: |spent, par| format!("Your way: {spent} {}, par {par}", if spent == 1 { "command" } else { "commands" }),
    size: |spent, par| format!("Your image: {spent}, par {par}"),
    best: |best| format!("your best: {best}"),
    met: |under| if under { "Under par!" } else { "Par!" }.to_owned(),
});

pub const VI: OwnWords = file_words!(OwnWords, "own/vi.txt", {
    heading, how, open_files, open_folder, drop_here, refused, draft, why, full, gone, listed, par
}, {
    remove: |title| format!("Bỏ: {title}"),
    place: |file, line| format!("{file}, dòng {line}"),
    elsewhere: |origin| format!("Chỉ mở được bài học nằm cùng địa chỉ với trang này, không mở từ {origin}."),
    missing: |url| format!("Không có bài học nào ở {url}."),
    commands: |spent, par| format!("Cách của bạn: {spent} lệnh, par {par}"),
    size: |spent, par| format!("Image của bạn: {spent}, par {par}"),
    best: |best| format!("tốt nhất của bạn: {best}"),
    met: |under| if under { "Vượt par!" } else { "Đạt par!" }.to_owned(),
});
