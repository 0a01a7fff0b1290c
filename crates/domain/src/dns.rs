//! What DNS answered, as plain values.
//!
//! Look-ups happen elsewhere. A diagnosis reads the answers from a [`Book`] and, where an answer
//! is still missing, leaves its question there. The caller looks those questions up side by side
//! and runs the diagnosis again, until it asks for nothing new.
//!
//! ```
//! use warden_domain::dns::{Book, Lookup, Question, DnsRecord};
//!
//! let mut book = Book::default();
//! assert_eq!(book.txt("Example.com."), None);
//! let question = Question::txt("example.com");
//! assert_eq!(book.take_questions(), [question.clone()]);
//!
//! book.insert(question, Lookup::found([DnsRecord::Text("v=spf1 -all".to_owned())]));
//! assert_eq!(book.txt("example.com"), Some(Lookup::found(["v=spf1 -all".to_owned()])));
//! ```

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::net::IpAddr;

/// The outcome of one look-up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Lookup<T> {
    /// Records of the type asked for, at least one.
    Found {
        /// The records.
        records: Vec<T>,
        /// The targets of the CNAME records that led from the name asked to the records.
        aliases: Vec<String>,
    },
    /// The name exists and has no record of this type (NODATA).
    NoRecords,
    /// The name does not exist (NXDOMAIN).
    NoSuchName,
    /// SERVFAIL, REFUSED, a time-out or no connection: DNS said nothing about the name. Holds
    /// what happened.
    Failed(String),
}

impl<T> Lookup<T> {
    /// Records at the name asked; no records is [`Lookup::NoRecords`].
    pub fn found(records: impl IntoIterator<Item = T>) -> Self {
        let records: Vec<T> = records.into_iter().collect();
        if records.is_empty() {
            return Self::NoRecords;
        }
        Self::Found { records, aliases: Vec::new() }
    }

    /// The records found, else none.
    pub fn records(&self) -> &[T] {
        match self {
            Self::Found { records, .. } => records,
            Self::NoRecords | Self::NoSuchName | Self::Failed(_) => &[],
        }
    }

    /// What happened, where the look-up failed.
    pub fn failure(&self) -> Option<&str> {
        match self {
            Self::Failed(what) => Some(what),
            Self::Found { .. } | Self::NoRecords | Self::NoSuchName => None,
        }
    }

    /// Whether DNS said that there is no such record: NODATA or NXDOMAIN. A failure says nothing.
    pub fn is_absent(&self) -> bool {
        matches!(self, Self::NoRecords | Self::NoSuchName)
    }

    /// The same outcome with the records that `select` takes; none left is [`Lookup::NoRecords`].
    pub fn select<U>(&self, select: impl FnMut(&T) -> Option<U>) -> Lookup<U> {
        match self {
            Self::Found { records, aliases } => {
                let records: Vec<U> = records.iter().filter_map(select).collect();
                if records.is_empty() {
                    return Lookup::NoRecords;
                }
                Lookup::Found { records, aliases: aliases.clone() }
            }
            Self::NoRecords => Lookup::NoRecords,
            Self::NoSuchName => Lookup::NoSuchName,
            Self::Failed(what) => Lookup::Failed(what.clone()),
        }
    }
}

/// The types of record that a diagnosis asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RecordType {
    /// TXT.
    Txt,
    /// CNAME, not followed.
    Cname,
    /// MX.
    Mx,
    /// A or AAAA.
    Address,
}

impl fmt::Display for RecordType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Txt => "TXT",
            Self::Cname => "CNAME",
            Self::Mx => "MX",
            Self::Address => "A",
        })
    }
}

/// One record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DnsRecord {
    /// A TXT record, its character strings joined without a space.
    Text(String),
    /// The target of a CNAME record, without its final dot.
    Alias(String),
    /// An MX record.
    Exchange(MailExchange),
    /// An A or AAAA record.
    Address(IpAddr),
}

/// An MX record.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct MailExchange {
    /// The preference; the lowest is tried first.
    pub preference: u16,
    /// The host, without its final dot. Empty for a null MX (RFC 7505).
    pub host: String,
}

impl fmt::Display for MailExchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let host = if self.host.is_empty() { "." } else { &self.host };
        write!(f, "{} {host}", self.preference)
    }
}

/// A name and a type to look up.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Question {
    /// The name in lower case, without its final dot.
    pub name: String,
    /// The type.
    pub record_type: RecordType,
}

impl Question {
    /// The question for one type of record at a name in any case, with or without final dot.
    pub fn new(name: &str, record_type: RecordType) -> Self {
        Self { name: normalised(name), record_type }
    }

    /// The question for TXT records.
    pub fn txt(name: &str) -> Self {
        Self::new(name, RecordType::Txt)
    }
}

/// A name as this crate compares it: lower case, without its final dot.
pub fn normalised(name: &str) -> String {
    let name = name.trim();
    name.strip_suffix('.').unwrap_or(name).to_lowercase()
}

/// The answers known so far, and the questions still open.
#[derive(Debug, Default)]
pub struct Book {
    answers: BTreeMap<Question, Lookup<DnsRecord>>,
    questions: RefCell<BTreeSet<Question>>,
}

impl Book {
    /// Notes the outcome of a look-up.
    pub fn insert(&mut self, question: Question, outcome: Lookup<DnsRecord>) {
        self.answers.insert(question, outcome);
    }

    /// How many questions have an answer.
    pub fn len(&self) -> usize {
        self.answers.len()
    }

    /// Whether no question has an answer yet.
    pub fn is_empty(&self) -> bool {
        self.answers.is_empty()
    }

    /// Every look-up so far.
    pub fn iter(&self) -> impl Iterator<Item = (&Question, &Lookup<DnsRecord>)> {
        self.answers.iter()
    }

    /// The questions that were asked and have no answer, which are then no longer open.
    pub fn take_questions(&self) -> Vec<Question> {
        self.questions.take().into_iter().collect()
    }

    /// TXT records at `name`, CNAME records followed. `None` until they are looked up.
    pub fn txt(&self, name: &str) -> Option<Lookup<String>> {
        self.get(name, RecordType::Txt, |record| match record {
            DnsRecord::Text(text) => Some(text.clone()),
            DnsRecord::Alias(_) | DnsRecord::Exchange(_) | DnsRecord::Address(_) => None,
        })
    }

    /// The CNAME record at `name` itself. `None` until it is looked up.
    pub fn cname(&self, name: &str) -> Option<Lookup<String>> {
        self.get(name, RecordType::Cname, |record| match record {
            DnsRecord::Alias(target) => Some(target.clone()),
            DnsRecord::Text(_) | DnsRecord::Exchange(_) | DnsRecord::Address(_) => None,
        })
    }

    /// MX records at `name`, CNAME records followed. `None` until they are looked up.
    pub fn mx(&self, name: &str) -> Option<Lookup<MailExchange>> {
        self.get(name, RecordType::Mx, |record| match record {
            DnsRecord::Exchange(exchange) => Some(exchange.clone()),
            DnsRecord::Text(_) | DnsRecord::Alias(_) | DnsRecord::Address(_) => None,
        })
    }

    /// Addresses of `name`, CNAME records followed. `None` until they are looked up.
    pub fn address(&self, name: &str) -> Option<Lookup<IpAddr>> {
        self.get(name, RecordType::Address, |record| match record {
            DnsRecord::Address(address) => Some(*address),
            DnsRecord::Text(_) | DnsRecord::Alias(_) | DnsRecord::Exchange(_) => None,
        })
    }

    fn get<T>(
        &self,
        name: &str,
        record_type: RecordType,
        select: impl FnMut(&DnsRecord) -> Option<T>,
    ) -> Option<Lookup<T>> {
        let question = Question::new(name, record_type);
        let Some(outcome) = self.answers.get(&question) else {
            self.questions.borrow_mut().insert(question);
            return None;
        };
        Some(outcome.select(select))
    }
}
