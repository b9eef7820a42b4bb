//! What a request's address asks for behind its question mark.

use layerlab::engine::api::{Fault, Filters};
use serde_json::Value;

use super::reply::bad;

#[derive(Default, Debug)]
pub struct Query(Vec<(String, String)>);

impl Query {
    pub fn parse(text: &str) -> Query {
        Query(form_urlencoded::parse(text.as_bytes()).into_owned().collect())
    }

    /// The first value under a name, or the empty text.
    pub fn text(&self, name: &str) -> &str {
        self.find(name).unwrap_or_default()
    }

    /// The first value under a name, unless there is none or it is empty.
    pub fn some(&self, name: &str) -> Option<String> {
        self.find(name).filter(|value| !value.is_empty()).map(String::from)
    }

    pub fn all(&self, name: &str) -> Vec<String> {
        self.0.iter().filter(|(known, _)| known == name).map(|(_, value)| value.clone()).collect()
    }

    /// As the daemon reads a truth: anything but nothing, `0`, `no`, `false` and `none`.
    pub fn flag(&self, name: &str) -> bool {
        !matches!(self.text(name).trim().to_ascii_lowercase().as_str(), "" | "0" | "no" | "false" | "none")
    }

    /// The same where nothing said means yes.
    pub fn flag_or_yes(&self, name: &str) -> bool {
        self.find(name).is_none() || self.flag(name)
    }

    pub fn number(&self, name: &str) -> Result<Option<i64>, Fault> {
        let Some(text) = self.some(name) else { return Ok(None) };
        let wrong = || bad(format!("strconv.Atoi: parsing {text:?}: invalid syntax"));
        text.parse::<i64>().map(Some).map_err(|_| wrong())
    }

    /// `{"name":{"value":true}}`, or as old clients write it `{"name":["value"]}`.
    pub fn filters(&self) -> Result<Filters, Fault> {
        let text = self.text("filters");
        if text.is_empty() {
            return Ok(Filters::new());
        }
        let wrong = || bad("invalid filter".to_string());
        let Ok(Value::Object(fields)) = serde_json::from_str::<Value>(text) else { return Err(wrong()) };
        let mut filters = Filters::new();
        for (name, values) in fields {
            match values {
                Value::Object(values) => filters.extend(values.into_iter().map(|(value, _)| (name.clone(), value))),
                Value::Array(values) => {
                    for value in values {
                        let value = value.as_str().ok_or_else(wrong)?;
                        filters.push((name.clone(), value.to_string()));
                    }
                }
                _ => return Err(wrong()),
            }
        }
        Ok(filters)
    }

    fn find(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_read_as_the_daemon_reads_them() {
        let query = Query::parse("all=1&v=False&names=a&names=b%2Fc&since=x&ps_args=-o+pid&e=");
        assert!(query.flag("all") && !query.flag("v") && !query.flag("none") && query.flag_or_yes("none"));
        assert_eq!(query.all("names"), ["a", "b/c"]);
        assert_eq!(query.text("ps_args"), "-o pid");
        assert_eq!((query.some("e"), query.number("all").ok()), (None, Some(Some(1))));
        assert!(query.number("since").is_err());
    }

    #[test]
    fn filters_have_two_spellings() {
        let pairs = |text: &str| Query(vec![("filters".into(), text.into())]).filters().ok();
        let wanted: Filters = vec![("status".into(), "exited".into())];
        assert_eq!(pairs(r#"{"status":{"exited":true}}"#), Some(wanted.clone()));
        assert_eq!(pairs(r#"{"status":["exited"]}"#), Some(wanted));
        assert_eq!(pairs(""), Some(Vec::new()));
        for text in ["{", "[]", r#"{"a":1}"#, r#"{"a":[1]}"#] {
            assert_eq!(pairs(text), None, "{text}");
        }
    }
}
