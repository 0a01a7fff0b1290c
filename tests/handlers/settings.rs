//! Settings that stop the start.

use warden_lambda::settings::{Environment, SettingErrors};

fn faults<F>(
    build: impl Fn(&Environment) -> Result<F, SettingErrors>,
    variables: &[(&'static str, &'static str)],
) -> String {
    build(&Environment::of(variables.iter().copied())).err().map(|faults| faults.to_string()).unwrap_or_default()
}

#[test]
fn faults_of_aws_and_of_our_own_settings_come_at_once() {
    let wrong = [("WARDEN_TYPO", "1"), ("AWS_ENDPOINT_URL", "localhost:4566"), ("AWS_REGION", "eu-central-1")];
    for faults in [
        faults(warden_suppress::build, &wrong),
        faults(warden_metrics::build, &wrong),
        faults(warden_guard::build, &wrong),
    ] {
        for name in ["WARDEN_TYPO", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_ENDPOINT_URL"] {
            assert!(faults.contains(name), "{name}: {faults}");
        }
        assert!(!faults.contains("AWS_REGION"), "{faults}");
    }
}

#[test]
fn values_are_checked_and_named() {
    let cases: [(&str, &str, String); 9] = [
        ("WARDEN_SES_CALLS_PER_SECOND", "0", faults(warden_suppress::build, &[("WARDEN_SES_CALLS_PER_SECOND", "0")])),
        ("WARDEN_COMPLAINT_SUSPECTS", "x", faults(warden_suppress::build, &[("WARDEN_COMPLAINT_SUSPECTS", "x")])),
        ("WARDEN_SOURCE_CIDRS", "x", faults(warden_metrics::build, &[("WARDEN_SOURCE_CIDRS", "192.0.2.0/99")])),
        ("WARDEN_MAX_DOMAINS", "0", faults(warden_metrics::build, &[("WARDEN_MAX_DOMAINS", "0")])),
        ("WARDEN_MAX_DOMAINS", "10001", faults(warden_metrics::build, &[("WARDEN_MAX_DOMAINS", "10001")])),
        ("WARDEN_METRIC_SET", "x", faults(warden_metrics::build, &[("WARDEN_METRIC_SET", "all")])),
        ("WARDEN_NAMESPACE", "x", faults(warden_metrics::build, &[("WARDEN_NAMESPACE", "AWS/SES")])),
        ("WARDEN_MODE", "x", faults(warden_guard::build, &[("WARDEN_MODE", "x")])),
        ("WARDEN_ALARM_PREFIX", "", faults(warden_guard::build, &[])),
    ];
    for (name, value, faults) in cases {
        assert!(faults.contains(name), "{name}={value}: {faults}");
    }
}
