//! Judges one row: whether its address is usable, and what the provider says about it.

use super::fields::{Content, ExportRow, Fields, plain_name};
use super::plan::{PlannedRow, RowAction};
use super::row_judgement::{RowJudgement, review, skip};
use super::source::ExportKind;
use super::{brevo, mailgun, mailjet, mandrill, postmark, resend, sendgrid, ses, sparkpost};
use crate::address::{AddressError, EmailAddress, sender_domain};

/// Longest local part, in bytes (RFC 5321, section 4.5.3.1.1).
const LONGEST_LOCAL_PART: usize = 64;

/// Judges a row of a file of that kind.
pub(super) fn judge(kind: ExportKind, row: ExportRow<'_>) -> PlannedRow {
    let line = row.line;
    let (fields, is_shifted) = match &row.content {
        Content::Fields(fields) => (fields, false),
        Content::TooManyCells(fields) => (fields, true),
        Content::Broken(why) => {
            let why = format!("unreadable_row: {why}").into();
            return PlannedRow { line, address: "".into(), action: RowAction::Invalid, why };
        }
    };
    let written = fields.first(kind.address_columns()).unwrap_or_default();
    let address = address_of(kind, written);
    let RowJudgement { action, why } = judgement(kind, fields, address, is_shifted);
    PlannedRow { line, address: address.into(), action, why }
}

/// Our own CSV marks what a spreadsheet would take for a formula with an apostrophe.
fn address_of(kind: ExportKind, written: &str) -> &str {
    match (kind, written.strip_prefix('\'')) {
        (ExportKind::SesList, Some(bare)) if bare.starts_with(['=', '+', '-', '@', '\'']) => bare,
        _ => written,
    }
}

fn judgement(
    kind: ExportKind,
    fields: &Fields<'_>,
    address: &str,
    is_shifted: bool,
) -> RowJudgement {
    if kind == ExportKind::MailgunAllowlist {
        return mailgun::allowed();
    }
    if kind.address_columns().contains(&plain_name(address).as_str()) {
        return skip("headings: the headings once more, as where files were put behind each other");
    }
    if let Err(why) = usable(address) {
        return RowJudgement { action: RowAction::Invalid, why: why.into() };
    }
    if is_simulator(address) {
        return skip("simulator: an address of SES's mailbox simulator, which no list takes");
    }
    if kind.becomes_nothing() {
        return said(kind, fields);
    }
    if is_shifted {
        return review("too_many_cells: the row has more cells than the file has columns");
    }
    said(kind, fields)
}

/// What the provider says.
fn said(kind: ExportKind, fields: &Fields<'_>) -> RowJudgement {
    match kind {
        ExportKind::SesList
        | ExportKind::SesGet
        | ExportKind::SesImportCsv
        | ExportKind::SesImportJson => ses::entry(fields),
        ExportKind::SendGridBounces => sendgrid::bounce_row(fields),
        ExportKind::SendGridBlocks => sendgrid::block(),
        ExportKind::SendGridSpamReports => sendgrid::spam_report(),
        ExportKind::SendGridInvalidEmails => sendgrid::invalid_email(),
        ExportKind::SendGridUnsubscribes => sendgrid::unsubscribe(),
        ExportKind::MailgunBounces => mailgun::bounce_row(fields),
        ExportKind::MailgunComplaints => mailgun::complained(),
        ExportKind::MailgunUnsubscribes => mailgun::unsubscribed(),
        ExportKind::MailgunAllowlist => mailgun::allowed(),
        ExportKind::PostmarkSuppressions => postmark::suppression(fields),
        ExportKind::PostmarkBounces => postmark::bounce_row(fields),
        ExportKind::SparkPostSuppressionList => sparkpost::entry(fields),
        ExportKind::MandrillRejects => mandrill::reject(fields),
        ExportKind::BrevoBlockedContacts => brevo::contact(fields),
        ExportKind::ResendSuppressions => resend::suppression(fields),
        ExportKind::MailjetEvents => mailjet::event(fields),
    }
}

/// Whether SES's list can hold this text; the answer says why not.
fn usable(address: &str) -> Result<(), &'static str> {
    let parsed = EmailAddress::parse(address).map_err(|error| match error {
        AddressError::Empty => "no_address: the row has no address",
        AddressError::Incomplete => "invalid_address: there is no @ with something on both sides",
        AddressError::TooLong => "invalid_address: longer than any address",
        AddressError::BadCharacter => "invalid_address: a character that no address can hold",
        AddressError::BadDomain => "invalid_address: the part behind the @ is no domain",
    })?;
    let (local, domain) = address.rsplit_once('@').unwrap_or_default();
    if local != parsed.local_part() {
        return Err("invalid_address: more than the bare address, as a name around it");
    }
    if domain.contains(char::is_whitespace) {
        return Err("invalid_address: a character that no address can hold");
    }
    if !parsed.local_part().is_ascii() {
        return Err("invalid_address: SES takes only ASCII before the @");
    }
    let is_quoted = local.len() > 2 && local.starts_with('"') && local.ends_with('"');
    if !is_quoted && local.contains(['(', ')', '[', ']', ':', '\\', '"']) {
        return Err("invalid_address: a character that no address can hold");
    }
    if parsed.local_part().len() > LONGEST_LOCAL_PART {
        return Err("invalid_address: more than 64 bytes before the @");
    }
    // SES refuses these, as RFC 5321 does ("Local address contains dot-dot").
    if !is_quoted && (local.starts_with('.') || local.ends_with('.') || local.contains("..")) {
        return Err("invalid_address: a dot at an end of the part before the @, or two together");
    }
    if !parsed.domain().starts_with('[') && sender_domain(domain).is_none() {
        return Err("invalid_address: the part behind the @ is no domain of the Internet");
    }
    // Invisible characters, which the conversion to A-labels drops.
    if !domain.starts_with('[') && domain.chars().any(|c| !is_of_domain(c)) {
        return Err("invalid_address: a character that no address can hold");
    }
    Ok(())
}

/// Whether a domain may hold the character as a person writes it.
fn is_of_domain(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '-' | '.' | '_' | '\u{3002}')
}

fn is_simulator(address: &str) -> bool {
    EmailAddress::parse(address).is_ok_and(|address| address.is_simulator())
}
