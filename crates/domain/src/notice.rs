//! The notice that operators get.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::guard::confidence::{Reason, Verdict};
use crate::guard::{Action, Label, Measure, TellOnly};
use crate::time::iso_millis;

/// Longest SNS subject, in characters.
const MAX_SUBJECT: usize = 100;

/// What one notice tells.
#[derive(Debug, Clone)]
pub struct Facts<'a> {
    /// The alarm's name.
    pub alarm: &'a str,
    /// What its tags say.
    pub label: Option<&'a Label>,
    /// The episode's time stamp, as written into the tag.
    pub episode: &'a str,
    /// CloudWatch's words on why.
    pub reason: &'a str,
    /// What was done.
    pub action: &'a Action,
    /// When guard acted, in milliseconds since 1970.
    pub at_millis: i64,
    /// AWS's verdict on the account.
    pub enforcement_status: &'a str,
    /// The domains concerned, worst first.
    pub domains: &'a [DomainCounts],
    /// What our own counts prove, where they were asked.
    pub proof: Option<&'a Verdict>,
}

/// Counts of one domain over the last hour.
#[derive(Debug, Clone, PartialEq)]
pub struct DomainCounts {
    /// The domain.
    pub domain: String,
    /// Mails sent.
    pub sends: f64,
    /// Hard bounces.
    pub hard_bounces: f64,
    /// Complaints.
    pub complaints: f64,
}

/// One SNS message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// ASCII, at most 100 characters, no line breaks.
    pub subject: String,
    /// Plain text.
    pub body: String,
    /// For machines: `id`, `alarm`, `action`, `scope`, `target`, `measure`,
    /// `severity`.
    pub attributes: BTreeMap<&'static str, String>,
}

/// Writes the notice.
///
/// Its id is the alarm and the episode: a notice that a crash repeats has the same.
pub fn write(facts: &Facts<'_>) -> Notice {
    let (headline, action_code) = headline(facts);
    let mut id = format!("{}@{}", facts.alarm, facts.episode);
    if *facts.action == Action::Tell(TellOnly::NotProven) {
        // A pause may follow in the same episode, and is another transition.
        id.push_str("/not_proven");
    }
    let mut body = format!("{headline}\n");
    section(&mut body, "Why", &why(facts));
    section(&mut body, "What is paused", &[state(facts.action)]);
    if !facts.domains.is_empty() {
        section(&mut body, "The last hour, as counted by ses-warden", &table(facts.domains));
    }
    section(&mut body, "What to check first", &checks(facts.label.map(|l| l.measure)));
    section(&mut body, "How to go on", &next_steps(facts));
    let _ = write!(body, "\nNotice {id}\n");

    let scope = facts.label.map_or("unlabelled", |l| l.scope.name());
    let attributes = BTreeMap::from([
        ("id", id),
        ("alarm", facts.alarm.to_owned()),
        ("action", action_code.to_owned()),
        ("scope", scope.to_owned()),
        ("target", facts.label.map_or("unknown", |l| l.scope.target()).to_owned()),
        ("measure", facts.label.map_or("unknown", |l| l.measure.name()).to_owned()),
        ("severity", facts.label.map_or("unknown", |l| l.severity.name()).to_owned()),
    ]);
    Notice { subject: subject(&headline), body, attributes }
}

fn headline(facts: &Facts<'_>) -> (String, &'static str) {
    let target = facts.label.map_or_else(
        || format!("alarm {}", facts.alarm),
        |l| match l.scope.target() {
            "all" => "the account".to_owned(),
            name => format!("{} {name}", l.scope.name().replace('-', " ")),
        },
    );
    let measure = facts.label.map_or("alarm", |l| match l.measure {
        Measure::Bounce => "bounce rate",
        Measure::Complaint => "complaint rate",
    });
    match facts.action {
        Action::PauseAccount => (format!("ses-warden paused the account: {measure} too high"), "paused_account"),
        Action::PauseSets(sets) => {
            let word = if sets.len() == 1 { "configuration set" } else { "configuration sets" };
            (format!("ses-warden paused {word} {}: {measure} too high", sets.join(", ")), "paused_sets")
        }
        Action::Tell(TellOnly::NotProven) => {
            (format!("ses-warden warns: {measure} of {target}, not proven yet"), "not_proven")
        }
        Action::Tell(TellOnly::Warning) => (format!("ses-warden warns: {measure} of {target} is rising"), "warning"),
        Action::Tell(why) => (format!("ses-warden paused nothing: {measure} of {target}"), why.code()),
    }
}

fn why(facts: &Facts<'_>) -> Vec<String> {
    vec![
        format!("Alarm {} went into ALARM at {}.", facts.alarm, facts.episode),
        one_line(facts.reason),
        facts.proof.map(judgement).unwrap_or_default(),
        format!("Enforcement status of the account: {}.", facts.enforcement_status),
        format!("guard acted at {}.", iso_millis(facts.at_millis)),
    ]
}

/// The numbers behind a judgement, in a sentence.
fn judgement(verdict: &Verdict) -> String {
    let f = &verdict.finding;
    let window = match f.seconds {
        s if s >= 7200 => format!("{} hours", s / 3600),
        s => format!("{} minutes", s / 60),
    };
    let surge = if f.surge { ", far more mail than usual" } else { "" };
    let said = match f.reason {
        Reason::TooFew => "which is too little to prove anything".to_owned(),
        Reason::Proven | Reason::NotProven | Reason::Passed => {
            let beyond = if f.lower_bound > f.threshold { "beyond" } else { "not beyond" };
            let passed = if f.reason == Reason::Passed { "; it has passed since" } else { "" };
            let threshold = percent(f.threshold);
            format!("and at least {} with 97.5 % confidence, {beyond} {threshold}{passed}", percent(f.lower_bound))
        }
    };
    format!("Counted in the last {window}: {} of {} ({}){surge}, {said}.", f.events, f.total, percent(f.rate))
}

fn percent(rate: f64) -> String {
    format!("{:.2} %", 100.0 * rate)
}

fn state(action: &Action) -> String {
    match action {
        Action::PauseAccount => {
            "The whole account in this Region: no mail leaves through SES. Mail accepted before may still go out, and \
             its bounces still come in."
                .into()
        }
        Action::PauseSets(sets) => format!(
            "Mail that names {}. Mail that names another configuration set, or none, still goes out.",
            sets.join(" or ")
        ),
        Action::Tell(TellOnly::Warning) => "Nothing. This alarm only warns; a critical one pauses.".into(),
        Action::Tell(TellOnly::Unlabelled) => {
            "Nothing: the alarm's tags do not say what it watches (ses-warden:scope, :target, :measure, :severity)."
                .into()
        }
        Action::Tell(TellOnly::Observing) => "Nothing: guard is set to observe.".into(),
        Action::Tell(TellOnly::ShutDown) => "Nothing by us: AWS has shut down sending for this account.".into(),
        Action::Tell(TellOnly::AccountPaused) => {
            "Nothing new: the account was paused already, not by this alarm.".into()
        }
        Action::Tell(TellOnly::SetsPaused) => {
            "Nothing new: the configuration sets concerned were paused already.".into()
        }
        Action::Tell(TellOnly::Protected) => {
            "Nothing: the configuration sets concerned are protected; only an account pause stops them.".into()
        }
        Action::Tell(TellOnly::NotProven) => {
            "Nothing: the counts do not prove a rate that pauses. They are judged again every few minutes while the \
             alarm lasts; you hear of it again only if something is paused."
                .into()
        }
        Action::Tell(TellOnly::NoSuchSet) => {
            "Nothing: no configuration set carries this mail, so only an account pause would stop it.".into()
        }
    }
}

fn checks(measure: Option<Measure>) -> Vec<String> {
    let mut lines = vec![
        "Who sends? Compare caller identities and source addresses with the ones you know. If one is strange, \
         deactivate its access key before anything else."
            .to_owned(),
    ];
    match measure {
        Some(Measure::Bounce) => lines.push(
            "Which list? Hard bounces at this rate come from an old or bought list: stop the campaign and remove it."
                .into(),
        ),
        Some(Measure::Complaint) => lines.push(
            "Did these people ask for this mail? Check the list's origin and that unsubscribing works with one click."
                .into(),
        ),
        None => {}
    }
    lines
}

fn next_steps(facts: &Facts<'_>) -> Vec<String> {
    match facts.action {
        Action::PauseAccount => vec![
            "Resume: aws sesv2 put-account-sending-attributes --sending-enabled".into(),
            "guard will not pause again for this episode of the alarm; it will for a new one.".into(),
        ],
        Action::PauseSets(sets) => {
            let mut lines: Vec<String> = sets
                .iter()
                .map(|set| {
                    format!(
                        "Resume: aws sesv2 put-configuration-set-sending-options --configuration-set-name {set} \
                         --sending-enabled"
                    )
                })
                .collect();
            lines.push("Resuming a configuration set starts its reputation metrics afresh (AWS does that).".into());
            lines.push("guard will not pause again for this episode of the alarm; it will for a new one.".into());
            lines
        }
        Action::Tell(TellOnly::Warning) => vec!["Find the cause now, before the critical alarm pauses.".into()],
        Action::Tell(TellOnly::NotProven) => vec!["Look for the cause now, before the counts prove it.".into()],
        Action::Tell(TellOnly::ShutDown) => {
            vec!["Open the case that AWS sent you; nothing here can resume sending.".into()]
        }
        Action::Tell(_) => vec![
            "Pause by hand if you must: aws sesv2 put-account-sending-attributes --no-sending-enabled".into(),
            "This episode of the alarm is now handled; guard speaks again at the next one.".into(),
        ],
    }
}

fn table(domains: &[DomainCounts]) -> Vec<String> {
    let width = domains.iter().map(|d| d.domain.len()).max().unwrap_or(0).max(6);
    let mut lines = vec![format!("{:<width$}  {:>9}  {:>18}  {:>16}", "domain", "sends", "hard bounces", "complaints")];
    lines.extend(domains.iter().map(|d| {
        format!(
            "{:<width$}  {:>9}  {:>18}  {:>16}",
            d.domain,
            d.sends,
            share(d.hard_bounces, d.sends),
            share(d.complaints, d.sends)
        )
    }));
    lines
}

fn share(part: f64, whole: f64) -> String {
    if whole > 0.0 { format!("{part} ({:.2} %)", 100.0 * part / whole) } else { format!("{part}") }
}

fn section(body: &mut String, title: &str, lines: &[String]) {
    let _ = write!(body, "\n{title}\n");
    for line in lines.iter().filter(|line| !line.is_empty()) {
        let _ = writeln!(body, "  {line}");
    }
}

/// CloudWatch's own words on one line, without control characters.
fn one_line(text: &str) -> String {
    let clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(1000).collect();
    clean.trim().to_owned()
}

fn subject(headline: &str) -> String {
    let ascii: String = headline.chars().map(|c| if c.is_ascii() && !c.is_ascii_control() { c } else { '?' }).collect();
    if ascii.len() <= MAX_SUBJECT {
        return ascii;
    }
    let mut short: String = ascii.chars().take(MAX_SUBJECT - 3).collect();
    short.push_str("...");
    short
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::guard::{Scope, Severity};

    fn facts<'a>(label: &'a Label, action: &'a Action, domains: &'a [DomainCounts]) -> Facts<'a> {
        Facts {
            alarm: "ses-warden/configuration-set/marketing/bounce/critical",
            label: Some(label),
            episode: "2026-10-06T07:15:12.345Z",
            reason: "Threshold Crossed:\n1 datapoint [0.0613]",
            action,
            at_millis: 1_791_270_912_345,
            enforcement_status: "HEALTHY",
            domains,
            proof: None,
        }
    }

    fn label() -> Label {
        Label {
            scope: Scope::ConfigurationSet("marketing".into()),
            measure: Measure::Bounce,
            severity: Severity::Critical,
        }
    }

    #[test]
    fn a_pause_says_who_why_and_how_to_undo_it() {
        let domains =
            [DomainCounts { domain: "news.example.org".into(), sends: 120.0, hard_bounces: 30.0, complaints: 3.0 }];
        let notice = write(&facts(&label(), &Action::PauseSets(vec!["marketing".into()]), &domains));
        assert_eq!(notice.subject, "ses-warden paused configuration set marketing: bounce rate too high");
        for text in [
            "Threshold Crossed: 1 datapoint [0.0613]",
            "news.example.org",
            "30 (25.00 %)",
            "put-configuration-set-sending-options --configuration-set-name marketing --sending-enabled",
        ] {
            assert!(notice.body.contains(text), "{text} in\n{}", notice.body);
        }
        assert_eq!(notice.attributes["action"], "paused_sets");
        assert_eq!(
            notice.attributes["id"],
            "ses-warden/configuration-set/marketing/bounce/critical@2026-10-06T07:15:12.345Z"
        );
    }

    #[test]
    fn subjects_stay_within_the_limits_of_sns() {
        let many: Vec<String> = (0..40).map(|n| format!("sét-{n}\n")).collect();
        let notice = write(&facts(&label(), &Action::PauseSets(many), &[]));
        assert!(notice.subject.len() <= MAX_SUBJECT && notice.subject.is_ascii());
        assert!(!notice.subject.contains('\n'));
    }

    #[test]
    fn every_reason_to_tell_only_has_its_words() {
        for why in [
            TellOnly::Warning,
            TellOnly::Unlabelled,
            TellOnly::Observing,
            TellOnly::ShutDown,
            TellOnly::AccountPaused,
            TellOnly::SetsPaused,
            TellOnly::Protected,
            TellOnly::NoSuchSet,
            TellOnly::NotProven,
        ] {
            let notice = write(&facts(&label(), &Action::Tell(why), &[]));
            assert_eq!(notice.attributes["action"], why.code());
            assert!(notice.body.contains("Nothing"), "{}", notice.body);
        }
    }
}
