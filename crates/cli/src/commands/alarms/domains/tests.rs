use std::collections::BTreeMap;

use warden_aws::operator::DefinedAlarm;
use warden_domain::guard::{Measure, Severity};

use super::super::definition::{AlarmWindow, DomainAlarm};
use super::super::plan::{definitions, plan};
use super::*;

fn setting() -> AlarmSettings {
    AlarmSettings {
        prefix: "mail/".into(),
        namespace: "SesWarden".into(),
        topic: "arn:aws:sns:x:1:alarms".into(),
    }
}

fn choice(domains: &[&str]) -> Choice {
    Choice {
        measures: vec![Measure::Bounce],
        severities: vec![Severity::Critical],
        windows: vec![AlarmWindow::Fast],
        domains: domains.iter().map(|name| (*name).to_owned()).collect(),
    }
}

fn known(seen: &[&str], identities: &[&str]) -> KnownDomains {
    KnownDomains::new(seen.iter().copied(), identities.iter().map(|name| (*name, true)))
}

fn sorted(domains: BTreeSet<String>) -> Vec<String> {
    domains.into_iter().collect()
}

#[test]
fn domains_are_those_seen_and_those_of_identities_in_one_spelling() {
    let known = known(
        &["news.example.org", "unknown", "OTHER", "other."],
        &["Example.COM", "b\u{fc}cher.example", "news.example.org.", "no domain"],
    );
    assert!(known.is_beyond_cap);
    assert_eq!(
        sorted(known.domains(&choice(&[]), &BTreeSet::new())),
        ["example.com", "news.example.org", "xn--bcher-kva.example"]
    );
    assert_eq!(
        sorted(known.domains(&choice(&["example.com", "old.test"]), &BTreeSet::new())),
        ["example.com"]
    );
    assert!(!KnownDomains::new(["news.example.org"], []).is_beyond_cap);
}

/// Verification is lost when a DNS record is, for an hour or for good.
#[test]
fn an_identity_that_cannot_send_gets_no_alarms_and_keeps_those_it_has() {
    let identities =
        [("new.test", false), ("lapsed.test", false), ("seen.test", false), ("fine.test", true)];
    let known = KnownDomains::new(["seen.test"], identities);
    let with_alarms = ["lapsed.test".to_owned(), "old.test".to_owned()].into();
    assert_eq!(
        sorted(known.domains(&choice(&[]), &with_alarms)),
        ["fine.test", "lapsed.test", "seen.test"]
    );
}

#[test]
fn a_named_domain_is_one_that_mail_comes_from() {
    for (text, expected) in [
        ("News.Example.org.", Ok("news.example.org".to_owned())),
        ("b\u{fc}cher.example", Ok("xn--bcher-kva.example".to_owned())),
        ("other", Err("counts under other")),
        ("OTHER", Err("counts under other")),
        ("unknown.", Err("counts under unknown")),
        ("localhost", Err("has a dot")),
        ("-", Err("has a dot")),
        ("no domain", Err("not a domain name")),
        ("", Err("not a domain name")),
    ] {
        match (named(text), expected) {
            (Err(why), Err(part)) => assert!(why.contains(part), "{text}: {why}"),
            (got, expected) => assert_eq!(got, expected.map_err(str::to_owned), "{text}"),
        }
    }
}

/// What is said where alarms of `made` exist and `known` is found.
fn doubt(made: &[&str], choice: &Choice, known: &KnownDomains) -> Option<String> {
    let all = |domains: &BTreeSet<String>| {
        definitions(&setting(), &Choice { domains: BTreeSet::new(), ..choice.clone() }, domains)
    };
    let existing = |definition: DomainAlarm| DefinedAlarm {
        arn: String::new(),
        tags: definition.tags(),
        name: definition.name,
        rule: Some(definition.rule),
        is_composite: false,
        actions_enabled: true,
    };
    let made = all(&made.iter().map(|name| (*name).to_owned()).collect())
        .into_iter()
        .map(existing)
        .collect();
    let steps = plan(&setting(), choice, all(&known.domains(choice, &BTreeSet::new())), made);
    too_much_gone(&setting(), choice, known, &steps)
}

#[test]
fn losing_more_than_half_of_the_domains_needs_a_second_word() {
    let made = ["a.test", "b.test", "c.test", "d.test"];
    let doubt = |seen: &[&str]| doubt(&made, &choice(&[]), &known(seen, &[]));
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
    let made = ["a.test", "b.test"];
    let doubt = |seen: &[&str], identities: &[&str]| {
        doubt(&made, &choice(&["a.test"]), &known(seen, identities))
    };
    assert_eq!(doubt(&["b.test"], &[]), None);
    assert_eq!(doubt(&[], &["b.test"]).unwrap(), "no domain at all was found in SesWarden");
    assert_eq!(doubt(&[], &["a.test"]), None);
}

/// Fewer alarms for each domain are no domain lost.
#[test]
fn what_a_narrower_choice_removes_is_no_mistake() {
    let wide = Choice { severities: vec![Severity::Warn, Severity::Critical], ..choice(&[]) };
    let made = definitions(&setting(), &wide, &["a.test".to_owned()].into());
    assert_eq!(made.len(), 2);
    let existing = made.into_iter().map(|definition| DefinedAlarm {
        arn: String::new(),
        tags: definition.tags(),
        name: definition.name,
        rule: Some(definition.rule),
        is_composite: false,
        actions_enabled: true,
    });
    let known = known(&["a.test"], &[]);
    let wanted =
        definitions(&setting(), &choice(&[]), &known.domains(&choice(&[]), &BTreeSet::new()));
    let steps = plan(&setting(), &choice(&[]), wanted, existing.collect());
    let words: BTreeMap<&str, usize> = steps.iter().map(|step| (step.word(), 1)).collect();
    assert_eq!(words, [("gone", 1), ("keep", 1)].into());
    assert_eq!(too_much_gone(&setting(), &choice(&[]), &known, &steps), None);
}
