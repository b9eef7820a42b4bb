//! What the learner's browser says of itself.

use super::table::file_words;

/// The words of one language.
#[derive(Clone, Copy, Debug)]
pub struct BrowseWords {
    pub address: &'static str,
    pub open: &'static str,
    pub reload: &'static str,
    pub blank: &'static str,
    pub loading: &'static str,
    pub trouble: &'static str,
    pub malformed: &'static str,
    pub redirected: &'static str,
    pub reset: &'static str,
    pub headers: &'static str,
    pub content: &'static str,
    pub ports: &'static str,
    pub no_ports: &'static str,
    pub empty_page: &'static str,
    pub refused: fn(host: &str) -> String,
    pub no_address: fn(host: &str) -> String,
    pub timed_out: fn(host: &str) -> String,
    pub nothing_sent: fn(host: &str) -> String,
    pub not_simulated: fn(what: &str) -> String,
}

pub const EN: BrowseWords = file_words!(BrowseWords, "browse/en.txt", {
    address, open, reload, blank, loading, trouble, malformed, redirected, reset, headers, content, ports, no_ports, empty_page
}, {
    refused: |host| format!("{host} refused to connect."),
    no_address: |host| format!("{host}’s address could not be found."),
    timed_out: |host| format!("{host} took too long to respond."),
    nothing_sent: |host| format!("{host} didn’t send any data."),
    not_simulated: |what| format!("What {what} would answer is not simulated."),
});

pub const VI: BrowseWords = file_words!(BrowseWords, "browse/vi.txt", {
    address, open, reload, blank, loading, trouble, malformed, redirected, reset, headers, content, ports, no_ports, empty_page
}, {
    refused: |host| format!("{host} đã từ chối kết nối."),
    no_address: |host| format!("Không tìm thấy địa chỉ của {host}."),
    timed_out: |host| format!("{host} mất quá nhiều thời gian để trả lời."),
    nothing_sent: |host| format!("{host} không gửi dữ liệu nào."),
    not_simulated: |what| format!("Sandbox không mô phỏng câu trả lời của {what}."),
});
