//! CBOR, in which CloudWatch speaks, as JSON and back.

use ciborium::Value as Cbor;
use serde_json::{Value, json};

pub(super) fn cbor_to_json(value: &Cbor) -> Value {
    match value {
        Cbor::Integer(number) => i64::try_from(*number).map_or(Value::Null, Value::from),
        Cbor::Float(number) => Value::from(*number),
        Cbor::Text(text) => Value::from(text.as_str()),
        Cbor::Bool(flag) => Value::from(*flag),
        Cbor::Array(items) => items.iter().map(cbor_to_json).collect(),
        Cbor::Map(entries) => Value::Object(
            entries
                .iter()
                .map(|(name, value)| {
                    (name.as_text().unwrap_or_default().to_owned(), cbor_to_json(value))
                })
                .collect(),
        ),
        // Tag 1 is a time stamp in seconds.
        Cbor::Tag(1, seconds) => json!({ "@epoch": cbor_to_json(seconds) }),
        _ => Value::Null,
    }
}

pub(super) fn cbor(value: &Value) -> Vec<u8> {
    let mut bytes = Vec::new();
    ciborium::into_writer(&json_to_cbor(value), &mut bytes).expect("CBOR");
    bytes
}

fn json_to_cbor(value: &Value) -> Cbor {
    match value {
        Value::Null => Cbor::Null,
        Value::Bool(flag) => Cbor::Bool(*flag),
        Value::Number(number) => match number.as_i64() {
            Some(number) => Cbor::Integer(number.into()),
            None => Cbor::Float(number.as_f64().unwrap_or_default()),
        },
        Value::String(text) => Cbor::Text(text.clone()),
        Value::Array(items) => Cbor::Array(items.iter().map(json_to_cbor).collect()),
        Value::Object(fields) => match fields.get("@epoch").and_then(Value::as_f64) {
            Some(seconds) => Cbor::Tag(1, Box::new(Cbor::Float(seconds))),
            None => Cbor::Map(
                fields
                    .iter()
                    .map(|(name, value)| (Cbor::Text(name.clone()), json_to_cbor(value)))
                    .collect(),
            ),
        },
    }
}
