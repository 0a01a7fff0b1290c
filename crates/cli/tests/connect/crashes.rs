//! Runs that are killed or refused at any call: the next one finishes, and `remove` finds all.

use std::thread::sleep;
use std::time::Duration;

use super::account::{Account, small};
use super::wire::{Answer, Wire};
use super::{Result, command, counts, of, place, run};

/// With one alarm of each kind: the others are made by the same call.
const WHOLE: &str = "--default-set a@mail.test=bare --default-set example.com=metered \
                     --measure bounce --severity critical --window fast";
/// Three destinations, switches and alarms of sets, one of the domain, two default sets.
const STEPS: u64 = 12;

/// The first of these calls that changes something. One killed earlier has done nothing.
fn first_write(operations: &[String]) -> usize {
    let reads = ["List", "Get", "Describe"];
    let is_write = |name: &String| !reads.iter().any(|word| name.starts_with(word));
    operations.iter().position(is_write).unwrap_or(operations.len())
}

/// Runs until the request that is not answered any more, and kills it there.
fn killed_after(wire: &Wire, requests: usize, line: &str) -> Result {
    let before = wire.calls().len();
    wire.die_after(requests);
    let line = format!("{line} {}", place());
    let mut child = command(&wire.environment(), &line).spawn()?;
    while wire.calls().len() <= before + requests && child.try_wait()?.is_none() {
        sleep(Duration::from_millis(2));
    }
    child.kill()?;
    child.wait()?;
    wire.revive();
    Ok(())
}

#[test]
fn an_apply_killed_at_any_call_is_finished_by_the_next() -> Result {
    let wire = small();
    counts(&wire, &format!("apply --yes {WHOLE}"))?;
    let (calls, first) = (wire.calls().len(), first_write(&wire.operations()));
    assert!(calls - first > 12, "{first} {calls}");
    for requests in first..calls {
        let wire = small();
        let before = Account::of(&wire.world());
        killed_after(&wire, requests, &format!("apply --yes {WHOLE}"))?;
        // A run that died is no reason to leave anything behind that nobody finds.
        if requests % 2 == 0 {
            counts(&wire, &format!("apply --yes {WHOLE}"))?;
            assert_eq!(
                counts(&wire, &format!("plan {WHOLE}"))?,
                of([("keep", STEPS)]),
                "{requests}"
            );
        }
        counts(&wire, "remove --yes")?;
        assert_eq!(Account::of(&wire.world()), before, "killed after {requests}");
    }
    Ok(())
}

#[test]
fn a_removal_killed_at_any_call_is_finished_by_the_next() -> Result {
    let wire = small();
    let before = Account::of(&wire.world());
    counts(&wire, &format!("apply --yes {WHOLE}"))?;
    let from = wire.calls().len();
    counts(&wire, "remove --yes")?;
    let operations = wire.operations().split_off(from);
    assert!(operations.len() - first_write(&operations) > 10, "{operations:?}");
    for requests in first_write(&operations)..operations.len() {
        let wire = small();
        counts(&wire, &format!("apply --yes {WHOLE}"))?;
        killed_after(&wire, requests, "remove --yes")?;
        counts(&wire, "remove --yes")?;
        assert_eq!(Account::of(&wire.world()), before, "killed after {requests}");
    }
    Ok(())
}

#[test]
fn a_refused_call_of_each_kind_is_reported_and_repaired_by_the_next_run() -> Result {
    for operation in [
        "TagResource",
        "PutConfigurationSetReputationOptions",
        "CreateConfigurationSetEventDestination",
        "PutEmailIdentityConfigurationSetAttributes",
        "PutMetricAlarm",
    ] {
        let wire = small();
        wire.script(operation, [Answer::error(403, "AccessDeniedException")]);
        let output = run(&wire, &format!("apply --yes {WHOLE}"))?;
        assert_eq!(output.status.code(), Some(1), "{operation}");
        let said = String::from_utf8(output.stderr)?;
        assert!(said.contains(&format!("{operation} failed: 403")), "{said}");
        assert!(said.contains("docs/connect-policy.json"), "{said}");
        wire.unscript();
        counts(&wire, &format!("apply --yes {WHOLE}"))?;
        assert_eq!(counts(&wire, &format!("plan {WHOLE}"))?, of([("keep", STEPS)]), "{operation}");
    }
    for operation in [
        "ListConfigurationSets",
        "GetConfigurationSet",
        "GetConfigurationSetEventDestinations",
        "GetEmailIdentity",
        "ListEmailIdentities",
        "ListMetrics",
        "DescribeAlarms",
    ] {
        let wire = small();
        wire.script(operation, [Answer::error(403, "AccessDeniedException")]);
        let output = run(&wire, &format!("apply --yes {WHOLE}"))?;
        assert_eq!(output.status.code(), Some(5), "{operation}");
        let said = String::from_utf8(output.stderr)?;
        assert!(said.contains(&format!("{operation} failed: 403")), "{said}");
        let writes = ["Put", "Create", "Tag"];
        let wrote = |name: &String| writes.iter().any(|word| name.starts_with(word));
        assert!(!wire.operations().iter().any(wrote), "{operation}: nothing is done by halves");
    }
    Ok(())
}
