//! Each row breaks one link in an otherwise healthy account.

mod world;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use super::snapshot::*;
use super::{Needs, codes, diagnose, needs};
use crate::finding::{Finding, FindingSeverity};
use world::*;

/// All findings, each with the name of its section.
fn found(snapshot: &Snapshot) -> Vec<(String, Finding)> {
    let sections = diagnose(snapshot).into_iter();
    sections.flat_map(|s| s.findings.into_iter().map(move |f| (s.name.clone(), f))).collect()
}

/// Codes of errors and warnings, with the section's name.
fn found_codes(snapshot: &Snapshot) -> BTreeSet<FoundCode> {
    let serious = found(snapshot).into_iter().filter(|(_, f)| f.severity != FindingSeverity::Info);
    serious.map(|(name, finding)| (name, finding.code)).collect()
}

type Break = fn(&mut Snapshot);
/// The section's name and the code.
type FoundCode = (String, &'static str);

/// What is broken, in which subject, and exactly the codes to report, the cause first.
fn rows() -> Vec<(&'static str, Break, Vec<FoundCode>)> {
    let account = || "account".to_owned();
    let set = || SET.to_owned();
    let domain = || DOMAIN.to_owned();
    let feedback = || topic_arn("feedback");
    let suppress = || queue_arn("suppress");
    // What suffers when the feedback topic takes or delivers nothing.
    let lost = || vec![(set(), "feedback-lost"), (domain(), "feedback-lost")];
    let with = |name: String, code: &'static str, mut more: Vec<FoundCode>| {
        more.push((name, code));
        more
    };
    let not_fed = || vec![(set(), "suppress-not-fed"), (domain(), "suppress-not-fed")];
    vec![
        (
            "the topic was deleted",
            |s| *of(s.topics.get_mut(&topic_arn("feedback")).unwrap()) = None,
            with(feedback(), "topic-missing", lost()),
        ),
        (
            "the topic is FIFO",
            |s| {
                destinations(s)[0].target =
                    DestinationTarget::Sns { topic: topic_arn("feedback.fifo") }
            },
            vec![
                (topic_arn("feedback.fifo"), "topic-fifo"),
                (set(), "feedback-lost"),
                (domain(), "feedback-lost"),
                (feedback(), "topic-without-publisher"),
            ],
        ),
        (
            "the topic is in another Region",
            |s| destinations(s)[0].target = DestinationTarget::Sns { topic: elsewhere() },
            vec![
                (elsewhere(), "topic-other-region"),
                (set(), "feedback-lost"),
                (domain(), "feedback-lost"),
                (feedback(), "topic-without-publisher"),
            ],
        ),
        (
            "the topic's policy names another service",
            |s| {
                feedback_topic(s).policy =
                    world::topic("feedback", "s3.amazonaws.com", one(s)).policy
            },
            with(feedback(), "topic-policy-excludes-ses", lost()),
        ),
        (
            "the topic's policy is for another set",
            |s| {
                let policy = feedback_topic(s).policy.replace(
                    "arn:aws:*:eu-central-1:111122223333:*",
                    "arn:aws:ses:eu-central-1:111122223333:configuration-set/other",
                );
                feedback_topic(s).policy = policy;
            },
            with(feedback(), "topic-policy-excludes-ses", lost()),
        ),
        (
            "the topic's key keeps SES out",
            |s| encrypt(s, |key| key.policy = Fact::Known(policy_for("sns.amazonaws.com"))),
            with(feedback(), "topic-key-excludes-ses", lost()),
        ),
        (
            "the topic's key is disabled",
            |s| encrypt(s, |key| key.state = "PendingDeletion".to_owned()),
            with(feedback(), "topic-key-disabled", lost()),
        ),
        (
            "the topic's key is AWS's own",
            |s| encrypt(s, |key| key.is_aws_managed = true),
            with(feedback(), "topic-key-of-aws", lost()),
        ),
        (
            "the topic's key is gone",
            |s| {
                encrypt(s, |_| {});
                s.keys.insert(KEY.to_owned(), Fact::Known(None));
            },
            with(feedback(), "topic-key-missing", lost()),
        ),
        (
            "one subscription is not confirmed",
            |s| subscriptions(s)[0].is_confirmed = false,
            with(feedback(), "subscription-pending", not_fed()),
        ),
        (
            "no subscription is confirmed",
            |s| subscriptions(s).iter_mut().for_each(|one| one.is_confirmed = false),
            with(feedback(), "subscription-pending", lost()),
        ),
        (
            "the topic has no subscription",
            |s| subscriptions(s).clear(),
            with(feedback(), "topic-without-subscription", lost()),
        ),
        (
            "suppress's queue is not subscribed",
            |s| {
                subscriptions(s).remove(0);
            },
            with(suppress(), "subscription-missing", not_fed()),
        ),
        (
            "a filter withholds complaints",
            |s| {
                let attributes = of(&mut subscriptions(s)[0].attributes);
                attributes.filter = Some(json!({"eventType": ["Bounce"]}));
                attributes.filter_on_body = true;
            },
            with(feedback(), "subscription-filter", not_fed()),
        ),
        (
            "the queue is gone",
            |s| *of(s.queues.get_mut(&queue_arn("suppress")).unwrap()) = None,
            with(suppress(), "queue-missing", not_fed()),
        ),
        (
            "the queue's policy keeps SNS out",
            |s| at(&mut s.queues, &queue_arn("suppress")).policy = None,
            with(suppress(), "queue-policy-excludes-sns", not_fed()),
        ),
        (
            "the queue's key keeps SNS out",
            |s| encrypt_queue(s, |key| key.policy = Fact::Known(policy_for("ses.amazonaws.com"))),
            with(suppress(), "queue-key-excludes-sns", not_fed()),
        ),
        (
            "the queue's key is gone",
            |s| {
                encrypt_queue(s, |_| {});
                s.keys.insert(KEY.to_owned(), Fact::Known(None));
            },
            with(suppress(), "queue-key-missing", not_fed()),
        ),
        (
            "the queue's key is disabled",
            |s| encrypt_queue(s, |key| key.state = "Disabled".to_owned()),
            with(suppress(), "queue-key-disabled", not_fed()),
        ),
        (
            "the queue's key is AWS's own",
            |s| encrypt_queue(s, |key| key.is_aws_managed = true),
            with(suppress(), "queue-key-of-aws", not_fed()),
        ),
        (
            "the mapping is gone",
            |s| {
                of(&mut s.mappings).remove(0);
            },
            with(suppress(), "mapping-missing", not_fed()),
        ),
        (
            "the mapping is disabled",
            |s| of(&mut s.mappings)[0].state = "Disabled".to_owned(),
            with(suppress(), "mapping-disabled", not_fed()),
        ),
        (
            "the mapping fails",
            |s| {
                of(&mut s.mappings)[0].last_result =
                    Some("PROBLEM: Function call failed".to_owned())
            },
            vec![(suppress(), "mapping-failing")],
        ),
        (
            "the mapping reports no single failures",
            |s| of(&mut s.mappings)[0].reports_item_failures = false,
            vec![(suppress(), "mapping-without-item-failures")],
        ),
        (
            "the function is gone",
            |s| *of(s.functions.get_mut(&function_arn("suppress")).unwrap()) = None,
            vec![(function_arn("suppress"), "function-missing")],
        ),
        (
            "the function has failed",
            |s| at(&mut s.functions, &function_arn("suppress")).state = "Failed".to_owned(),
            with(function_arn("suppress"), "function-failed", not_fed()),
        ),
        (
            "the function is throttled to nothing",
            |s| at(&mut s.functions, &function_arn("suppress")).reserved = Fact::Known(Some(0)),
            with(function_arn("suppress"), "function-switched-off", not_fed()),
        ),
        (
            "guard may not be invoked by its topic",
            |s| at(&mut s.functions, &function_arn("guard")).policy = Fact::Known(None),
            with(function_arn("guard"), "function-policy-excludes-sns", unheard()),
        ),
        (
            "an alarm may not invoke guard itself",
            |s| of(&mut s.alarms)[0].actions = vec![function_arn("guard")],
            with(function_arn("guard"), "function-policy-excludes-cloudwatch", unheard()),
        ),
        (
            "messages lie in the dead-letter queue",
            |s| at(&mut s.queues, &queue_arn("suppress-dead-letters")).waiting = 3,
            vec![(queue_arn("suppress-dead-letters"), "dead-letters")],
        ),
        (
            "the dead-letter queue is gone",
            |s| *of(s.queues.get_mut(&queue_arn("suppress-dead-letters")).unwrap()) = None,
            vec![(queue_arn("suppress-dead-letters"), "queue-missing")],
        ),
        (
            "the set has no event destination",
            |s| destinations(s).clear(),
            vec![
                (set(), "no-event-destination"),
                (domain(), "feedback-nowhere"),
                (feedback(), "topic-without-publisher"),
            ],
        ),
        (
            "the set's only destination is CloudWatch",
            |s| destinations(s)[0].target = DestinationTarget::Other { service: "CloudWatch" },
            vec![
                (set(), "no-event-destination"),
                (domain(), "feedback-nowhere"),
                (feedback(), "topic-without-publisher"),
            ],
        ),
        (
            "the destination is disabled",
            |s| destinations(s)[0].enabled = false,
            vec![(set(), "destination-disabled"), (domain(), "feedback-nowhere")],
        ),
        (
            "bounces are not among the events",
            |s| destinations(s)[0].events.retain(|event| event != "BOUNCE"),
            vec![(set(), "events-missing"), (domain(), "feedback-nowhere")],
        ),
        (
            "sends are not among the events",
            |s| destinations(s)[0].events.retain(|event| event != "SEND"),
            vec![(set(), "counts-missing")],
        ),
        (
            "two destinations lead to suppress",
            |s| destinations(s).push(destination("more", "feedback")),
            vec![(set(), "destinations-overlap")],
        ),
        (
            "reputation metrics are off",
            |s| set_settings(s).reputation_metrics = false,
            vec![(set(), "reputation-metrics-off")],
        ),
        (
            "the set looks past bounces",
            |s| set_settings(s).suppressed_reasons = Some(vec!["COMPLAINT".to_owned()]),
            vec![(set(), "set-suppression-partial")],
        ),
        (
            "a managed pool without delays",
            |s| {
                destinations(s)[0].events.retain(|event| event != "DELIVERY_DELAY");
                set_settings(s).pool = Some("dedicated".to_owned());
                s.pools
                    .insert("dedicated".to_owned(), Fact::Known(Some(Pool { is_managed: true })));
            },
            vec![(set(), "managed-pool-without-delivery-delay")],
        ),
        (
            "the pool is gone",
            |s| {
                set_settings(s).pool = Some("dedicated".to_owned());
                s.pools.insert("dedicated".to_owned(), Fact::Known(None));
            },
            vec![(set(), "pool-missing")],
        ),
        (
            "both formats at once",
            |s| {
                let topics = of(&mut identity_of(s, DOMAIN).topics);
                topics.bounce = Some(topic_arn("feedback"));
                topics.complaint = Some(topic_arn("feedback"));
            },
            vec![(domain(), "both-formats")],
        ),
        (
            "topics of the identity alone",
            |s| {
                of(&mut identity_of(s, DOMAIN).settings).default_set = None;
                let topics = of(&mut identity_of(s, DOMAIN).topics);
                topics.bounce = Some(topic_arn("feedback"));
                topics.complaint = Some(topic_arn("feedback"));
            },
            vec![(domain(), "identity-topics-only")],
        ),
        (
            "a topic of the identity is gone",
            |s| {
                of(&mut identity_of(s, DOMAIN).topics).delivery = Some(topic_arn("gone"));
                s.topics.insert(topic_arn("gone"), Fact::Known(None));
            },
            vec![(topic_arn("gone"), "topic-missing")],
        ),
        (
            "forwarding is on too",
            |s| of(&mut identity_of(s, DOMAIN).settings).email_forwarding = true,
            vec![(domain(), "forwarding-and-topic")],
        ),
        (
            "neither topic nor forwarding",
            |s| of(&mut identity_of(s, DOMAIN).settings).default_set = None,
            vec![(domain(), "no-default-set"), (domain(), "feedback-nowhere")],
        ),
        (
            "no default set, but forwarding",
            |s| {
                let settings = of(&mut identity_of(s, DOMAIN).settings);
                settings.default_set = None;
                settings.email_forwarding = true;
            },
            vec![(domain(), "no-default-set")],
        ),
        (
            "the default set is gone",
            |s| of(&mut identity_of(s, DOMAIN).settings).default_set = Some("gone".to_owned()),
            vec![(domain(), "default-set-missing"), (domain(), "feedback-nowhere")],
        ),
        (
            "the identity is not verified",
            |s| of(&mut identity_of(s, DOMAIN).settings).verified = false,
            vec![(domain(), "identity-not-verified")],
        ),
        (
            "an address shadows its domain",
            |s| shadow(s, "news@example.com"),
            vec![
                ("news@example.com".to_owned(), "address-shadows-domain"),
                ("news@example.com".to_owned(), "no-default-set"),
            ],
        ),
        (
            "a lower subdomain shadows its grandparent",
            |s| shadow(s, "a.news.EXAMPLE.com"),
            vec![
                ("a.news.EXAMPLE.com".to_owned(), "subdomain-shadows-parent"),
                ("a.news.EXAMPLE.com".to_owned(), "no-default-set"),
            ],
        ),
        (
            "the sandbox",
            |s| of(&mut s.account).production_access = false,
            vec![(account(), "sandbox")],
        ),
        (
            "the quota is nearly used",
            |s| of(&mut s.account).sent_last_24_hours = 40_000.0,
            vec![(account(), "quota-nearly-used")],
        ),
        (
            "bounces are not suppressed",
            |s| of(&mut s.account).suppressed_reasons = vec!["COMPLAINT".to_owned()],
            vec![(account(), "suppression-without-bounce")],
        ),
        (
            "nothing is suppressed",
            |s| of(&mut s.account).suppressed_reasons.clear(),
            vec![
                (account(), "suppression-without-bounce"),
                (account(), "suppression-without-complaint"),
            ],
        ),
        (
            "the account is paused",
            |s| of(&mut s.account).sending_enabled = false,
            vec![(account(), "account-paused")],
        ),
        (
            "the account is under review",
            |s| of(&mut s.account).enforcement_status = "PROBATION".to_owned(),
            vec![(account(), "account-under-review")],
        ),
        (
            "AWS has shut the account down",
            |s| {
                of(&mut s.account).enforcement_status = "SHUTDOWN".to_owned();
                of(&mut s.account).sending_enabled = false;
            },
            vec![(account(), "account-shut-down")],
        ),
        (
            "an alarm has no action",
            |s| of(&mut s.alarms)[0].actions.clear(),
            vec![(alarm_name(0), "alarm-without-actions")],
        ),
        (
            "an alarm's actions are off",
            |s| of(&mut s.alarms)[0].actions_enabled = false,
            vec![(alarm_name(0), "alarm-actions-off")],
        ),
        (
            "the alarm topic is gone",
            |s| *of(s.topics.get_mut(&topic_arn("alarms")).unwrap()) = None,
            with(topic_arn("alarms"), "topic-missing", unheard()),
        ),
        (
            "the alarm topic keeps CloudWatch out",
            |s| at(&mut s.topics, &topic_arn("alarms")).policy = policy_for("ses.amazonaws.com"),
            with(topic_arn("alarms"), "topic-policy-excludes-cloudwatch", unheard()),
        ),
        (
            "the alarm topic's key keeps CloudWatch out",
            |s| {
                at(&mut s.topics, &topic_arn("alarms")).key = Some(KEY.to_owned());
                let policy = Fact::Known(policy_for("ses.amazonaws.com"));
                s.keys.insert(KEY.to_owned(), Fact::Known(Some(Key { policy, ..key() })));
            },
            with(topic_arn("alarms"), "topic-key-excludes-cloudwatch", unheard()),
        ),
        (
            "no operator is subscribed",
            |s| of(&mut at(&mut s.topics, &topic_arn("operators")).subscriptions).clear(),
            vec![(topic_arn("operators"), "topic-without-subscription")],
        ),
        (
            "an alarm watches a set that is gone",
            |s| {
                watch(
                    s,
                    series("AWS/SES", "Reputation.BounceRate", &[("ses:configuration-set", "x")]),
                )
            },
            vec![(alarm_name(3), "alarm-target-missing")],
        ),
        (
            "an alarm watches a domain that nobody has",
            |s| watch(s, series("SesWarden", "BounceHard", &[("Domain", "gone.example")])),
            vec![(alarm_name(3), "alarm-target-missing")],
        ),
        (
            "an alarm watches a misspelt metric of SES",
            |s| watch(s, series("AWS/SES", "Reputation.BouncesRate", &[])),
            vec![(alarm_name(3), "alarm-metric-unknown")],
        ),
        (
            "an alarm watches a misspelt metric of ours",
            |s| watch(s, series("SesWarden", "HardBounce", &[])),
            vec![(alarm_name(3), "alarm-metric-unknown")],
        ),
        (
            "an alarm has a dimension that SES does not write",
            |s| watch(s, series("AWS/SES", "Reputation.BounceRate", &[("Identity", "x")])),
            vec![(alarm_name(3), "alarm-without-data")],
        ),
        (
            "an alarm waits for data for ever",
            |s| {
                watch(s, series("SesWarden", "UnexpectedSender", &[]));
                of(&mut s.alarms)[3].missing_data = "missing".to_owned();
            },
            vec![(alarm_name(3), "alarm-without-data")],
        ),
        (
            "no alarm watches the account",
            |s| of(&mut s.alarms).retain(|alarm| !alarm.series[0].dimensions.is_empty()),
            vec![(account(), "no-reputation-alarm")],
        ),
        (
            "SES sends and nothing is counted",
            |s| s.last_counted_ms = Fact::Known(None),
            vec![(function_arn("metrics"), "no-events-counted")],
        ),
        (
            "the named stack is gone",
            |s| {
                s.stack.is_named = true;
                s.stack.outputs = Fact::Known(None);
            },
            vec![(account(), "stack-missing")],
        ),
        (
            "the stack is of an older version",
            |s| {
                of(&mut s.stack.outputs).as_mut().unwrap().remove("GuardFunctionName");
            },
            vec![(account(), "stack-incomplete")],
        ),
    ]
}

fn unheard() -> Vec<FoundCode> {
    vec![("account".to_owned(), "alarm-unheard")]
}

fn alarm_name(n: usize) -> String {
    format!("ses-warden/alarm{n}")
}

fn elsewhere() -> String {
    topic_arn("feedback").replace(REGION, "us-east-1")
}

fn policy_for(service: &str) -> String {
    json!({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*",
        "Principal": {"Service": service}}})
    .to_string()
}

fn feedback_topic(snapshot: &mut Snapshot) -> &mut Topic {
    at(&mut snapshot.topics, &topic_arn("feedback"))
}

fn subscriptions(snapshot: &mut Snapshot) -> &mut Vec<Subscription> {
    of(&mut feedback_topic(snapshot).subscriptions)
}

fn one(snapshot: &mut Snapshot) -> Subscription {
    subscriptions(snapshot)[0].clone()
}

fn destinations(snapshot: &mut Snapshot) -> &mut Vec<Destination> {
    of(&mut of(&mut snapshot.sets).get_mut(SET).unwrap().destinations)
}

fn set_settings(snapshot: &mut Snapshot) -> &mut SetSettings {
    of(&mut of(&mut snapshot.sets).get_mut(SET).unwrap().settings)
}

fn identity_of<'a>(snapshot: &'a mut Snapshot, name: &str) -> &'a mut Identity {
    of(&mut snapshot.identities).get_mut(name).unwrap()
}

fn shadow(snapshot: &mut Snapshot, name: &str) {
    let mut own = identity();
    of(&mut own.settings).default_set = None;
    of(&mut own.settings).email_forwarding = true;
    of(&mut snapshot.identities).insert(name.to_owned(), own);
}

fn watch(snapshot: &mut Snapshot, series: SnapshotSeries) {
    of(&mut snapshot.alarms)[3].series = vec![series];
}

fn encrypt(snapshot: &mut Snapshot, change: fn(&mut Key)) {
    feedback_topic(snapshot).key = Some("alias/feedback".to_owned());
    let mut key = key();
    change(&mut key);
    snapshot.keys.insert("alias/feedback".to_owned(), Fact::Known(Some(key.clone())));
    if snapshot.keys.len() == 1 {
        feedback_topic(snapshot).key = Some(KEY.to_owned());
        snapshot.keys = BTreeMap::from([(KEY.to_owned(), Fact::Known(Some(key)))]);
    }
}

fn encrypt_queue(snapshot: &mut Snapshot, change: fn(&mut Key)) {
    at(&mut snapshot.queues, &queue_arn("suppress")).key = Some(KEY.to_owned());
    let mut key = key();
    change(&mut key);
    snapshot.keys.insert(KEY.to_owned(), Fact::Known(Some(key)));
}

#[test]
fn a_healthy_account_has_no_fault() {
    assert_eq!(found_codes(&healthy()), BTreeSet::new());
    assert_eq!(needs(&healthy()), Needs::default());
}

#[test]
fn each_broken_link_is_found_and_nothing_else() {
    for (what, breaks, expected) in rows() {
        let mut snapshot = healthy();
        breaks(&mut snapshot);
        let expected: BTreeSet<_> = expected.into_iter().collect();
        assert_eq!(found_codes(&snapshot), expected, "{what}");
    }
}

#[test]
fn every_fault_says_what_is_so_and_what_mends_it() {
    for (what, breaks, _) in rows() {
        let mut snapshot = healthy();
        breaks(&mut snapshot);
        for (name, finding) in found(&snapshot) {
            assert!(finding.text.ends_with('.'), "{what}: {finding:?}");
            assert!(!finding.subject.is_empty(), "{what}: {finding:?}");
            assert!(codes::explain(finding.code).is_some(), "{name}: {}", finding.code);
            for command in &finding.commands {
                let is_ours = command.starts_with("ses-warden ");
                assert!(is_ours || command.ends_with(" --region eu-central-1"), "{command}");
            }
        }
    }
}

#[test]
fn every_code_is_found_in_some_case() {
    let mut findings: BTreeSet<&str> = found(&healthy()).iter().map(|(_, f)| f.code).collect();
    for (_, breaks, _) in rows() {
        let mut snapshot = healthy();
        breaks(&mut snapshot);
        findings.extend(found(&snapshot).iter().map(|(_, finding)| finding.code));
    }
    // Covered by tests of their own below.
    findings.extend(["not-read", "no-stack", "no-identities", "no-sets", "topic-access-unclear"]);
    findings.extend([
        "feedback-unclear",
        "set-paused",
        "tracking-on",
        "queue-read-by-others",
        "pool",
    ]);
    let known: BTreeSet<&str> = codes::CODES.iter().map(|code| code.code).collect();
    assert_eq!(known, findings);
    assert_eq!(known.len(), codes::CODES.len());
}

#[test]
fn facts_without_fault_are_reported_as_facts() {
    let mut snapshot = healthy();
    set_settings(&mut snapshot).sending_enabled = false;
    set_settings(&mut snapshot).pool = Some("dedicated".to_owned());
    snapshot.pools.insert("dedicated".to_owned(), Fact::Known(Some(Pool { is_managed: true })));
    destinations(&mut snapshot)[0].events.push("OPEN".to_owned());
    at(&mut snapshot.queues, &queue_arn("metrics")).waiting = 1;
    assert_eq!(found_codes(&snapshot), BTreeSet::new());
    let findings: Vec<(String, Finding)> = found(&snapshot);
    let text = |code: &str| {
        let of_code = findings.iter().find(|(_, finding)| finding.code == code);
        of_code.map(|(_, finding)| finding.text.clone()).unwrap_or_default()
    };
    assert!(text("set-paused").contains("marketing is paused"), "{findings:?}");
    assert!(text("pool").contains("managed pool dedicated"), "{findings:?}");
    assert!(text("pool").contains("default set of example.com"), "{findings:?}");
    assert!(text("tracking-on").contains("OPEN"), "{findings:?}");
    assert!(text("feedback-arrives").contains("ses-warden-suppress through queue"), "{findings:?}");
}

#[test]
fn an_address_identity_that_is_set_up_alike_is_no_fault() {
    let mut snapshot = healthy();
    of(&mut snapshot.identities).insert("news@example.com".to_owned(), identity());
    assert_eq!(found_codes(&snapshot), BTreeSet::new());
    let findings = found(&snapshot);
    let shadows = findings.iter().find(|(_, f)| f.code == "address-shadows-domain").unwrap();
    assert_eq!(shadows.1.found.as_deref(), Some(DOMAIN));
}

#[test]
fn an_account_without_our_stack_is_judged_by_what_it_names() {
    let mut snapshot = healthy();
    snapshot.stack.outputs = Fact::Known(None);
    snapshot.functions.clear();
    snapshot.mappings = Fact::Known(Vec::new());
    at(&mut snapshot.topics, &topic_arn("alarms")).subscriptions = Fact::Known(vec![
        of(&mut at(&mut snapshot.topics, &topic_arn("operators")).subscriptions)[0].clone(),
    ]);
    assert_eq!(found_codes(&snapshot), BTreeSet::new());
    let findings: BTreeSet<&str> = found(&snapshot).iter().map(|(_, f)| f.code).collect();
    assert!(
        findings.contains("no-stack") && findings.contains("queue-read-by-others"),
        "{findings:?}"
    );
}

#[test]
fn an_empty_account_says_so() {
    let mut snapshot = healthy();
    snapshot.identities = Fact::Known(BTreeMap::new());
    snapshot.sets = Fact::Known(BTreeMap::new());
    snapshot.stack.outputs = Fact::Known(None);
    let findings: BTreeSet<&str> = found(&snapshot).iter().map(|(_, f)| f.code).collect();
    assert!(findings.contains("no-identities") && findings.contains("no-sets"), "{findings:?}");
}

#[test]
fn what_rests_on_event_bridge_or_an_unknown_condition_is_unclear() {
    let mut snapshot = healthy();
    destinations(&mut snapshot)[0].target = DestinationTarget::EventBridge;
    let unclear = |snapshot: &Snapshot, code: &str| {
        let findings = found(snapshot).into_iter().filter(|(_, f)| f.code == code);
        findings.map(|(name, _)| name).collect::<Vec<_>>()
    };
    assert_eq!(unclear(&snapshot, "feedback-unclear"), [DOMAIN, SET]);

    let mut snapshot = healthy();
    feedback_topic(&mut snapshot).policy = json!({"Statement": {"Effect": "Allow",
        "Principal": "*", "Action": "sns:Publish", "Resource": "*",
        "Condition": {"StringEquals": {"aws:SourceOrgID": "o-1"}}}})
    .to_string();
    assert_eq!(unclear(&snapshot, "topic-access-unclear"), [topic_arn("feedback")]);
    assert_eq!(unclear(&snapshot, "feedback-unclear"), [DOMAIN, SET]);
    assert_eq!(found_codes(&snapshot), BTreeSet::new());
}

fn denied<T>(action: &'static str) -> Fact<T> {
    Fact::NotRead(NotRead { action, is_denied: true, reason: "403 AccessDenied".to_owned() })
}

/// Each read that can be denied, and what it must say instead of a verdict.
#[test]
fn a_denied_read_names_its_permission_and_leads_to_no_verdict() {
    let rows: Vec<(&'static str, Break)> = vec![
        ("ses:GetAccount", |s| s.account = denied("ses:GetAccount")),
        ("ses:ListConfigurationSets", |s| s.sets = denied("ses:ListConfigurationSets")),
        ("ses:GetConfigurationSet", |s| {
            of(&mut s.sets).get_mut(SET).unwrap().settings = denied("ses:GetConfigurationSet");
        }),
        ("ses:GetConfigurationSetEventDestinations", |s| {
            of(&mut s.sets).get_mut(SET).unwrap().destinations =
                denied("ses:GetConfigurationSetEventDestinations");
        }),
        ("ses:ListEmailIdentities", |s| s.identities = denied("ses:ListEmailIdentities")),
        ("ses:GetEmailIdentity", |s| {
            identity_of(s, DOMAIN).settings = denied("ses:GetEmailIdentity");
        }),
        ("ses:GetIdentityNotificationAttributes", |s| {
            identity_of(s, DOMAIN).topics = denied("ses:GetIdentityNotificationAttributes");
        }),
        ("sns:GetTopicAttributes", |s| {
            s.topics.insert(topic_arn("feedback"), denied("sns:GetTopicAttributes"));
        }),
        ("sns:ListSubscriptionsByTopic", |s| {
            feedback_topic(s).subscriptions = denied("sns:ListSubscriptionsByTopic");
        }),
        ("sns:GetSubscriptionAttributes", |s| {
            subscriptions(s)[0].attributes = denied("sns:GetSubscriptionAttributes");
        }),
        ("sqs:GetQueueAttributes", |s| {
            s.queues.insert(queue_arn("suppress"), denied("sqs:GetQueueAttributes"));
        }),
        ("kms:DescribeKey", |s| {
            feedback_topic(s).key = Some(KEY.to_owned());
            s.keys.insert(KEY.to_owned(), denied("kms:DescribeKey"));
        }),
        ("kms:GetKeyPolicy", |s| {
            feedback_topic(s).key = Some(KEY.to_owned());
            let policy = denied("kms:GetKeyPolicy");
            s.keys.insert(KEY.to_owned(), Fact::Known(Some(Key { policy, ..key() })));
        }),
        ("lambda:ListEventSourceMappings", |s| {
            s.mappings = denied("lambda:ListEventSourceMappings");
        }),
        ("lambda:GetFunctionConfiguration", |s| {
            s.functions.insert(function_arn("suppress"), denied("lambda:GetFunctionConfiguration"));
        }),
        ("lambda:GetPolicy", |s| {
            at(&mut s.functions, &function_arn("guard")).policy = denied("lambda:GetPolicy");
        }),
        ("lambda:GetFunctionConcurrency", |s| {
            at(&mut s.functions, &function_arn("guard")).reserved =
                denied("lambda:GetFunctionConcurrency");
        }),
        ("cloudwatch:DescribeAlarms", |s| s.alarms = denied("cloudwatch:DescribeAlarms")),
        ("cloudwatch:ListMetrics", |s| s.series = denied("cloudwatch:ListMetrics")),
        ("cloudwatch:GetMetricData", |s| s.last_counted_ms = denied("cloudwatch:GetMetricData")),
        ("cloudformation:DescribeStacks", |s| {
            s.stack.outputs = denied("cloudformation:DescribeStacks");
        }),
        ("ses:GetDedicatedIpPool", |s| {
            set_settings(s).pool = Some("dedicated".to_owned());
            s.pools.insert("dedicated".to_owned(), denied("ses:GetDedicatedIpPool"));
        }),
    ];
    for (action, breaks) in rows {
        let mut snapshot = healthy();
        breaks(&mut snapshot);
        let findings = found(&snapshot);
        let unread: Vec<_> = findings.iter().filter(|(_, f)| f.code == "not-read").collect();
        assert_eq!(unread.len(), 1, "{action}: {findings:?}");
        assert_eq!(unread[0].1.subject, action);
        assert!(unread[0].1.text.contains(&format!("needs {action}")), "{findings:?}");
        assert!(super::PERMISSIONS.contains(&action), "{action}");
        let others = found_codes(&snapshot).into_iter().filter(|(_, code)| *code != "not-read");
        assert_eq!(others.collect::<Vec<_>>(), [], "{action}");
        assert_eq!(needs(&snapshot), Needs::default(), "{action}");
    }
}

#[test]
fn reading_what_is_needed_follows_a_path_to_its_end() {
    let whole = healthy();
    let mut seen = healthy();
    (seen.topics, seen.queues, seen.functions) = Default::default();
    let mut rounds = 0;
    loop {
        let wanted = needs(&seen);
        if wanted.is_empty() {
            break;
        }
        rounds += 1;
        assert!(rounds < 6, "{wanted:?}");
        let copy = |names: BTreeSet<String>, from: &BTreeMap<String, Fact<Option<Topic>>>| {
            names.into_iter().map(|name| (name.clone(), from[&name].clone())).collect::<Vec<_>>()
        };
        seen.topics.extend(copy(wanted.topics, &whole.topics));
        seen.queues
            .extend(wanted.queues.into_iter().map(|q| (q.clone(), whole.queues[&q].clone())));
        let functions = wanted.functions.into_iter();
        seen.functions.extend(functions.map(|f| (f.clone(), whole.functions[&f].clone())));
    }
    assert_eq!(seen, whole);
}

/// What `connect` makes it can remove again; a command of AWS's it would take for somebody else's.
#[test]
fn a_set_is_connected_by_our_own_command_where_there_is_a_stack() {
    let mut snapshot = healthy();
    destinations(&mut snapshot).clear();
    let command = |snapshot: &Snapshot| {
        let all = found(snapshot);
        let finding = all.into_iter().find(|(_, finding)| finding.code == "no-event-destination");
        finding.map(|(_, finding)| finding.commands.join(" "))
    };
    let ours = command(&snapshot).unwrap_or_default();
    assert!(ours.starts_with("ses-warden connect apply --no-domains --set "), "{ours}");
    snapshot.stack.outputs = Fact::Known(None);
    let theirs = command(&snapshot).unwrap_or_default();
    assert!(theirs.contains("create-configuration-set-event-destination"), "{theirs}");
}

#[test]
fn a_hostile_name_is_quoted_in_commands() {
    let mut snapshot = healthy();
    let name = "o'brien; rm -rf /@example.com";
    shadow(&mut snapshot, name);
    let findings = found(&snapshot);
    let shadows = findings.iter().find(|(_, f)| f.code == "address-shadows-domain").unwrap();
    assert!(shadows.1.commands[0].contains(r"'o'\''brien; rm -rf /@example.com'"), "{shadows:?}");
}

#[test]
fn endpoints_of_people_are_masked() {
    let mut snapshot = healthy();
    let operators = at(&mut snapshot.topics, &topic_arn("operators"));
    let pager = of(&mut operators.subscriptions);
    pager[0].is_confirmed = false;
    let mut hook = pager[0].clone();
    hook.protocol = "https".to_owned();
    hook.endpoint = "https://user:pass@hooks.example.net/secret?key=1".to_owned();
    pager.push(hook);
    let findings = format!("{:?}", found(&snapshot));
    assert!(
        findings.contains("j***@example.com") && findings.contains("https://hooks.example.net")
    );
    assert!(
        !findings.contains("jane@") && !findings.contains("secret") && !findings.contains("pass")
    );
}
