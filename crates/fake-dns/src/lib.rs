//! DNS for tests: a zone written as lines, the answers to questions about it, and a server on
//! loopback.
//!
//! ```
//! use fake_dns::{Code, Zone};
//!
//! let zone = Zone::parse(["www.example.com CNAME web.example.net", "web.example.net A 192.0.2.1"]);
//! let reply = zone.expect("a zone").reply("WWW.example.com", "A");
//! assert_eq!((reply.code, reply.records.len()), (Code::NoError, 2));
//! ```

mod server;
mod wire;

pub use server::Server;

use std::collections::BTreeMap;

/// CNAME records followed at most.
const MOST_ALIASES: usize = 12;

/// What a name server says of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    /// The name exists; without records of the type it is NODATA.
    NoError,
    /// The name does not exist.
    NxDomain,
    /// SERVFAIL.
    ServFail,
    /// REFUSED.
    Refused,
    /// No answer at all.
    Silence,
}

/// One record of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ZoneRecord {
    /// The owner, in lower case.
    pub name: String,
    /// `TXT`, `CNAME`, `MX`, `A` or `AAAA`.
    pub kind: String,
    /// The value; character strings of a TXT record are divided by ` || `.
    pub value: String,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The code.
    pub code: Code,
    /// CNAME records on the way, then the records asked for.
    pub records: Vec<ZoneRecord>,
}

/// Records by name.
#[derive(Debug, Clone, Default)]
pub struct Zone {
    names: BTreeMap<String, Vec<(String, String)>>,
    failing: BTreeMap<String, Code>,
}

impl Zone {
    /// Reads lines of `name TYPE value`. A name may begin with `*.`. Instead of a type,
    /// `SERVFAIL`, `REFUSED` or `SILENCE` makes every question for the name fail.
    ///
    /// # Errors
    /// The first line that cannot be read.
    pub fn parse<'a>(lines: impl IntoIterator<Item = &'a str>) -> Result<Self, String> {
        let mut zone = Self::default();
        for line in lines {
            let mut words = line.splitn(3, ' ');
            let (Some(name), Some(kind)) = (words.next(), words.next()) else {
                return Err(format!("no record: {line}"));
            };
            let name = name.trim_end_matches('.').to_lowercase();
            let failure = match kind {
                "SERVFAIL" => Some(Code::ServFail),
                "REFUSED" => Some(Code::Refused),
                "SILENCE" => Some(Code::Silence),
                "TXT" | "CNAME" | "MX" | "A" | "AAAA" => None,
                _ => return Err(format!("no type: {line}")),
            };
            if let Some(code) = failure {
                zone.failing.insert(name, code);
                continue;
            }
            let value = words.next().unwrap_or_default().to_owned();
            zone.names.entry(name).or_default().push((kind.to_owned(), value));
        }
        Ok(zone)
    }

    /// Answers a question, following CNAME records as a resolver does.
    pub fn reply(&self, name: &str, kind: &str) -> Reply {
        let mut name = name.trim_end_matches('.').to_lowercase();
        let mut records = Vec::new();
        for _ in 0..MOST_ALIASES {
            if let Some(code) = self.failing.get(&name) {
                return Reply { code: *code, records: Vec::new() };
            }
            let Some(found) = self.at(&name) else {
                let code = if self.exists(&name) { Code::NoError } else { Code::NxDomain };
                return Reply { code, records };
            };
            let of_kind = |wanted: &str| -> Vec<ZoneRecord> {
                found
                    .iter()
                    .filter(|(kind, _)| kind == wanted)
                    .map(|(kind, value)| ZoneRecord {
                        name: name.clone(),
                        kind: kind.clone(),
                        value: value.clone(),
                    })
                    .collect()
            };
            let own = of_kind(kind);
            let alias = of_kind("CNAME").into_iter().next().filter(|_| own.is_empty());
            let Some(alias) = alias else {
                records.extend(own);
                return Reply { code: Code::NoError, records };
            };
            name = alias.value.trim_end_matches('.').to_lowercase();
            records.push(alias);
        }
        // A circle of aliases.
        Reply { code: Code::ServFail, records: Vec::new() }
    }

    /// The records of a name, else those of the wildcard that covers it.
    fn at(&self, name: &str) -> Option<&Vec<(String, String)>> {
        if let Some(found) = self.names.get(name) {
            return Some(found);
        }
        let mut rest = name;
        while let Some((_, parent)) = rest.split_once('.') {
            if let Some(found) = self.names.get(&format!("*.{parent}")) {
                return Some(found);
            }
            // A name that exists keeps the wildcards above it away.
            if self.exists(parent) {
                return None;
            }
            rest = parent;
        }
        None
    }

    /// Whether the name, or a name below it, has records.
    fn exists(&self, name: &str) -> bool {
        let below = format!(".{name}");
        self.names.keys().any(|known| known == name || known.ends_with(&below))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_answer_as_in_dns() {
        let zone = Zone::parse([
            "example.com TXT one",
            "example.com TXT two",
            "*.wild.example.com MX 10 mx.example.com",
            "a.b.example.com A 192.0.2.1",
            "loop.example.com CNAME loop.example.com",
            "alias.example.com CNAME gone.example.net",
            "broken.example.com SERVFAIL",
        ])
        .unwrap();
        for (name, kind, code, records) in [
            ("EXAMPLE.com.", "TXT", Code::NoError, 2),
            ("example.com", "MX", Code::NoError, 0),
            ("b.example.com", "A", Code::NoError, 0),
            ("x.example.com", "A", Code::NxDomain, 0),
            ("x.y.wild.example.com", "MX", Code::NoError, 1),
            ("wild.example.com", "MX", Code::NoError, 0),
            ("loop.example.com", "A", Code::ServFail, 0),
            ("alias.example.com", "TXT", Code::NxDomain, 1),
            ("alias.example.com", "CNAME", Code::NoError, 1),
            ("broken.example.com", "TXT", Code::ServFail, 0),
        ] {
            let reply = zone.reply(name, kind);
            assert_eq!((reply.code, reply.records.len()), (code, records), "{name} {kind}");
        }
    }

    #[test]
    fn a_line_that_is_no_record_is_named() {
        for line in ["example.com", "example.com LOC 1 2 3"] {
            assert!(Zone::parse([line]).unwrap_err().contains(line));
        }
    }
}
