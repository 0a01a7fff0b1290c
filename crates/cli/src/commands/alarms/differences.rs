//! In what an alarm differs from what it should be, in words.

use std::collections::BTreeMap;

use warden_aws::operator::{AlarmQuery, AlarmRule, DefinedAlarm, QuerySource};

use super::definition::DomainAlarm;

/// What stands for a part that is not there.
const NOTHING: &str = "none";

/// One part that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Which, as `threshold` or `total: period`.
    pub part: String,
    /// As it is.
    pub old: String,
    /// As it should be.
    pub new: String,
    /// Whether it is a tag, which is mended without rewriting the alarm.
    pub is_tag: bool,
}

/// Everything that changes what rings, whom it tells and what people read there. Tags of
/// others, and guard's note, stay; so does a switch of the actions, which is a person's.
pub fn differences(definition: &DomainAlarm, existing: &DefinedAlarm) -> Vec<Difference> {
    let mut differences = Vec::new();
    let differ = |part: &str, old: Option<&String>, new: Option<&String>, is_tag| {
        let text = |value: Option<&String>| value.cloned().unwrap_or_else(|| NOTHING.to_owned());
        (old != new).then(|| Difference {
            part: part.to_owned(),
            old: text(old),
            new: text(new),
            is_tag,
        })
    };
    match &existing.rule {
        None => differences.push(Difference {
            part: "kind".to_owned(),
            old: "not of metric math".to_owned(),
            new: "metric math".to_owned(),
            is_tag: false,
        }),
        Some(rule) => {
            let (old, new) = (parts(rule), parts(&definition.rule));
            let mut names: Vec<&String> = old.keys().chain(new.keys()).collect();
            names.sort();
            names.dedup();
            differences.extend(
                names
                    .into_iter()
                    .filter_map(|name| differ(name, old.get(name), new.get(name), false)),
            );
        }
    }
    let tags = definition.tags();
    let tags = tags.iter();
    differences.extend(tags.filter_map(|(key, value)| {
        differ(&format!("tag {key}"), existing.tags.get(key), Some(value), true)
    }));
    differences
}

/// The parts of a rule by name; what it does not have is not among them.
fn parts(rule: &AlarmRule) -> BTreeMap<String, String> {
    let AlarmRule {
        description,
        queries,
        comparison,
        threshold,
        periods,
        datapoints,
        missing_data,
        ..
    } = rule;
    let list = |list: &[String]| (!list.is_empty()).then(|| list.join(", "));
    let mut parts: BTreeMap<String, String> = [
        ("actions", list(&rule.actions)),
        ("actions on OK or missing data", list(&rule.calm_actions)),
        ("comparison", Some(comparison.clone())),
        ("datapoints to alarm", Some(datapoints.to_string())),
        ("description", Some(description.clone())),
        ("missing data", Some(missing_data.clone())),
        ("periods", Some(periods.to_string())),
        ("threshold", (!threshold.is_nan()).then(|| threshold.to_string())),
    ]
    .into_iter()
    .filter_map(|(part, text)| Some((part.to_owned(), text?)))
    .collect();
    parts.extend(rule.further.iter().map(|(part, text)| ((*part).to_owned(), text.clone())));
    for query in queries {
        let of_query = of_query(query).into_iter().filter_map(|(part, text)| Some((part, text?)));
        parts.extend(of_query.map(|(part, text)| (format!("{}: {part}", query.id), text)));
    }
    parts
}

fn of_query(query: &AlarmQuery) -> Vec<(&'static str, Option<String>)> {
    let seconds = |period: i32| format!("{period} s");
    let mut parts = vec![
        ("account", query.account.clone()),
        ("compared", Some(if query.returned { "yes" } else { "no" }.to_owned())),
    ];
    match &query.source {
        QuerySource::Expression(text) => {
            parts.extend([
                ("expression", Some(text.clone())),
                ("period", query.period.map(seconds)),
            ]);
        }
        QuerySource::Metric { namespace, name, dimensions, statistic, period, unit } => {
            let dimensions: Vec<String> =
                dimensions.iter().map(|(name, value)| format!("{name}={value}")).collect();
            parts.extend([
                ("dimensions", Some(dimensions.join(", "))),
                ("metric", Some(format!("{namespace} {name}"))),
                ("period", Some(seconds(*period))),
                ("statistic", Some(statistic.clone())),
                ("unit", unit.clone()),
            ]);
        }
    }
    parts
}
