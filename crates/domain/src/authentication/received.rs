//! Trace fields: Received (RFC 5321, section 4.4) and Received-SPF (RFC 7208, section 9.1).

use std::net::IpAddr;

use super::from::property_domain;
use super::results::normalized_id;
use super::scan::{FieldToken, scan};

/// One hop of a message.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReceivedHop {
    /// Host names behind `from`: what the client called itself, and what the server saw.
    pub from: Vec<String>,
    /// The host behind `by`; `None` for an IP address or a name without a dot.
    pub by: Option<String>,
    /// The domain of the address behind `for`.
    pub recipient_domain: Option<String>,
    /// The client's address, as the server saw it: the last one in a comment behind `from`.
    pub client: Option<IpAddr>,
}

impl ReceivedHop {
    /// Reads the value of a Received field.
    pub fn parse(value: &str) -> Self {
        let mut hop = Self::default();
        let mut clause = Clause::Other;
        let mut is_first_word = false;
        for token in scan(value, &[';']).tokens {
            match token {
                // What follows is the date.
                FieldToken::Separator(_) => break,
                FieldToken::Comment(text) if clause == Clause::From => {
                    hop.client =
                        text.split_whitespace().filter_map(address).next_back().or(hop.client);
                    hop.from.extend(text.split_whitespace().filter_map(host));
                }
                FieldToken::Comment(_) => {}
                FieldToken::Word { text, .. } => {
                    if let Some(begun) = Clause::begin(&text) {
                        clause = begun;
                        is_first_word = true;
                    } else if std::mem::take(&mut is_first_word) {
                        match clause {
                            Clause::From => hop.from.extend(host(&text)),
                            Clause::By if hop.by.is_none() => hop.by = host(&text),
                            Clause::For => hop.recipient_domain = property_domain(&text),
                            Clause::By | Clause::Other => {}
                        }
                    }
                }
            }
        }
        hop.from.truncate(8);
        hop
    }

    /// Whether one server of an organization handed the message to another: the client's address
    /// is private or its own.
    pub(super) fn is_internal(&self) -> bool {
        self.client.is_some_and(|client| match client {
            IpAddr::V4(v4) => v4.is_private() || v4.is_loopback(),
            IpAddr::V6(v6) => v6.is_unique_local() || v6.is_loopback(),
        })
    }
}

/// An address literal in brackets (RFC 5321, section 4.1.3).
fn address(word: &str) -> Option<IpAddr> {
    let literal = word.split_once('[')?.1.split(']').next()?;
    literal.trim_start_matches("IPv6:").parse().ok()
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Clause {
    From,
    By,
    For,
    Other,
}

impl Clause {
    fn begin(word: &str) -> Option<Self> {
        match word.to_ascii_lowercase().as_str() {
            "from" => Some(Self::From),
            "by" => Some(Self::By),
            "for" => Some(Self::For),
            "with" | "id" | "via" => Some(Self::Other),
            _ => None,
        }
    }
}

/// A name with a dot that is no IP address.
fn host(word: &str) -> Option<String> {
    let word = word.trim_start_matches("HELO=").trim_start_matches("helo=");
    let name = normalized_id(word.trim_matches(['[', ']', ',']))?;
    let is_number = name.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    (name.contains('.') && !name.contains(':') && !is_number).then_some(name)
}

/// A Received-SPF field.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReceivedSpf {
    /// The first word, in lower case.
    pub result: String,
    /// The domain of `envelope-from`.
    pub domain: Option<String>,
    /// `identity=helo`: the result is not about MAIL FROM.
    pub is_helo: bool,
}

impl ReceivedSpf {
    /// Reads the value of a Received-SPF field.
    pub fn parse(value: &str) -> Self {
        let mut spf = Self::default();
        let mut open_key = String::new();
        for token in scan(value, &[';']).tokens {
            let (text, is_quoted, bare_prefix) = match token {
                FieldToken::Word { text, is_quoted, bare_prefix } => (text, is_quoted, bare_prefix),
                FieldToken::Separator(_) | FieldToken::Comment(_) => continue,
            };
            if spf.result.is_empty() {
                if is_quoted {
                    return spf;
                }
                spf.result = text.trim_end_matches(':').to_ascii_lowercase();
                continue;
            }
            let bare = text.get(..bare_prefix).unwrap_or_default();
            let (key, value) = match bare.find('=') {
                Some(at) if open_key.is_empty() => text.split_at(at),
                _ => (open_key.as_str(), text.as_str()),
            };
            let value = value.strip_prefix('=').unwrap_or(value);
            if value.is_empty() {
                open_key = key.to_owned();
                continue;
            }
            match key.to_ascii_lowercase().as_str() {
                "envelope-from" => spf.domain = property_domain(value),
                "identity" => spf.is_helo = value.eq_ignore_ascii_case("helo"),
                _ => {}
            }
            open_key.clear();
        }
        spf
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hops_name_both_ends() {
        for (value, from, by, recipient) in [
            (
                "from a8-30.smtp-out.amazonses.com (a8-30.smtp-out.amazonses.com. [192.0.2.1]) \
                 by mx.google.com with ESMTPS id x for <jane@gmail.com> \
                 (version=TLS1_2 cipher=X bits=128/128); Mon, 25 Apr 2022 05:56:54 -0700 (PDT)",
                "a8-30.smtp-out.amazonses.com a8-30.smtp-out.amazonses.com",
                "mx.google.com",
                "gmail.com",
            ),
            ("by 2002:a54:33ca:0:0:0:0:0 with SMTP id o10; Mon", "", "", ""),
            (
                "from unknown (HELO mail.example.com) (192.0.2.1) by mx.example.net with SMTP; x",
                "mail.example.com",
                "mx.example.net",
                "",
            ),
            ("from localhost by localhost (Postfix)", "", "", ""),
            ("(from by for", "", "", ""),
            ("", "", "", ""),
        ] {
            let hop = ReceivedHop::parse(value);
            let shown = (
                hop.from.join(" "),
                hop.by.unwrap_or_default(),
                hop.recipient_domain.unwrap_or_default(),
            );
            assert_eq!(shown, (from.to_owned(), by.to_owned(), recipient.to_owned()), "{value}");
        }
    }

    #[test]
    fn received_spf_names_result_and_domain() {
        for (value, result, domain, is_helo) in [
            (
                "Pass (mx: domain of a@example.com designates 192.0.2.1) client-ip=192.0.2.1;",
                "pass",
                None,
                false,
            ),
            (
                "pass (x) receiver=mx.example.net; client-ip=192.0.2.1; \
              envelope-from=\"a=b@example.com\"; helo=x.example",
                "pass",
                Some("example.com"),
                false,
            ),
            (
                "softfail identity=mailfrom; envelope-from=<a@example.com>",
                "softfail",
                Some("example.com"),
                false,
            ),
            ("Pass (helo) identity=helo; helo=mail.example.com", "pass", None, true),
            ("\"pass\"", "", None, false),
            ("(pass)", "", None, false),
            ("", "", None, false),
        ] {
            let spf = ReceivedSpf::parse(value);
            let expected = ReceivedSpf {
                result: result.to_owned(),
                domain: domain.map(str::to_owned),
                is_helo,
            };
            assert_eq!(spf, expected, "{value}");
        }
    }
}
