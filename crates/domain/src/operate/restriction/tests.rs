use super::*;

#[test]
fn the_allow_form_is_the_one_of_the_source_post() {
    let restriction = Restriction {
        networks: vec![network("1.2.3.4/32").unwrap(), network("5.6.7.8/32").unwrap()],
        raw_only: true,
        ..Restriction::default()
    };
    let expected = serde_json::json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Sid": "RestrictIP",
            "Effect": "Allow",
            "Action": ["ses:SendRawEmail"],
            "Resource": ["*"],
            "Condition": {"IpAddress": {"aws:SourceIp": ["1.2.3.4/32", "5.6.7.8/32"]}},
        }],
    });
    assert_eq!(serde_json::to_value(restriction.policy(Form::Allow)).unwrap(), expected);
}

#[test]
fn the_deny_form_of_raw_messages_denies_all_others() {
    let restriction = Restriction {
        networks: vec![network("1.2.3.4/32").unwrap()],
        raw_only: true,
        ..Restriction::default()
    };
    let policy = serde_json::to_value(restriction.policy(Form::Deny)).unwrap();
    let [place, others] = policy["Statement"].as_array().unwrap().as_slice() else { panic!() };
    assert_eq!(place["Action"], serde_json::json!(["ses:Send*"]));
    assert_eq!((&others["Effect"], &others["Resource"]), (&"Deny".into(), &vec!["*"].into()));
    let denied = others["Action"].as_array().unwrap();
    assert!(denied.contains(&"ses:SendEmail".into()));
    assert!(!denied.iter().any(|action| action == "ses:SendRawEmail" || action == "ses:Send*"));
}

fn of_identities(names: &[&str]) -> Restriction {
    let identities = names.iter().map(|name| identity(name).unwrap()).collect();
    Restriction { identities, ..Restriction::default() }
}

#[test]
fn a_region_decides_the_partition_and_partitions_are_not_mixed() {
    const GOV: &str = "arn:aws-us-gov:ses:us-gov-west-1:111122223333:identity/example.com";
    for (region, arn) in [
        (Some("us-gov-west-1"), "arn:aws-us-gov:ses:*:*:identity/example.com"),
        (Some("cn-north-1"), "arn:aws-cn:ses:*:*:identity/example.com"),
        (Some("eu-west-1"), "arn:aws:ses:*:*:identity/example.com"),
        (None, "arn:aws:ses:*:*:identity/example.com"),
    ] {
        let restriction = of_identities(&["example.com"]).in_region(region).unwrap();
        let policy = serde_json::to_value(restriction.policy(Form::Allow)).unwrap();
        assert_eq!(policy["Statement"][0]["Resource"][0], arn);
    }
    let gov = of_identities(&[GOV, "example.org"]);
    let resources = gov.clone().in_region(None).unwrap().resources();
    assert!(resources.iter().all(|arn| arn.starts_with("arn:aws-us-gov:")), "{resources:?}");
    assert!(gov.in_region(Some("eu-west-1")).unwrap_err().contains("aws-us-gov"));
    let mixed = of_identities(&[GOV, "arn:aws:ses:eu-west-1:111122223333:identity/a.example"]);
    assert!(mixed.in_region(None).unwrap_err().contains("each partition"));
}

#[test]
fn networks_that_are_everything_together_are_refused() {
    let networks = ["0.0.0.0/1", "128.0.0.0/1"].map(|text| network(text).unwrap()).to_vec();
    let restriction = Restriction { networks, ..Restriction::default() };
    assert!(restriction.in_region(None).unwrap_err().contains("restricts nothing"));
}
