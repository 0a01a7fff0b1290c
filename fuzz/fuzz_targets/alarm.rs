//! Any definition of an alarm is understood or not, and guard pauses only what the alarm names, only
//! where the counts prove it, and nothing that the settings exclude.
//!
//! The first line of the input is a payload as guard gets it. The second is the alarm's name, each
//! further one a series: namespace, metric, and names and values of its dimensions, divided by `|`.
//! What follows a NUL are the counts, 4 bytes each.
#![no_main]

use std::collections::BTreeMap;

use libfuzzer_sys::fuzz_target;
use warden_domain::envelope::open;
use warden_domain::guard::account::message;
use warden_domain::guard::confidence::{
    EVENTS_FLOOR, RateJudgement, Rule, TOTAL_FLOOR, WindowCounts, judge,
};
use warden_domain::guard::enforcement::EnforcementStatus;
use warden_domain::guard::record::Target;
use warden_domain::guard::{
    Action, AlarmDefinition, Label, Measure, Mode, Observation, Scope, SetState, Settings,
    Severity, StackNames, WatchedSeries, decide, held_to_counts, is_trigger,
};

const PROTECTED: &str = "passwords";

fuzz_target!(|input: &[u8]| {
    let mut halves = input.splitn(2, |byte| *byte == 0);
    let text = String::from_utf8_lossy(halves.next().unwrap_or_default()).into_owned();
    let numbers = Numbers(halves.next().unwrap_or_default());
    let mut lines = text.lines();
    let payload = lines.next().unwrap_or_default().as_bytes();
    let _ = message(payload);
    for record in open(payload) {
        let _ = is_trigger(&record.reading);
    }
    let name = lines.next().unwrap_or_default();
    let series: Vec<WatchedSeries> = lines.map(series).collect();
    let arn = format!("arn:aws:cloudwatch:eu-central-1:111122223333:alarm:{name}");
    let alarm = AlarmDefinition {
        name,
        arn: &arn,
        series: &series,
        has_expression: numbers.get(0) % 2 == 1,
    };
    let stack = StackNames { namespace: "SesWarden", alarm_prefix: "ses-warden/" };
    let label = Label::from_definition(&alarm, &stack);
    let Ok(label) = held_to_counts(label.as_ref()) else { return };
    let rule = Rule::of(label.watched.rate().unwrap_or(Measure::Bounce));
    let (fast, slow) = (numbers.counts(1), numbers.counts(5));
    let judgement = judge(&rule, &fast, &slow);
    hold_judgement(&judgement);
    let observation = observation(&numbers, judgement, label);
    let mode = if numbers.get(10) % 4 == 0 { Mode::Observe } else { Mode::Act };
    let settings =
        Settings { mode, protected_sets: vec![PROTECTED.to_owned()], domain_sets: BTreeMap::new() };
    let action = decide(label, &observation, &settings);
    hold_action(&action, label, &observation, mode);
});

/// Counts out of the input's last bytes; 0 where there are none.
struct Numbers<'a>(&'a [u8]);

impl Numbers<'_> {
    fn get(&self, place: usize) -> u64 {
        let bytes = self.0.chunks_exact(4).nth(place);
        bytes.and_then(|bytes| bytes.try_into().ok()).map_or(0, u32::from_le_bytes).into()
    }

    fn counts(&self, from: usize) -> WindowCounts {
        WindowCounts {
            events: self.get(from),
            total: self.get(from + 1),
            earlier: self.get(from + 2),
            usual: self.get(from + 3),
        }
    }
}

fn series(line: &str) -> WatchedSeries {
    let mut words = line.split('|').map(str::to_owned);
    let (namespace, metric) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let mut dimensions = BTreeMap::new();
    while let (Some(name), Some(value)) = (words.next(), words.next()) {
        dimensions.insert(name, value);
    }
    WatchedSeries { namespace, metric, dimensions, account: None }
}

fn observation(numbers: &Numbers<'_>, judgement: RateJudgement, label: &Label) -> Observation {
    let bits = numbers.get(9);
    let is = |bit: u32| bits >> bit & 1 == 1;
    let set = |name: &str, bit: u32| SetState {
        name: name.to_owned(),
        sending_enabled: is(bit).then(|| is(bit + 1)),
    };
    let sets = match &label.scope {
        Scope::ConfigurationSet(name) => vec![set(name, 0)],
        Scope::Domain(_) => vec![set(PROTECTED, 2), set("marketing", 4)],
        Scope::Account | Scope::Tenant(_) => Vec::new(),
    };
    let statuses = ["HEALTHY", "PROBATION", "SHUTDOWN", "NEW"];
    Observation {
        account_sending_enabled: !is(6),
        enforcement_status: EnforcementStatus::from(statuses[(bits >> 7 & 3) as usize]),
        sets,
        tenant_sending_enabled: is(9).then(|| is(10)),
        proof: (!is(11)).then_some(judgement),
        aws_number_holds: is(12).then(|| is(13)),
        account_proof: is(14).then_some(judgement),
    }
}

/// A pause needs mails and events enough, and a rate whose lower bound is above the threshold.
fn hold_judgement(judgement: &RateJudgement) {
    let finding = &judgement.finding;
    assert!((0.0..=1.0).contains(&finding.rate) && finding.lower_bound <= finding.rate);
    if judgement.severity == Some(Severity::Critical) {
        assert!(finding.total >= TOTAL_FLOOR && finding.events >= EVENTS_FLOOR);
        assert!(finding.lower_bound > finding.pause_threshold);
    }
}

fn hold_action(action: &Action, label: &Label, observation: &Observation, mode: Mode) {
    let (Action::Pause(target) | Action::Observe(target)) = action else { return };
    assert_eq!(matches!(action, Action::Pause(_)), mode == Mode::Act);
    assert_eq!(label.severity, Severity::Critical);
    assert!(observation.account_sending_enabled && observation.aws_number_holds != Some(false));
    assert_ne!(observation.enforcement_status, EnforcementStatus::Shutdown);
    let proves = |judgement: &RateJudgement| judgement.severity == Some(Severity::Critical);
    assert!(observation.proof.as_ref().is_none_or(proves));
    match (target, &label.scope) {
        (Target::Sets(sets), Scope::ConfigurationSet(_) | Scope::Domain(_)) => {
            assert!(!sets.is_empty());
            for set in sets {
                assert_ne!(set, PROTECTED);
                let is_named =
                    |one: &SetState| one.name == *set && one.sending_enabled == Some(true);
                assert!(observation.sets.iter().any(is_named), "{set} was not observed to send");
            }
        }
        (Target::Account, Scope::Account) => {}
        (Target::Account, Scope::Domain(_)) => {
            assert!(observation.account_proof.as_ref().is_some_and(proves));
        }
        (Target::Tenant(arn), Scope::Tenant(named)) => assert_eq!(arn, named),
        (target, scope) => panic!("{scope:?} pauses {target:?}"),
    }
}
