use warden_aws::operator::DefinedAlarm;
use warden_domain::guard::{Measure, Severity};

use super::super::definition::{AlarmSettings, AlarmWindow, DomainAlarm};
use super::super::plan::{Choice, definitions, plan};
use super::*;

fn steps(domains: &[&str], edit: impl Fn(&DomainAlarm, &mut DefinedAlarm) -> bool) -> Vec<Step> {
    let setting = AlarmSettings {
        prefix: "mail/".into(),
        namespace: "SesWarden".into(),
        topic: "arn:alarms".into(),
    };
    let choice = Choice {
        measures: vec![Measure::Bounce, Measure::Complaint],
        severities: vec![Severity::Warn, Severity::Critical],
        windows: vec![AlarmWindow::Fast, AlarmWindow::Slow],
        domains: BTreeSet::new(),
    };
    let wanted =
        definitions(&setting, &choice, &domains.iter().map(|name| (*name).to_owned()).collect());
    let existing = wanted.iter().filter_map(|definition| {
        let mut existing = DefinedAlarm {
            arn: String::new(),
            name: definition.name.clone(),
            rule: Some(definition.rule.clone()),
            is_composite: false,
            actions_enabled: true,
            tags: definition.tags(),
        };
        edit(definition, &mut existing).then_some(existing)
    });
    let existing = existing.collect();
    plan(&setting, &choice, wanted, existing)
}

fn lines(steps: &[Step], columns: Option<usize>) -> Vec<String> {
    drawn(&rows("mail/", steps, false), columns).lines().map(str::to_owned).collect()
}

#[test]
fn a_domain_whose_alarms_share_a_step_is_one_row() {
    // In the order of names `-` comes before `/`.
    let steps =
        steps(&["a.test", "a.test-b.example"], |definition, _| definition.domain() == "a.test");
    assert_eq!(
        lines(&steps, None),
        [
            "create  8 alarms  a.test-b.example  bounce+complaint, warn+critical, fast+slow",
            "keep    8 alarms  a.test            bounce+complaint, warn+critical, fast+slow",
        ]
    );
}

#[test]
fn where_they_differ_each_row_says_no_more_than_is_so() {
    let steps = steps(&["a.test"], |definition, existing| {
        let name = definition.name.as_str();
        if name.ends_with("bounce/critical") {
            existing.rule.as_mut().unwrap().threshold = 0.9;
        }
        if name.ends_with("complaint/critical") {
            existing.actions_enabled = false;
        }
        definition.label.severity == Severity::Critical
    });
    assert_eq!(
        lines(&steps, None),
        [
            "change  1 alarm   a.test  bounce, critical, fast",
            "        threshold: 0.9 -> 0.04",
            "keep    2 alarms  a.test  bounce+complaint, critical, slow",
            "create  4 alarms  a.test  bounce+complaint, warn, fast+slow",
            "keep    1 alarm   a.test  complaint, critical, fast",
            "        its actions are off, so it tells nobody",
        ]
    );
}

#[test]
fn what_is_no_product_of_words_is_a_row_each() {
    let parts = [["bounce", "warn", "fast"], ["complaint", "critical", "fast"]];
    assert_eq!(product(&parts), None);
    assert_eq!(product(&parts[..1]), Some("bounce, warn, fast".to_owned()));
    let pair = [["bounce", "critical", "slow"], ["bounce", "warn", "slow"]];
    assert_eq!(product(&pair), Some("bounce, warn+critical, slow".to_owned()));
    // A name that is not of this form.
    assert_eq!(product(&[["old", "", ""]]), Some("old".to_owned()));
}

#[test]
fn a_change_of_all_is_said_once_and_wrapped() {
    let steps = steps(&["a.test"], |_, existing| {
        existing.rule.as_mut().unwrap().actions =
            vec!["arn:aws:sns:eu-central-1:111122223333:old".into()];
        true
    });
    let row = "change  8 alarms  a.test  bounce+complaint, warn+critical, fast+slow";
    let note = "        actions: arn:aws:sns:eu-central-1:111122223333:old -> arn:alarms";
    assert_eq!(lines(&steps, Some(80)), [row, note]);
    let (before, after) = note.split_once(" -> ").unwrap();
    assert_eq!(
        lines(&steps, Some(68)),
        [row, &format!("{before} ->"), &format!("        {after}")]
    );
}

#[test]
fn names_that_do_not_fit_get_the_room_of_what_is_the_same_for_all() {
    let steps =
        steps(&["customer-1.example.net", "customer-2.example.net"], |definition, existing| {
            existing.rule.as_mut().unwrap().threshold = 0.9;
            definition.name.ends_with("customer-2.example.net/bounce/warn")
        });
    let few = lines(&steps, Some(70));
    assert_eq!(few[0], "create  8 alarms  customer-1.example.net");
    // Too narrow for the names that have something beside them, and wide enough for the others.
    let narrow = lines(&steps, Some(50));
    assert_eq!(narrow[0], "create  8 alarms  customer-1.example.net");
    assert!(
        narrow[1].starts_with("create  1 alarm   cus") && narrow[1].contains('\u{2026}'),
        "{narrow:#?}"
    );
    let change = few
        .iter()
        .position(|line| line == "change  1 alarm   customer-2.example.net  bounce, warn, fast");
    assert_eq!(change.and_then(|at| few.get(at + 1)).unwrap(), "        threshold: 0.9 -> 0.02");
    let said = few.join("\n");
    assert!(
        said.ends_with(
            "\n\nWhere nothing else is said: bounce+complaint, warn+critical,\nfast+slow."
        ),
        "{said}"
    );
    assert_eq!(lines(&steps, Some(160)), lines(&steps, None));
}

/// Longer than any terminal of 80 columns has room for.
#[test]
fn no_line_is_wider_than_the_terminal_and_a_pipe_gets_every_name() {
    let long = "a-very-long-name-of-a-department-of-a-company.newsletters.example.com";
    let steps = steps(&[long, "b.test"], |_, _| false);
    for columns in [40, 80, 160] {
        let lines = lines(&steps, Some(columns));
        assert!(lines.iter().all(|line| line.chars().count() <= columns), "{lines:#?}");
        assert_eq!(lines[0].contains(long), columns == 160, "{lines:#?}");
    }
    assert!(lines(&steps, None)[0].contains(long));
    assert!(
        lines(&steps, Some(80))[0].ends_with("newsletters.example.com"),
        "{:?}",
        lines(&steps, Some(80))
    );
}
