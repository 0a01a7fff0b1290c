//! `docs/connect-policy.json` allows what the command calls, and nothing else.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;

use super::account::small;
use super::{Result, TOPIC, command, place};

#[test]
fn the_policy_allows_what_is_called_and_nothing_else() -> Result {
    let wire = small();
    for line in [
        "apply --yes --default-set a@mail.test=bare",
        "apply --yes --engagement --no-domains",
        "apply --yes --no-sets --remove-gone --severity critical",
        "remove --yes",
    ] {
        let output = command(&wire.environment(), &format!("{line} {}", place())).output()?;
        assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    }
    // Fails, because nothing is deployed here.
    command(&wire.environment(), &format!("plan --alarm-topic {TOPIC}")).output()?;
    let called = wire.calls().into_iter().map(|call| {
        let service = match call.signed_for.rsplit('/').next() {
            Some("monitoring") => "cloudwatch",
            Some("ses") => "ses",
            Some("cloudformation") => "cloudformation",
            other => panic!("{other:?}: {call:?}"),
        };
        format!("{service}:{}", call.operation)
    });
    // PutMetricAlarm needs it where the alarm is made with tags (CloudWatch API reference).
    let called: BTreeSet<String> = called.chain(["cloudwatch:TagResource".to_owned()]).collect();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/connect-policy.json");
    let policy: Value = serde_json::from_str(&fs::read_to_string(path)?)?;
    let statements = policy["Statement"].as_array().ok_or("no statements")?;
    let actions = statements.iter().flat_map(|one| one["Action"].as_array().into_iter().flatten());
    let allowed: BTreeSet<String> =
        actions.filter_map(|action| action.as_str().map(str::to_owned)).collect();
    assert_eq!(called, allowed);
    Ok(())
}
