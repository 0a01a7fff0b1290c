//! The calls of `ses-warden alarms`, in plain values.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, bail};
use aws_config::SdkConfig;
use aws_sdk_cloudwatch::types::{
    AlarmType, ComparisonOperator, Dimension, DimensionFilter, Metric, MetricAlarm,
    MetricDataQuery, MetricStat, Tag,
};
use aws_sdk_sesv2::types::IdentityType;

use super::failure;
use crate::commands::alarms::definition::{Body, Definition, Query, Source};
use crate::commands::alarms::plan::Existing;

/// Parameters and outputs of a CloudFormation stack, by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StackFacts {
    /// Its parameters.
    pub parameters: BTreeMap<String, String>,
    /// Its outputs.
    pub outputs: BTreeMap<String, String>,
}

/// CloudWatch, SES and CloudFormation of one Region.
#[derive(Debug, Clone)]
pub struct Account {
    cloudformation: aws_sdk_cloudformation::Client,
    cloudwatch: aws_sdk_cloudwatch::Client,
    sesv2: aws_sdk_sesv2::Client,
}

impl Account {
    /// Clients of that configuration.
    pub fn new(config: &SdkConfig) -> Self {
        Self {
            cloudformation: aws_sdk_cloudformation::Client::new(config),
            cloudwatch: aws_sdk_cloudwatch::Client::new(config),
            sesv2: aws_sdk_sesv2::Client::new(config),
        }
    }

    /// DescribeStacks.
    ///
    /// # Errors
    /// When the call fails or there is no such stack.
    pub async fn stack(&self, name: &str) -> anyhow::Result<StackFacts> {
        let answer = self.cloudformation.describe_stacks().stack_name(name).send().await;
        let answer = answer.map_err(|error| failure("DescribeStacks", error))?;
        let stack =
            answer.stacks().first().with_context(|| format!("DescribeStacks: no stack {name}"))?;
        let pair =
            |key: Option<&str>, value: Option<&str>| Some((key?.to_owned(), value?.to_owned()));
        Ok(StackFacts {
            parameters: stack
                .parameters()
                .iter()
                .filter_map(|p| pair(p.parameter_key(), p.parameter_value()))
                .collect(),
            outputs: stack
                .outputs()
                .iter()
                .filter_map(|o| pair(o.output_key(), o.output_value()))
                .collect(),
        })
    }

    /// ListMetrics, all pages: the values of `Domain` of the series `Send` that have
    /// no other dimension. CloudWatch lists what had data in the last two weeks.
    ///
    /// # Errors
    /// When a call fails.
    pub async fn domains_seen(&self, namespace: &str) -> anyhow::Result<BTreeSet<String>> {
        let by_domain = DimensionFilter::builder().name("Domain").build();
        let listing = self
            .cloudwatch
            .list_metrics()
            .namespace(namespace)
            .metric_name("Send")
            .dimensions(by_domain);
        let mut pages = listing.into_paginator().send();
        let mut seen = BTreeSet::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| failure("ListMetrics", error))?;
            for metric in page.metrics() {
                if let [dimension] = metric.dimensions()
                    && dimension.name() == Some("Domain")
                {
                    seen.extend(dimension.value().map(str::to_owned));
                }
            }
        }
        Ok(seen)
    }

    /// ListEmailIdentities, all pages: the domains among them, and whether SES takes mail
    /// from each.
    ///
    /// # Errors
    /// When a call fails.
    pub async fn domain_identities(&self) -> anyhow::Result<BTreeMap<String, bool>> {
        let mut pages = self.sesv2.list_email_identities().into_paginator().send();
        let mut found = BTreeMap::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| failure("ListEmailIdentities", error))?;
            let domains = page
                .email_identities()
                .iter()
                .filter(|i| i.identity_type() == Some(&IdentityType::Domain));
            found.extend(
                domains.filter_map(|i| Some((i.identity_name()?.to_owned(), i.sending_enabled()))),
            );
        }
        Ok(found)
    }

    /// DescribeAlarms, all pages, and ListTagsForResource for each of metrics: the alarms
    /// whose names begin so. `reading` is told of each.
    ///
    /// # Errors
    /// When a call fails.
    pub async fn alarms(
        &self,
        prefix: &str,
        mut reading: impl FnMut(),
    ) -> anyhow::Result<Vec<Existing>> {
        let asked = self.cloudwatch.describe_alarms().alarm_name_prefix(prefix);
        let asked =
            asked.alarm_types(AlarmType::MetricAlarm).alarm_types(AlarmType::CompositeAlarm);
        let mut pages = asked.into_paginator().send();
        let mut found = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| failure("DescribeAlarms", error))?;
            for alarm in page.metric_alarms() {
                let (Some(name), Some(arn)) = (alarm.alarm_name(), alarm.alarm_arn()) else {
                    continue;
                };
                reading();
                found.push(Existing {
                    arn: arn.to_owned(),
                    name: name.to_owned(),
                    body: body(alarm),
                    is_composite: false,
                    actions_enabled: alarm.actions_enabled().unwrap_or(true),
                    tags: self.tags(arn).await?,
                });
            }
            for alarm in page.composite_alarms() {
                let (Some(name), Some(arn)) = (alarm.alarm_name(), alarm.alarm_arn()) else {
                    continue;
                };
                found.push(Existing {
                    arn: arn.to_owned(),
                    name: name.to_owned(),
                    body: None,
                    is_composite: true,
                    actions_enabled: alarm.actions_enabled().unwrap_or(true),
                    tags: BTreeMap::new(),
                });
            }
        }
        Ok(found)
    }

    async fn tags(&self, arn: &str) -> anyhow::Result<BTreeMap<String, String>> {
        let answer = self.cloudwatch.list_tags_for_resource().resource_arn(arn).send().await;
        let answer = answer.map_err(|error| failure("ListTagsForResource", error))?;
        let pair = |tag: &Tag| Some((tag.key()?.to_owned(), tag.value()?.to_owned()));
        Ok(answer.tags().iter().filter_map(pair).collect())
    }

    /// PutMetricAlarm. Tags are taken for a new alarm only, see [`Self::tag`].
    ///
    /// # Errors
    /// When the call fails.
    pub async fn put(&self, definition: &Definition, actions_enabled: bool) -> anyhow::Result<()> {
        // The call replaces the whole alarm, so that what is not named here is gone.
        let Body {
            description,
            queries,
            comparison,
            threshold,
            periods,
            datapoints,
            missing_data,
            actions,
            ..
        } = &definition.body;
        let answer = self
            .cloudwatch
            .put_metric_alarm()
            .alarm_name(&definition.name)
            .alarm_description(description)
            .actions_enabled(actions_enabled)
            .set_alarm_actions(Some(actions.clone()))
            .set_metrics(Some(queries.iter().map(query).collect()))
            .comparison_operator(ComparisonOperator::from(comparison.as_str()))
            .threshold(*threshold)
            .evaluation_periods(*periods)
            .datapoints_to_alarm(*datapoints)
            .treat_missing_data(missing_data)
            .set_tags(Some(tag_list(&definition.tags())))
            .send()
            .await;
        answer
            .map(|_| ())
            .map_err(|error| failure(&format!("PutMetricAlarm {}", definition.name), error))
    }

    /// TagResource: other tags stay.
    ///
    /// # Errors
    /// When the call fails.
    pub async fn tag(&self, arn: &str, tags: &BTreeMap<String, String>) -> anyhow::Result<()> {
        let answer = self
            .cloudwatch
            .tag_resource()
            .resource_arn(arn)
            .set_tags(Some(tag_list(tags)))
            .send()
            .await;
        answer.map(|_| ()).map_err(|error| failure(&format!("TagResource {arn}"), error))
    }

    /// DeleteAlarms, of a hundred at most.
    ///
    /// # Errors
    /// When the call fails: none of them is deleted then.
    pub async fn delete(&self, names: &[String]) -> anyhow::Result<()> {
        let answer =
            self.cloudwatch.delete_alarms().set_alarm_names(Some(names.to_vec())).send().await;
        answer.map(|_| ()).map_err(|error| failure("DeleteAlarms", error))
    }
}

impl StackFacts {
    /// An output that every stack of ours has.
    ///
    /// # Errors
    /// When this one has not.
    pub fn output(&self, name: &str) -> anyhow::Result<String> {
        match self.outputs.get(name) {
            Some(value) => Ok(value.clone()),
            None => bail!("the stack has no output {name}; is it one of ses-warden?"),
        }
    }
}

fn tag_list(tags: &BTreeMap<String, String>) -> Vec<Tag> {
    tags.iter().map(|(key, value)| Tag::builder().key(key).value(value).build()).collect()
}

fn query(query: &Query) -> MetricDataQuery {
    let builder = MetricDataQuery::builder().id(&query.id).return_data(query.returned);
    match &query.source {
        Source::Expression(text) => builder.expression(text).build(),
        // No alarm of ours asks for a unit.
        Source::Metric { namespace, name, dimensions, statistic, period, unit: _ } => {
            let dimensions = dimensions
                .iter()
                .map(|(n, v)| Dimension::builder().name(n).value(v).build())
                .collect();
            let metric = Metric::builder()
                .namespace(namespace)
                .metric_name(name)
                .set_dimensions(Some(dimensions));
            let stat = MetricStat::builder().metric(metric.build()).period(*period).stat(statistic);
            builder.metric_stat(stat.build()).build()
        }
    }
}

/// `None` for alarms on one metric, on an anomaly and of other kinds.
fn body(alarm: &MetricAlarm) -> Option<Body> {
    if alarm.metrics().is_empty() {
        return None;
    }
    let periods = alarm.evaluation_periods().unwrap_or_default();
    Some(Body {
        description: alarm.alarm_description().unwrap_or_default().to_owned(),
        queries: alarm.metrics().iter().map(query_of).collect(),
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

fn query_of(query: &MetricDataQuery) -> Query {
    let source = match query.metric_stat() {
        None => Source::Expression(query.expression().unwrap_or_default().to_owned()),
        Some(stat) => {
            let metric = stat.metric();
            let pair = |d: &Dimension| Some((d.name()?.to_owned(), d.value()?.to_owned()));
            Source::Metric {
                namespace: metric.and_then(Metric::namespace).unwrap_or_default().to_owned(),
                name: metric.and_then(Metric::metric_name).unwrap_or_default().to_owned(),
                dimensions: metric
                    .map(Metric::dimensions)
                    .unwrap_or_default()
                    .iter()
                    .filter_map(pair)
                    .collect(),
                statistic: stat.stat().unwrap_or_default().to_owned(),
                period: stat.period().unwrap_or_default(),
                unit: stat.unit().map(|unit| unit.as_str().to_owned()),
            }
        }
    };
    let id = query.id().unwrap_or_default().to_owned();
    // CloudWatch leaves out what is its default, true.
    let returned = query.return_data().unwrap_or(true);
    Query {
        id,
        returned,
        period: query.period(),
        account: query.account_id().map(str::to_owned),
        source,
    }
}
