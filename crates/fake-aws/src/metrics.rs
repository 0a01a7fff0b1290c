//! CloudWatch: metrics that are written and read.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::{Answer, Call, World, text};

impl World {
    pub(super) fn answer_about_metrics(&mut self, call: &Call) -> Option<Answer> {
        let body = &call.body;
        Some(match call.operation.as_str() {
            "PutMetricData" => {
                if self
                    .refused_dimension
                    .as_ref()
                    .is_some_and(|text| body["MetricData"].to_string().contains(text))
                {
                    return Some(Answer::error(400, "InvalidParameterValue"));
                }
                self.data.extend(body["MetricData"].as_array().cloned().unwrap_or_default());
                Answer::Ok(json!({}))
            }
            "ListMetrics" => self.list_metrics(body),
            "GetMetricData" => self.metric_data(body),
            _ => return None,
        })
    }

    fn list_metrics(&self, body: &Value) -> Answer {
        let filters = body["Dimensions"].as_array().cloned().unwrap_or_default();
        // As the real service: further dimensions are no hindrance.
        let wanted = |(metric, dimensions, _): &&(String, BTreeMap<String, String>, f64)| {
            *metric == text(body, "MetricName")
                && filters.iter().all(|filter| {
                    dimensions.get(&text(filter, "Name")).is_some_and(|value| {
                        filter["Value"].as_str().is_none_or(|wanted| wanted == value)
                    })
                })
        };
        let found: Vec<_> = self.series.iter().filter(wanted).collect();
        let (page, next) = self.page(&found, body);
        let metrics: Vec<Value> = page
            .iter()
            .map(|(metric, dimensions, _)| {
                json!({ "Namespace": body["Namespace"], "MetricName": metric,
                "Dimensions": dimensions.iter().map(|(n, v)| json!({ "Name": n, "Value": v })).collect::<Vec<_>>() })
            })
            .collect();
        Answer::Ok(json!({ "Metrics": metrics, "NextToken": next }))
    }

    /// Each sum of a series comes in two halves, so that a client must add up what it
    /// gets; it lies in the last period, whatever is asked for.
    fn metric_data(&self, body: &Value) -> Answer {
        let queries = body["MetricDataQueries"].as_array().cloned().unwrap_or_default();
        let (page, next) = self.page(&queries, body);
        let second =
            |field: &str| body[field]["@epoch"].as_f64().map_or(0, |seconds| seconds as i64);
        let (start, end) = (second("StartTime"), second("EndTime"));
        let results: Vec<Value> = page
            .iter()
            .map(|query| {
                let metric = &query["MetricStat"]["Metric"];
                let wanted: BTreeMap<String, String> = metric["Dimensions"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .map(|d| (text(d, "Name"), text(d, "Value")))
                    .collect();
                let name = text(metric, "MetricName");
                let series = self.series.iter().find(|s| s.0 == name && s.1 == wanted);
                let period = query["MetricStat"]["Period"].as_i64().unwrap_or(60);
                let last = end - period;
                let halves = series.map(|s| [(last, s.2 / 2.0); 2]).into_iter().flatten();
                let points = self.points.iter().filter(|p| p.0 == name && p.1 == wanted && (start..end).contains(&p.2));
                let (times, values): (Vec<Value>, Vec<f64>) = halves
                    // A value stands where its period begins.
                    .chain(points.map(|p| (p.2.div_euclid(period) * period, p.3)))
                    .map(|(at, value)| (json!({ "@epoch": at }), value))
                    .unzip();
                json!({ "Id": query["Id"], "StatusCode": "Complete", "Timestamps": times, "Values": values })
            })
            .collect();
        Answer::Ok(json!({ "MetricDataResults": results, "NextToken": next }))
    }
}
