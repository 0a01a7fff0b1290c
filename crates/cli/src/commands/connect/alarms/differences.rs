//! Describes in words how an alarm differs from its intended definition.

use std::collections::BTreeMap;

use warden_aws::operator::{AlarmQuery, AlarmRule, DefinedAlarm, QuerySource};

use super::definition::WantedAlarm;

/// Shown in place of a missing part.
const NOTHING: &str = "none";

/// One part of the definition that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Name of the part, such as `threshold` or `total: period`.
    pub part: String,
    /// Its present value.
    pub old: String,
    /// Its intended value.
    pub new: String,
}

/// Returns the differences in when an alarm goes into ALARM, whom it notifies, and its texts.
/// Ignores tags, and whether the actions are switched on, which a person decides.
pub fn differences(wanted: &WantedAlarm, existing: &DefinedAlarm) -> Vec<Difference> {
    let Some(rule) = &existing.rule else {
        return vec![Difference {
            part: "kind".to_owned(),
            old: "neither of one metric nor of metric math".to_owned(),
            new: if wanted.window.is_some() { "metric math" } else { "one metric" }.to_owned(),
        }];
    };
    let (old, new) = (parts(rule), parts(&wanted.rule));
    let mut names: Vec<&String> = old.keys().chain(new.keys()).collect();
    names.sort();
    names.dedup();
    let text = |value: Option<&String>| value.cloned().unwrap_or_else(|| NOTHING.to_owned());
    names
        .into_iter()
        .filter(|name| old.get(*name) != new.get(*name))
        .map(|name| Difference {
            part: name.clone(),
            old: text(old.get(name)),
            new: text(new.get(name)),
        })
        .collect()
}

/// Returns the parts of a rule by name, without those that it lacks.
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
        let named = |part: &str| match query.id.as_str() {
            // The only one that there is.
            "" => part.to_owned(),
            id => format!("{id}: {part}"),
        };
        parts.extend(of_query.map(|(part, text)| (named(part), text)));
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
