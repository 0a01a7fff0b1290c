//! CloudWatch: alarms and their tags.

use serde_json::{Value, json};

use crate::{Alarm, Answer, Call, World, text};

impl World {
    pub(super) fn answer_about_alarms(&mut self, call: &Call) -> Option<Answer> {
        let body = &call.body;
        Some(match call.operation.as_str() {
            "DescribeAlarms" => self.describe_alarms(body),
            "PutMetricAlarm" => self.put_alarm(body),
            "DeleteAlarms" => {
                let names: Vec<&str> = body["AlarmNames"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .filter_map(Value::as_str)
                    .collect();
                self.alarms.retain(|alarm| !names.contains(&alarm.name.as_str()));
                Answer::Ok(json!({}))
            }
            "ListTagsForResource" => {
                if let Some(answer) = self.tag_reads.get(&text(body, "ResourceARN")) {
                    return Some(answer.clone());
                }
                let tags = self.tags.get(&text(body, "ResourceARN")).cloned().unwrap_or_default();
                let tags: Vec<Value> =
                    tags.iter().map(|(k, v)| json!({ "Key": k, "Value": v })).collect();
                Answer::Ok(json!({ "Tags": tags }))
            }
            "TagResource" => {
                if let Some(answer) = self.tag_writes.get(&text(body, "ResourceARN")) {
                    return Some(answer.clone());
                }
                let tags = self.tags.entry(text(body, "ResourceARN")).or_default();
                for tag in body["Tags"].as_array().into_iter().flatten() {
                    tags.insert(text(tag, "Key"), text(tag, "Value"));
                }
                Answer::Ok(json!({}))
            }
            _ => return None,
        })
    }

    fn describe_alarms(&self, body: &Value) -> Answer {
        let prefix = text(body, "AlarmNamePrefix");
        let types: Vec<&str> =
            body["AlarmTypes"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        // Without AlarmTypes, the real service leaves composite alarms out.
        let wanted = |alarm: &&Alarm| {
            alarm.name.starts_with(&prefix)
                && body["StateValue"].as_str().is_none_or(|state| state == alarm.state)
                && if alarm.is_composite {
                    types.contains(&"CompositeAlarm")
                } else {
                    types.is_empty() || types.contains(&"MetricAlarm")
                }
        };
        let found: Vec<&Alarm> = self.alarms.iter().filter(wanted).collect();
        let (page, next) = self.page(&found, body);
        let of = |composite: bool| -> Vec<Value> {
            page.iter()
                .filter(|alarm| alarm.is_composite == composite)
                .map(|alarm| describe(alarm, self.alarms_put.get(&alarm.name)))
                .collect()
        };
        Answer::Ok(
            json!({ "MetricAlarms": of(false), "CompositeAlarms": of(true), "NextToken": next }),
        )
    }

    /// CloudWatch takes the tags of PutMetricAlarm only for a new alarm.
    fn put_alarm(&mut self, body: &Value) -> Answer {
        let name = text(body, "AlarmName");
        let arn = format!("arn:aws:cloudwatch:eu-central-1:111122223333:alarm:{name}");
        if self.alarms.iter().all(|alarm| alarm.name != name) {
            let pair = |tag: &Value| (text(tag, "Key"), text(tag, "Value"));
            self.tags.insert(
                arn.clone(),
                body["Tags"].as_array().into_iter().flatten().map(pair).collect(),
            );
            let state = "INSUFFICIENT_DATA".to_owned();
            self.alarms.push(Alarm { arn, name: name.clone(), state, ..Alarm::default() });
        }
        self.alarms_put.insert(name, body.clone());
        Answer::Ok(json!({}))
    }
}

fn describe(alarm: &Alarm, put: Option<&Value>) -> Value {
    let mut described = json!({
        "AlarmArn": alarm.arn, "AlarmName": alarm.name, "StateValue": alarm.state, "StateReason": alarm.reason, "ActionsEnabled": !alarm.actions_off,
        "StateUpdatedTimestamp": { "@epoch": alarm.updated_at },
    });
    if let Some(at) = alarm.transitioned_at {
        described["StateTransitionedTimestamp"] = json!({ "@epoch": at });
    }
    for (field, value) in
        alarm.series.iter().flat_map(|series| series.metric().as_object().cloned()).flatten()
    {
        described[field] = value;
    }
    if !alarm.math.is_empty() {
        let mut queries = vec![json!({ "Id": "e", "Expression": "m0 / m1", "ReturnData": true })];
        queries.extend(alarm.math.iter().enumerate().map(|(n, series)| {
            let stat = json!({ "Metric": series.metric(), "Period": 60, "Stat": "Sum" });
            let mut query =
                json!({ "Id": format!("m{n}"), "ReturnData": false, "MetricStat": stat });
            if !series.account.is_empty() {
                query["AccountId"] = json!(series.account);
            }
            query
        }));
        described["Metrics"] = json!(queries);
    }
    if let Some(threshold) = alarm.threshold {
        described["Threshold"] = json!(threshold);
    }
    for (field, value) in
        put.and_then(Value::as_object).into_iter().flatten().filter(|(field, _)| *field != "Tags")
    {
        described[field] = value.clone();
    }
    described
}
