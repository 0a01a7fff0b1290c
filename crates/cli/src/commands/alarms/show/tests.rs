use warden_aws::operator::DefinedAlarm;
use warden_domain::guard::Measure;

use super::super::plan::{Choice, definitions, plan};
use super::*;

fn settings() -> AlarmSettings {
    AlarmSettings {
        prefix: "mail/".into(),
        namespace: "SesWarden".into(),
        topic: "arn:alarms".into(),
    }
}

/// `wanted` domains, of which those `made` have their alarms already.
fn steps(wanted: &[&str], made: &[&str]) -> Vec<Step> {
    let choice = Choice {
        measures: vec![Measure::Bounce, Measure::Complaint],
        severities: vec![Severity::Warn, Severity::Critical],
        windows: vec![AlarmWindow::Fast, AlarmWindow::Slow],
        domains: BTreeSet::new(),
    };
    let all = |names: &[&str]| {
        definitions(&settings(), &choice, &names.iter().map(|name| (*name).to_owned()).collect())
    };
    let existing = all(made).into_iter().map(|definition| DefinedAlarm {
        arn: String::new(),
        tags: definition.tags(),
        name: definition.name,
        rule: Some(definition.rule),
        is_composite: false,
        actions_enabled: true,
    });
    plan(&settings(), &choice, all(wanted), existing.collect())
}

fn shown(steps: &[Step], removes: bool, domains: usize, columns: Option<usize>) -> String {
    let settings = settings();
    let plan = Plan {
        settings: &settings,
        steps,
        removes,
        domains,
        max_domains: 100,
        is_beyond_cap: false,
    };
    let mut out = Vec::new();
    table(&plan, columns, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn a_plan_says_what_happens_where_it_rings_and_what_it_costs() {
    assert_eq!(
        shown(&steps(&["a.test", "b.test"], &["b.test", "old.test"]), false, 2, None),
        "Names begin with mail/domain/ and what rings is told arn:alarms.\n\
         \n\
         create  8 alarms  a.test    bounce+complaint, warn+critical, fast+slow\n\
         keep    8 alarms  b.test    bounce+complaint, warn+critical, fast+slow\n\
         gone    8 alarms  old.test  bounce+complaint, warn+critical, fast+slow\n\
         \n\
         bounce: warn above 2 %, critical above 4 %; fast 5 min, slow 3 d\n\
         complaint: warn above 0.04 %, critical above 0.08 %; fast 6 h, slow 3 d\n\
         \n\
         8 to create, 8 to keep, 8 gone, which apply --remove-gone removes. Each alarm reads two metrics: $4.80 a \
         month together, $1.60 of it for what is gone.\n"
    );
}

#[test]
fn what_is_removed_is_said_to_be_and_costs_no_more() {
    let said = shown(&steps(&["b.test"], &["b.test", "old.test"]), true, 1, None);
    assert!(said.contains("\nremove  8 alarms  old.test"), "{said}");
    assert!(
        said.ends_with(
            "\n8 to keep, 8 to remove. Each alarm reads two metrics: $1.60 a month together.\n"
        ),
        "{said}"
    );
    assert!(!said.contains("Nothing to do") && !said.contains("remove-gone"), "{said}");
    let said = shown(&steps(&["b.test"], &["b.test", "old.test"]), false, 1, None);
    assert!(
        said.contains("Nothing to do: 8 to keep, 8 gone, which apply --remove-gone removes."),
        "{said}"
    );
    assert!(said.contains("$3.20 a month together, $1.60 of it for what is gone."), "{said}");
}

/// CloudWatch bills an alarm by the metrics that it reads, also after somebody changed it.
#[test]
fn an_alarm_that_is_gone_costs_what_it_reads_now() {
    let mut steps = steps(&[], &["old.test"]);
    for step in &mut steps {
        let Step::Gone(existing) = step else { unreachable!() };
        existing.rule = None;
    }
    assert!(shown(&steps, false, 0, None).contains("$0.80 a month together"));
}

#[test]
fn more_domains_than_metrics_keeps_apart_are_warned_of() {
    let steps = steps(&["a.test"], &[]);
    let said = shown(&steps, false, 152, None);
    assert!(
        said.contains("Warning: 152 domains are to have alarms, but metrics keeps series for 100 "),
        "{said}"
    );
    assert!(
        said.contains(
            "Raise the stack's MaxDomains, or name the domains that matter with --domain."
        ),
        "{said}"
    );
    assert!(!shown(&steps, false, 100, None).contains("Warning"));
}

#[test]
fn every_line_fits_the_terminal() {
    let long = "a-very-long-name-of-a-department.newsletters.example.com";
    for columns in [80, 160] {
        let said =
            shown(&steps(&["b.test", long], &["b.test", "old.test"]), false, 152, Some(columns));
        assert!(said.lines().all(|line| line.chars().count() <= columns), "{said}");
    }
}
