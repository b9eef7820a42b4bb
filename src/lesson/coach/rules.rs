//! The coach's rules, first to last.

use super::{Rule, find};

pub(super) const RULES: &[Rule] = &[
    Rule {
        name: "daemon-unreachable",
        find: find::daemon,
        vi: "Lệnh `docker` chỉ là người đưa tin: nó gửi yêu cầu cho dịch vụ `dockerd` qua tệp `/var/run/docker.sock`, và lúc này không có ai trả lời. Cần khởi động lại dịch vụ, lệnh của bạn không sai.",
        en: "The `docker` command is only a messenger: it sends requests to the service `dockerd` through `/var/run/docker.sock`, and nobody answers there now. The service has to be started; your command is not at fault.",
    },
    Rule {
        name: "name-conflict",
        find: find::name_conflict,
        vi: "Mỗi tên chỉ thuộc về một container, kể cả khi nó đã dừng. Tên `{0}` đang thuộc về một container khác: hãy xóa nó, hoặc chọn tên mới. Nếu bạn chỉ muốn chạy lại container cũ thì dùng `docker start {0}`.",
        en: "A name belongs to one container only, even a stopped one. Another container holds the name `{0}`: remove it, or choose another name. To run the old container again, use `docker start {0}`.",
    },
    Rule {
        name: "container-near",
        find: find::near_container,
        vi: "Không có container nào tên `{0}`. Có phải bạn muốn gõ `{1}`?",
        en: "There is no container `{0}`. Did you mean `{1}`?",
    },
    Rule {
        name: "no-such-container",
        find: find::no_container,
        vi: "Không có container nào tên `{0}`. `docker ps -a` liệt kê mọi container, kể cả những container đã dừng.",
        en: "There is no container `{0}`. `docker ps -a` lists them all, stopped ones too.",
    },
    Rule {
        name: "image-in-use",
        find: find::image_in_use,
        vi: "Container `{0}` vẫn đứng trên các lớp của image này (container đã dừng cũng tính). Xóa container trước, rồi mới xóa image.",
        en: "The container `{0}` still stands on this image's layers (a stopped one counts, too). Remove the container first, then the image.",
    },
    Rule {
        name: "remove-running",
        find: find::remove_running,
        vi: "Container `{0}` đang chạy, nên Docker không xóa. Hãy dừng nó trước, hoặc dùng `docker rm -f` để buộc dừng rồi xóa luôn.",
        en: "The container `{0}` is running, so Docker won't remove it. Stop it first, or use `docker rm -f` to end and remove it at once.",
    },
    Rule {
        name: "module-not-in-image",
        find: find::missing_module,
        vi: "Container `{0}` đã dừng ngay: Node.js không tìm thấy `{1}`. Image chỉ có Node.js, không có mã nguồn của bạn; tệp trên máy bạn không tự vào trong container. Log của container nói rõ điều đó.",
        en: "The container `{0}` stopped at once: Node.js did not find `{1}`. The image has Node.js but not your code, and files on your machine do not enter a container by themselves. The container's log says so.",
    },
    Rule {
        name: "exited-at-once",
        find: find::exited_at_once,
        vi: "Docker đã in id, nhưng container `{0}` đã dừng ngay với mã {1}. Một container chỉ sống khi tiến trình chính của nó còn chạy. Log của nó thường cho biết vì sao.",
        en: "Docker printed an id, but the container `{0}` stopped at once with code {1}. A container lives only as long as its main process. Its log usually tells why.",
    },
    Rule {
        name: "nothing-to-do",
        find: find::nothing_to_do,
        vi: "Container `{0}` không bị lỗi: tiến trình chính của nó đã làm xong việc (mã 0) nên container dừng. Một shell không có terminal cũng kết thúc ngay; thêm `-it` để nó ở lại.",
        en: "Nothing failed in `{0}`: its main process had nothing left to do (code 0), so the container stopped. A shell without a terminal ends at once, too; `-it` makes it stay.",
    },
    Rule {
        name: "no-curl",
        find: find::no_curl,
        vi: "Image dựng trên Alpine thường không có `curl`, nhưng có `wget` của busybox. `wget -qO- URL` in nội dung ra màn hình, giống như `curl`.",
        en: "Images on Alpine mostly have no `curl`, but they have busybox's `wget`. `wget -qO- URL` prints what it gets, as `curl` does.",
    },
    Rule {
        name: "no-bash",
        find: find::no_bash,
        vi: "Image này không có `bash`. Image nhỏ như Alpine chỉ có `sh`, và để xem quanh container thì vậy là đủ.",
        en: "This image has no `bash`. Small images such as Alpine's have `sh` only, which is enough to look around.",
    },
    Rule {
        name: "exec-stopped",
        find: find::exec_stopped,
        vi: "`docker exec` chạy thêm một lệnh trong container đang chạy; `{0}` thì đã dừng. Hãy khởi động nó trước.",
        en: "`docker exec` runs one more command in a running container, and `{0}` has stopped. Start it first.",
    },
    Rule {
        name: "exec-paused",
        find: find::exec_paused,
        vi: "Container `{0}` đang tạm dừng: mọi tiến trình bên trong đều bị đóng băng. Hãy cho nó chạy tiếp.",
        en: "The container `{0}` is paused: every process in it is frozen. Let it go on first.",
    },
    Rule {
        name: "port-taken",
        find: find::port_taken,
        vi: "Cổng {0} của máy bạn đang có nơi khác dùng, mỗi cổng chỉ nối được với một container. Hãy chọn một cổng khác ở bên trái dấu hai chấm. Container vừa tạo vẫn còn đó (trạng thái `Created`).",
        en: "Port {0} of your machine is taken, and a port leads to one container only. Choose another one left of the colon. The container that was just made is still there (`Created`).",
    },
    Rule {
        name: "image-near",
        find: find::near_image,
        vi: "Registry không có image nào tên `{0}` (hoặc nó là riêng tư). Có phải bạn muốn gõ `{1}`?",
        en: "The registry has no image `{0}` (or it is private). Did you mean `{1}`?",
    },
    Rule {
        name: "command-near",
        find: find::near_command,
        vi: "Docker không có lệnh `{0}`. Có phải bạn muốn gõ `{1}`?",
        en: "Docker has no command `{0}`. Did you mean `{1}`?",
    },
    Rule {
        name: "flag-near",
        find: find::near_flag,
        vi: "Lệnh này không có tùy chọn `{0}`. Có phải bạn muốn gõ `{1}`?",
        en: "This command has no option `{0}`. Did you mean `{1}`?",
    },
    Rule {
        name: "program-near",
        find: find::near_program,
        vi: "Máy này không có lệnh `{0}`. Có phải bạn muốn gõ `{1}`?",
        en: "This machine has no command `{0}`. Did you mean `{1}`?",
    },
    Rule {
        name: "program-in-image",
        find: find::program_in_image,
        vi: "`{0}` không được cài trên máy này, và cũng không cần: nó nằm trong image `{1}`. Hãy chạy nó trong một container.",
        en: "`{0}` is not installed on this machine and need not be: it is in the image `{1}`. Run it in a container.",
    },
];
