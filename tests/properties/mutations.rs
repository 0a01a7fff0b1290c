//! The corpus with members taken away or replaced, bytes flipped, ends cut off:
//! no panic, never no record, and no address suppressed that was not there.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use warden_domain::address::EmailAddress;
use warden_tests::payloads;

use crate::{Result, cases, run};

/// What a mutation puts in the place of a member.
fn oddities() -> Vec<Value> {
    vec![
        Value::Null,
        json!(true),
        json!(-7),
        json!(1e300),
        json!(""),
        json!("Permanent"),
        json!("\u{0}\u{202e}\u{1f4e7}@"),
        json!([]),
        json!([["x"]]),
        json!({}),
        json!({"eventType": "Bounce", "Records": []}),
    ]
}

/// How many members and items there are below `value`, those of JSON texts within
/// texts included.
fn size(value: &Value) -> usize {
    match value {
        Value::Object(map) => map.values().map(|v| 1 + size(v)).sum(),
        Value::Array(items) => items.iter().map(|v| 1 + size(v)).sum(),
        Value::String(text) => inner(text).map_or(0, |v| size(&v)),
        Value::Null | Value::Bool(_) | Value::Number(_) => 0,
    }
}

fn inner(text: &str) -> Option<Value> {
    text.trim_start().starts_with('{').then(|| serde_json::from_str(text).ok()).flatten()
}

/// Takes the `target`th of those members away, or puts `oddity` in its place.
fn operate(value: &mut Value, target: &mut usize, oddity: Option<&Value>) -> bool {
    match value {
        Value::Object(map) => {
            let keys: Vec<String> = map.keys().cloned().collect();
            for key in keys {
                if *target == 0 {
                    match oddity {
                        Some(oddity) => map.insert(key, oddity.clone()),
                        None => map.remove(&key),
                    };
                    return true;
                }
                *target -= 1;
                if map.get_mut(&key).is_some_and(|v| operate(v, target, oddity)) {
                    return true;
                }
            }
            false
        }
        Value::Array(items) => {
            for index in 0..items.len() {
                if *target == 0 {
                    match oddity {
                        Some(oddity) => {
                            items.splice(index..=index, [oddity.clone()]).for_each(drop)
                        }
                        None => drop(items.remove(index)),
                    }
                    return true;
                }
                *target -= 1;
                if items.get_mut(index).is_some_and(|v| operate(v, target, oddity)) {
                    return true;
                }
            }
            false
        }
        Value::String(text) => {
            let Some(mut value) = inner(text) else { return false };
            let done = operate(&mut value, target, oddity);
            *text = value.to_string();
            done
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

/// Every address that stands in a text of `value`.
fn addresses(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => map.values().for_each(|v| addresses(v, found)),
        Value::Array(items) => items.iter().for_each(|v| addresses(v, found)),
        Value::String(text) => match inner(text) {
            Some(value) => addresses(&value, found),
            None => found.extend(EmailAddress::parse(text).map(|a| a.key())),
        },
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// One payload after the other with one member less: every member of every
/// payload once.
#[test]
fn no_missing_member_loses_a_message() -> Result {
    for (name, bytes) in payloads()? {
        let Ok(value) = serde_json::from_slice::<Value>(&bytes) else { continue };
        let mut known = BTreeSet::new();
        addresses(&value, &mut known);
        // Of a payload with thousands of equal records one in a hundred members stands for all.
        let step = if size(&value) > 1_000 { 101 } else { 1 };
        for target in (0..size(&value)).step_by(step) {
            let mut less = value.clone();
            assert!(operate(&mut less, &mut target.clone(), None));
            let suppressed = run(less.to_string().as_bytes())
                .map_err(|e| format!("{name}, member {target}: {e}"))?;
            assert!(suppressed.is_subset(&known), "{name}, member {target}: {suppressed:?}");
        }
    }
    Ok(())
}

#[test]
fn no_member_of_a_wrong_type_loses_a_message() -> Result {
    let mut corpus: Vec<(String, Value)> = payloads()?
        .into_iter()
        .filter_map(|(n, b)| Some((n, serde_json::from_slice(&b).ok()?)))
        .collect();
    corpus.retain(|(_, value)| size(value) > 0);
    let property = |(which, target, oddity): (Index, Index, Value)| {
        let (name, value) = which.get(&corpus);
        let mut known = BTreeSet::new();
        addresses(value, &mut known);
        addresses(&oddity, &mut known);
        let mut odd = value.clone();
        prop_assert!(operate(&mut odd, &mut target.index(size(value)), Some(&oddity)));
        let suppressed = run(odd.to_string().as_bytes())?;
        prop_assert!(suppressed.is_subset(&known), "{}: {:?}", name, suppressed);
        Ok(())
    };
    let input = (any::<Index>(), any::<Index>(), select(oddities()));
    Ok(TestRunner::new(cases(12_000)).run(&input, property)?)
}

#[test]
fn no_flipped_bytes_lose_a_message() -> Result {
    let corpus = payloads()?;
    let property = |(which, flips): (Index, Vec<(Index, u8)>)| {
        let mut bytes = which.get(&corpus).1.clone();
        for (place, byte) in flips {
            if !bytes.is_empty() {
                let place = place.index(bytes.len());
                bytes.splice(place..=place, [byte]);
            }
        }
        run(&bytes).map(drop)
    };
    let byte = prop_oneof![any::<u8>(), select(b"{}[]\",:\\u0\n\0\xff".to_vec())];
    let input = (any::<Index>(), prop::collection::vec((any::<Index>(), byte), 1..6));
    Ok(TestRunner::new(cases(6_000)).run(&input, property)?)
}

#[test]
fn no_truncation_loses_a_message() -> Result {
    let corpus = payloads()?;
    let property = |(which, end): (Index, Index)| {
        let bytes = &which.get(&corpus).1;
        let end = end.index(bytes.len() + 1);
        run(bytes.get(..end).unwrap_or_default()).map(drop)
    };
    Ok(TestRunner::new(cases(6_000)).run(&(any::<Index>(), any::<Index>()), property)?)
}
