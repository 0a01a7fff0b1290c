//! What is gone, and what only looks so.

use super::{Result, counts, of, run, started};

#[test]
fn an_identity_that_cannot_send_gets_alarms_only_when_it_is_seen() -> Result {
    let wire = started();
    wire.world().unverified = ["quiet.example.net", "example.com"].map(str::to_owned).into();
    assert_eq!(counts(&wire, "apply --yes")?, of([("create", 16)]));
    wire.world().identities.insert("late.example.net".into(), "DOMAIN".into());
    assert_eq!(counts(&wire, "apply --yes")?, of([("create", 8), ("keep", 16)]));
    // Its DNS is broken now: nothing is made for it, and nothing removed.
    wire.world().unverified.insert("late.example.net".into());
    assert_eq!(counts(&wire, "apply --yes --remove-gone")?, of([("keep", 24)]));
    Ok(())
}

#[test]
fn nearly_everything_is_removed_only_with_a_second_word() -> Result {
    let wire = started();
    counts(&wire, "apply --yes")?;
    let refused = |line: &str, why: &str| -> Result {
        let output = run(&wire, line)?;
        assert_eq!(output.status.code(), Some(2), "{line}");
        let said = String::from_utf8(output.stderr)?;
        assert!(
            said.contains(why)
                && said.contains("nothing was changed. Give --remove-most if it is meant"),
            "{said}"
        );
        Ok(())
    };
    wire.world().identities.retain(|name, _| name == "example.com");
    wire.world().series.clear();
    refused("apply --yes --remove-gone", "2 of the 3 domains that have alarms would lose them")?;
    wire.world().identities.clear();
    refused("apply --yes --remove-gone --json", "no domain at all was found in SesWarden")?;
    refused(
        "apply --yes --remove-gone --domain example.com",
        "no domain at all was found in SesWarden",
    )?;
    assert!(wire.calls_of("DeleteAlarms").is_empty());
    assert_eq!(counts(&wire, "apply --yes --remove-gone --remove-most")?, of([("remove", 24)]));
    assert!(wire.world().alarms.is_empty());
    Ok(())
}

#[test]
fn a_named_domain_that_is_gone_goes_and_gets_nothing() -> Result {
    let wire = started();
    counts(&wire, "apply --yes --domain old.example")?;
    assert_eq!(
        wire.world().alarms.len(),
        8,
        "a person who names a domain knows more than CloudWatch"
    );
    assert_eq!(counts(&wire, "apply --yes --domain old.example")?, of([("keep", 8)]));
    assert_eq!(
        counts(&wire, "apply --yes --remove-gone --domain old.example --domain example.com")?,
        of([("create", 8), ("remove", 8)])
    );
    assert!(
        wire.world().alarms.iter().all(|alarm| alarm.name.starts_with("mail/domain/example.com/"))
    );
    Ok(())
}

#[test]
fn what_is_gone_is_removed_only_on_request() -> Result {
    let wire = started();
    counts(&wire, "apply --yes")?;
    wire.world().identities.remove("quiet.example.net");
    assert_eq!(counts(&wire, "apply --yes")?, of([("gone", 8), ("keep", 16)]));
    assert_eq!(wire.world().alarms.len(), 24);
    assert_eq!(counts(&wire, "apply --yes --remove-gone")?, of([("keep", 16), ("remove", 8)]));
    assert!(wire.world().alarms.iter().all(|alarm| !alarm.name.contains("quiet.example.net")));
    assert_eq!(counts(&wire, "plan")?, of([("keep", 16)]));
    Ok(())
}

#[test]
fn deletion_goes_by_the_hundred() -> Result {
    let wire = started();
    for n in 0..15 {
        wire.world().add_series("Send", &[("Domain", &format!("d{n}.example.org"))], 1.0);
    }
    counts(&wire, "apply --yes")?;
    wire.world().series.clear();
    wire.world().identities.clear();
    assert_eq!(counts(&wire, "apply --yes --remove-gone --remove-most")?, of([("remove", 144)]));
    let deleted: Vec<usize> = wire
        .calls_of("DeleteAlarms")
        .iter()
        .filter_map(|call| call.body["AlarmNames"].as_array().map(Vec::len))
        .collect();
    assert_eq!(deleted, [100, 44]);
    assert!(wire.world().alarms.is_empty());
    Ok(())
}
