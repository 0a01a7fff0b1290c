//! What an alarm watches, read off its definition as CloudWatch's DescribeAlarms gives it.
//!
//! Tags and descriptions are texts that anybody may write; the series that an alarm reads are not.
//! So an alarm cannot claim to watch what it does not. guard understands these alarms:
//!
//! | series | dimensions | watches |
//! |---|---|---|
//! | `AWS/SES` `Reputation.BounceRate` or `Reputation.ComplaintRate`, by itself | none | the account |
//! | the same | `ses:configuration-set` | that configuration set |
//! | `AWS/SES` `Bounces` or `Complaints`, also in metric math with `Sends` | `TenantId` and `TenantName` | that tenant |
//! | our `BounceHard` with `Send`, or `Complaint` with `Delivery` | none | the account |
//! | the same | `Domain` | that sender domain |
//! | our `BounceHard` or `Complaint`, with `Send` | `Domain` and `ConfigurationSet` | that configuration set, of any domains |
//! | our `UnexpectedSender` | none, `CallerIdentity` or `SourceIp` | the account |
//!
//! All series of an alarm must agree. Everything else, composite alarms included, is not
//! understood: guard notifies of such an alarm and pauses nothing for it.
//!
//! The severity is the one thing that is read off the alarm's name: `warn` or `critical` among the
//! last two of the words between its slashes, and `warn` where it has neither.

use std::collections::BTreeMap;

use super::{Label, Measure, Scope, Severity, Watched};

/// The namespace that SES writes its own metrics to.
const AWS_NAMESPACE: &str = "AWS/SES";

/// One series that an alarm reads.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct WatchedSeries {
    /// Its namespace.
    pub namespace: String,
    /// The metric's name; empty where the definition has none.
    pub metric: String,
    /// Names and values of its dimensions.
    pub dimensions: BTreeMap<String, String>,
    /// The account that it is read from, where the definition names one.
    pub account: Option<String>,
}

/// The part of an alarm's definition that says what it watches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AlarmDefinition<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its ARN.
    pub arn: &'a str,
    /// Every series that it reads; none for a composite alarm.
    pub series: &'a [WatchedSeries],
    /// It compares the result of an expression, and not a series.
    pub has_expression: bool,
}

impl AlarmDefinition<'_> {
    /// Whether the alarm reads nothing but metrics that AWS writes.
    pub fn reads_only_aws(&self) -> bool {
        !self.series.is_empty() && self.series.iter().all(|one| one.namespace == AWS_NAMESPACE)
    }
}

/// The names by which an installation knows its own alarms and metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StackNames<'a> {
    /// The CloudWatch namespace of its metrics.
    pub namespace: &'a str,
    /// What the names of its alarms begin with.
    pub alarm_prefix: &'a str,
}

impl Label {
    /// Reads what an alarm watches off its definition; `None` where guard does not understand it.
    ///
    /// # Examples
    /// ```
    /// use warden_domain::guard::{AlarmDefinition, Label, Scope, Severity, StackNames, WatchedSeries};
    ///
    /// let series = [WatchedSeries {
    ///     namespace: "AWS/SES".to_owned(),
    ///     metric: "Reputation.BounceRate".to_owned(),
    ///     dimensions: [("ses:configuration-set".to_owned(), "marketing".to_owned())].into(),
    ///     account: None,
    /// }];
    /// let alarm = AlarmDefinition {
    ///     name: "ses-warden/configuration-set/marketing/bounce/critical",
    ///     arn: "arn:aws:cloudwatch:eu-central-1:111122223333:alarm:ses-warden/configuration-set/marketing/bounce/critical",
    ///     series: &series,
    ///     has_expression: false,
    /// };
    /// let stack = StackNames { namespace: "SesWarden", alarm_prefix: "ses-warden/" };
    /// let label = Label::from_definition(&alarm, &stack).expect("guard understands it");
    /// assert_eq!(label.scope, Scope::ConfigurationSet("marketing".to_owned()));
    /// assert_eq!(label.severity, Severity::Critical);
    /// ```
    pub fn from_definition(alarm: &AlarmDefinition<'_>, stack: &StackNames<'_>) -> Option<Self> {
        if alarm.series.iter().any(|one| is_foreign(one, alarm.arn)) {
            return None;
        }
        let all_in = |namespace: &str| {
            !alarm.series.is_empty() && alarm.series.iter().all(|one| one.namespace == namespace)
        };
        let (scope, watched) = if all_in(AWS_NAMESPACE) {
            reputation(alarm).or_else(|| tenant(alarm))?
        } else if all_in(stack.namespace) {
            unexpected_sender(alarm.series).or_else(|| counts(alarm.series))?
        } else {
            return None;
        };
        Some(Self { scope, watched, severity: severity(alarm.name, stack.alarm_prefix) })
    }
}

/// Whether a series is read from another account than the alarm's own, as in a monitoring account.
fn is_foreign(series: &WatchedSeries, arn: &str) -> bool {
    series.account.as_deref().is_some_and(|account| arn.split(':').nth(4) != Some(account))
}

/// AWS's own rate, which the alarm compares as it is: what an expression makes of it is another
/// number.
fn reputation(alarm: &AlarmDefinition<'_>) -> Option<(Scope, Watched)> {
    let [one] = alarm.series else { return None };
    let measure = match one.metric.as_str() {
        "Reputation.BounceRate" => Measure::Bounce,
        "Reputation.ComplaintRate" => Measure::Complaint,
        _ => return None,
    };
    if alarm.has_expression {
        return None;
    }
    let scope = match named(one).as_slice() {
        [] => Scope::Account,
        [("ses:configuration-set", set)] => Scope::ConfigurationSet((*set).to_owned()),
        _ => return None,
    };
    Some((scope, Watched::Rate(measure)))
}

/// A tenant's metrics. SES switches a tenant by its ARN, which these dimensions make up together
/// with the alarm's own ARN: partition, Region and account are the same.
fn tenant(alarm: &AlarmDefinition<'_>) -> Option<(Scope, Watched)> {
    let watched = rate(alarm.series, "Bounces", "Complaints", |_| "Sends")?;
    let ids = same(alarm.series, |one| match named(one).as_slice() {
        [("TenantId", id), ("TenantName", name)] if is_plain(id) && is_plain(name) => {
            Some(format!("{name}/{id}"))
        }
        _ => None,
    })?;
    let mut arn = alarm.arn.split(':');
    let (head, partition) = (arn.next()?, arn.next()?);
    let (region, account) = (arn.nth(1)?, arn.next()?);
    if head != "arn" || [partition, region, account].iter().any(|part| part.is_empty()) {
        return None;
    }
    Some((Scope::Tenant(format!("arn:{partition}:ses:{region}:{account}:tenant/{ids}")), watched))
}

/// Our count of mail by senders that are on no list.
fn unexpected_sender(series: &[WatchedSeries]) -> Option<(Scope, Watched)> {
    let is_one = |one: &WatchedSeries| {
        one.metric == "UnexpectedSender"
            && matches!(named(one).as_slice(), [] | [("CallerIdentity" | "SourceIp", _)])
    };
    series.iter().all(is_one).then_some((Scope::Account, Watched::UnexpectedSender))
}

/// Our counts of mails, hard bounces and complaints.
fn counts(series: &[WatchedSeries]) -> Option<(Scope, Watched)> {
    let scope = same(series, |one| match named(one).as_slice() {
        [] => Some(Scope::Account),
        [("Domain", domain)] => Some(Scope::Domain((*domain).to_owned())),
        [("ConfigurationSet", set), ("Domain", _)] => {
            Some(Scope::ConfigurationSet((*set).to_owned()))
        }
        _ => None,
    })?;
    // Deliveries are not counted by configuration set.
    let by_set = matches!(scope, Scope::ConfigurationSet(_));
    let watched = rate(series, "BounceHard", "Complaint", |measure| match measure {
        Measure::Complaint if !by_set => "Delivery",
        Measure::Complaint | Measure::Bounce => "Send",
    })?;
    Some((scope, watched))
}

/// The rate that these series make up: events of one kind, and nothing but the mails that they are
/// held against.
fn rate(
    series: &[WatchedSeries],
    bounces: &str,
    complaints: &str,
    mails: impl Fn(Measure) -> &'static str,
) -> Option<Watched> {
    let has = |metric: &str| series.iter().any(|one| one.metric == metric);
    let (measure, events) = match (has(bounces), has(complaints)) {
        (true, false) => (Measure::Bounce, bounces),
        (false, true) => (Measure::Complaint, complaints),
        (true, true) | (false, false) => return None,
    };
    let is_part = |one: &WatchedSeries| one.metric == events || one.metric == mails(measure);
    series.iter().all(is_part).then_some(Watched::Rate(measure))
}

/// What all series answer alike.
fn same<T: PartialEq>(
    series: &[WatchedSeries],
    of: impl Fn(&WatchedSeries) -> Option<T>,
) -> Option<T> {
    let (first, others) = series.split_first()?;
    let answer = of(first)?;
    others.iter().all(|one| of(one).as_ref() == Some(&answer)).then_some(answer)
}

/// The dimensions by name. One without a value names nothing, so that no arm above matches it.
fn named(series: &WatchedSeries) -> Vec<(&str, &str)> {
    let mut named = Vec::new();
    for (name, value) in &series.dimensions {
        named.push(if value.is_empty() { ("", "") } else { (name.as_str(), value.as_str()) });
    }
    named
}

/// What SES takes as the name of a tenant, and gives as its id.
fn is_plain(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_')
}

fn severity(name: &str, prefix: &str) -> Severity {
    let own = name.strip_prefix(prefix).unwrap_or(name);
    let word = |word: &str| match word {
        "warn" => Some(Severity::Warn),
        "critical" => Some(Severity::Critical),
        _ => None,
    };
    own.rsplit('/').take(2).find_map(word).unwrap_or(Severity::Warn)
}

#[cfg(test)]
mod tests;
