//! What the view of a build and the editor say.

use super::table::file_words;

/// The words of one language.
#[derive(Clone, Copy, Debug)]
pub struct BuildWords {
    pub graph: &'static str,
    pub one_base: &'static str,
    pub cached: &'static str,
    pub built: &'static str,
    pub running: &'static str,
    pub waiting: &'static str,
    pub failed: &'static str,
    pub stopped: &'static str,
    pub unneeded: &'static str,
    pub of_base: &'static str,
    pub image: &'static str,
    pub final_stage: &'static str,
    /// Where there is no room for the whole.
    pub final_short: &'static str,
    pub left_short: &'static str,
    pub left_behind: &'static str,
    pub copied_from: &'static str,
    pub only_copied: &'static str,
    pub stage: &'static str,
    pub broken: &'static str,
    pub instruction_changed: &'static str,
    pub base_changed: &'static str,
    pub cache_gone: &'static str,
    pub context_changed: &'static str,
    pub settings: &'static str,
    pub edit: &'static str,
    pub file_list: &'static str,
    pub new_file: &'static str,
    pub new_name: &'static str,
    pub create: &'static str,
    pub save: &'static str,
    pub saved: &'static str,
    pub unsaved: &'static str,
    pub changed_outside: &'static str,
    pub problems: &'static str,
    pub no_problems: &'static str,
    pub error: &'static str,
    pub warning: &'static str,
    pub no_file: &'static str,
    pub no_build: &'static str,
    pub stages: fn(usize) -> String,
    pub line: fn(usize) -> String,
    pub file_changed: fn(first: &str, more: usize) -> String,
    pub step_changed: fn(&str) -> String,
    pub takes: fn(path: &str, from: &str) -> String,
    pub text_of: fn(&str) -> String,
    /// A build has begun while the editor holds what no file has.
    pub not_built: fn(&str) -> String,
}

pub const EN: BuildWords = file_words!(BuildWords, "build/en.txt", {
    graph, one_base, cached, built, running, waiting, failed, stopped, unneeded, of_base, image, final_stage, final_short, left_short, left_behind, copied_from, only_copied, stage, broken, instruction_changed, base_changed, cache_gone, context_changed, settings, edit, file_list, new_file, new_name, create, save, saved, unsaved, changed_outside, problems, no_problems, error, warning, no_file, no_build
}, {
    stages: |n| if n == 1 { "1 stage".to_owned() } else { format!("{n} stages") },
    line: |n| format!("line {n}"),
    file_changed: |first, more| match more {
        0 => format!("{first} changed"),
        more => format!("{first} and {more} more changed"),
    },
    step_changed: |stage| format!("{stage} gave other files"),
    takes: |path, from| format!("takes {path} from {from}"),
    text_of: |path| format!("Text of {path}"),
    not_built: |path| format!("What you have changed in {path} is not saved yet: this build takes the file as it was."),
});

pub const VI: BuildWords = file_words!(BuildWords, "build/vi.txt", {
    graph, one_base, cached, built, running, waiting, failed, stopped, unneeded, of_base, image, final_stage, final_short, left_short, left_behind, copied_from, only_copied, stage, broken, instruction_changed, base_changed, cache_gone, context_changed, settings, edit, file_list, new_file, new_name, create, save, saved, unsaved, changed_outside, problems, no_problems, error, warning, no_file, no_build
}, {
    stages: |n| format!("{n} stage"),
    line: |n| format!("dòng {n}"),
    file_changed: |first, more| match more {
        0 => format!("{first} đổi"),
        more => format!("{first} và {more} tệp nữa đổi"),
    },
    step_changed: |stage| format!("{stage} cho tệp khác"),
    takes: |path, from| format!("lấy {path} từ {from}"),
    text_of: |path| format!("Nội dung của {path}"),
    not_built: |path| format!("Những gì bạn vừa sửa trong {path} chưa được lưu: lần build này dùng tệp như cũ."),
});
