//! Whether an SNS subscription's filter policy lets bounces and complaints through.

use serde_json::{Value, json};

/// What a filter policy does with SES's feedback.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Passes {
    /// All of it comes through.
    All,
    /// None of these kinds comes through: `Bounce`, `Complaint`.
    Not(Vec<&'static str>),
    /// It uses a form of matching that is not evaluated here.
    Unclear,
}

/// Returns what a filter lets through of the events of a configuration set (`eventType`) or of
/// an identity's notifications (`notificationType`).
///
/// SES sends no message attributes, so a filter on attributes lets nothing through.
pub fn passes(filter: &Value, on_body: bool, type_member: &str) -> Passes {
    const KINDS: [&str; 2] = ["Bounce", "Complaint"];
    if !on_body {
        let is_empty = filter.as_object().is_some_and(serde_json::Map::is_empty);
        return if is_empty { Passes::All } else { Passes::Not(KINDS.to_vec()) };
    }
    let mut withheld = Vec::new();
    for kind in KINDS {
        match matches(filter, &json!({ type_member: kind })) {
            Some(true) => {}
            Some(false) => withheld.push(kind),
            None => return Passes::Unclear,
        }
    }
    if withheld.is_empty() { Passes::All } else { Passes::Not(withheld) }
}

/// Whether a filter lets deliveries of both formats through and no feedback: its subscription is for
/// something else, as that of the stack's queue for deliveries.
pub fn is_for_deliveries(filter: &Value, on_body: bool) -> bool {
    let lets_through = |kind: &str| {
        ["eventType", "notificationType"].map(|member| matches(filter, &json!({ member: kind })))
    };
    on_body
        && lets_through("Delivery") == [Some(true); 2]
        && ["Bounce", "Complaint"].iter().all(|kind| lets_through(kind) == [Some(false); 2])
}

/// Whether a body fits of which only `known` is given; `None` if that depends on the rest.
fn matches(filter: &Value, known: &Value) -> Option<bool> {
    let members = filter.as_object()?;
    let mut result = Some(true);
    for (name, wanted) in members {
        let one = match (name.as_str(), known.get(name)) {
            ("$or", _) => {
                let each: Vec<_> = wanted.as_array()?.iter().map(|f| matches(f, known)).collect();
                if each.contains(&Some(true)) {
                    Some(true)
                } else if each.iter().all(|one| *one == Some(false)) {
                    Some(false)
                } else {
                    None
                }
            }
            (_, Some(value)) => fits(wanted.as_array()?, value.as_str()?),
            // The other type member is absent: an event has one of the two.
            ("eventType" | "notificationType", None) => fits_absent(wanted.as_array()?),
            (_, None) => None,
        };
        match one {
            Some(false) => return Some(false),
            None => result = None,
            Some(true) => {}
        }
    }
    result
}

fn fits(wanted: &[Value], value: &str) -> Option<bool> {
    let mut unclear = false;
    for one in wanted {
        let fits = match one {
            Value::String(text) => text == value,
            Value::Object(test) => match test.iter().next() {
                Some((name, Value::String(text))) => match name.as_str() {
                    "prefix" => value.starts_with(text.as_str()),
                    "suffix" => value.ends_with(text.as_str()),
                    "equals-ignore-case" => value.eq_ignore_ascii_case(text),
                    "wildcard" => super::policy::like(text, value),
                    "anything-but" => text != value,
                    _ => {
                        unclear = true;
                        false
                    }
                },
                Some((name, Value::Array(texts))) if name == "anything-but" => {
                    !texts.iter().any(|text| text.as_str() == Some(value))
                }
                Some((name, Value::Bool(there))) if name == "exists" => *there,
                _ => {
                    unclear = true;
                    false
                }
            },
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => false,
        };
        if fits {
            return Some(true);
        }
    }
    if unclear { None } else { Some(false) }
}

fn fits_absent(wanted: &[Value]) -> Option<bool> {
    Some(wanted.iter().any(|one| one.get("exists").and_then(Value::as_bool) == Some(false)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(filter: Value) -> Passes {
        passes(&filter, true, "eventType")
    }

    #[test]
    fn the_templates_filter_lets_both_formats_through() {
        let filter = json!({"$or": [{"eventType": ["Bounce", "Complaint"]},
            {"notificationType": ["Bounce", "Complaint"]}]});
        for member in ["eventType", "notificationType"] {
            assert_eq!(passes(&filter, true, member), Passes::All);
        }
    }

    #[test]
    fn a_subscription_for_deliveries_does_not_withhold_feedback() {
        let deliveries = json!({"$or": [{"eventType": ["Delivery"]},
            {"notificationType": ["Delivery"]}]});
        assert!(is_for_deliveries(&deliveries, true));
        assert!(!is_for_deliveries(&deliveries, false));
        for filter in [
            json!({}),
            json!({"eventType": ["Delivery", "Bounce"]}),
            json!({"eventType": ["Send"]}),
            json!({"eventType": ["Delivery"]}),
            json!({"mail": {"source": ["x"]}}),
        ] {
            assert!(!is_for_deliveries(&filter, true), "{filter}");
        }
    }

    #[test]
    fn a_filter_on_attributes_lets_nothing_through() {
        let filter = json!({"eventType": ["Bounce", "Complaint"]});
        assert_eq!(passes(&filter, false, "eventType"), Passes::Not(vec!["Bounce", "Complaint"]));
        assert_eq!(passes(&json!({}), false, "eventType"), Passes::All);
    }

    #[test]
    fn what_is_withheld_is_named() {
        let both = || Passes::Not(vec!["Bounce", "Complaint"]);
        for (filter, expected) in [
            (json!({"eventType": ["Bounce"]}), Passes::Not(vec!["Complaint"])),
            (json!({"eventType": ["Delivery"]}), both()),
            (json!({"eventType": ["bounce", "complaint"]}), both()),
            (json!({"notificationType": ["Bounce", "Complaint"]}), both()),
            (
                json!({"eventType": ["Bounce", "Complaint"], "notificationType": [{"exists": false}]}),
                Passes::All,
            ),
            (json!({"eventType": [{"anything-but": ["Send", "Delivery"]}]}), Passes::All),
            (json!({"eventType": [{"anything-but": "Bounce"}]}), Passes::Not(vec!["Bounce"])),
            (json!({"eventType": [{"prefix": "B"}, {"suffix": "aint"}]}), Passes::All),
            (
                json!({"eventType": [{"equals-ignore-case": "BOUNCE"}, {"wildcard": "Comp*"}]}),
                Passes::All,
            ),
            (json!({"eventType": [{"exists": true}]}), Passes::All),
            (json!({"eventType": [null, 7]}), both()),
            (json!({}), Passes::All),
        ] {
            assert_eq!(of(filter.clone()), expected, "{filter}");
        }
    }

    #[test]
    fn what_depends_on_the_rest_of_the_message_is_unclear() {
        for filter in [
            json!({"mail": {"tags": {"team": ["x"]}}}),
            json!({"eventType": [{"numeric": ["=", 1]}]}),
            json!({"eventType": "Bounce"}),
            json!({"$or": [{"mail": {"source": ["x"]}}, {"eventType": ["Send"]}]}),
            json!([]),
        ] {
            assert_eq!(of(filter.clone()), Passes::Unclear, "{filter}");
        }
        let filter = json!({"mail": {"source": ["x"]}, "eventType": ["Send"]});
        assert_eq!(of(filter), Passes::Not(vec!["Bounce", "Complaint"]));
    }
}
