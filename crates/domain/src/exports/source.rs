//! Providers, and the kinds of files that they give.

use std::fmt;

use thiserror::Error;

/// Who wrote a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Provider {
    /// Amazon SES itself.
    Ses,
    /// Twilio SendGrid.
    SendGrid,
    /// Mailgun.
    Mailgun,
    /// Postmark.
    Postmark,
    /// SparkPost (Bird).
    SparkPost,
    /// Mailchimp Transactional.
    Mandrill,
    /// Brevo, once Sendinblue.
    Brevo,
    /// Resend.
    Resend,
    /// Mailjet.
    Mailjet,
}

impl Provider {
    /// Every provider there is.
    pub const ALL: &'static [Self] = &[
        Self::Ses,
        Self::SendGrid,
        Self::Mailgun,
        Self::Postmark,
        Self::SparkPost,
        Self::Mandrill,
        Self::Brevo,
        Self::Resend,
        Self::Mailjet,
    ];

    /// The word of `--from`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Ses => "ses",
            Self::SendGrid => "sendgrid",
            Self::Mailgun => "mailgun",
            Self::Postmark => "postmark",
            Self::SparkPost => "sparkpost",
            Self::Mandrill => "mandrill",
            Self::Brevo => "brevo",
            Self::Resend => "resend",
            Self::Mailjet => "mailjet",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        let word = plain(word);
        Self::ALL.iter().copied().find(|provider| provider.code() == word)
    }
}

impl fmt::Display for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ses => "SES",
            Self::SendGrid => "SendGrid",
            Self::Mailgun => "Mailgun",
            Self::Postmark => "Postmark",
            Self::SparkPost => "SparkPost",
            Self::Mandrill => "Mandrill",
            Self::Brevo => "Brevo",
            Self::Resend => "Resend",
            Self::Mailjet => "Mailjet",
        })
    }
}

macro_rules! kinds {
    ($($(#[$doc:meta])* $variant:ident => $provider:ident, $code:literal, [$($alias:literal),*], $name:literal;)+) => {
        /// Kind of file, with its provider.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum ExportKind { $($(#[$doc])* $variant,)+ }

        impl ExportKind {
            /// Every kind there is.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// Returns the provider.
            pub fn provider(self) -> Provider {
                match self { $(Self::$variant => Provider::$provider,)+ }
            }

            /// The word of `--kind`.
            pub fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }

            /// The kind in words, in the plural.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            fn is_called(self, word: &str) -> bool {
                let names: &[&str] = match self { $(Self::$variant => &[$code, $($alias),*],)+ };
                names.iter().any(|name| plain(name) == word)
            }
        }
    };
}

kinds! {
    /// ListSuppressedDestinations, by CLI, API or script, and what `suppressions export` writes.
    SesList => Ses, "list", ["export"], "suppression lists";
    /// GetSuppressedDestination.
    SesGet => Ses, "get", [], "suppression list entries";
    /// The CSV file of an import job: address and reason, without headings.
    SesImportCsv => Ses, "import-csv", ["csv"], "import files (CSV)";
    /// The JSON file of an import job: one object a line.
    SesImportJson => Ses, "import-json", ["json"], "import files (JSON)";
    /// The list of bounces.
    SendGridBounces => SendGrid, "bounces", ["bounce"], "bounces";
    /// The list of blocks, which SendGrid itself does not suppress.
    SendGridBlocks => SendGrid, "blocks", ["block"], "blocks";
    /// The list of spam reports.
    SendGridSpamReports => SendGrid, "spam_reports", ["spam_report"], "spam reports";
    /// The list of invalid addresses.
    SendGridInvalidEmails => SendGrid, "invalid_emails", ["invalid_email"], "invalid emails";
    /// The list of global unsubscribes.
    SendGridUnsubscribes => SendGrid, "unsubscribes", ["global_unsubscribes", "unsubscribe"], "unsubscribes";
    /// The list of bounces.
    MailgunBounces => Mailgun, "bounces", ["bounce"], "bounces";
    /// The list of complaints.
    MailgunComplaints => Mailgun, "complaints", ["complaint"], "complaints";
    /// The list of unsubscribes.
    MailgunUnsubscribes => Mailgun, "unsubscribes", ["unsubscribe"], "unsubscribes";
    /// The list of addresses and domains that are never suppressed.
    MailgunAllowlist => Mailgun, "allowlist", ["allow_list", "whitelist", "whitelists", "allowlists"], "allow lists";
    /// The suppressions of a message stream.
    PostmarkSuppressions => Postmark, "suppressions", ["suppression"], "suppressions";
    /// The bounces of a server.
    PostmarkBounces => Postmark, "bounces", ["bounce"], "bounces";
    /// The suppression list.
    SparkPostSuppressionList => SparkPost, "suppression-list", ["suppressions", "suppression"], "suppression lists";
    /// The rejection list.
    MandrillRejects => Mandrill, "rejects", ["reject", "rejections"], "rejection lists";
    /// The blocked contacts.
    BrevoBlockedContacts => Brevo, "blocked-contacts", ["contacts", "blocked"], "blocked contacts";
    /// The suppressions.
    ResendSuppressions => Resend, "suppressions", ["suppression"], "suppressions";
    /// Events of the event API.
    MailjetEvents => Mailjet, "events", ["event"], "events";
}

impl ExportKind {
    /// Whether no row of this kind is ever imported, so that a wrong word can do no harm.
    pub(super) fn becomes_nothing(self) -> bool {
        matches!(
            self,
            Self::SendGridBlocks
                | Self::SendGridUnsubscribes
                | Self::MailgunUnsubscribes
                | Self::MailgunAllowlist
        )
    }

    /// Names of the address's column, without case and punctuation, the likeliest first.
    pub(super) fn address_columns(self) -> &'static [&'static str] {
        match self.provider() {
            Provider::Ses => &["emailaddress", "address", "email"],
            Provider::Mailgun => &["address", "value", "email", "recipient"],
            Provider::Postmark => &["emailaddress", "email", "recipient"],
            Provider::SparkPost => &["recipient", "email", "address"],
            Provider::SendGrid
            | Provider::Mandrill
            | Provider::Brevo
            | Provider::Resend
            | Provider::Mailjet => &["email", "emailaddress", "address", "recipient"],
        }
    }
}

/// What a person says about a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hint {
    pub(super) provider: Option<Provider>,
    /// The kinds that the word of `--kind` may mean; empty where none was given.
    pub(super) kinds: Vec<ExportKind>,
}

/// A word that names no provider or no kind.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum UnknownWord {
    /// Of `--from`.
    #[error("--from names none of the providers that are known: {}", provider_words())]
    Provider,
    /// Of `--kind`.
    #[error("--kind names no kind of file{}; known: {known}", provider.map(|p| format!(" of {p}'s")).unwrap_or_default())]
    ExportKind {
        /// The provider named, where one was.
        provider: Option<Provider>,
        /// The words that would do.
        known: String,
    },
}

impl Hint {
    /// Reads the words of `--from` and `--kind`.
    ///
    /// # Errors
    /// [`UnknownWord`].
    pub fn parse(from: Option<&str>, kind: Option<&str>) -> Result<Self, UnknownWord> {
        let provider = match from {
            Some(word) => Some(Provider::parse(word).ok_or(UnknownWord::Provider)?),
            None => None,
        };
        let Some(word) = kind.map(plain) else { return Ok(Self { provider, kinds: Vec::new() }) };
        let of_provider =
            |kind: &ExportKind| provider.is_none_or(|provider| kind.provider() == provider);
        let candidates = || ExportKind::ALL.iter().copied().filter(of_provider);
        let kinds: Vec<ExportKind> = candidates().filter(|kind| kind.is_called(&word)).collect();
        if kinds.is_empty() {
            let mut known: Vec<&str> = candidates().map(ExportKind::code).collect();
            known.sort_unstable();
            known.dedup();
            return Err(UnknownWord::ExportKind { provider, known: known.join(", ") });
        }
        Ok(Self { provider, kinds })
    }

    /// The one kind that was named, where the words name one.
    pub(super) fn kind(&self) -> Option<ExportKind> {
        match self.kinds.as_slice() {
            [kind] => Some(*kind),
            _ => None,
        }
    }

    pub(super) fn admits(&self, kind: ExportKind) -> bool {
        self.provider.is_none_or(|provider| kind.provider() == provider)
            && (self.kinds.is_empty() || self.kinds.contains(&kind))
    }
}

pub(super) fn provider_words() -> String {
    Provider::ALL.iter().map(|provider| provider.code()).collect::<Vec<_>>().join(", ")
}

/// A word without case and punctuation: `spam_reports`, `Spam Reports` and `spam-reports` are one.
fn plain(word: &str) -> String {
    word.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}
