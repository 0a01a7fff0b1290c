//! Which list or receiver refuses, and where to ask.

use super::super::{Classification, status::Status};
use super::facts;

/// Words in a refusal, who refuses, and where to look or ask for removal.
const AUTHORITIES: &[(&[&str], &str, &str)] = &[
    (
        &["spamhaus dbl", "spamhaus.org/dbl", "dbl.spamhaus", "query/domain", "(s8001)", "(s8002)"],
        "Spamhaus DBL, a list of domains",
        "https://check.spamhaus.org/",
    ),
    (&["spamhaus", "[bl21]", "[bl23]"], "Spamhaus", "https://check.spamhaus.org/"),
    (&["spamcop"], "SpamCop", "https://www.spamcop.net/bl.shtml"),
    (
        &["barracuda"],
        "Barracuda Reputation",
        "https://www.barracudacentral.org/rbl/removal-request",
    ),
    (&["cloudmark"], "Cloudmark Sender Intelligence", "https://csi.cloudmark.com/en/reset/"),
    (&["proofpoint"], "Proofpoint", "https://ipcheck.proofpoint.com/"),
    (
        &["trendmicro", "trend micro"],
        "Trend Micro Email Reputation",
        "https://servicecentral.trendmicro.com/",
    ),
    (&["abusix"], "Abusix", "https://lookup.abusix.com/"),
    (&["uceprotect"], "UCEPROTECT", "https://www.uceprotect.net/en/rblcheck.php"),
    (
        &["sorbs"],
        "SORBS, which was shut down in 2024",
        "the recipient's postmaster, who should stop asking it",
    ),
    (
        &["sender.office.com", "5.7.606", "banned sending ip"],
        "Microsoft 365",
        "https://sender.office.com/",
    ),
    (
        &[
            "(s3140)",
            "(s3150)",
            "postmaster.live.com",
            "mail.live.com",
            "ou-001",
            "sc-001",
            "dy-001",
            "outlook.com",
        ],
        "Outlook.com",
        "https://olcsupport.office.com/ (figures: https://sendersupport.olc.protection.outlook.com/snds/)",
    ),
    (&["yahoo", "[tss", "[ts0"], "Yahoo", "https://senders.yahooinc.com/"),
    (&["gsmtp", "gmail"], "Gmail", "https://postmaster.google.com/"),
    (
        &["gmx.", "web.de", "mail.com", "1und1"],
        "GMX, WEB.DE and mail.com",
        "https://postmaster.gmx.net/",
    ),
    (&["comcast"], "Comcast", "https://postmaster.comcast.net/"),
    (&["mail.ru"], "Mail.ru", "https://postmaster.mail.ru/"),
    (&["mimecast"], "Mimecast", "the recipient's postmaster"),
];

/// Returns the advice for a block list: which list, which of our addresses, where to ask for
/// removal; then what helps with any receiver.
pub(super) fn points(finding: &Classification, text: &str) -> Vec<String> {
    let authority =
        AUTHORITIES.iter().find(|(words, ..)| words.iter().any(|word| text.contains(word)));
    let zone = facts::zone(text);
    let who = match (authority, zone) {
        (Some((_, who, _)), Some(zone)) => format!("{who} ({zone})"),
        (Some((_, who, _)), None) => (*who).to_owned(),
        (None, Some(zone)) => format!("the blocklist {zone}"),
        (None, None) => "The receiver".to_owned(),
    };
    let is_domain = [
        "sending domain",
        "domain is listed",
        "dkim domain",
        "spf domain",
        "having a domain",
        "sender address",
    ];
    let is_domain = who.contains("domain") || is_domain.iter().any(|word| text.contains(word));
    let domain = facts::from_domain(text).or_else(|| facts::mail_from_domain(text));
    let what = match (is_domain, domain, facts::ip(text)) {
        (true, Some(domain), _) => domain.to_owned(),
        (true, None, _) => "your domain".to_owned(),
        (false, _, Some(ip)) => ip.to_string(),
        (false, _, None) => "the sending address".to_owned(),
    };
    let verb =
        if finding.status.is_some_and(Status::is_transient) { "slows down" } else { "refuses" };
    let mut points = vec![match authority {
        Some((.., place)) => {
            format!("{} {verb} {what}. Look it up or ask for removal: {place}.", capital(&who))
        }
        None => format!("{} {verb} {what} for its reputation.", capital(&who)),
    }];
    if is_domain {
        points
            .push("A listed domain is yours to clear, also where it only stands in a link of the message.".to_owned());
    } else {
        points.push(
            "For an address of SES's shared pool tell AWS Support; for a dedicated IP ask for removal yourself."
                .to_owned(),
        );
    }
    points.push("Before that stop the campaign, find where the complaints come from, and send less. Do not suppress the address.".to_owned());
    points
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map(|first| first.to_uppercase().chain(chars).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use crate::bounce::{BounceFacts, triage};

    #[test]
    fn list_address_and_place_for_removal_are_named() {
        let cases: [(&str, &[&str]); 6] = [
            (
                "554 5.7.1 Client host [192.0.2.15] blocked using zen.spamhaus.org",
                &["Spamhaus (zen.spamhaus.org) refuses 192.0.2.15", "check.spamhaus.org"],
            ),
            (
                "550 5.7.1 rejected: 198.51.100.86 is listed at bl.example.org",
                &["blocklist bl.example.org refuses 198.51.100.86"],
            ),
            (
                "550 5.7.606 Access denied, banned sending IP [198.51.100.61].",
                &["198.51.100.61", "sender.office.com"],
            ),
            (
                "550 5.7.1 due to the very low reputation of the sending domain. - gsmtp",
                &["Gmail refuses your domain", "yours to clear"],
            ),
            (
                "421 4.7.0 [TSS04] Messages from 192.0.2.24 temporarily deferred due to user complaints; see yahoo",
                &["Yahoo slows down 192.0.2.24"],
            ),
            (
                "550 blocked using \u{1b}[31mlist.evil: blacklisted",
                &["The receiver refuses the sending address"],
            ),
        ];
        for (text, wanted) in cases {
            let advice = triage(BounceFacts { diagnostic: Some(text), ..BounceFacts::default() })
                .advice(text)
                .join("\n");
            assert!(wanted.iter().all(|w| advice.contains(w)), "{text}\n{advice}");
        }
    }
}
