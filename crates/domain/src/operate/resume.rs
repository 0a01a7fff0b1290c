//! Whether sending may be switched on again: what is found before, and what happens after.
//!
//! A resume is refused in one case alone: AWS has paused the sending, and then the account's own
//! switch cannot end that. Everything else is for a person to judge, who sees it first.
//!
//! # Examples
//! ```
//! use warden_domain::guard::enforcement::EnforcementStatus;
//! use warden_domain::operate::resume::{ResumeFacts, may_resume};
//!
//! let mut facts = ResumeFacts::of_account(EnforcementStatus::Healthy);
//! assert!(may_resume(&facts.findings()));
//! facts.enforcement = EnforcementStatus::Shutdown;
//! assert!(!may_resume(&facts.findings()));
//! ```

mod texts;

pub use texts::{ClassTexts, Counted, ReplyTexts};

use crate::bounce::BounceClass;
use crate::finding::{Finding, FindingSeverity};
use crate::guard::confidence::{BOUNCE_PAUSE, BOUNCE_REVIEW, COMPLAINT_PAUSE, COMPLAINT_REVIEW};
use crate::guard::enforcement::EnforcementStatus;
use crate::journal::HistoryTarget;
use crate::notice::Totals;

/// Everything that is known before a resume. `None` is what could not be read, and is said.
#[derive(Debug, Clone)]
pub struct ResumeFacts {
    /// What is to send again.
    pub target: HistoryTarget,
    /// AWS's verdict on the account.
    pub enforcement: EnforcementStatus,
    /// The account's own switch.
    pub account_sends: bool,
    /// Nobody knows who paused it.
    pub is_pauser_unknown: bool,
    /// AWS has switched the tenant off, for this cause.
    pub aws_pause: Option<String>,
    /// AWS's rates of the account or the set, as fractions: bounces, complaints.
    pub rates: [Option<f64>; 2],
    /// Our counts since the pause, an hour at least.
    pub since_pause: Option<Totals>,
    /// Our counts of the last quarter of an hour: what arrives while nothing is sent is feedback on
    /// mail that was sent before.
    pub last_quarter: Option<Totals>,
    /// Alarms that are in ALARM and concern sending.
    pub alarms: Option<Vec<String>>,
    /// Callers and source addresses of the last hour that are on no list.
    pub unexpected: Option<Vec<Counted>>,
    /// Hard bounces of the last hour by class.
    pub classes: Option<Vec<(BounceClass, u64)>>,
    /// What receivers answered in the last hour.
    pub texts: ReplyTexts,
}

impl ResumeFacts {
    /// Of the account, before anything else is known.
    pub fn of_account(enforcement: EnforcementStatus) -> Self {
        Self {
            target: HistoryTarget::Account,
            enforcement,
            account_sends: false,
            is_pauser_unknown: false,
            aws_pause: None,
            rates: [None, None],
            since_pause: None,
            last_quarter: None,
            alarms: None,
            unexpected: None,
            classes: None,
            texts: ReplyTexts::NotKnown("they were not read".to_owned()),
        }
    }

    fn subject(&self) -> String {
        match &self.target {
            HistoryTarget::Account => "account".to_owned(),
            HistoryTarget::ConfigurationSet(name) => format!("configuration set {name}"),
            HistoryTarget::Tenant(arn) => format!("tenant {arn}"),
            HistoryTarget::Address(id) => id.as_str().to_owned(),
        }
    }

    /// What a person has to know first, the reasons against it before the rest.
    pub fn findings(&self) -> Vec<Finding> {
        let mut found = Vec::new();
        found.extend(self.by_aws());
        found.extend(self.own_switches());
        found.extend(self.pauser());
        found.extend(self.rates());
        found.extend(self.counts());
        found.extend(self.senders());
        found.extend(self.classes());
        found.extend(self.texts.findings(self.subject()));
        found.extend(self.alarms());
        found.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
        found
    }

    fn by_aws(&self) -> Vec<Finding> {
        let word = self.enforcement.name().to_owned();
        let of_account = match &self.enforcement {
            EnforcementStatus::Shutdown => Finding::error("aws-shutdown", "account").text(
                "AWS has paused this account (EnforcementStatus SHUTDOWN). Your own switch cannot \
                 end that: answer the case that AWS opened in the Support Center. After 90 days \
                 AWS deletes the account's suppression list, so export it.",
            ),
            EnforcementStatus::Probation => Finding::warning("aws-probation", "account").text(
                "AWS reviews this account (EnforcementStatus PROBATION). If the rates do not come \
                 down, AWS pauses it, and then only AWS can resume it.",
            ),
            EnforcementStatus::Healthy => Finding::info("aws-healthy", "account")
                .text("AWS reports no problem with the account (EnforcementStatus HEALTHY)."),
            EnforcementStatus::Other(_) => Finding::warning("aws-unknown", "account").text(format!(
                "AWS's EnforcementStatus of the account is {word}, which this version does not know."
            )),
        };
        let mut found = vec![of_account.found(word)];
        if let Some(cause) = &self.aws_pause {
            let cause = if cause.is_empty() { "no cause given" } else { cause };
            found.push(Finding::error("aws-paused-tenant", self.subject()).found(cause).text(
                "AWS has switched this tenant off. Your own switch cannot end that: resolve the \
                     finding in the SES console (Tenants), or reinstate the tenant there.",
            ));
        }
        found
    }

    fn own_switches(&self) -> Option<Finding> {
        (self.target != HistoryTarget::Account && !self.account_sends).then(|| {
            Finding::warning("account-paused", "account").text(
                "The account's own switch is off, so nothing sends until the account is resumed, \
                 too: ses-warden resume --account.",
            )
        })
    }

    fn pauser(&self) -> Option<Finding> {
        let event = match &self.target {
            HistoryTarget::Account => "PutAccountSendingAttributes",
            HistoryTarget::ConfigurationSet(_) => "PutConfigurationSetSendingOptions",
            HistoryTarget::Tenant(_) => "UpdateReputationEntityCustomerManagedStatus",
            HistoryTarget::Address(_) => return None,
        };
        self.is_pauser_unknown.then(|| {
            Finding::warning("paused-by-unknown", self.subject())
                .text("Who paused it, and why, is not known here. CloudTrail says who:")
                .command(format!(
                    "aws cloudtrail lookup-events --lookup-attributes \
                     AttributeKey=EventName,AttributeValue={event}"
                ))
        })
    }

    fn rates(&self) -> Vec<Finding> {
        let lines = [
            ("bounce", BOUNCE_REVIEW, BOUNCE_PAUSE),
            ("complaint", COMPLAINT_REVIEW, COMPLAINT_PAUSE),
        ];
        let mut found = Vec::new();
        for ((measure, review, pause), rate) in lines.into_iter().zip(self.rates) {
            let Some(rate) = rate else { continue };
            let line = match rate {
                rate if rate >= pause => "above the line from which AWS may pause",
                rate if rate >= review => "above AWS's review line",
                _ => "below AWS's review line",
            };
            let severity =
                if rate >= review { FindingSeverity::Warning } else { FindingSeverity::Info };
            let code = if rate >= review { "rate-high" } else { "rate-ok" };
            found.push(Finding::new(severity, code, self.subject()).text(format!(
                "AWS's {measure} rate is {}: {line} ({} review, {} pause). It falls only with good \
                 mail.",
                percent(rate),
                percent(review),
                percent(pause)
            )));
        }
        if self.rates == [None, None] {
            found.push(Finding::info("rate-unknown", self.subject()).text(
                "AWS's own rates are not known: CloudWatch has none of the last day, or they could \
                 not be read.",
            ));
        }
        found
    }

    fn counts(&self) -> Vec<Finding> {
        let mut found = Vec::new();
        match self.since_pause {
            Some(counts) => found.push(Finding::info("counts", self.subject()).text(format!(
                "Counted since the pause began, an hour at least: {}.",
                words(counts)
            ))),
            None => found.push(Finding::info("counts-unknown", self.subject()).text(
                "How the mail did is not known: ses-warden's own counts could not be read, or it \
                 does not count this.",
            )),
        }
        if let Some(counts) = self.last_quarter.filter(|c| c.hard_bounces + c.complaints > 0) {
            found.push(Finding::warning("still-coming", self.subject()).text(format!(
                "In the last 15 minutes there were still {}. Feedback on mail sent before the \
                 pause comes for hours; a sender that has not been stopped adds to it.",
                words(counts)
            )));
        }
        found
    }

    fn senders(&self) -> Option<Finding> {
        let unexpected = self.unexpected.as_ref()?;
        if unexpected.is_empty() {
            return Some(Finding::info("senders-expected", self.subject()).text(
                "No caller or source address outside your lists sent in the last hour (without \
                 lists, none can be unexpected).",
            ));
        }
        Some(Finding::warning("unexpected-senders", self.subject()).found(listed(unexpected)).text(
            "Somebody outside your lists sent in the last hour. If these credentials are \
                     not rotated yet, they send again at once: ses-warden secure.",
        ))
    }

    fn classes(&self) -> Vec<Finding> {
        let classes = self.classes.iter().flatten();
        classes
            .map(|(class, count)| {
                Finding::info("bounces-by-class", class.code()).text(format!(
                    "{count} of the last hour's hard bounces are {}: {}",
                    class.code(),
                    class.advice()
                ))
            })
            .collect()
    }

    fn alarms(&self) -> Option<Finding> {
        let alarms = self.alarms.as_ref()?;
        if alarms.is_empty() {
            return Some(
                Finding::info("alarms-ok", self.subject())
                    .text("No alarm of the stack is in ALARM."),
            );
        }
        Some(Finding::warning("alarms", self.subject()).found(alarms.join(", ")).text(
            "These alarms are still in ALARM. guard does not pause again for the time that they \
             stay so; an alarm that leaves ALARM and comes back is a new episode, and guard pauses.",
        ))
    }

    /// What happens after the resume, in sentences.
    pub fn next(&self) -> Vec<String> {
        let mut next = vec![
            "Mail is taken again at once. Mail that was refused meanwhile was not \
                             kept by SES: the senders have to send it again."
                .to_owned(),
        ];
        match &self.target {
            HistoryTarget::ConfigurationSet(_) => next.push(
                "SES begins the set's reputation metrics anew, so its rates start without the \
                 bounces before."
                    .to_owned(),
            ),
            HistoryTarget::Account => next.push(
                "The account's reputation metrics go on where they were; configuration sets and \
                 tenants that are paused by themselves stay paused."
                    .to_owned(),
            ),
            HistoryTarget::Tenant(_) | HistoryTarget::Address(_) => {}
        }
        next.push(
            "guard does not pause for what came before: while an alarm stays in ALARM its episode \
             is over for guard with this resume. New bounces or complaints that prove a rate lead to a new \
             pause."
                .to_owned(),
        );
        next
    }
}

/// Whether nothing found stands against it.
pub fn may_resume(findings: &[Finding]) -> bool {
    findings.iter().all(|finding| finding.severity < FindingSeverity::Error)
}

/// `16.7 %`, `0.05 %`.
pub fn percent(fraction: f64) -> String {
    let percent = fraction * 100.0;
    if percent >= 1.0 || percent == 0.0 {
        format!("{percent:.1} %")
    } else {
        format!("{percent:.2} %")
    }
}

fn words(counts: Totals) -> String {
    let share = |count: u64| {
        // Counts of mails are far below what a f64 holds exactly.
        #[expect(clippy::cast_precision_loss, reason = "counts of mails")]
        let rate = count as f64 / counts.sends as f64;
        if counts.sends == 0 { String::new() } else { format!(" ({})", percent(rate)) }
    };
    format!(
        "{} sends, {} hard bounces{}, {} complaints{}",
        counts.sends,
        counts.hard_bounces,
        share(counts.hard_bounces),
        counts.complaints,
        share(counts.complaints)
    )
}

fn listed(counted: &[Counted]) -> String {
    counted.iter().map(|(name, count)| format!("{name}: {count}")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests;
