use super::*;

fn setting() -> Setting {
    Setting { prefix: "mail/".into(), namespace: "SesWarden".into(), topic: "arn:aws:sns:x:1:alarms".into() }
}

fn choice(domains: &[&str]) -> Choice {
    Choice {
        measures: vec![Measure::Bounce, Measure::Complaint],
        severities: vec![Severity::Warn, Severity::Critical],
        windows: vec![Window::Fast, Window::Slow],
        domains: domains.iter().map(|name| (*name).to_owned()).collect(),
    }
}

fn named(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn made(definition: &Definition) -> Existing {
    Existing {
        arn: format!("arn:{}", definition.name),
        name: definition.name.clone(),
        body: Some(definition.body.clone()),
        actions_enabled: true,
        tags: definition.tags(),
    }
}

fn planned(choice: &Choice, domains: &[&str], existing: Vec<Existing>) -> Vec<Step> {
    plan(&setting(), choice, definitions(&setting(), choice, &named(domains)), existing)
}

fn words(steps: &[Step]) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    for step in steps {
        *counts.entry(step.word()).or_default() += 1;
    }
    counts
}

/// All alarms of these domains, as CloudWatch has them.
fn all_made(domains: &[&str]) -> Vec<Existing> {
    definitions(&setting(), &choice(&[]), &named(domains)).iter().map(made).collect()
}

#[test]
fn what_is_missing_is_created_and_then_kept() {
    let first = planned(&choice(&[]), &["b.test", "a.test"], Vec::new());
    assert_eq!(words(&first), [("create", 16)].into());
    let names: Vec<&str> = first.iter().map(Step::name).collect();
    assert!(names.is_sorted(), "{names:?}");
    let second = planned(&choice(&[]), &["a.test", "b.test"], all_made(&["a.test", "b.test"]));
    assert_eq!(words(&second), [("keep", 16)].into());
}

#[test]
fn each_difference_is_found_and_named() {
    type Edit = fn(&mut Existing);
    let cases: [(&str, Edit); 11] = [
        ("threshold", |e| e.body.as_mut().unwrap().threshold += 1e-9),
        ("threshold", |e| e.body.as_mut().unwrap().threshold = f64::NAN),
        ("metrics", |e| e.body.as_mut().unwrap().queries.truncate(3)),
        ("missing data", |e| e.body.as_mut().unwrap().missing_data = "missing".into()),
        ("actions", |e| e.body.as_mut().unwrap().actions.clear()),
        ("actions", |e| e.body.as_mut().unwrap().calm_actions.push("arn:aws:sns:x:1:pager".into())),
        ("metrics", |e| e.body.as_mut().unwrap().queries[1].id = "all".into()),
        ("comparison", |e| e.body.as_mut().unwrap().periods = 2),
        ("description", |e| e.body.as_mut().unwrap().description.push('x')),
        ("kind", |e| e.body = None),
        ("tags", |e| {
            e.tags.remove("ses-warden:severity");
        }),
    ];
    for (part, edit) in cases {
        let mut existing = all_made(&["a.test"]);
        edit(&mut existing[3]);
        let steps = planned(&choice(&[]), &["a.test"], existing);
        let changes: Vec<_> = steps
            .iter()
            .filter_map(|step| if let Step::Change { parts, .. } = step { Some(parts.clone()) } else { None })
            .collect();
        assert_eq!(changes, [vec![part]]);
        assert_eq!(words(&steps)["keep"], 7);
    }
}

#[test]
fn guards_note_other_tags_and_switched_off_actions_are_nobodys_business() {
    let mut existing = all_made(&["a.test"]);
    for alarm in &mut existing {
        alarm.tags.insert("ses-warden:handled".into(), "2026-10-06T07:15:12Z".into());
        alarm.tags.insert("cost-center".into(), "7".into());
        alarm.actions_enabled = false;
    }
    assert_eq!(words(&planned(&choice(&[]), &["a.test"], existing)), [("keep", 8)].into());
}

#[test]
fn the_order_in_which_metrics_are_listed_is_no_difference() {
    let mut existing = all_made(&["a.test"]);
    for alarm in &mut existing {
        alarm.body.as_mut().unwrap().queries.reverse();
    }
    assert_eq!(words(&planned(&choice(&[]), &["a.test"], existing)), [("keep", 8)].into());
}

#[test]
fn a_domain_that_cannot_be_a_tag_is_not_tried() {
    for (domain, word) in [
        ("[192.0.2.7]", "leave"),
        ("[ipv6:2001:db8::7]", "leave"),
        ("a_b.test", "create"),
        ("localhost", "create"),
        ("192.0.2.7", "create"),
        ("xn--bcher-kva.example", "create"),
    ] {
        assert_eq!(words(&planned(&choice(&[]), &[domain], Vec::new())), [(word, 8)].into(), "{domain}");
    }
}

#[test]
fn alarms_that_others_made_are_left_alone() {
    let mut existing = all_made(&["a.test"]);
    existing[0].tags.insert("aws:cloudformation:stack-name".into(), "mail".into());
    existing[0].body = None;
    existing[1].tags.remove(TAG_MADE_BY);
    existing[1].body = None;
    let steps = planned(&choice(&[]), &["a.test"], existing);
    assert_eq!(words(&steps), [("keep", 6), ("leave", 2)].into());
    let mut why: Vec<_> =
        steps.iter().filter_map(|step| if let Step::LeaveAlone(_, why) = step { Some(*why) } else { None }).collect();
    why.sort_unstable();
    assert_eq!(why, ["somebody else made it", "the stack made it"]);
}

#[test]
fn only_our_own_alarms_are_ever_gone() {
    let mut existing = all_made(&["old.test"]);
    existing[0].tags.remove(TAG_MADE_BY);
    existing[1].tags.insert(TAG_MADE_BY.into(), "somebody".into());
    let steps = planned(&choice(&[]), &["a.test"], existing);
    assert_eq!(words(&steps), [("create", 8), ("gone", 6)].into());
}

#[test]
fn with_chosen_domains_those_of_others_are_not_spoken_of() {
    let existing = || all_made(&["a.test", "b.test"]);
    let chosen = Choice { severities: vec![Severity::Critical], ..choice(&["a.test"]) };
    let steps = planned(&chosen, &["a.test"], existing());
    assert_eq!(words(&steps), [("gone", 4), ("keep", 4)].into());
    assert!(steps.iter().all(|step| step.name().starts_with("mail/domain/a.test/")), "{steps:?}");
    // A domain whose name begins like another's is another.
    let steps = planned(&choice(&["a.tes"]), &["a.tes"], existing());
    assert_eq!(words(&steps), [("create", 8)].into());
}

#[test]
fn domains_are_those_seen_and_those_of_identities_in_one_spelling() {
    let seen = ["news.example.org", "unknown", "other"];
    let identities = ["Example.COM", "b\u{fc}cher.example", "news.example.org.", "no domain"];
    let got = domains(&choice(&[]), seen, identities);
    assert_eq!(got, named(&["example.com", "news.example.org", "xn--bcher-kva.example"]));
    assert_eq!(domains(&choice(&["x.test"]), seen, identities), named(&["x.test"]));
}

#[test]
fn a_name_that_cloudwatch_would_refuse_is_not_tried() {
    let label = "a".repeat(60);
    let long = format!("{label}.{label}.{label}.{label}.test");
    let steps = planned(&choice(&[]), &[&long], Vec::new());
    assert_eq!(words(&steps), [("leave", 8)].into());
}
