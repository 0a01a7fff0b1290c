//! Where reports go: the URIs of `rua` and `ruf`.

/// One destination of `rua` or `ruf`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportUri {
    /// The URI as published, without a size limit.
    pub uri: String,
    /// The domain that reports are mailed to; `None` for another scheme than `mailto:`.
    pub mail_domain: Option<String>,
    /// Whether an RFC 7489 size limit (`!10m`) followed it.
    pub has_size_limit: bool,
}

impl ReportUri {
    /// Parses one URI; `None` if the scheme or the part after it is missing.
    pub fn parse(text: &str) -> Option<Self> {
        let (uri, has_size_limit) = match text.rsplit_once('!') {
            Some((uri, limit)) if is_size(limit) => (uri, true),
            _ => (text, false),
        };
        let (scheme, rest) = uri.split_once(':')?;
        let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'));
        if !is_scheme || rest.is_empty() || uri.contains(|c: char| c.is_whitespace()) {
            return None;
        }
        let mail_domain = if scheme.eq_ignore_ascii_case("mailto") {
            let address = rest.split('?').next().unwrap_or_default();
            let (local, domain) = address.rsplit_once('@')?;
            let domain = crate::address::normalize_domain(domain)?;
            if local.is_empty() {
                return None;
            }
            Some(domain)
        } else {
            None
        };
        Some(Self { uri: uri.to_owned(), mail_domain, has_size_limit })
    }
}

pub(super) fn is_size(text: &str) -> bool {
    let digits = text.trim_end_matches(['k', 'm', 'g', 't', 'K', 'M', 'G', 'T']);
    text.len() - digits.len() <= 1
        && !digits.is_empty()
        && digits.bytes().all(|b| b.is_ascii_digit())
}
