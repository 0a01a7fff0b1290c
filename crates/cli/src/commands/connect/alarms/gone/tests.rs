use std::collections::BTreeMap;

use warden_domain::guard::{Measure, Severity};

use super::super::definition::{AlarmWindow, WantedAlarm};
use super::super::plan::{AlarmChoice, plan, wanted_alarms};
use super::super::tests::{choice as any, made, named, setting, thresholds};
use super::*;

/// One alarm a domain.
fn choice(domains: &[&str]) -> AlarmChoice {
    AlarmChoice {
        measures: vec![Measure::Bounce],
        severities: vec![Severity::Critical],
        windows: vec![AlarmWindow::Fast],
        ..any(domains)
    }
}

fn known(seen: &[&str], identities: &[&str]) -> KnownDomains {
    KnownDomains::new(seen.iter().copied(), identities.iter().map(|name| (*name, true)))
}

fn of_domains(choice: &AlarmChoice, domains: &BTreeSet<String>) -> Vec<WantedAlarm> {
    wanted_alarms(&setting(), &thresholds(), choice, &BTreeSet::new(), domains)
}

/// What is said where alarms of these domains exist and `known` is found.
fn doubt(with_alarms: &[&str], choice: &AlarmChoice, known: &KnownDomains) -> Option<String> {
    let existing = of_domains(choice, &named(with_alarms)).iter().map(made).collect();
    let wanted = of_domains(choice, &known.domains(&choice.scope, &BTreeSet::new()));
    let steps = plan("mail/", &choice.scope, wanted, existing);
    too_much_gone(&setting(), &choice.scope, FoundAlarms { domains: Some(known), sets: 1 }, &steps)
}

#[test]
fn losing_more_than_half_of_the_domains_needs_a_second_word() {
    let all = ["a.test", "b.test", "c.test", "d.test"];
    let doubt = |seen: &[&str]| doubt(&all, &choice(&[]), &known(seen, &[]));
    assert_eq!(doubt(&["a.test", "b.test", "c.test"]), None);
    assert_eq!(doubt(&["a.test", "b.test"]), None);
    assert_eq!(doubt(&["a.test"]).unwrap(), "3 of the 4 domains that have alarms would lose them");
    // Others that are found make up for nothing.
    assert_eq!(
        doubt(&["x.test", "y.test"]).unwrap(),
        "4 of the 4 domains that have alarms would lose them"
    );
    assert_eq!(doubt(&[]).unwrap(), "no domain at all was found in SesWarden");
}

#[test]
fn a_named_domain_may_go_unless_nothing_at_all_is_counted() {
    let all = ["a.test", "b.test"];
    let doubt = |seen: &[&str], identities: &[&str]| {
        doubt(&all, &choice(&["a.test"]), &known(seen, identities))
    };
    assert_eq!(doubt(&["b.test"], &[]), None);
    assert_eq!(doubt(&[], &["b.test"]).unwrap(), "no domain at all was found in SesWarden");
    assert_eq!(doubt(&[], &["a.test"]), None);
}

/// Fewer alarms for each domain are no domain lost.
#[test]
fn what_a_narrower_choice_removes_is_no_mistake() {
    let wide = AlarmChoice { severities: vec![Severity::Warn, Severity::Critical], ..choice(&[]) };
    let existing: Vec<_> = of_domains(&wide, &named(&["a.test"])).iter().map(made).collect();
    assert_eq!(existing.len(), 2);
    let known = known(&["a.test"], &[]);
    let wanted = of_domains(&choice(&[]), &known.domains(&wide.scope, &BTreeSet::new()));
    let steps = plan("mail/", &wide.scope, wanted, existing);
    let words: BTreeMap<&str, usize> = steps.iter().map(|step| (step.word(), 1)).collect();
    assert_eq!(words, [("gone", 1), ("keep", 1)].into());
    let found = FoundAlarms { domains: Some(&known), sets: 1 };
    assert_eq!(too_much_gone(&setting(), &wide.scope, found, &steps), None);
}

#[test]
fn losing_more_than_half_of_the_sets_needs_a_second_word() {
    let of_sets = |sets: &[&str]| {
        wanted_alarms(&setting(), &thresholds(), &choice(&[]), &named(sets), &BTreeSet::new())
    };
    let known = known(&["a.test"], &[]);
    let doubt = |left: &[&str], scope: &ChosenScope| {
        let existing = of_sets(&["a", "b", "c", "d"]).iter().map(made).collect();
        let steps = plan("mail/", scope, of_sets(left), existing);
        let found = FoundAlarms { domains: Some(&known), sets: left.len() };
        too_much_gone(&setting(), scope, found, &steps)
    };
    let all = ChosenScope::default();
    assert_eq!(doubt(&["a", "b"], &all), None);
    assert_eq!(
        doubt(&["a"], &all).unwrap(),
        "3 of the 4 configuration sets that have alarms would lose them"
    );
    assert_eq!(doubt(&[], &all).unwrap(), "no configuration set at all was found");
    // Named, they are meant.
    let named = ChosenScope { sets: named(&["a", "d"]), ..ChosenScope::default() };
    assert_eq!(doubt(&["a"], &named), None);
}
