use super::*;

fn job(since: i64, key: &str) -> Job {
    Job { id: "1".into(), key: key.into(), addresses: 1, since, action: JobAction::Put }
}

fn states() -> [(&'static str, ImportState); 5] {
    let listing = Listing { key: "jobs/1".into(), token: "t".into() };
    [
        ("Idle", ImportState::Idle),
        ("Listing", ImportState::Listing { listing, failures: 1 }),
        ("Submitting", ImportState::Submitting { failures: 0 }),
        ("Running", ImportState::Running { job: job(1, "jobs/1"), failures: 0 }),
        ("BackingOff", ImportState::BackingOff { failures: 2, next_job_at: 9 }),
    ]
}

fn name(state: &ImportState) -> &'static str {
    match state {
        ImportState::Idle => "Idle",
        ImportState::Listing { .. } => "Listing",
        ImportState::Submitting { .. } => "Submitting",
        ImportState::Running { .. } => "Running",
        ImportState::BackingOff { .. } => "BackingOff",
    }
}

#[test]
fn the_transition_table_of_the_documents_is_the_one_of_the_code() {
    let listing = Listing { key: "jobs/1".into(), token: "t".into() };
    let events = [
        ImportEvent::Begin,
        ImportEvent::ListingStopped(listing),
        ImportEvent::Accepted(job(1, "jobs/1")),
        ImportEvent::Done,
        ImportEvent::Failed(1),
    ];
    let document = include_str!("../../../../../docs/ARCHITECTURE.md");
    for (before, state) in states() {
        let after: Vec<String> =
            events.iter().map(|event| format!("`{}`", name(&state.after(event.clone())))).collect();
        let row = format!("| `{before}` | {} |", after.join(" | "));
        assert!(document.contains(&row), "docs/ARCHITECTURE.md lacks the row {row}");
    }
}

#[test]
fn every_state_is_read_as_it_was_written() {
    for (name, state) in states() {
        let text = serde_json::to_string(&state).unwrap();
        assert_eq!(serde_json::from_str::<ImportState>(&text).unwrap(), state, "{name} {text}");
    }
}

#[test]
fn pauses_grow_and_end() {
    let mut state = ImportState::Idle;
    let mut pauses = Vec::new();
    for _ in 0..6 {
        state = state.after(ImportEvent::Failed(1_000));
        let ImportState::BackingOff { next_job_at, .. } = state else { panic!("{state:?}") };
        pauses.push(next_job_at - 1_000);
        assert!(!state.may_import(1_000) && state.may_import(next_job_at) && state.is_busy());
    }
    assert_eq!(pauses, [300, 600, 1200, 2400, 3600, 3600]);
    for _ in 0..100 {
        state = state.after(ImportEvent::Failed(i64::MAX - 1));
    }
    assert_eq!(state.after(ImportEvent::Done), ImportState::Idle);
}

#[test]
fn failures_are_counted_until_a_job_is_done() {
    let failed = ImportState::Idle.after(ImportEvent::Failed(1)).after(ImportEvent::Begin);
    let accepted = failed.after(ImportEvent::Accepted(job(1, "jobs/1")));
    assert_eq!(accepted.failures(), 1);
    assert_eq!(accepted.after(ImportEvent::Failed(1)).failures(), 2);
}

#[test]
fn a_state_of_another_version_is_understood() {
    for (text, expected) in [
        (r#"{"busy":true,"new":1}"#, ImportState::Submitting { failures: 0 }),
        ("{}", ImportState::Idle),
        (
            r#"{"busy":true,"failures":1,"nextJobAt":0}"#,
            ImportState::BackingOff { failures: 1, next_job_at: 0 },
        ),
    ] {
        assert_eq!(serde_json::from_str::<ImportState>(text).unwrap(), expected, "{text}");
    }
}

#[test]
fn a_damaged_state_is_corrected() {
    let mut state = ImportState::Running { job: job(9_999_999_999, "jobs/1"), failures: 0 };
    assert!(state.repair(1_000, "jobs/"));
    assert_eq!(state.job().unwrap().since, 1_000);
    assert!(!state.repair(1_000, "jobs/"));
    let listing = Listing { key: "other".into(), token: "t".into() };
    for mut damaged in [
        ImportState::Running { job: job(1_000, "../other"), failures: 3 },
        ImportState::Listing { listing, failures: 3 },
    ] {
        assert!(damaged.repair(1_000, "jobs/"));
        assert_eq!(damaged, ImportState::Submitting { failures: 3 });
    }
    let mut state = ImportState::BackingOff { failures: 1, next_job_at: i64::MAX };
    assert!(state.repair(1_000, "jobs/") && state.may_import(1_000));
}
