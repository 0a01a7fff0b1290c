//! What to do about each fault: what a postmaster would say, with the check, record,
//! list or address that the text names.

mod authentication;
mod facts;
mod reputation;

use super::legible::legible;
use super::{BounceClass, Classification};

/// Advice for one finding, point by point, each a sentence or two. Of the text only
/// valid domain names and IP addresses are repeated.
pub(super) fn points(finding: &Classification, diagnostic: &str) -> Vec<String> {
    let text = legible(diagnostic);
    if finding.class == BounceClass::SenderAuthentication {
        return authentication::points(finding, &text);
    }
    if finding.class == BounceClass::SenderReputation {
        return reputation::points(finding, &text);
    }
    let special = of_rule(finding.rule, &text).map(str::to_owned);
    special.into_iter().chain([finding.class.advice().to_owned()]).collect()
}

/// What a rule proves beyond its fault.
fn of_rule(rule: &str, text: &str) -> Option<&'static str> {
    let says = |words: &[&str]| words.iter().any(|word| text.contains(word));
    Some(match rule {
        "ses-global-list" => {
            "SES keeps this address on its global list for up to 14 days, because it bounced for some sender; each \
             attempt counts against your bounce rate."
        }
        "microsoft-directory-block" => {
            "The tenant's directory does not know the recipient. If you know better, ask its administrator: the directory \
             may not be in step with the mailboxes."
        }
        "null-mx" => "The domain's MX record is \".\": its owner says that it takes no mail.",
        "content-codes" | "content-words" | "message-itself-refused" | "filter-verdict" => {
            if says(&["size", "too large", "too big", "5.2.3", "5.3.4"]) {
                "The message is too large for this receiver: link to the file instead of attaching it."
            } else if says(&["likely unsolicited mail"]) {
                "Gmail takes the message for spam by what it holds and by who sends it: look at your domain's reputation \
                 and spam rate in Google Postmaster Tools, and whether its readers asked for this mail."
            } else if says(&["virus", "malware", "trojan", "attachment", "security issue"]) {
                "An attachment or link is taken for dangerous: check it, and send a link to a page of yours instead."
            } else if says(&["5322", "rfc compliant", "malformed", "header"]) {
                "The message is malformed: look at its headers (one From, one Subject, a Date, a Message-ID)."
            } else if says(&["url", "link", "[ph01]", "phishing"]) {
                "A link is taken for spam or phishing: look up the domains you link to at https://check.spamhaus.org/."
            } else {
                return None;
            }
        }
        "microsoft-not-allowed" => {
            "The group, mailbox or tenant accepts mail only from certain or signed-in senders: its owner has to allow you."
        }
        "relay" => {
            "The server takes no mail for this domain: its MX record may point to the wrong host."
        }
        "policy-words" if says(&["relay", "rcpthosts"]) => {
            "The server takes no mail for this domain: its MX record may point to the wrong host."
        }
        "policy-words"
            if says(&[
                "blocked sender",
                "blocking settings",
                "envelope blocked",
                "reject-list",
            ]) =>
        {
            "Your address or domain is on a block list that the recipient's people keep themselves."
        }
        "gmail-receiving-too-fast" | "rate-with-mailbox-code" => {
            "It is this mailbox that receives too much at the moment, from everybody together."
        }
        "dns-trouble" => "DNS gave no answer, which proves nothing about the domain.",
        "mail-loop" => {
            "The receiver's servers pass the message in circles: only its postmaster can stop that."
        }
        _ => return None,
    })
}

impl BounceClass {
    /// Returns advice for the sender, in one or two sentences.
    pub fn advice(self) -> &'static str {
        match self {
            Self::RecipientGone => {
                "The mailbox does not exist: keep the address suppressed and remove it from your lists. Many of these at \
                 once mean an old or bought list."
            }
            Self::RecipientDisabled => {
                "The mailbox is switched off: keep the address suppressed; it may be removed from the list when its owner \
                 asks for mail again."
            }
            Self::DomainGone => {
                "The recipient's domain does not exist or takes no mail: keep the address suppressed and check it for a \
                 typing error."
            }
            Self::MailboxFull => {
                "The mailbox is full: leave the address, try again in a few days, and drop it when it stays full for \
                 weeks."
            }
            Self::SenderAuthentication => {
                "Your authentication failed, the address is fine: check that SPF or DKIM passes and aligns with the From \
                 domain, that a DMARC record exists at _dmarc.<domain>, and that reverse DNS matches. Do not suppress."
            }
            Self::SenderReputation => {
                "The receiver refuses you for your reputation: stop the campaign, check the blocklist that is named, find \
                 the source of complaints and slow down. Do not suppress."
            }
            Self::Content => {
                "The receiver refuses what the message holds: check links, attachments and size. The address is fine; do \
                 not suppress."
            }
            Self::Policy => {
                "The receiver's rules do not let this sender in: ask the recipient's postmaster. The address is fine; do \
                 not suppress."
            }
            Self::RateLimited => {
                "Too much mail at once: send more slowly to this receiver. Nothing is wrong with the address."
            }
            Self::ReceiverTemporary => {
                "The receiver has trouble of its own: SES has tried again already; try later."
            }
            Self::Echo => {
                "SES did not try, because the address is on a list already: stop mailing it at the source."
            }
            Self::AutoReply => "A machine answered for a living mailbox: nothing to do.",
            Self::Unknown => {
                "No rule knows this text: read it, and add a rule if it comes again. Where SES calls it Permanent its word \
                 stands and the address is suppressed, unless the code is of the security class (5.7.x)."
            }
        }
    }
}
