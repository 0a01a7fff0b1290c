//! Any item of the journal is an incident, another item or unreadable, and whatever guard observes
//! afterwards leads to a state that can be written and read again.
//!
//! The input is the sort key, the state as JSON and a byte for each observation, divided by NUL.
#![no_main]

use libfuzzer_sys::fuzz_target;
use warden_domain::guard::incident::{
    AlarmEpisode, Cause, Effect, FoundPart, INCIDENT, Incident, Observation, PartState, Phase, step,
};
use warden_domain::guard::memory::AccountMemory;
use warden_domain::guard::record::Target;
use warden_domain::guard::{Action, NotifyOnly};
use warden_domain::journal::{
    Actor, AddressId, DecisionRecord, HISTORY, HistoryEntry, Item, ItemKey, OpenCount,
};

const NOW: i64 = 1_790_000_000_000;

fuzz_target!(|input: &[u8]| {
    let mut parts = input.splitn(3, |byte| *byte == 0);
    let mut text = || String::from_utf8_lossy(parts.next().unwrap_or_default()).into_owned();
    let (sort, state) = (text(), text());
    let observed = parts.next().unwrap_or_default();
    other_items(&sort, &state);
    let item = Item::new(ItemKey::new(INCIDENT, sort))
        .with_number("v", 1)
        .with_number("version", i64::from(observed.first().copied().unwrap_or(1)))
        .with_text("state", &state);
    let Some(Ok(mut incident)) = Incident::from_item(&item) else { return };
    for (number, byte) in (0..).zip(observed.iter().take(32)) {
        let at = NOW + number * 1000;
        let observation = observation(*byte, &incident, at);
        let (next, effects) = step(&incident, &observation);
        for effect in &effects {
            hold(&incident, &observation, effect);
        }
        let written = next.item(at);
        let read =
            Incident::from_item(&written).and_then(Result::ok).expect("it reads its own item");
        assert_eq!(read, Incident { version: next.version + 1, ..next.clone() });
        incident = read;
    }
});

/// The journal's other kinds of item, from the same texts.
fn other_items(sort: &str, state: &str) {
    let fields = |item: Item| {
        state.split('\n').fold(item, |item, line| match line.split_once('=') {
            Some((name, value)) => match value.parse() {
                Ok(number) => item.with_number(name, number),
                Err(_) => item.with_text(name, value),
            },
            None => item,
        })
    };
    let item = |partition: &str| fields(Item::new(ItemKey::new(partition, sort)));
    let _ = AccountMemory::from_item(&item(INCIDENT));
    if let Some(entry) = HistoryEntry::from_item(&item(HISTORY)) {
        let again = HistoryEntry::from_item(&entry.item()).expect("it reads its own item");
        assert_eq!(again.item(), entry.item());
    }
    let _ = OpenCount::from_item(&item("address#0"));
    if let Some(id) = AddressId::from_digits("00112233445566778899aabbccddeeff") {
        let _ = DecisionRecord::from_item(&id, &item("address#0"));
    }
}

fn observation(byte: u8, incident: &Incident, at: i64) -> Observation {
    let sets = Target::Sets(vec!["marketing".to_owned(), "bulk".to_owned()]);
    let target = match byte >> 6 {
        0 => Target::Account,
        1 => sets,
        2 => Target::Tenant("arn:aws:ses:eu-central-1:111122223333:tenant/shop/tn-1".to_owned()),
        _ => incident.standing_pause().map_or(Target::Account, |(target, _)| target.clone()),
    };
    let states = [PartState::Off, PartState::Sends, PartState::NotWanted, PartState::SendsAgain];
    let state = states.get(usize::from(byte >> 4 & 3)).copied().unwrap_or(PartState::Unknown);
    let action = match byte >> 4 & 3 {
        0 => Action::Pause(target.clone()),
        1 => Action::Observe(target.clone()),
        2 => Action::Notify(NotifyOnly::NotProven),
        _ => Action::Notify(NotifyOnly::Warning),
    };
    let (is_odd, parts) = (byte >> 4 & 1 == 1, target.parts());
    match byte & 15 {
        0 | 1 => Observation::Decided {
            action,
            others: vec![AlarmEpisode::new("ses-warden/account/all/bounce/warn", "2026")],
            cause: Cause::default(),
            at,
        },
        2 | 3 => Observation::Found {
            parts: parts.into_iter().map(|target| FoundPart { target, state }).collect(),
            at,
        },
        4 => Observation::Switched { off: parts, failed: Vec::new(), in_doubt: is_odd, at },
        5 => Observation::Switched { off: Vec::new(), failed: parts, in_doubt: is_odd, at },
        6 | 7 => Observation::Interrupted { sends: is_odd },
        8 | 9 => Observation::Done,
        10 => Observation::Sends { actor: Actor::Unknown, at },
        11 => Observation::MayResume { at },
        12 => Observation::Gone,
        13 | 14 => Observation::Operator { target, on: is_odd, at },
        _ => Observation::AlarmsLeft,
    }
}

/// What guard switches needs a reason in the same step.
fn hold(incident: &Incident, observation: &Observation, effect: &Effect) {
    match effect {
        Effect::SwitchOff(_) => match observation {
            Observation::Decided { action: Action::Pause(_), .. } => {
                assert_eq!(incident.phase, Phase::Open);
            }
            Observation::Found { parts, .. } => {
                assert!(matches!(incident.phase, Phase::Pausing(_)));
                assert!(parts.iter().any(|part| part.state == PartState::Sends));
            }
            other => panic!("{other:?} switches off"),
        },
        Effect::SwitchOn(_) => {
            let may = matches!(incident.phase, Phase::Resuming { may_switch: true, .. });
            let sends = matches!(observation, Observation::Interrupted { sends: true });
            let is_due = matches!(
                (&incident.phase, observation),
                (Phase::Paused { .. }, Observation::MayResume { .. })
            );
            assert!(is_due || (may && !sends), "{observation:?} switches on");
        }
        Effect::Notify | Effect::NotifyResumed { .. } | Effect::Record { .. } => {}
    }
}
