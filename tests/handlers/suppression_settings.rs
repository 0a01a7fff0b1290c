//! suppress, where an entry has no effect or cannot be made.

use std::time::Duration;

use warden_suppress::Suppress;

use crate::payloads::{bounce, complaint, sqs};
use crate::wire::{Answer, Wire};
use crate::{environment, invoke, invoke_within};

const NOTHING: [&str; 0] = [];

fn function(wire: &Wire) -> Suppress {
    let settings = [
        ("WARDEN_SES_CALLS_PER_SECOND", "1000"),
        ("WARDEN_BUCKET", "ses-warden-imports"),
        ("WARDEN_IMPORT_THRESHOLD", "3"),
    ];
    warden_suppress::build(&environment(wire, &settings)).unwrap()
}

/// The sum of a metric of ours, over all dimensions.
fn counted(wire: &Wire, metric: &str) -> f64 {
    let world = wire.world();
    let of_metric = world.data.iter().filter(|datum| datum["MetricName"] == metric);
    of_metric.map(|datum| datum["Value"].as_f64().unwrap()).sum()
}

#[tokio::test]
async fn the_sandbox_is_a_state_and_not_a_storm_of_refusals() {
    let wire = Wire::start();
    wire.world().production_access = false;
    let function = function(&wire);
    let batch = sqs(&[complaint(0, "jane@example.net"), complaint(1, "joe@example.net")]);
    assert_eq!(invoke(&function, &batch).await.unwrap(), NOTHING);
    assert_eq!(wire.calls_of("PutSuppressedDestination").len(), 1, "one refusal tells");
    assert_eq!(invoke(&function, &batch).await.unwrap(), NOTHING);
    let storm: Vec<String> = (0..9).map(|n| bounce(n, &format!("gone{n}@example.net"))).collect();
    assert_eq!(invoke(&function, sqs(&storm)).await.unwrap(), NOTHING);
    assert_eq!(wire.calls_of("PutSuppressedDestination").len(), 1);
    assert_eq!(wire.calls_of("GetAccount").len(), 1);
    assert_eq!(wire.world().objects.len(), 0);
    assert!((counted(&wire, "SuppressionSandboxed") - 13.0).abs() < 0.1);
}

#[tokio::test]
async fn what_waits_in_the_sandbox_waits_for_production_access() {
    for count in [2, 9] {
        let wire = Wire::start();
        let waits: String = (0..count)
            .map(|n| {
                format!("{{\"emailAddress\":\"gone{n}@example.net\",\"reason\":\"BOUNCE\"}}\n")
            })
            .collect();
        wire.world().objects.insert("suppress/eu-central-1/staged/1.ndjson".into(), waits);
        wire.world().production_access = false;
        let call = r#"{"source":"aws.events","detail-type":"Scheduled Event"}"#;
        let function = function(&wire);
        for _ in 0..3 {
            invoke(&function, call).await.unwrap();
        }
        let tries = wire.calls_of("PutSuppressedDestination").len()
            + wire.calls_of("CreateImportJob").len();
        assert_eq!(tries, 1, "one refusal tells");
        wire.world().production_access = true;
        // Another environment, which knows nothing yet of the sandbox.
        let function = self::function(&wire);
        for _ in 0..3 {
            invoke(&function, call).await.unwrap();
        }
        assert_eq!(wire.world().suppressed.len(), count);
    }
}

#[tokio::test]
async fn an_address_that_ses_refuses_outside_the_sandbox_is_its_own_end() {
    let wire = Wire::start();
    wire.script("PutSuppressedDestination", [Answer::error(400, "BadRequestException")]);
    let batch = sqs(&[complaint(0, "jane@example.net"), complaint(1, "joe@example.net")]);
    assert_eq!(invoke(&function(&wire), batch).await.unwrap(), NOTHING);
    assert_eq!(wire.world().suppressed.len(), 1);
    assert!((counted(&wire, "SuppressionRefused") - 1.0).abs() < 0.1);
}

#[tokio::test]
async fn entries_without_effect_are_made_and_counted() {
    // (reasons of the account, reasons of the set, without effect)
    type Reasons<'a> = &'a [&'a str];
    let cases: [(Reasons<'_>, Option<Reasons<'_>>, f64); 5] = [
        (&["BOUNCE", "COMPLAINT"], None, 0.0),
        (&["BOUNCE"], None, 1.0),
        (&[], None, 2.0),
        (&[], Some(&["BOUNCE", "COMPLAINT"]), 0.0),
        (&["BOUNCE", "COMPLAINT"], Some(&[]), 2.0),
    ];
    for (account, set, without_effect) in cases {
        let wire = Wire::start();
        let owned = |reasons: &[&str]| {
            reasons.iter().map(|reason| (*reason).to_owned()).collect::<Vec<_>>()
        };
        wire.world().suppressed_reasons = owned(account);
        wire.world().sets.insert("marketing".into(), true);
        if let Some(set) = set {
            wire.world().reasons_of_sets.insert("marketing".into(), owned(set));
        }
        let function = function(&wire);
        invoke(&function, sqs(&[bounce(0, "jane@example.net"), complaint(1, "joe@example.net")]))
            .await
            .unwrap();
        assert_eq!(wire.world().suppressed.len(), 2);
        let counted = counted(&wire, "SuppressionIneffective");
        assert!((counted - without_effect).abs() < 0.1, "{account:?} {set:?}: {counted}");
    }
}

#[tokio::test]
async fn settings_are_read_once_and_not_for_every_address() {
    let wire = Wire::start();
    wire.world().sets.insert("marketing".into(), true);
    let function = function(&wire);
    for n in 0..3 {
        invoke(&function, sqs(&[complaint(n, &format!("jane{n}@example.net"))])).await.unwrap();
    }
    assert_eq!(
        (wire.calls_of("GetAccount").len(), wire.calls_of("GetConfigurationSet").len()),
        (1, 1)
    );
}

fn of_tenant(event: &str, tenant: &str) -> String {
    event.replace(
        "\"ses:from-domain\"",
        &format!("\"ses:tenant-name\":[\"{tenant}\"],\"ses:from-domain\""),
    )
}

#[tokio::test]
async fn a_tenant_with_a_list_of_its_own_gets_the_entry_there() {
    let wire = Wire::start();
    wire.world()
        .tenants
        .insert("acme".into(), [("joe@example.net".to_owned(), "COMPLAINT".to_owned())].into());
    let function = function(&wire);
    let batch = [
        of_tenant(&bounce(0, "jane@example.net"), "acme"),
        of_tenant(&bounce(1, "joe@example.net"), "acme"),
        of_tenant(&bounce(2, "jim@example.net"), "shares-the-account"),
    ];
    assert_eq!(invoke(&function, sqs(&batch)).await.unwrap(), NOTHING);
    let world = wire.world();
    assert_eq!(world.suppressed.keys().collect::<Vec<_>>(), ["jim@example.net"]);
    let tenant: Vec<(&str, &str)> =
        world.tenants["acme"].iter().map(|(a, r)| (a.as_str(), r.as_str())).collect();
    assert_eq!(tenant, [("jane@example.net", "BOUNCE"), ("joe@example.net", "COMPLAINT")]);
}

#[tokio::test]
async fn an_address_of_an_unknown_tenant_waits_in_the_bucket() {
    for answer in [
        Answer::error(503, "ServiceUnavailable"),
        Answer::error(403, "AccessDeniedException"),
        Answer::error(400, "BadRequestException"),
    ] {
        let wire = Wire::start();
        wire.world().tenants.insert("acme".into(), std::collections::BTreeMap::new());
        wire.script("GetTenant", vec![answer.clone(); 3]);
        let function = function(&wire);
        let batch =
            [of_tenant(&bounce(0, "jane@example.net"), "acme"), bounce(1, "joe@example.net")];
        assert_eq!(invoke(&function, sqs(&batch)).await.unwrap(), NOTHING, "{answer:?}");
        assert_eq!(wire.world().suppressed.keys().collect::<Vec<_>>(), ["joe@example.net"]);
        wire.unscript();
        // Another environment, which remembers no failure.
        let function = self::function(&wire);
        for _ in 0..2 {
            invoke(&function, r#"{"source":"aws.events","detail-type":"Scheduled Event"}"#)
                .await
                .unwrap();
        }
        assert_eq!(wire.world().tenants["acme"].len(), 1, "{answer:?}");
        assert_eq!(wire.world().objects.len(), 0, "{answer:?}");
    }
}

#[tokio::test]
async fn an_unknown_tenant_gives_its_message_back_without_a_bucket() {
    let wire = Wire::start();
    wire.script("GetTenant", vec![Answer::error(503, "ServiceUnavailable"); 3]);
    let batch = [of_tenant(&bounce(0, "jane@example.net"), "acme"), bounce(1, "joe@example.net")];
    assert_eq!(invoke(&without_bucket(&wire, "1000"), sqs(&batch)).await.unwrap(), ["m0"]);
    assert_eq!(wire.world().suppressed.len(), 1);
}

#[tokio::test]
async fn an_error_of_one_tenant_is_of_no_other() {
    let wire = Wire::start();
    wire.world().odd_tenants.insert("poison".into(), Answer::error(400, "BadRequestException"));
    let batch = [
        of_tenant(&bounce(0, "jane@example.net"), "poison"),
        of_tenant(&bounce(1, "joe@example.net"), "good"),
        of_tenant(&bounce(2, "jim@example.net"), "poison"),
    ];
    assert_eq!(invoke(&without_bucket(&wire, "1000"), sqs(&batch)).await.unwrap(), ["m0", "m2"]);
    assert_eq!(wire.world().suppressed.keys().collect::<Vec<_>>(), ["joe@example.net"]);
}

#[tokio::test]
async fn a_rescue_candidate_is_kept_where_the_operators_command_finds_it() {
    let wire = Wire::start();
    let event = bounce(0, "jane@example.net")
        .replace(
            "smtp; 550 5.1.1 user unknown",
            "smtp; 550 5.7.515 access denied, the sending domain fails authentication",
        )
        .replace("\"status\":\"5.1.1\"", "\"status\":\"5.7.515\"");
    let function = function(&wire);
    wire.script("PutObject", [Answer::error(403, "AccessDenied")]);
    assert_eq!(invoke(&function, sqs(std::slice::from_ref(&event))).await.unwrap(), ["m0"]);
    assert_eq!(invoke(&function, sqs(&[event])).await.unwrap(), NOTHING);
    let world = wire.world();
    assert_eq!(world.suppressed.len(), 0);
    let (key, record) = world.objects.iter().next().unwrap();
    assert!(key.starts_with("rescue/20"), "{key}");
    let record: serde_json::Value = serde_json::from_str(record).unwrap();
    assert_eq!(record["address"], "jane@example.net");
    assert_eq!(record["fault"], "sender_authentication");
    assert_eq!(record["domain"], "example.com");
    assert_eq!(record["messageId"], "mail-0");
}

#[tokio::test]
async fn a_storm_of_a_tenants_waits_for_the_tenants_list() {
    let wire = Wire::start();
    wire.world().tenants.insert("acme".into(), std::collections::BTreeMap::new());
    let function = function(&wire);
    let batch: Vec<String> =
        (0..9).map(|n| of_tenant(&bounce(n, &format!("gone{n}@example.net")), "acme")).collect();
    assert_eq!(invoke(&function, sqs(&batch)).await.unwrap(), NOTHING);
    assert_eq!(wire.world().tenants["acme"].len(), 0);
    invoke(&function, r#"{"source":"aws.events","detail-type":"Scheduled Event"}"#).await.unwrap();
    assert_eq!(wire.world().tenants["acme"].len(), 9);
    assert_eq!(wire.world().suppressed.len(), 0);
    assert_eq!(wire.calls_of("CreateImportJob").len(), 0);
}

#[tokio::test]
async fn tenants_that_cannot_be_asked_about_do_not_hold_up_the_batch() {
    for (has_bucket, given_back) in [(true, &NOTHING[..]), (false, &["m0", "m1", "m2", "m3", "m4"])]
    {
        let wire = Wire::start();
        wire.script("GetTenant", vec![Answer::throttled(); 99]);
        let tenant = |n: usize| {
            of_tenant(&bounce(n, &format!("gone{n}@example.net")), &format!("tenant-{n}"))
        };
        let mut batch: Vec<String> = (0..5).map(tenant).collect();
        batch.push(complaint(5, "joe@example.net"));
        let function = if has_bucket { function(&wire) } else { without_bucket(&wire, "1000") };
        assert_eq!(invoke(&function, sqs(&batch)).await.unwrap(), given_back);
        assert_eq!(wire.calls_of("GetTenant").len(), 3, "one call, tried three times");
        assert_eq!(wire.world().suppressed.keys().collect::<Vec<_>>(), ["joe@example.net"]);
    }
}

/// A batch of the attack, with the template's rate and time limit: 500 records of 300 tenants, half
/// of them new.
#[tokio::test]
async fn looking_up_tenants_leaves_time_for_what_is_known() {
    let wire = Wire::start();
    for n in (0..300).step_by(10) {
        wire.world().tenants.insert(format!("tenant-{n}"), std::collections::BTreeMap::new());
    }
    let settings =
        [("WARDEN_SES_CALLS_PER_SECOND", "0.5"), ("WARDEN_BUCKET", "ses-warden-imports")];
    let function = warden_suppress::build(&environment(&wire, &settings)).unwrap();
    let minutes = Duration::from_secs(300);
    let record = |n: usize| {
        let tenant = format!("tenant-{}", n % 300);
        of_tenant(&bounce(n, &format!("gone{n}@example.net")), &tenant)
    };
    let known: Vec<String> = (0..150).map(record).collect();
    let batch: Vec<String> = (0..500).map(record).collect();
    let story = async {
        for _ in 0..3 {
            let given_back = invoke_within(&function, sqs(&known), minutes).await.unwrap();
            assert_eq!(given_back, NOTHING);
        }
        assert_eq!(asked(&wire), 150);
        assert_eq!(invoke_within(&function, sqs(&batch), minutes).await.unwrap(), NOTHING);
        assert!((190..=250).contains(&asked(&wire)), "half of the time: {}", asked(&wire));
        let unknown: usize = {
            let world = wire.world();
            let files = world.objects.iter().filter(|(key, _)| key.contains("/unknown-tenant/"));
            files.map(|(_, file)| file.lines().count()).sum()
        };
        assert!(unknown <= 220, "what is known is not among what waits: {unknown}");
        for _ in 0..9 {
            invoke_within(&function, CALL, minutes).await.unwrap();
        }
    };
    crate::at_speed(250, story).await;
    let world = wire.world();
    let of_tenants: usize = world.tenants.values().map(std::collections::BTreeMap::len).sum();
    assert_eq!(world.suppressed.len() + of_tenants, 500);
    assert_eq!(of_tenants, 50);
    assert_eq!(world.objects.keys().collect::<Vec<_>>(), NOTHING);
}

#[tokio::test]
async fn tenants_are_known_after_some_deliveries_without_a_bucket() {
    let wire = Wire::start();
    let function = without_bucket(&wire, "0.5");
    let mut batch: Vec<String> = (0..40)
        .map(|n| of_tenant(&complaint(n, &format!("gone{n}@example.net")), &format!("tenant-{n}")))
        .collect();
    batch.extend((40..50).map(|n| complaint(n, &format!("gone{n}@example.net"))));
    let story = async {
        let limit = Duration::from_secs(90);
        let mut deliveries = 0;
        loop {
            deliveries += 1;
            let left = invoke_within(&function, sqs(&batch), limit).await.unwrap();
            if deliveries == 1 {
                assert!(wire.world().suppressed.len() >= 15, "puts have their share of the time");
                assert!(asked(&wire) >= 15, "look-ups have theirs");
            }
            if left.is_empty() {
                return deliveries;
            }
            batch = left
                .iter()
                .map(|id| batch[id.trim_start_matches('m').parse::<usize>().unwrap()].clone())
                .collect();
        }
    };
    let deliveries = crate::at_speed(100, story).await;
    assert!(deliveries <= 5, "{deliveries}");
    assert_eq!(wire.world().suppressed.len(), 50);
    assert_eq!(asked(&wire), 40, "no tenant is asked about twice");
}

const CALL: &str = r#"{"source":"aws.events","detail-type":"Scheduled Event"}"#;

fn asked(wire: &Wire) -> usize {
    wire.calls_of("GetTenant").len()
}

fn without_bucket(wire: &Wire, calls_per_second: &str) -> Suppress {
    let settings = [("WARDEN_SES_CALLS_PER_SECOND", calls_per_second)];
    warden_suppress::build(&environment(wire, &settings)).unwrap()
}
