//! Alarms as the SDK has them, read into our types and written from them.

use std::collections::BTreeMap;

use aws_sdk_cloudwatch::types::{
    CompositeAlarm, Dimension, Metric, MetricAlarm, MetricDataQuery, MetricStat,
};

use super::{AlarmQuery, AlarmRule, DefinedAlarm, QuerySource};

pub(super) fn metric_alarm(alarm: &MetricAlarm) -> Option<DefinedAlarm> {
    Some(DefinedAlarm {
        arn: alarm.alarm_arn()?.to_owned(),
        name: alarm.alarm_name()?.to_owned(),
        rule: rule(alarm),
        is_composite: false,
        actions_enabled: alarm.actions_enabled().unwrap_or(true),
        tags: BTreeMap::new(),
    })
}

pub(super) fn composite_alarm(alarm: &CompositeAlarm) -> Option<DefinedAlarm> {
    Some(DefinedAlarm {
        arn: alarm.alarm_arn()?.to_owned(),
        name: alarm.alarm_name()?.to_owned(),
        rule: None,
        is_composite: true,
        actions_enabled: alarm.actions_enabled().unwrap_or(true),
        tags: BTreeMap::new(),
    })
}

/// `None` for alarms that watch neither one metric nor metric math.
fn rule(alarm: &MetricAlarm) -> Option<AlarmRule> {
    let queries = match alarm.metrics() {
        [] => vec![single(alarm)?],
        queries => queries.iter().map(query).collect(),
    };
    let periods = alarm.evaluation_periods().unwrap_or_default();
    Some(AlarmRule {
        description: alarm.alarm_description().unwrap_or_default().to_owned(),
        queries,
        comparison: alarm.comparison_operator().map(|o| o.as_str().to_owned()).unwrap_or_default(),
        threshold: alarm.threshold().unwrap_or(f64::NAN),
        periods,
        // Left out, all of them count.
        datapoints: alarm.datapoints_to_alarm().unwrap_or(periods),
        missing_data: alarm.treat_missing_data().unwrap_or("missing").to_owned(),
        actions: alarm.alarm_actions().to_vec(),
        calm_actions: [alarm.ok_actions(), alarm.insufficient_data_actions()].concat(),
        further: further(alarm),
    })
}

/// Returns the query of an alarm on a single metric.
fn single(alarm: &MetricAlarm) -> Option<AlarmQuery> {
    let statistic = alarm.statistic().map(|statistic| statistic.as_str());
    let statistic = statistic.or(alarm.extended_statistic()).unwrap_or_default();
    Some(AlarmQuery {
        id: String::new(),
        returned: true,
        period: None,
        account: None,
        source: QuerySource::Metric {
            namespace: alarm.namespace()?.to_owned(),
            name: alarm.metric_name()?.to_owned(),
            dimensions: named_values(alarm.dimensions()),
            statistic: statistic.to_owned(),
            period: alarm.period().unwrap_or_default(),
            unit: alarm.unit().map(|unit| unit.as_str().to_owned()),
        },
    })
}

fn named_values(dimensions: &[Dimension]) -> BTreeMap<String, String> {
    let pair = |d: &Dimension| Some((d.name()?.to_owned(), d.value()?.to_owned()));
    dimensions.iter().filter_map(pair).collect()
}

pub(super) fn dimensions_of(values: &BTreeMap<String, String>) -> Vec<Dimension> {
    values
        .iter()
        .map(|(name, value)| Dimension::builder().name(name).value(value).build())
        .collect()
}

/// A window that slides is what CloudWatch takes where none is named.
fn further(alarm: &MetricAlarm) -> BTreeMap<&'static str, String> {
    let window = alarm.evaluation_window().filter(|window| !window.is_sliding_window());
    let window = window.map(|window| match window.as_wall_clock_window() {
        Ok(clock) => format!("wall clock {}", clock.timezone().unwrap_or("UTC")),
        Err(_) => "of an unknown kind".to_owned(),
    });
    let warm_up = alarm
        .warm_up_configuration()
        .and_then(|warm_up| warm_up.warm_up_period_duration_in_minutes());
    let warm_up = warm_up.filter(|minutes| *minutes > 0).map(|minutes| format!("{minutes} min"));
    let band = alarm.threshold_metric_id().map(str::to_owned);
    [("evaluation window", window), ("warm-up", warm_up), ("anomaly band", band)]
        .into_iter()
        .filter_map(|(part, text)| Some((part, text?)))
        .collect()
}

fn query(query: &MetricDataQuery) -> AlarmQuery {
    AlarmQuery {
        id: query.id().unwrap_or_default().to_owned(),
        // CloudWatch leaves out what is its default, true.
        returned: query.return_data().unwrap_or(true),
        period: query.period(),
        account: query.account_id().map(str::to_owned),
        source: match query.metric_stat() {
            Some(stat) => metric_source(stat),
            None => QuerySource::Expression(query.expression().unwrap_or_default().to_owned()),
        },
    }
}

fn metric_source(stat: &MetricStat) -> QuerySource {
    let metric = stat.metric();
    QuerySource::Metric {
        namespace: metric.and_then(Metric::namespace).unwrap_or_default().to_owned(),
        name: metric.and_then(Metric::metric_name).unwrap_or_default().to_owned(),
        dimensions: named_values(metric.map(Metric::dimensions).unwrap_or_default()),
        statistic: stat.stat().unwrap_or_default().to_owned(),
        period: stat.period().unwrap_or_default(),
        unit: stat.unit().map(|unit| unit.as_str().to_owned()),
    }
}

pub(super) fn to_sdk(query: &AlarmQuery) -> MetricDataQuery {
    let builder = MetricDataQuery::builder().id(&query.id).return_data(query.returned);
    match &query.source {
        QuerySource::Expression(text) => builder.expression(text).build(),
        // No alarm of ours asks for a unit.
        QuerySource::Metric { namespace, name, dimensions, statistic, period, unit: _ } => {
            let metric = Metric::builder().namespace(namespace).metric_name(name);
            let metric = metric.set_dimensions(Some(dimensions_of(dimensions)));
            let stat = MetricStat::builder().metric(metric.build()).period(*period).stat(statistic);
            builder.metric_stat(stat.build()).build()
        }
    }
}
