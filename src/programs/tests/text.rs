//! Filters.

use super::Machine;

const FRUIT: &str = "apple\nbanana\ncherry\nbanana\nfig\nmango\nbanana\n";
const PEOPLE: &str = "name,city,age\nann,oslo,31\nbo,rome,24\ncy,lima,45\n";

fn machine() -> Machine {
    Machine::new(&[("fruit.txt", FRUIT), ("people.csv", PEOPLE), ("d/", ""), ("log", "a 10\nb 9\nc 1K\n")])
}

#[test]
fn lines_are_taken_from_both_ends() {
    let m = machine();
    m.prints("head -2 fruit.txt", "", "apple\nbanana\n");
    m.prints("head -n -5 fruit.txt", "", "apple\nbanana\n");
    m.prints("head -c 3 fruit.txt", "", "app");
    m.prints("tail -n +6 fruit.txt", "", "mango\nbanana\n");
    m.prints("tail -1 fruit.txt", "", "banana\n");
    m.prints("tail -c 4 -", "abcdef\n", "def\n");
    m.prints("head -1 log people.csv", "", "==> log <==\na 10\n\n==> people.csv <==\nname,city,age\n");
    m.complains("head -n x fruit.txt", "head: invalid number of lines: ‘x’\n", 1);
    m.complains("bb head -n x fruit.txt", "head: invalid number 'x'\n", 1);
    m.complains("tail nox", "tail: cannot open 'nox' for reading: No such file or directory\n", 1);
    m.complains("bb tail nox", "tail: can't open 'nox': No such file or directory\ntail: no files\n", 1);
}

#[test]
fn cat_and_its_kin() {
    let m = machine();
    m.prints("cat -n -", "x\n\ty\n", "     1\tx\n     2\t\ty\n");
    m.prints("cat -A", "x\ty\u{1}\n", "x^Iy^A$\n");
    m.says("cat nox log", "", "a 10\nb 9\nc 1K\n", "cat: nox: No such file or directory\n", 1);
    m.complains("bb cat nox", "cat: can't open 'nox': No such file or directory\n", 1);
    m.complains("cat d", "cat: d: Is a directory\n", 1);
    m.complains("bb cat d", "cat: read error: Is a directory\n", 1);
    m.complains("cat -j", "cat: invalid option -- 'j'\nTry 'cat --help' for more information.\n", 1);
    m.complains(
        "/bin/cat --zz",
        "/bin/cat: unrecognized option '--zz'\nTry '/bin/cat --help' for more information.\n",
        1,
    );
    m.prints("tac log", "", "c 1K\nb 9\na 10\n");
    m.prints("bb rev", "abc\nxệy\n", "cba\nyệx\n");
    m.prints("nl", "a\n\nb\n", "     1\ta\n       \n     2\tb\n");
    m.prints("tee copy", "hi\n", "hi\n");
    m.prints("cat copy", "", "hi\n");
    m.prints("paste -d- log log", "", "a 10-a 10\nb 9-b 9\nc 1K-c 1K\n");
    m.prints("paste -sd, -", "1\n2\n3\n", "1,2,3\n");
}

#[test]
fn counts_are_aligned() {
    let m = machine();
    m.prints("wc -l fruit.txt", "", "7 fruit.txt\n");
    m.prints("wc -w", FRUIT, "7\n");
    m.prints("wc", "a b\n", "      1       2       4\n");
    m.prints("wc log fruit.txt", "", " 3  6 14 log\n 7  7 44 fruit.txt\n10 13 58 total\n");
    m.prints("bb wc log", "", "        3         6        14 log\n");
    m.prints("bb wc -c", "hi\n", "3\n");
    m.says("wc d", "", "      0       0       0 d\n", "wc: d: Is a directory\n", 1);
}

#[test]
fn fields_and_characters() {
    let m = machine();
    m.prints("cut -d, -f1,3 people.csv", "", "name,age\nann,31\nbo,24\ncy,45\n");
    m.prints("cut -c2-3,5-", "abcdef\n", "bcef\n");
    m.prints("cut -d: -f2 -s", "a:b\nc\n", "b\n");
    m.complains("cut -f 0 log", "cut: fields are numbered from 1\nTry 'cut --help' for more information.\n", 1);
    m.prints("tr a-z A-Z", "fig\n", "FIG\n");
    m.prints("tr -d aeiou", FRUIT, "ppl\nbnn\nchrry\nbnn\nfg\nmng\nbnn\n");
    m.prints("tr -s \" \"", "a   b  c\n", "a b c\n");
    m.prints("tr -cd [:digit:]", "a1b2\n", "12");
    m.prints("tr \\n ,", "1\n2\n", "1,2,");
    m.complains(
        "tr a",
        "tr: missing operand after ‘a’\nTwo strings must be given when translating.\nTry 'tr --help' for more information.\n",
        1,
    );
}

#[test]
fn lines_are_sorted() {
    let m = machine();
    m.prints("sort -u fruit.txt", "", "apple\nbanana\ncherry\nfig\nmango\n");
    m.prints("sort -rn", "10\n9\n100\n", "100\n10\n9\n");
    m.prints("sort -t, -k3n people.csv", "", "name,city,age\nbo,rome,24\nann,oslo,31\ncy,lima,45\n");
    m.prints("sort -k2h log", "", "b 9\na 10\nc 1K\n");
    m.prints("sort -f", "b\nA\na\n", "A\na\nb\n");
    m.prints("sort -V", "v10\nv9\n", "v9\nv10\n");
    m.complains("sort nox", "sort: cannot read: nox: No such file or directory\n", 2);
    m.complains("bb sort nox", "sort: nox: No such file or directory\n", 2);
    m.prints("uniq -c", "a\na\nb\n", "      2 a\n      1 b\n");
    m.prints("uniq -d", "a\na\nb\n", "a\n");
}

#[test]
fn grep_finds() {
    let m = machine();
    m.prints("grep -n cherry fruit.txt", "", "3:cherry\n");
    m.prints("grep -c an fruit.txt", "", "4\n");
    m.prints("grep -vi A fruit.txt", "", "cherry\nfig\n");
    m.prints("grep -o [0-9]* people.csv", "", "31\n24\n45\n");
    m.prints(
        "grep -E ^(a|b).*(e|o) fruit.txt people.csv",
        "",
        "fruit.txt:apple\npeople.csv:ann,oslo,31\npeople.csv:bo,rome,24\n",
    );
    m.prints("grep -l ann fruit.txt people.csv", "", "people.csv\n");
    m.prints("grep -w b log", "", "b 9\n");
    m.prints("grep -A1 cherry fruit.txt", "", "cherry\nbanana\n");
    m.prints("grep -rn fig", "", "fruit.txt:5:fig\n");
    m.prints("grep --color=always fig fruit.txt", "", "\u{1b}[01;31m\u{1b}[Kfig\u{1b}[m\u{1b}[K\n");
    m.complains("grep zebra fruit.txt", "", 1);
    m.complains("grep -q fig fruit.txt", "", 0);
    m.complains("grep a nox", "grep: nox: No such file or directory\n", 2);
    m.complains("grep -E ( fruit.txt", "grep: Unmatched ( or \\(\n", 2);
    m.complains("grep", "Usage: grep [OPTION]... PATTERNS [FILE]...\nTry 'grep --help' for more information.\n", 2);
}

#[test]
fn sed_edits() {
    let m = machine();
    m.prints("sed -n 2,3p fruit.txt", "", "banana\ncherry\n");
    m.prints("sed s/an/AN/g;/ANAN/!d fruit.txt", "", "bANANa\nbANANa\nbANANa\n");
    m.prints("sed \"s/\\(.\\)\\(.\\)/\\2\\1/\"", "abc\n", "bac\n");
    m.prints("sed -E \"s/([a-z]+) ([0-9]+)/\\2-\\u\\1&/\" log", "", "10-Aa 10\n9-Bb 9\n1-Cc 1K\n");
    m.prints("sed s|/|::|2", "a/b/c\n", "a/b::c\n");
    m.prints("sed $d", "1\n2\n3\n", "1\n2\n");
    m.prints("sed 2q", "1\n2\n3\n", "1\n2\n");
    m.prints("sed -n $=", "1\n2\n3\n", "3\n");
    m.prints("sed N;s/\\n/+/", "1\n2\n3\n", "1+2\n3\n");
    m.prints("sed 1!G;h;$!d", "1\n2\n3\n", "3\n2\n1\n");
    m.prints("sed y/abc/xyz/", "aabbcc\n", "xxyyzz\n");
    m.prints("sed \"2i two\"", "1\n3\n", "1\ntwo\n3\n");
    m.prints("sed \"1a one\"", "0\n2", "0\none\n2");
    m.prints("sed /a/,/c/d", "x\na\nb\nc\ny\n", "x\ny\n");
    m.prints("sed \":a;s/^.{1,5}$/_&/;ta\" -E", "ab\n", "____ab\n");
    m.prints("sed -i s/fig/FIG/ fruit.txt", "", "");
    m.prints("grep FIG fruit.txt", "", "FIG\n");
    m.prints("sed s/x*/-/g", "abc\n", "-a-b-c-\n");
    m.complains("sed s/a", "sed: -e expression #1, char 3: unterminated `s' command\n", 1);
    m.complains("sed k log", "sed: -e expression #1, char 1: unknown command: `k'\n", 1);
    m.complains("bb sed k log", "sed: unsupported command k\n", 1);
    m.complains("sed p nox", "sed: can't read nox: No such file or directory\n", 2);
    let endless = m.gnu(&["sed", ":a;ba", "log"], "");
    assert_eq!((endless.status, endless.err.starts_with("layerlab: sed")), (126, true));
}

#[test]
fn differences() {
    let m = machine();
    m.says("diff - log", "a 10\nx\nc 1K\n", "2c2\n< x\n---\n> b 9\n", "", 1);
    m.says("bb diff - log", "a 10\n", "--- -\n+++ log\n@@ -1 +1,3 @@\n a 10\n+b 9\n+c 1K\n", "", 1);
    m.says("cmp - log", "a 11\n", "- log differ: byte 4, line 1\n", "", 1);
    m.prints("diff log log", "", "");
    let open = "3c3\n< c 1K\n\\ No newline at end of file\n---\n> c 1K\n";
    m.says("diff - log", "a 10\nb 9\nc 1K", open, "", 1);
    m.says("diff -b - log", "a   10\nb 9 \nc 1K", "", "", 0);
    m.says("cmp - log", "a 10\nb", "", "cmp: EOF on - after byte 6, in line 2\n", 1);
    m.says("cmp - log", "a 10\n", "", "cmp: EOF on - after byte 5, line 1\n", 1);
}

#[test]
fn bytes_in_other_shapes() {
    let m = machine();
    m.prints("sha256sum", "hi\n", "98ea6e4f216f2fb4b69fff9b3a44842c38686ca685f3f55dc48c5d3fb1107be4  -\n");
    m.prints("base64", "hi\n", "aGkK\n");
    m.prints("base64 -d", "aGkK\n", "hi\n");
    m.prints("hexdump -C", "hi\n", "00000000  68 69 0a                                          |hi.|\n00000003\n");
    m.prints("od", "hi\n", "0000000 064550 000012\n0000003\n");
    m.prints("od -c", "hi\n", "0000000   h   i  \\n\n0000003\n");
}

#[test]
fn awk_runs_programs() {
    let m = machine();
    let cases = [
        (r#"NR > 1 { s += $3 } END { print s }"#, "100\n"),
        (r#"{ print $1 ": " $2 }"#, "name: city\nann: oslo\nbo: rome\ncy: lima\n"),
        (r#"/^a/ { $2 = "x"; print; print NF, $NF }"#, "ann x 31\n3 31\n"),
        (r#"BEGIN { x["b"] = 1; x["a"]; for (k in x) print k, ("a" in x), length(x) }"#, "a 1 2\nb 1 2\n"),
        (r#"BEGIN { printf "%05.2f|%-5s|%d%%\n", 3.14159, "ab", 7.9 }"#, "03.14|ab   |7%\n"),
        (
            r#"BEGIN { for (i = 0; i < 3; i++) { if (i == 1) continue; print i } while (i-- > 2) print "w" i }"#,
            "0\n2\nw2\n",
        ),
        (
            r#"BEGIN { s = "hello"; gsub(/l/, "[&]", s); print s, substr(s, 2, 3), index(s, "o"), toupper("x") }"#,
            "he[l][l]o e[l 9 X\n",
        ),
        (r#"BEGIN { n = split("a:b:c", p, ":"); print n, p[3], 2 ^ 3, 7 % 4, 1 / 4, -2 ^ 2 }"#, "3 c 8 3 0.25 -4\n"),
        (r#"BEGIN { print 1 == 1.0, "a" < "b", 10 < 9, !0 ? "y" : "n"; exit 3 }"#, "1 1 0 y\n"),
        (r#"NR == 2, NR == 3 { print NR; next } END { print "end " NR }"#, "2\n3\nend 4\n"),
        (r#"$3 ~ /^3/ && $1 != "x" { print length($1) length }"#, "311\n"),
    ];
    for (program, out) in cases {
        let said = m.gnu(&["awk", "-F", ",", program, "people.csv"], "");
        assert_eq!((said.out.as_str(), said.err.as_str()), (out, ""), "{program}");
    }
    let v = m.busybox(&["awk", "-v", "n=2", "NR == n", "log"], "");
    assert_eq!(v.out, "b 9\n");
    assert_eq!(m.gnu(&["awk", "BEGIN { system(\"x\") }"], "").err, "layerlab: awk's system is not simulated\n");
    assert_eq!(m.gnu(&["awk", "{ print > \"f\" }"], "").status, 126);
    assert_eq!(m.gnu(&["awk", "BEGIN { while (1) x++ }"], "").status, 126);
    assert_eq!(m.gnu(&["awk", "{ print "], "").status, 2);
    assert_eq!(m.gnu(&["awk", &"(".repeat(5000)], "").status, 2);
}
