//! What `doctor message` concludes about one message: the types of the answer.

use serde::Serialize;

use super::alignment::AlignmentBasis;
use super::dmarc::DmarcPolicy;
use crate::finding::FindingSeverity;

/// What `doctor message` says of one message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MessageJudgement {
    /// The From domain in A-labels; `None` where there is not exactly one.
    pub from_domain: Option<String>,
    /// Who wrote the results that count.
    pub authserv_id: Option<String>,
    /// SPF.
    pub spf: SpfJudgement,
    /// Each signature, those without a result too.
    pub dkim: Vec<DkimJudgement>,
    /// DMARC.
    pub dmarc: DmarcJudgement,
    /// What was found, the most important first.
    pub findings: Vec<MessageFinding>,
    /// How alignment was decided.
    #[serde(skip)]
    pub alignment_basis: AlignmentBasis,
}

/// SPF of the MAIL FROM domain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SpfJudgement {
    /// The result that the receiver reports.
    pub result: SpfResult,
    /// The MAIL FROM domain.
    pub domain: Option<String>,
    /// Whether that domain aligns with From, whatever the result; `None` where one is unknown.
    pub aligned: Option<bool>,
}

/// One DKIM signature.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DkimJudgement {
    /// The receiver's word; `unknown` for a signature without a result.
    pub result: String,
    /// The signing domain.
    pub domain: Option<String>,
    /// The selector.
    pub selector: Option<String>,
    /// Whether the domain aligns with From, whatever the result.
    pub aligned: Option<bool>,
}

/// DMARC of the From domain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DmarcJudgement {
    /// The verdict.
    pub verdict: DmarcVerdict,
    /// The receiver's own word.
    pub reported: Option<String>,
    /// What the domain's owner asks for.
    pub policy: Option<DmarcPolicy>,
}

/// Whether DMARC passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum DmarcVerdict {
    /// An aligned check passed.
    Pass,
    /// None did.
    Fail,
    /// There is no DMARC record.
    None,
    /// The headers do not suffice.
    Unknown,
}

/// The results of RFC 7208, and `Unknown` for no or an unreadable one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "the words are RFC 7208's")]
pub enum SpfResult {
    Pass,
    Fail,
    Softfail,
    Neutral,
    None,
    Temperror,
    Permerror,
    Unknown,
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct MessageFinding {
    /// One of [`MessageCode`](super::codes::MessageCode), or `compauth=RESULT/REASON`.
    pub code: String,
    /// How much it matters.
    pub severity: FindingSeverity,
    /// What is so, in a sentence or two.
    pub text: String,
    /// What to do, step by step, with exact records and commands.
    pub fix: Vec<String>,
}

impl SpfResult {
    /// Reads a reported word, old and odd ones too.
    pub(super) fn read(word: &str) -> Self {
        match word {
            "pass" => Self::Pass,
            "fail" | "hardfail" => Self::Fail,
            "softfail" => Self::Softfail,
            "neutral" => Self::Neutral,
            "none" => Self::None,
            "temperror" | "error" => Self::Temperror,
            // RFC 4408 and its drafts said unknown.
            "permerror" | "unknown" => Self::Permerror,
            _ => Self::Unknown,
        }
    }

    /// The word of the output.
    pub fn code(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Fail => "fail",
            Self::Softfail => "softfail",
            Self::Neutral => "neutral",
            Self::None => "none",
            Self::Temperror => "temperror",
            Self::Permerror => "permerror",
            Self::Unknown => "unknown",
        }
    }
}
