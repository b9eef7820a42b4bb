//! busybox: one executable that is many commands, by the name it is called with.

use super::command::Flavour;
use super::{options, row, rows, start};
use crate::kernel::{LocalFuture, Sys};
use crate::model::order::Order;

/// Applets of the real thing that other modules' programs stand for, or that are not simulated.
const OTHERS: &str = "acpid adjtimex arp arping ash bc blkid brctl bunzip2 bzcat bzip2 chattr chroot cpio crond \
    crontab cryptpw dc dmesg dnsdomainname dos2unix dumpkmap ed expand fallocate fbset fdisk findfs flock fold \
    fsck fstrim fsync fuser getopt getty halt hd hdparm hostid httpd hwclock ifconfig ifdown ifup init inotifyd \
    insmod ionice iostat ipaddr ipcalc ipcrm ipcs iplink iproute killall klogd last link loadfont loadkmap logger \
    login logread losetup lsattr lsmod lsof lsusb lzcat lzma lzop md5sum mdev mkfifo mknod mkpasswd mkswap modprobe \
    mountpoint mpstat nameif nanddump nbd-client nc netstat nice nmeter nohup nologin nsenter ntpd \
    openvt partprobe passwd pgrep pidof ping6 pipe_progress pivot_root pkill pmap poweroff pstree pwdx raidautorun \
    rdate rdev readahead reboot reset resize rfkill rmmod route run-parts script sendmail setfont setpriv setsid sh \
    sha1sum sha3sum sha512sum showkey shred shuf slattach split ssl_client strings stty sum swapoff swapon switch_root \
    sync sysctl syslogd telnet tftp traceroute traceroute6 tree truncate ts tty tunctl udhcpc udhcpc6 umount \
    uncompress unexpand unix2dos unlink unlzma unshare unxz unzip usleep uudecode uuencode vconfig vlock volname \
    watch watchdog who whois xxd xzcat zcip addgroup adduser delgroup deluser chpasswd";

/// The main function of the executable `busybox`.
pub fn busybox(sys: Sys) -> LocalFuture<i32> {
    Box::pin(async move {
        let mut argv = sys.argv();
        let called = base(argv.first().map_or("busybox", String::as_str)).to_string();
        if called != "busybox" {
            return applet(sys, &called, argv).await;
        }
        match argv.get(1).map(String::as_str) {
            None | Some("--help") => {
                let _ = sys.print(&listing()).await;
                0
            }
            Some("--list") => {
                let _ = sys.print(&(names().join("\n") + "\n")).await;
                0
            }
            Some("--install") => {
                sys.eprint("layerlab: busybox --install is not simulated\n").await;
                126
            }
            Some(name) => {
                let name = base(name).to_string();
                argv.remove(0);
                sys.me_mut(|p| p.argv = argv.clone().into());
                applet(sys, &name, argv).await
            }
        }
    })
}

fn base(name: &str) -> &str {
    // A login shell is called with a dash in front.
    name.rsplit('/').next().unwrap_or(name).trim_start_matches('-')
}

async fn applet(sys: Sys, name: &str, argv: Vec<String>) -> i32 {
    if let Some(row) = row(name).filter(|row| row.busybox.is_some()) {
        return start(sys, row, Flavour::Busybox, name.to_string(), argv.get(1..).unwrap_or_default()).await;
    }
    if OTHERS.split_ascii_whitespace().any(|other| other == name) {
        let wanted = if name == "sh" { "ash" } else { name };
        if let Some(program) = sys.with(|kernel| kernel.program(wanted)) {
            return (program.main)(sys).await;
        }
        sys.eprint(&format!("layerlab: {name} is not simulated\n")).await;
        return 126;
    }
    sys.eprint(&format!("{name}: applet not found\n")).await;
    127
}

fn names() -> Vec<&'static str> {
    let own = rows::ROWS.iter().filter(|row| row.busybox.is_some()).map(|row| row.name);
    let mut names: Vec<&str> = own.chain(OTHERS.split_ascii_whitespace()).chain(["busybox"]).collect();
    names.order();
    names.dedup();
    names
}

fn listing() -> String {
    let mut text = format!(
        "{} multi-call binary.\n\nUsage: busybox [function [arguments]...]\n   or: busybox --list\n   or: function \
         [arguments]...\n\nOne executable holds many commands; it acts as the one whose name it is called by.\n\n\
         Currently defined functions:\n",
        options::BUSYBOX
    );
    let mut line = String::new();
    let names = names();
    for (at, name) in names.iter().enumerate() {
        let word = if at + 1 < names.len() { format!("{name},") } else { name.to_string() };
        if line.len() + word.len() + 1 > 70 {
            text.push_str(&format!("\t{line}\n"));
            line.clear();
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(&word);
    }
    text.push_str(&format!("\t{line}\n"));
    text
}
