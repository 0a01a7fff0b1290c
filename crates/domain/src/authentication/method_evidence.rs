//! The parts of the evidence: what the headers say of From, SPF, DKIM and DMARC.

/// The From header field or fields.
#[derive(Debug, Default)]
pub(in crate::authentication) struct FromEvidence {
    /// The one domain that DMARC speaks of; `None` where there is not exactly one.
    pub(in crate::authentication) domain: Option<String>,
    /// From fields in the message.
    pub(in crate::authentication) field_count: usize,
    /// Different domains in them.
    pub(in crate::authentication) domains: Vec<String>,
    /// Mailboxes in them.
    pub(in crate::authentication) mailbox_count: usize,
    pub(in crate::authentication) is_malformed: bool,
}

/// What is known of SPF.
#[derive(Debug, Default)]
pub(in crate::authentication) struct SpfEvidence {
    /// The reported word in lower case; `None` where nothing was reported.
    pub(in crate::authentication) word: Option<String>,
    pub(in crate::authentication) comment: String,
    /// The MAIL FROM domain.
    pub(in crate::authentication) domain: Option<String>,
    /// The result speaks of the HELO name, not of MAIL FROM.
    pub(in crate::authentication) is_helo_only: bool,
}

impl SpfEvidence {
    /// The sending host's address, where the receiver's comment names it.
    pub(in crate::authentication) fn client_address(&self) -> Option<std::net::IpAddr> {
        let words =
            self.comment.split(|c: char| c.is_whitespace() || matches!(c, '[' | ']' | ',' | '='));
        words.take(200).find_map(|word| word.parse().ok())
    }
}

/// One DKIM signature, or one result about one.
#[derive(Debug, Default, Clone)]
pub(in crate::authentication) struct DkimEvidence {
    /// The reported word in lower case; `None` for a signature that nothing was reported of.
    pub(in crate::authentication) word: Option<String>,
    /// Comment and reason in lower case.
    pub(in crate::authentication) explanation: String,
    pub(in crate::authentication) domain: Option<String>,
    pub(in crate::authentication) selector: Option<String>,
    pub(in crate::authentication) is_expired: bool,
    pub(in crate::authentication) is_sha1: bool,
}

/// What the receiver said of DMARC.
#[derive(Debug, Default)]
pub(in crate::authentication) struct DmarcEvidence {
    pub(in crate::authentication) word: String,
    /// Policy words of the result (`p=`, `policy.…`, `action=`), in lower case.
    pub(in crate::authentication) policy: Option<String>,
    /// `header.from`.
    pub(in crate::authentication) from_domain: Option<String>,
    /// The comment quotes `adkim=s`.
    pub(in crate::authentication) is_dkim_strict: bool,
    /// The comment quotes `aspf=s`.
    pub(in crate::authentication) is_spf_strict: bool,
}
