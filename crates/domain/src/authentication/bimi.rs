//! BIMI records: where a domain publishes its logo and the certificate for it.
//!
//! ```
//! use warden_domain::authentication::bimi::{BimiRecord, LogoUrl};
//!
//! let record = BimiRecord::parse("v=BIMI1; l=https://example.com/logo.svg").expect("a record");
//! assert_eq!(record.logo, LogoUrl::Svg("https://example.com/logo.svg".to_owned()));
//! assert_eq!(record.certificate, None);
//! ```

/// The `l` tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogoUrl {
    /// No `l` tag at all.
    Missing,
    /// `l=`: the domain declines to take part.
    Declined,
    /// An https URL of an SVG, or one whose path does not show the format.
    Svg(String),
    /// An https URL whose path names another format, such as `.png`.
    OtherFormat(String),
    /// A URL of another scheme than https.
    NotHttps(String),
    /// No URL.
    NotAUrl(String),
}

/// One record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BimiRecord {
    /// `l`.
    pub logo: LogoUrl,
    /// `a`, the URL of the certificate; `None` when the tag is missing or empty.
    pub certificate: Option<String>,
    /// Parts that are no `tag=value`, and tags given twice.
    pub faults: Vec<String>,
}

impl BimiRecord {
    /// Reads a TXT text; `None` when receivers do not take it for a BIMI record, because it does
    /// not begin with `v=BIMI1`.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(';');
        let (tag, version) = parts.next()?.split_once('=')?;
        if !tag.trim().eq_ignore_ascii_case("v") || version.trim() != "BIMI1" {
            return None;
        }
        let mut record = Self { logo: LogoUrl::Missing, certificate: None, faults: Vec::new() };
        let (mut has_logo, mut has_certificate) = (false, false);
        for part in parts.map(str::trim).filter(|part| !part.is_empty()) {
            let Some((tag, value)) = part.split_once('=') else {
                record.faults.push(part.to_owned());
                continue;
            };
            let value = value.trim();
            let seen = match tag.trim().to_ascii_lowercase().as_str() {
                "l" => {
                    if !has_logo {
                        record.logo = logo(value);
                    }
                    &mut has_logo
                }
                "a" => {
                    if !has_certificate {
                        record.certificate = (!value.is_empty()).then(|| value.to_owned());
                    }
                    &mut has_certificate
                }
                // Other tags, such as avp, are for receivers that know them.
                _ => continue,
            };
            if std::mem::replace(seen, true) {
                record.faults.push(part.to_owned());
            }
        }
        Some(record)
    }

    /// Whether the domain declines: an empty `l`, and no certificate.
    pub fn is_declined(&self) -> bool {
        self.logo == LogoUrl::Declined && self.certificate.is_none()
    }
}

fn logo(value: &str) -> LogoUrl {
    if value.is_empty() {
        return LogoUrl::Declined;
    }
    match scheme(value) {
        None => LogoUrl::NotAUrl(value.to_owned()),
        Some("https") => match extension(value).as_deref() {
            None | Some("svg" | "svgz") => LogoUrl::Svg(value.to_owned()),
            Some(_) => LogoUrl::OtherFormat(value.to_owned()),
        },
        Some(_) => LogoUrl::NotHttps(value.to_owned()),
    }
}

/// `https`, `http` or `other`; `None` when the text is no URL with a host.
pub fn scheme(url: &str) -> Option<&'static str> {
    let (scheme, rest) = url.split_once("://")?;
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if host.is_empty() || url.contains(|c: char| c.is_whitespace() || c.is_control() || c == '"') {
        return None;
    }
    let is = |name: &str| scheme.eq_ignore_ascii_case(name);
    Some(if is("https") {
        "https"
    } else if is("http") {
        "http"
    } else {
        "other"
    })
}

/// What follows the last dot of the path's last part, in lower case.
fn extension(url: &str) -> Option<String> {
    let (_, rest) = url.split_once("://")?;
    let path = rest.split(['?', '#']).next()?;
    let (_, file) =
        path.split_once('/')?.1.rsplit_once('/').unwrap_or(("", path.split_once('/')?.1));
    let (_, extension) = file.rsplit_once('.')?;
    (!extension.is_empty()).then(|| extension.to_ascii_lowercase())
}

/// Characters in which a record that was meant as one is looked for; DNS carries 64 kB.
const MAX_CHARS: usize = 2_000;

/// Whether a person meant `text` as a BIMI record, although receivers ignore it.
pub fn was_meant_as_record(text: &str) -> bool {
    let letters: String = text
        .chars()
        .filter(|c| !c.is_whitespace() && !matches!(c, '"' | '\'' | '\\'))
        .take(MAX_CHARS)
        .collect::<String>()
        .to_ascii_lowercase();
    BimiRecord::parse(text).is_none()
        && (["v=bimi", "bimi1", "v:bimi", "v-bimi"].iter().any(|start| letters.starts_with(start))
            || letters.contains(";v=bimi1"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logos_are_classed_by_their_url() {
        let svg = |url: &str| LogoUrl::Svg(url.to_owned());
        for (tags, logo) in [
            ("l=https://e.example/a.svg", svg("https://e.example/a.svg")),
            ("l=HTTPS://e.example/a.SVG?x=1.png#y", svg("HTTPS://e.example/a.SVG?x=1.png#y")),
            ("l=https://e.example/logo", svg("https://e.example/logo")),
            ("l=https://e.example", svg("https://e.example")),
            ("l=https://e.example/v1.2/logo", svg("https://e.example/v1.2/logo")),
            ("l=https://e.example/a.png", LogoUrl::OtherFormat("https://e.example/a.png".into())),
            ("l=http://e.example/a.svg", LogoUrl::NotHttps("http://e.example/a.svg".into())),
            ("l=e.example/a.svg", LogoUrl::NotAUrl("e.example/a.svg".into())),
            ("l=https:///a.svg", LogoUrl::NotAUrl("https:///a.svg".into())),
            ("l=;a=", LogoUrl::Declined),
            ("a=https://e.example/a.pem", LogoUrl::Missing),
        ] {
            let record = BimiRecord::parse(&format!("v=BIMI1; {tags}")).unwrap();
            assert_eq!(record.logo, logo, "{tags}");
        }
    }

    #[test]
    fn only_the_exact_version_begins_a_record() {
        for (text, is_record, is_meant) in [
            ("v=BIMI1", true, false),
            (" V = BIMI1 ; l=", true, false),
            ("v=bimi1; l=", false, true),
            ("v=BIMI2; l=", false, true),
            ("\"v=BIMI1; l=\"", false, true),
            ("v=spf1 -all", false, false),
            ("l=https://e.example/a.svg; v=BIMI1", false, true),
        ] {
            assert_eq!(BimiRecord::parse(text).is_some(), is_record, "{text:?}");
            assert_eq!(was_meant_as_record(text), is_meant, "{text:?}");
        }
    }

    #[test]
    fn faults_are_kept_and_the_first_of_two_tags_counts() {
        let text =
            "v=BIMI1; l=https://a.example/a.svg; l=https://b.example/b.svg; nonsense; avp=brand";
        let record = BimiRecord::parse(text).unwrap();
        assert_eq!(record.logo, LogoUrl::Svg("https://a.example/a.svg".to_owned()));
        assert_eq!(record.faults, ["l=https://b.example/b.svg", "nonsense"]);
    }

    #[test]
    fn a_domain_declines_with_empty_tags() {
        assert!(BimiRecord::parse("v=BIMI1; l=; a=;").unwrap().is_declined());
        assert!(BimiRecord::parse("v=BIMI1; l=;").unwrap().is_declined());
        assert!(!BimiRecord::parse("v=BIMI1").unwrap().is_declined());
        assert!(!BimiRecord::parse("v=BIMI1; l=; a=https://e/a.pem").unwrap().is_declined());
    }
}
