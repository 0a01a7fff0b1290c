//! Settings of the journal and of strikes.

use warden_domain::suppression::{SecondStrike, SoftBounces, StrikePolicy};
use warden_lambda::settings::{Reader, on_or_off};

/// Days that a decision is remembered.
const DEFAULT_KEEP_DAYS: i64 = 400;

/// Where decisions are remembered, and when earlier ones decide.
#[derive(Debug, Clone)]
pub struct JournalSettings {
    /// The name of the table.
    pub table: String,
    /// Name or ARN of the secret that holds the key of the ids.
    pub secret: String,
    /// Days that a decision is remembered.
    pub keep_days: i64,
    /// When earlier bounces decide.
    pub strikes: StrikePolicy,
    /// Whether a delivery ends the count of an address's soft bounces.
    pub tracks_deliveries: bool,
}

/// Reads `WARDEN_JOURNAL_TABLE`, `WARDEN_JOURNAL_KEY`, `WARDEN_JOURNAL_DAYS`,
/// `WARDEN_SECOND_STRIKE`, `WARDEN_SECOND_STRIKE_HOURS`, `WARDEN_SECOND_STRIKE_DAYS`,
/// `WARDEN_SOFT_BOUNCES`, `WARDEN_SOFT_BOUNCES_OVER_DAYS`, `WARDEN_SOFT_BOUNCES_WITHIN_DAYS` and
/// `WARDEN_TRACK_DELIVERIES`; `None` where no table is named.
pub(super) fn read(reader: &mut Reader<'_>) -> Option<JournalSettings> {
    let table = reader.optional("WARDEN_JOURNAL_TABLE", None, |name| table(name).map(Some));
    let secret = reader.optional("WARDEN_JOURNAL_KEY", None, |name| secret(name).map(Some));
    let keep_days =
        reader.optional("WARDEN_JOURNAL_DAYS", DEFAULT_KEEP_DAYS, |text| number(text, 1, 3650));
    let strikes = strikes(reader);
    let tracks_deliveries = reader.optional("WARDEN_TRACK_DELIVERIES", false, on_or_off);
    if keep_days < strikes.days_back() {
        reader.fault(&format!(
            "WARDEN_JOURNAL_DAYS must be {} or more: strikes look back so far.",
            strikes.days_back()
        ));
    }
    match (table, secret) {
        (Some(table), Some(secret)) => {
            Some(JournalSettings { table, secret, keep_days, strikes, tracks_deliveries })
        }
        (None, None) => None,
        (Some(_), None) | (None, Some(_)) => {
            reader.fault("WARDEN_JOURNAL_TABLE and WARDEN_JOURNAL_KEY need each other.");
            None
        }
    }
}

fn strikes(reader: &mut Reader<'_>) -> StrikePolicy {
    let second = SecondStrike::default();
    let is_on = reader.optional("WARDEN_SECOND_STRIKE", true, on_or_off);
    let after_hours =
        reader.optional("WARDEN_SECOND_STRIKE_HOURS", second.after_hours, |t| number(t, 1, 720));
    let within_days =
        reader.optional("WARDEN_SECOND_STRIKE_DAYS", second.within_days, |t| number(t, 1, 365));
    if after_hours > within_days.saturating_mul(24) {
        reader.fault("WARDEN_SECOND_STRIKE_HOURS must be within WARDEN_SECOND_STRIKE_DAYS.");
    }
    let second = is_on.then_some(SecondStrike { after_hours, within_days });
    let soft = SoftBounces::default();
    let days = reader.optional("WARDEN_SOFT_BOUNCES", soft.days, soft_bounces);
    let over_days =
        reader.optional("WARDEN_SOFT_BOUNCES_OVER_DAYS", soft.over_days, |t| number(t, 1, 365));
    let within_days =
        reader.optional("WARDEN_SOFT_BOUNCES_WITHIN_DAYS", soft.within_days, |t| number(t, 1, 365));
    if over_days > within_days || i64::try_from(days).is_ok_and(|days| days > within_days) {
        reader.fault(
            "WARDEN_SOFT_BOUNCES_WITHIN_DAYS must be at least WARDEN_SOFT_BOUNCES_OVER_DAYS and \
             WARDEN_SOFT_BOUNCES.",
        );
    }
    let soft = (days > 0).then_some(SoftBounces { days, over_days, within_days });
    StrikePolicy { second, soft }
}

/// A table's own name, and not its ARN: the template passes the name.
fn table(name: &str) -> Result<String, String> {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    if (3..=255).contains(&name.len()) && name.bytes().all(allowed) {
        Ok(name.to_owned())
    } else {
        Err("must be the name of a DynamoDB table".to_owned())
    }
}

fn secret(name: &str) -> Result<String, String> {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"/_+=.@-:".contains(&b);
    if name.len() <= 2048 && name.bytes().all(allowed) {
        Ok(name.to_owned())
    } else {
        Err("must be the name or ARN of a secret in Secrets Manager".to_owned())
    }
}

fn number(text: &str, least: i64, most: i64) -> Result<i64, String> {
    match text.parse() {
        Ok(n) if (least..=most).contains(&n) => Ok(n),
        _ => Err(format!("must be a whole number from {least} to {most}")),
    }
}

fn soft_bounces(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(n) if n == 0 || (2..=100).contains(&n) => Ok(n),
        _ => Err("must be 0 (off) or a whole number from 2 to 100".to_owned()),
    }
}
