use super::*;
use crate::address::EmailAddress;
use crate::journal::JournalKey;

fn entry(event: HistoryEvent, target: HistoryTarget, actor: Actor) -> HistoryEntry {
    HistoryEntry {
        at_millis: 1_790_000_000_123,
        id: "ses-warden/account/all/bounce/critical@2026-10-06T07:15:12.345Z".into(),
        event,
        target,
        actor,
        reason: "35 of 210 sends hard-bounced (16.7 %); the pause threshold is 8 %.".into(),
        numbers: HistoryNumbers {
            sends: Some(210),
            bounces: Some(35),
            complaints: None,
            bound: Some(0.122_5),
            threshold: Some(0.08),
        },
        incident: "ses-warden/account/all/bounce/critical@2026-10-06T07:15:12.345Z".into(),
    }
}

#[test]
fn every_event_target_and_actor_is_read_back() {
    let key = JournalKey::new("0123456789abcdef").unwrap();
    let id = key.address_id(&EmailAddress::parse("jane@example.com").unwrap());
    let targets = [
        HistoryTarget::Account,
        HistoryTarget::ConfigurationSet("marketing".into()),
        HistoryTarget::Tenant("arn:aws:ses:eu-central-1:111122223333:tenant/shop/tn-1".into()),
        HistoryTarget::Address(id),
    ];
    let identity = "arn:aws:iam::111122223333:user/jo".to_owned();
    let actors = [
        Actor::Guard,
        Actor::Command { identity: identity.clone(), name: "Jo".into() },
        Actor::Person { identity },
        Actor::Aws,
        Actor::Unknown,
    ];
    for event in HistoryEvent::ALL {
        for target in &targets {
            for actor in &actors {
                let entry = entry(event, target.clone(), actor.clone());
                assert_eq!(HistoryEntry::from_item(&entry.item()), Some(entry));
            }
        }
    }
}

#[test]
fn without_numbers_and_incident_it_is_read_back() {
    let plain = HistoryEntry {
        numbers: HistoryNumbers::default(),
        incident: String::new(),
        ..entry(HistoryEvent::Note, HistoryTarget::Account, Actor::Aws)
    };
    assert_eq!(HistoryEntry::from_item(&plain.item()), Some(plain));
}

#[test]
fn no_address_reaches_the_item() {
    let person = "arn:aws:sts::111122223333:assumed-role/Admin/jane@example.com".to_owned();
    let by = Actor::Command { identity: person, name: "jane@example.com".into() };
    let mut entry = entry(HistoryEvent::Removal, HistoryTarget::Account, by);
    entry.reason = "asked by jane@example.com".into();
    let item = format!("{:?}", entry.item().fields);
    assert!(!item.contains("jane"), "{item}");
}

#[test]
fn the_same_entry_has_the_same_key_and_expires_after_400_days() {
    let item = entry(HistoryEvent::Pause, HistoryTarget::Account, Actor::Guard).item();
    assert_eq!(item.key.partition, "history");
    assert!(item.key.sort.starts_with("2026-09-21T14:13:20.123Z#ses-warden/account/"));
    assert!(item.key.sort.as_str() > HistoryEntry::from_time(1_790_000_000_123).as_str());
    assert_eq!(item.number(EXPIRES_AT), Some(1_790_000_000 + 400 * 86_400));
}

#[test]
fn what_a_later_version_writes_is_no_error() {
    let entry = entry(HistoryEvent::Pause, HistoryTarget::Account, Actor::Guard);
    let robot = HistoryEntry::from_item(&entry.item().with_text("actor", "robot")).unwrap();
    assert_eq!(robot.actor, Actor::Unknown);
    assert_eq!(HistoryEntry::from_item(&entry.item().with_text("event", "new")), None);
    assert_eq!(HistoryEntry::from_item(&entry.item().with_text("target_kind", "new")), None);
    let other = Item::new(ItemKey::new("incident", "account"));
    assert_eq!(HistoryEntry::from_item(&other), None);
}

#[test]
fn rates_are_fractions() {
    assert_eq!(millionths(0.08), Some(80_000));
    assert_eq!((millionths(0.0), millionths(1.0)), (Some(0), Some(1_000_000)));
    assert_eq!((millionths(1.2), millionths(-0.1), millionths(f64::NAN)), (None, None, None));
}
