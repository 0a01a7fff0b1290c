use super::*;
use std::collections::HashMap;

fn settings(pairs: &[(&'static str, &'static str)]) -> Result<AwsSettings, Vec<String>> {
    let map: HashMap<_, _> = pairs.iter().copied().collect();
    AwsSettings::from_lookup(|name| map.get(name).copied())
}

const NEEDED: [(&str, &str); 3] = [
    ("AWS_REGION", "eu-central-1"),
    ("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE"),
    ("AWS_SECRET_ACCESS_KEY", "hush"),
];

#[test]
fn what_is_missing_is_named() {
    let faults = settings(&[("AWS_DEFAULT_REGION", "eu-central-1")]).unwrap_err();
    assert_eq!(faults.len(), 2);
    assert!(faults[0].contains("AWS_ACCESS_KEY_ID"));
}

#[test]
fn an_endpoint_needs_a_scheme_and_a_host() {
    for (url, is_fine) in [
        ("http://127.0.0.1:4566", true),
        ("HTTPS://email.eu-central-1.amazonaws.com/", true),
        ("localhost:4566", false),
        ("127.0.0.1", false),
        ("ftp://example.com", false),
        ("http://", false),
        ("https:///path", false),
        ("http://a b", false),
        ("h\u{fc}ttp://", false),
    ] {
        for name in [
            "AWS_ENDPOINT_URL",
            "AWS_ENDPOINT_URL_CLOUDWATCH",
            "AWS_ENDPOINT_URL_DYNAMODB",
            "AWS_ENDPOINT_URL_S3",
            "AWS_ENDPOINT_URL_SECRETS_MANAGER",
            "AWS_ENDPOINT_URL_SESV2",
            "AWS_ENDPOINT_URL_SNS",
        ] {
            let mut pairs = NEEDED.to_vec();
            pairs.push((name, url));
            assert_eq!(settings(&pairs).is_ok(), is_fine, "{name}={url}");
        }
    }
}

#[test]
fn all_faults_come_at_once() {
    let faults = settings(&[("AWS_ENDPOINT_URL", "x"), ("AWS_ENDPOINT_URL_SNS", "y")]).unwrap_err();
    assert_eq!(faults.len(), 5);
    assert_eq!(faults[3], "AWS_ENDPOINT_URL must be a URL that begins with http:// or https://.");
}

#[test]
fn secrets_do_not_print() {
    assert!(!format!("{:?}", settings(&NEEDED).unwrap()).contains("hush"));
}

#[test]
fn endpoints_can_be_switched_off() {
    let mut pairs = NEEDED.to_vec();
    pairs.push(("AWS_ENDPOINT_URL_SESV2", "http://127.0.0.1:1"));
    assert!(settings(&pairs).unwrap().endpoints.sesv2.is_some());
    pairs.push(("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true"));
    assert!(settings(&pairs).unwrap().endpoints.sesv2.is_none());
}
