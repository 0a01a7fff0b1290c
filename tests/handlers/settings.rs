//! Settings that stop the start.

use warden_lambda::settings::{Environment, SettingErrors};

fn faults<F>(
    build: impl Fn(&Environment) -> Result<F, SettingErrors>,
    variables: &[(&str, &str)],
) -> String {
    build(&Environment::of(variables.iter().copied()))
        .err()
        .map(|faults| faults.to_string())
        .unwrap_or_default()
}

#[test]
fn faults_of_aws_and_of_our_own_settings_come_at_once() {
    let wrong = [
        ("WARDEN_TYPO", "1"),
        ("AWS_ENDPOINT_URL", "localhost:4566"),
        ("AWS_REGION", "eu-central-1"),
    ];
    for faults in [
        faults(warden_suppress::build, &wrong),
        faults(warden_metrics::build, &wrong),
        faults(warden_guard::build, &wrong),
    ] {
        for name in
            ["WARDEN_TYPO", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_ENDPOINT_URL"]
        {
            assert!(faults.contains(name), "{name}: {faults}");
        }
        assert!(!faults.contains("AWS_REGION"), "{faults}");
    }
}

#[test]
fn values_are_checked_and_named() {
    let cases: [(&str, &str, String); 12] = [
        (
            "WARDEN_SES_CALLS_PER_SECOND",
            "0",
            faults(warden_suppress::build, &[("WARDEN_SES_CALLS_PER_SECOND", "0")]),
        ),
        (
            "WARDEN_COMPLAINT_SUSPECTS",
            "x",
            faults(warden_suppress::build, &[("WARDEN_COMPLAINT_SUSPECTS", "x")]),
        ),
        (
            "WARDEN_SOURCE_CIDRS",
            "x",
            faults(warden_metrics::build, &[("WARDEN_SOURCE_CIDRS", "192.0.2.0/99")]),
        ),
        (
            "WARDEN_SOURCE_CIDRS",
            "x",
            faults(warden_metrics::build, &[("WARDEN_SOURCE_CIDRS", "::ffff:192.0.2.0/24")]),
        ),
        (
            "WARDEN_SOURCE_CIDRS",
            "x",
            faults(warden_metrics::build, &[("WARDEN_SOURCE_CIDRS", "::ffff:0:0/95")]),
        ),
        (
            "WARDEN_CALLER_IDENTITIES",
            "x",
            faults(warden_metrics::build, &[("WARDEN_CALLER_IDENTITIES", "app,arn:aws:s3:::app")]),
        ),
        ("WARDEN_MAX_DOMAINS", "0", faults(warden_metrics::build, &[("WARDEN_MAX_DOMAINS", "0")])),
        (
            "WARDEN_MAX_DOMAINS",
            "10001",
            faults(warden_metrics::build, &[("WARDEN_MAX_DOMAINS", "10001")]),
        ),
        ("WARDEN_METRIC_SET", "x", faults(warden_metrics::build, &[("WARDEN_METRIC_SET", "all")])),
        (
            "WARDEN_NAMESPACE",
            "x",
            faults(warden_metrics::build, &[("WARDEN_NAMESPACE", "AWS/SES")]),
        ),
        ("WARDEN_MODE", "x", faults(warden_guard::build, &[("WARDEN_MODE", "x")])),
        ("WARDEN_ALARM_PREFIX", "", faults(warden_guard::build, &[])),
    ];
    for (name, value, faults) in cases {
        assert!(faults.contains(name), "{name}={value}: {faults}");
    }
}

#[test]
fn an_entry_that_can_be_no_caller_is_named() {
    for entry in ["arn:aws:s3:::app", "arn:aws:iam::111122223333:group/app", "mailer/session"] {
        let faults = faults(warden_metrics::build, &[("WARDEN_CALLER_IDENTITIES", entry)]);
        assert!(faults.contains(&format!("WARDEN_CALLER_IDENTITIES must name users or roles of IAM, by bare name or ARN (arn:aws:iam::111122223333:user/app); {entry} is neither.")), "{faults}");
    }
    let fine =
        "app, arn:aws:iam::111122223333:user/teams/app, arn:aws:iam::111122223333:role/app, root";
    let faults = faults(warden_metrics::build, &[("WARDEN_CALLER_IDENTITIES", fine)]);
    assert!(!faults.contains("WARDEN_CALLER_IDENTITIES"), "{faults}");
}
