//! SQL on a cluster without a server, and what psql makes of its answers.

use super::client::aligned;
use super::database::{Cluster, Value};
use super::query::{Facts, run, statements};

struct Desk(Cluster);

impl Desk {
    fn new() -> Desk {
        Desk(Cluster::new("postgres", "secret"))
    }

    /// The rows as text, else the tag; or the error.
    fn run(&mut self, text: &str) -> String {
        let facts = Facts {
            database: "postgres".into(),
            user: "postgres".into(),
            version: "PostgreSQL 16".into(),
            now: "now".into(),
        };
        match run(&mut self.0, &facts, text) {
            Ok(outcome) if outcome.columns.is_some() => {
                let row = |row: &Vec<Value>| {
                    row.iter().map(|v| v.shown().unwrap_or_else(|| "-".into())).collect::<Vec<_>>().join(",")
                };
                outcome.rows.iter().map(row).collect::<Vec<_>>().join(" ")
            }
            Ok(outcome) => outcome.tag,
            Err(refusal) => refusal.text,
        }
    }

    #[track_caller]
    fn says(&mut self, script: &[(&str, &str)]) {
        for (text, answer) in script {
            assert_eq!(self.run(text), *answer, "{text}");
        }
    }
}

#[test]
fn a_table_from_its_making_to_its_end() {
    Desk::new().says(&[
        ("SELECT 1", "1"),
        ("select version()", "PostgreSQL 16"),
        ("SELECT 2 + 3 AS sum, 'a' || 'b'", "5,ab"),
        (
            "CREATE TABLE t (id SERIAL PRIMARY KEY, name VARCHAR(5) NOT NULL, done BOOLEAN DEFAULT false)",
            "CREATE TABLE",
        ),
        ("CREATE TABLE t (id int)", "relation \"t\" already exists"),
        ("INSERT INTO t (name) VALUES ('a'), ('b')", "INSERT 0 2"),
        ("INSERT INTO t (name) VALUES ('c') RETURNING id", "3"),
        ("INSERT INTO t (name) VALUES ('toolong')", "value too long for type character varying(5)"),
        ("INSERT INTO t (id, name) VALUES (1, 'x')", "duplicate key value violates unique constraint \"t_pkey\""),
        (
            "INSERT INTO t (done) VALUES (true)",
            "null value in column \"name\" of relation \"t\" violates not-null constraint",
        ),
        ("SELECT * FROM t WHERE id >= 2 ORDER BY name DESC", "3,c,f 2,b,f"),
        ("SELECT name FROM t WHERE name LIKE 'a%'", "a"),
        ("SELECT count(*) FROM t", "3"),
        ("UPDATE t SET done = true WHERE name = 'b'", "UPDATE 1"),
        ("SELECT id FROM t WHERE done = true", "2"),
        ("DELETE FROM t WHERE id < 3", "DELETE 2"),
        ("SELECT * FROM t LIMIT 1", "3,c,f"),
        ("SELECT nope FROM t", "column \"nope\" does not exist"),
        ("SELECT * FROM nope", "relation \"nope\" does not exist"),
        ("SELEC 1", "syntax error at or near \"selec\""),
        ("SELECT * FROM t JOIN u", "layerlab: SELECT over more than one table, or in groups is not simulated"),
        ("SELECT 1 / 0", "division by zero"),
        ("DROP TABLE t", "DROP TABLE"),
        ("CREATE DATABASE shop", "CREATE DATABASE"),
        ("CREATE DATABASE shop", "database \"shop\" already exists"),
    ]);
}

#[test]
fn statements_are_cut_at_semicolons() {
    assert_eq!(statements("select ';'; select 2;\n").len(), 2);
}

#[test]
fn tables_are_drawn() {
    let columns = [("id".to_string(), true), ("name".to_string(), false)];
    let rows = [vec!["1".to_string(), "ann".to_string()], vec!["10".to_string(), super::protocol::NULL.to_string()]];
    assert_eq!(aligned(&columns, &rows, None, false), " id | name \n----+------\n  1 | ann\n 10 | \n(2 rows)\n\n");
    let rows = [vec!["1".to_string(), "a\nbc".to_string()]];
    assert_eq!(aligned(&columns, &rows, None, false), " id | name \n----+------\n  1 | a   +\n    | bc\n(1 row)\n\n");
}
