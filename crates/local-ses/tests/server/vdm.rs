//! The Virtual Deliverability Manager: its settings, metrics by provider, recommendations.

use std::time::{Duration, SystemTime};

use aws_sdk_sesv2::operation::batch_get_metric_data::BatchGetMetricDataOutput;
use aws_sdk_sesv2::types::{
    BatchGetMetricDataQuery, DashboardOptions, FeatureStatus, ListRecommendationsFilterKey, Metric,
    MetricDimensionName, MetricNamespace, VdmAttributes, VdmOptions,
};
use serde_json::json;

use crate::World;

impl World {
    async fn enable_vdm(&self) {
        let on = VdmAttributes::builder().vdm_enabled(FeatureStatus::Enabled).build().unwrap();
        self.ses.put_account_vdm_attributes().vdm_attributes(on).send().await.unwrap();
    }

    /// What one metric comes to today, of one provider.
    async fn today(&self, metric: Metric, isp: &str) -> Vec<i64> {
        let now = SystemTime::now();
        let query = BatchGetMetricDataQuery::builder()
            .id("one")
            .namespace(MetricNamespace::Vdm)
            .metric(metric)
            .dimensions(MetricDimensionName::Isp, isp)
            .start_date((now - Duration::from_hours(24)).into())
            .end_date(now.into())
            .build()
            .unwrap();
        let answer: BatchGetMetricDataOutput =
            self.ses.batch_get_metric_data().queries(query).send().await.unwrap();
        answer.results()[0].values().to_vec()
    }
}

#[tokio::test]
async fn mail_is_counted_by_provider_once_vdm_is_on() {
    let world = World::new().await;
    world.set("news").await;
    let bounce = json!({"outcomes": [{"outcome": "bounce", "twice": true}]});
    world.control("PUT", "domains/yahoo.com", bounce).await;
    world.send("news", "a@gmail.com").await;
    world.enable_vdm().await;
    for to in ["a@gmail.com", "b@Gmail.com", "c@yahoo.com", "success@simulator.amazonses.com"] {
        world.send("news", to).await;
    }
    assert_eq!(world.today(Metric::Send, "Gmail").await, [2]);
    assert_eq!(world.today(Metric::Delivery, "Gmail").await, [2]);
    assert_eq!(world.today(Metric::PermanentBounce, "Yahoo").await, [1]);
    assert_eq!(world.today(Metric::PermanentBounce, "Gmail").await, Vec::<i64>::new());
    assert_eq!(world.today(Metric::Send, "UNKNOWN_ISP").await, Vec::<i64>::new());
}

#[tokio::test]
async fn settings_are_given_back() {
    let world = World::new().await;
    world.set("news").await;
    world.enable_vdm().await;
    let account = world.ses.get_account().send().await.unwrap();
    assert_eq!(account.vdm_attributes().unwrap().vdm_enabled(), &FeatureStatus::Enabled);
    let off = DashboardOptions::builder().engagement_metrics(FeatureStatus::Disabled).build();
    let put = world.ses.put_configuration_set_vdm_options().configuration_set_name("news");
    let options = VdmOptions::builder().dashboard_options(off).build();
    put.vdm_options(options.clone()).send().await.unwrap();
    let set = world.ses.get_configuration_set().configuration_set_name("news").send().await;
    assert_eq!(set.unwrap().vdm_options(), Some(&options));
}

#[tokio::test]
async fn recommendations_are_those_that_were_set_and_filtered() {
    let world = World::new().await;
    let arn = "arn:aws:ses:eu-central-1:111122223333:identity/example.org";
    let found = |kind, status| json!({"resource_arn": arn, "type": kind, "description": "x", "status": status});
    let all = json!([found("DMARC", "OPEN"), found("SPF", "FIXED"), found("BIMI", "OPEN")]);
    world.control("PUT", "recommendations", all).await;
    let open =
        world.ses.list_recommendations().filter(ListRecommendationsFilterKey::Status, "OPEN");
    let pages = open.page_size(1).into_paginator().send();
    let pages: Vec<_> = pages.collect::<Result<_, _>>().await.unwrap();
    let open: Vec<_> = pages.iter().flat_map(|page| page.recommendations()).collect();
    let kinds: Vec<&str> = open.iter().map(|found| found.r#type().unwrap().as_str()).collect();
    assert_eq!(kinds, ["DMARC", "BIMI"]);
}
