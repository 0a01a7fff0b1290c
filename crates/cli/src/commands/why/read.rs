//! What is known of an address. A read that fails costs that fact alone.

use std::collections::BTreeSet;

use warden_aws::{
    AccountSuppression, CallError, Connection, PartitionQuery, RateLimiter, SuppressionList,
    SuppressionSettings,
};
use warden_domain::journal::{DecisionRecord, OpenCount};
use warden_domain::rescue::ListEntry;
use warden_domain::suppression::SuppressionReason;
use warden_domain::time::iso_millis;

use super::Args;
use super::known::{KnownAddress, KnownEntry, KnownListing, Set, ShownDecision, Tenant};

/// Decisions that are read, the latest first.
const MOST_DECISIONS: usize = 100;
/// Pages of the list that are searched for an address that cannot be asked for, for each reason.
const MOST_PAGES: usize = 30;

/// Asks the journal, then SES.
pub(super) async fn read(args: &Args, connection: &Connection) -> KnownAddress {
    let mut known = KnownAddress {
        address: args.address.expose().to_owned(),
        id: None,
        account_list: Vec::new(),
        account_reasons: None,
        tenants: Vec::new(),
        configuration_sets: Vec::new(),
        global_list: None,
        decisions: Vec::new(),
        last_delivery: None,
        next_mail: "unknown",
        not_known: Vec::new(),
    };
    read_journal(args, connection, &mut known).await;
    let limiter = RateLimiter::per_second(args.ses_calls_per_second);
    let list = SuppressionList::new(connection, limiter.clone());
    let settings = SuppressionSettings::new(connection, limiter);
    let account = match settings.account().await {
        Ok(account) => Some(account),
        Err(error) => {
            known.not_known.push(format!("for which reasons SES withholds mail: {error}"));
            None
        }
    };
    known.account_reasons = account.as_ref().map(|account| codes(&account.reasons));
    read_account_list(args, &list, &mut known).await;
    read_tenants(args, &list, &settings, &mut known).await;
    read_sets(args, &settings, &mut known).await;
    known.next_mail = next_mail(&known, account.as_ref());
    known
}

async fn read_journal(args: &Args, connection: &Connection, known: &mut KnownAddress) {
    let journal = match args.of_journal.journal.open(connection).await {
        Ok(journal) => journal,
        Err(error) => {
            known.not_known.push(format!(
                "what ses-warden decided, and for which mail, tenants and configuration sets: {error:#}"
            ));
            return;
        }
    };
    let id = journal.key.address_id(&args.address);
    known.id = Some(id.to_string());
    let query =
        PartitionQuery { newest_first: true, at_most: Some(MOST_DECISIONS), ..Default::default() };
    match journal.table.partition(&id.partition(), query).await {
        Ok(items) => {
            let records: Vec<DecisionRecord> =
                items.iter().filter_map(|item| DecisionRecord::from_item(&id, item)).collect();
            let global = records.iter().find(|record| record.sub_type == "Suppressed");
            known.global_list = global.and_then(|record| record.at_seconds).map(time);
            let count = items.iter().find_map(OpenCount::from_item);
            known.last_delivery = count.and_then(|count| count.delivered_at).map(time);
            known.decisions = records.into_iter().map(decided).collect();
        }
        Err(error) => known.not_known.push(format!("what ses-warden decided: {error}")),
    }
}

/// SES compares spellings exactly when it is asked for one, and without case when it sends.
async fn read_account_list(args: &Args, list: &SuppressionList, known: &mut KnownAddress) {
    let typed = args.address.expose().to_owned();
    let spellings: BTreeSet<String> = [typed.clone(), args.address.key()].into();
    for spelling in spellings {
        let entry = match list.entry(None, &spelling).await {
            Ok(entry) => entry,
            Err(error) if error.is_verdict() => match search(list, &spelling).await {
                Ok((entry, true)) => entry,
                Ok((entry @ Some(_), false)) => entry,
                Ok((None, false)) => {
                    known.not_known.push(
                        "whether the address is on the account's list: SES cannot be asked for an \
                         address with a slash, and the list is too long to search"
                            .to_owned(),
                    );
                    continue;
                }
                Err(error) => {
                    known
                        .not_known
                        .push(format!("whether the address is on the account's list: {error}"));
                    continue;
                }
            },
            Err(error) => {
                known
                    .not_known
                    .push(format!("whether the address is on the account's list: {error}"));
                continue;
            }
        };
        known.account_list.push(KnownListing { spelling, entry: entry.map(shown) });
    }
}

/// Searches the whole list, and says whether all of it was read.
async fn search(
    list: &SuppressionList,
    spelling: &str,
) -> Result<(Option<ListEntry>, bool), CallError> {
    let is_it = |address: &str| address.to_lowercase() == spelling.to_lowercase();
    let found = |reason, updated_ms| {
        Some(ListEntry { reason, updated_ms, message_id: None, feedback_id: None })
    };
    let mut token = None;
    let mut is_whole = false;
    for _ in 0..MOST_PAGES {
        let (page, next) = list.complaints(token.as_deref()).await?;
        if page.iter().any(|address| is_it(address.expose())) {
            return Ok((found(SuppressionReason::Complaint, 0), true));
        }
        token = next;
        if token.is_none() {
            is_whole = true;
            break;
        }
    }
    token = None;
    let now = jiff::Timestamp::now().as_second();
    for _ in 0..MOST_PAGES {
        let (page, next) = list.bounces(0, now, token.as_deref()).await?;
        if let Some((_, at)) = page.iter().find(|(address, _)| is_it(address.expose())) {
            return Ok((found(SuppressionReason::Bounce, *at), true));
        }
        token = next;
        if token.is_none() {
            return Ok((None, is_whole));
        }
    }
    Ok((None, false))
}

async fn read_tenants(
    args: &Args,
    list: &SuppressionList,
    settings: &SuppressionSettings,
    known: &mut KnownAddress,
) {
    for name in names(&args.tenant, known, |decided| &decided.tenant) {
        match settings.tenant(&name).await {
            Ok(Some(tenant)) if tenant.has_own_list => {
                match list.entry(Some(&name), args.address.expose()).await {
                    Ok(entry) => known.tenants.push(Tenant {
                        name,
                        has_own_list: true,
                        entry: entry.map(shown),
                    }),
                    Err(error) => known
                        .not_known
                        .push(format!("whether it is on the list of the tenant {name}: {error}")),
                }
            }
            Ok(Some(_)) => {
                known.tenants.push(Tenant { name, has_own_list: false, entry: None });
            }
            Ok(None) => {
                known.not_known.push(format!("the tenant {name}: there is none of that name"))
            }
            Err(error) => known.not_known.push(format!("the tenant {name}: {error}")),
        }
    }
}

async fn read_sets(args: &Args, settings: &SuppressionSettings, known: &mut KnownAddress) {
    for name in names(&args.configuration_set, known, |decided| &decided.configuration_set) {
        match settings.configuration_set(&name).await {
            Ok(reasons) => {
                known.configuration_sets.push(Set { name, reasons: reasons.as_deref().map(codes) })
            }
            Err(error) => known.not_known.push(format!("the configuration set {name}: {error}")),
        }
    }
}

/// Those asked for and those of earlier mail. A name that the journal holds as a hash is left out.
fn names(
    asked: &[String],
    known: &KnownAddress,
    of: impl Fn(&ShownDecision) -> &String,
) -> BTreeSet<String> {
    let earlier = known.decisions.iter().map(of).filter(|name| !name.starts_with("hash-"));
    earlier.chain(asked).filter(|name| !name.is_empty()).cloned().collect()
}

/// What becomes of the account's next mail to the address. SES compares without case, so any
/// spelling counts.
fn next_mail(known: &KnownAddress, account: Option<&AccountSuppression>) -> &'static str {
    let Some(account) = account else { return "unknown" };
    let reasons = codes(&account.reasons);
    let mut entries = known.account_list.iter().filter_map(|listed| listed.entry.as_ref());
    if entries.any(|entry| reasons.contains(&entry.reason)) {
        "withheld"
    } else if known.account_list.is_empty() {
        "unknown"
    } else {
        "sent"
    }
}

fn codes(reasons: &[SuppressionReason]) -> Vec<&'static str> {
    reasons.iter().map(|reason| reason.code()).collect()
}

fn shown(entry: ListEntry) -> KnownEntry {
    let since = if entry.updated_ms > 0 { iso_millis(entry.updated_ms) } else { String::new() };
    KnownEntry { reason: entry.reason.code(), since, message_id: entry.message_id }
}

fn time(seconds: i64) -> String {
    iso_millis(seconds.saturating_mul(1000))
}

fn decided(record: DecisionRecord) -> ShownDecision {
    ShownDecision {
        at: record.at_seconds.map(time),
        event: record.kind.code(),
        verdict: if record.suppresses { "suppress" } else { "keep" },
        reason: record.reason,
        class: record.class,
        rule: record.rule,
        reader: record.reader,
        status: record.status,
        text: record.text,
        bounce_type: record.bounce_type,
        bounce_sub_type: record.sub_type,
        domain: record.domain,
        configuration_set: record.configuration_set,
        tenant: record.tenant,
        message_id: record.message_id,
        feedback_id: record.feedback_id,
    }
}
