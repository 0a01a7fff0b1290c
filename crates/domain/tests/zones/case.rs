//! One case of the corpus: records and SES state, both written as what differs from a healthy
//! domain. `events/zones/README.md` describes the format.

use std::error::Error;
use std::fs;
use std::path::Path;

use serde::Deserialize;
use warden_domain::authentication::domain_check::{
    IdentityFacts, IdentityState, Logo, LogoFetch, MailFrom, Recommendation, SesFacts,
};

/// The healthy domain, in the parts that `without` names.
const HEALTHY: [(&str, &[&str]); 5] = [
    (
        "apex",
        &[
            "example.com MX 10 mx.example.com",
            "example.com A 192.0.2.10",
            "mx.example.com A 192.0.2.11",
        ],
    ),
    (
        "spf",
        &[
            "example.com TXT v=spf1 include:_spf.example.net ~all",
            "_spf.example.net TXT v=spf1 ip4:192.0.2.0/24 -all",
        ],
    ),
    (
        "dkim",
        &[
            "tokenone._domainkey.example.com CNAME tokenone.dkim.amazonses.com",
            "tokentwo._domainkey.example.com CNAME tokentwo.dkim.amazonses.com",
            "tokenthree._domainkey.example.com CNAME tokenthree.dkim.amazonses.com",
        ],
    ),
    (
        "mail-from",
        &[
            "mail.example.com MX 10 feedback-smtp.eu-west-1.amazonses.com",
            "mail.example.com TXT v=spf1 include:amazonses.com ~all",
        ],
    ),
    ("dmarc", &["_dmarc.example.com TXT v=DMARC1; p=reject; rua=mailto:dmarc@example.com"]),
];

/// A file of the corpus.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    zone: Vec<Case>,
}

/// One case.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Case {
    /// Its name.
    pub id: String,
    /// Where the case comes from.
    pub source: String,
    /// The domain asked about.
    #[serde(default = "example")]
    pub domain: String,
    #[serde(default = "region")]
    region: String,
    /// Parts of the healthy zone that are left out.
    #[serde(default)]
    without: Vec<String>,
    /// Further records.
    #[serde(default)]
    records: Vec<String>,
    #[serde(default)]
    ses: Ses,
    /// What fetching the logo gave: a document, or `!` and why it failed.
    logo: Option<String>,
    /// Codes that must come; every error and warning among them.
    pub expect: Vec<String>,
    /// Codes that must not come.
    #[serde(default)]
    pub forbid: Vec<String>,
    /// Records that must be proposed.
    #[serde(default)]
    pub publish: Vec<String>,
    /// Words that must be said.
    #[serde(default)]
    pub say: Vec<String>,
    /// The cell of the policy table.
    pub policy: Option<String>,
    /// The file it stands in.
    #[serde(skip)]
    pub file: String,
}

fn example() -> String {
    "example.com".to_owned()
}

fn region() -> String {
    "eu-west-1".to_owned()
}

/// What differs from a healthy identity.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Ses {
    kind: String,
    name: String,
    verified: bool,
    error: Option<String>,
    signing: bool,
    dkim: String,
    tokens: Vec<String>,
    hosted_zone: Option<String>,
    origin: String,
    key: Option<String>,
    mail_from: String,
    mail_from_status: String,
    reject: bool,
    addresses: Vec<String>,
    recommendation: Option<String>,
}

impl Default for Ses {
    fn default() -> Self {
        Self {
            kind: "domain".to_owned(),
            name: example(),
            verified: true,
            error: None,
            signing: true,
            dkim: "SUCCESS".to_owned(),
            tokens: ["tokenone", "tokentwo", "tokenthree"].map(str::to_owned).to_vec(),
            hosted_zone: Some("dkim.amazonses.com".to_owned()),
            origin: "AWS_SES".to_owned(),
            key: Some("RSA_2048_BIT".to_owned()),
            mail_from: "mail.example.com".to_owned(),
            mail_from_status: "SUCCESS".to_owned(),
            reject: false,
            addresses: Vec::new(),
            recommendation: None,
        }
    }
}

/// All cases, by file.
pub(crate) fn cases() -> Result<Vec<Case>, Box<dyn Error>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../events/zones");
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder)? {
        paths.push(entry?.path());
    }
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    paths.sort();
    let mut cases = Vec::new();
    for path in paths {
        let file: File = toml::from_str(&fs::read_to_string(&path)?)
            .map_err(|error| format!("{}: {error}", path.display()))?;
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        cases.extend(file.zone.into_iter().map(|case| Case { file: name.clone(), ..case }));
    }
    Ok(cases)
}

impl Case {
    /// The zone's lines.
    pub(crate) fn zone_lines(&self) -> Vec<String> {
        for part in &self.without {
            let is_known = HEALTHY.iter().any(|(name, _)| name == part);
            assert!(is_known, "{}: no part {part}", self.id);
        }
        let healthy = HEALTHY.iter().filter(|(name, _)| !self.without.iter().any(|p| p == name));
        let lines = healthy.flat_map(|(_, lines)| lines.iter().map(|&line| line.to_owned()));
        lines.chain(self.records.iter().cloned()).collect()
    }

    /// What SES says once it has seen the right records and the commands shown have been run.
    pub(crate) fn verified_facts(&self) -> Result<SesFacts, Box<dyn Error>> {
        let mut case = self.clone();
        let ses = &mut case.ses;
        ses.verified = true;
        ses.signing = true;
        "SUCCESS".clone_into(&mut ses.dkim);
        "SUCCESS".clone_into(&mut ses.mail_from_status);
        case.facts()
    }

    /// What SES says.
    pub(crate) fn facts(&self) -> Result<SesFacts, Box<dyn Error>> {
        let ses = &self.ses;
        let identity_state = match ses.kind.as_str() {
            "domain" => IdentityState::Domain(Box::new(self.identity(&ses.name))),
            "none" => IdentityState::NotFound,
            "unread" => IdentityState::NotRead("AccessDenied".to_owned()),
            "addresses" => IdentityState::Addresses(
                ses.addresses
                    .iter()
                    .map(|name| IdentityFacts {
                        name: name.clone(),
                        is_verified: ses.verified,
                        dkim_status: "NOT_STARTED".to_owned(),
                        origin: "AWS_SES".to_owned(),
                        ..IdentityFacts::default()
                    })
                    .collect(),
            ),
            other => return Err(format!("{}: no kind {other}", self.id).into()),
        };
        let recommendations = ses.recommendation.iter().map(|description| Recommendation {
            kind: "DKIM".to_owned(),
            description: description.clone(),
            impact: "HIGH".to_owned(),
        });
        Ok(SesFacts {
            region: self.region.clone(),
            identity_state,
            address_identities: if ses.kind == "domain" {
                ses.addresses.clone()
            } else {
                Vec::new()
            },
            recommendations: recommendations.collect(),
        })
    }

    fn identity(&self, name: &str) -> IdentityFacts {
        let ses = &self.ses;
        IdentityFacts {
            name: name.to_owned(),
            is_verified: ses.verified,
            verification_error: ses.error.clone(),
            is_signing: ses.signing,
            dkim_status: ses.dkim.clone(),
            tokens: ses.tokens.clone(),
            hosted_zone: ses.hosted_zone.clone(),
            origin: ses.origin.clone(),
            key_length: ses.key.clone(),
            mail_from: (!ses.mail_from.is_empty()).then(|| MailFrom {
                domain: ses.mail_from.clone(),
                status: ses.mail_from_status.clone(),
                rejects_on_failure: ses.reject,
            }),
        }
    }

    /// What fetching the logo gave.
    pub(crate) fn logo(&self) -> Option<LogoFetch> {
        let text = self.logo.as_ref()?;
        Some(match text.strip_prefix('!') {
            Some(why) => Err(why.to_owned()),
            None => Ok(Logo {
                content_type: Some("image/svg+xml".to_owned()),
                body: text.clone().into_bytes(),
            }),
        })
    }
}
