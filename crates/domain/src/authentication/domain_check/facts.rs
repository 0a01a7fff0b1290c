//! What SES says about a sender domain.

/// Everything read from SES for one domain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SesFacts {
    /// The Region that was asked.
    pub region: String,
    /// Which identity lets the domain send.
    pub identity_state: IdentityState,
    /// Addresses of the domain that are identities too, beside a domain identity.
    pub address_identities: Vec<String>,
    /// Open recommendations of the Virtual Deliverability Manager; empty where it is off.
    pub recommendations: Vec<Recommendation>,
}

impl SesFacts {
    /// SES could not be read, for this reason.
    pub fn not_read(region: &str, reason: &str) -> Self {
        Self {
            region: region.to_owned(),
            identity_state: IdentityState::NotRead(reason.to_owned()),
            address_identities: Vec::new(),
            recommendations: Vec::new(),
        }
    }
}

/// Which identity lets a domain send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IdentityState {
    /// It could not be read, for this reason.
    NotRead(String),
    /// Neither the domain, nor a parent of it, nor an address in it is an identity.
    NotFound,
    /// The domain itself is an identity, or a parent is, which its subdomains inherit.
    Domain(Box<IdentityFacts>),
    /// Only addresses of the domain are identities.
    Addresses(Vec<IdentityFacts>),
}

/// One identity, as GetEmailIdentity returns it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct IdentityFacts {
    /// The name as SES spells it.
    pub name: String,
    /// VerifiedForSendingStatus.
    pub is_verified: bool,
    /// VerificationInfo.ErrorType.
    pub verification_error: Option<String>,
    /// DkimAttributes.SigningEnabled.
    pub is_signing: bool,
    /// DkimAttributes.Status.
    pub dkim_status: String,
    /// DkimAttributes.Tokens: CNAME tokens, or the selector of the owner's own key.
    pub tokens: Vec<String>,
    /// DkimAttributes.SigningHostedZone.
    pub hosted_zone: Option<String>,
    /// DkimAttributes.SigningAttributesOrigin: AWS_SES, EXTERNAL or `AWS_SES_<REGION>`.
    pub origin: String,
    /// DkimAttributes.CurrentSigningKeyLength.
    pub key_length: Option<String>,
    /// The custom MAIL FROM domain, where there is one.
    pub mail_from: Option<MailFrom>,
}

impl IdentityFacts {
    /// The name as DNS spells it: lower case, A-labels.
    pub fn dns_name(&self) -> String {
        crate::address::normalize_domain(&self.name).unwrap_or_else(|| self.name.to_lowercase())
    }

    /// Whether the owner brings an own key (BYODKIM).
    pub fn brings_own_key(&self) -> bool {
        self.origin.eq_ignore_ascii_case("EXTERNAL")
    }

    /// The Region whose key a replica signs with (Deterministic Easy DKIM).
    pub fn origin_region(&self) -> Option<String> {
        let region = self.origin.strip_prefix("AWS_SES_").filter(|region| !region.is_empty())?;
        Some(region.to_ascii_lowercase().replace('_', "-"))
    }
}

/// A custom MAIL FROM domain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailFrom {
    /// The domain.
    pub domain: String,
    /// MailFromDomainStatus.
    pub status: String,
    /// BehaviorOnMxFailure is REJECT_MESSAGE.
    pub rejects_on_failure: bool,
}

/// One open recommendation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recommendation {
    /// DKIM, DMARC, SPF, BIMI and others.
    pub kind: String,
    /// What SES writes.
    pub description: String,
    /// LOW or HIGH.
    pub impact: String,
}
