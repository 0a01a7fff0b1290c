//! What the services behind the wire know, and how they change it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{Answer, Call, text};

/// What a configuration set has besides its switch.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SetSetup {
    pub reputation_metrics: bool,
    /// The definitions of event destinations, by name.
    pub destinations: BTreeMap<String, Value>,
    /// What every try to make a destination is answered with.
    pub refusal: Option<Answer>,
}

/// The state of the services. All fields are for the test to set and to read.
#[derive(Debug, Clone)]
pub struct World {
    /// The suppression list: address as put -> BOUNCE or COMPLAINT.
    pub suppressed: BTreeMap<String, String>,
    /// The mail that SES listed an address for, and when, in seconds since 1970.
    pub origins: BTreeMap<String, (String, i64)>,
    /// The lists of other Regions than eu-central-1.
    pub elsewhere: BTreeMap<String, BTreeMap<String, String>>,
    /// The lists of tenants that have one of their own.
    pub tenants: BTreeMap<String, BTreeMap<String, String>>,
    pub production_access: bool,
    /// SuppressedReasons of the account, and of the sets that have their own.
    pub suppressed_reasons: Vec<String>,
    pub reasons_of_sets: BTreeMap<String, Vec<String>>,
    /// Objects of the one bucket, by key.
    pub objects: BTreeMap<String, String>,
    /// Objects that are answered otherwise, by key.
    pub odd_objects: BTreeMap<String, Answer>,
    /// Tenants that are answered otherwise, by name.
    pub odd_tenants: BTreeMap<String, Answer>,
    /// Import jobs by id: the key that each reads. A job is carried out when it is
    /// asked about.
    pub jobs: BTreeMap<String, String>,
    pub account_sends: bool,
    /// A pause of the account or a set is answered with success and ignored.
    pub pause_does_nothing: bool,
    pub enforcement_status: String,
    /// Configuration sets and whether they send.
    pub sets: BTreeMap<String, bool>,
    /// What the sets have besides.
    pub set_setups: BTreeMap<String, SetSetup>,
    /// The default sets of identities.
    pub default_sets: BTreeMap<String, String>,
    /// Tenants by ARN and whether they send.
    pub tenant_sends: BTreeMap<String, bool>,
    /// When sets were last switched on after they were off, and the switches of tenants last used,
    /// in seconds since 1970.
    pub switched_at: BTreeMap<String, f64>,
    /// Records of CloudTrail, the latest first; LookupEvents selects by `eventName`.
    pub trail: Vec<Value>,
    /// Alarms in any state; DescribeAlarms selects.
    pub alarms: Vec<Alarm>,
    /// What PutMetricAlarm carried last, by the alarm's name.
    pub alarms_put: BTreeMap<String, Value>,
    /// SES identities and their types.
    pub identities: BTreeMap<String, String>,
    /// Those of them that cannot send.
    pub unverified: BTreeSet<String>,
    /// Tags by alarm ARN.
    pub tags: BTreeMap<String, BTreeMap<String, String>>,
    /// What every request for the tags of these ARNs is answered with, and every change of them.
    pub tag_reads: BTreeMap<String, Answer>,
    pub tag_writes: BTreeMap<String, Answer>,
    /// Sets whose switch is answered so, each time.
    pub set_writes: BTreeMap<String, Answer>,
    /// Every datum that PutMetricData carried, as sent.
    pub data: Vec<Value>,
    /// PutMetricData refuses a call that carries this text in a dimension.
    pub refused_dimension: Option<String>,
    /// Series that exist: metric, dimensions, and their sum.
    pub series: Vec<(String, BTreeMap<String, String>, f64)>,
    /// Further points that GetMetricData knows: metric, dimensions, second, sum.
    pub points: Vec<(String, BTreeMap<String, String>, i64, f64)>,
    /// The notices to operators.
    pub notices: Vec<Notice>,
    /// Entries on one page of CloudWatch and DynamoDB.
    pub page_size: usize,
    /// Items of the one table, by `pk` and `sk`, as DynamoDB writes them (`{"pk": {"S": "…"}}`).
    pub table: BTreeMap<(String, String), Value>,
    /// BatchWriteItem leaves all but so many of a call undone.
    pub batch_writes: usize,
    /// Outputs of the one stack, which is called ses-warden; none where there is no stack.
    pub outputs: BTreeMap<String, String>,
    /// Secrets by id.
    pub secrets: BTreeMap<String, String>,
}

#[derive(Debug, Clone, Default, PartialEq)]
pub struct Alarm {
    pub arn: String,
    pub name: String,
    pub state: String,
    pub reason: String,
    pub threshold: Option<f64>,
    pub is_composite: bool,
    /// The series of a plain alarm; `None` for one of metric math or a composite one.
    pub series: Option<AlarmSeries>,
    /// The series that a metric math alarm reads.
    pub math: Vec<AlarmSeries>,
    /// Somebody switched its actions off.
    pub actions_off: bool,
    /// StateUpdatedTimestamp in seconds.
    pub updated_at: f64,
    /// StateTransitionedTimestamp in seconds; some local services have none.
    pub transitioned_at: Option<f64>,
}

/// A series that an alarm reads. What is empty is left out of the definition.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AlarmSeries {
    pub namespace: String,
    pub metric: String,
    pub dimensions: Vec<(String, String)>,
    /// The account that a metric math alarm reads it from.
    pub account: String,
}

impl AlarmSeries {
    pub fn new(namespace: &str, metric: &str, dimensions: &[(&str, &str)]) -> Self {
        let pair = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Self {
            namespace: namespace.to_owned(),
            metric: metric.to_owned(),
            dimensions: dimensions.iter().map(pair).collect(),
            account: String::new(),
        }
    }

    /// Namespace, MetricName and Dimensions, as an alarm and a query both have them.
    fn metric(&self) -> Value {
        let mut metric = json!({ "Dimensions": self.dimensions.iter()
            .map(|(n, v)| json!({ "Name": n, "Value": v })).collect::<Vec<_>>() });
        for (field, value) in [("Namespace", &self.namespace), ("MetricName", &self.metric)] {
            if !value.is_empty() {
                metric[field] = json!(value);
            }
        }
        metric
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct Notice {
    pub topic_arn: String,
    pub subject: String,
    pub message: String,
    pub attributes: BTreeMap<String, String>,
}

impl Default for World {
    fn default() -> Self {
        Self {
            suppressed: BTreeMap::new(),
            origins: BTreeMap::new(),
            elsewhere: BTreeMap::new(),
            tenants: BTreeMap::new(),
            production_access: true,
            suppressed_reasons: vec!["BOUNCE".to_owned(), "COMPLAINT".to_owned()],
            reasons_of_sets: BTreeMap::new(),
            objects: BTreeMap::new(),
            odd_objects: BTreeMap::new(),
            odd_tenants: BTreeMap::new(),
            jobs: BTreeMap::new(),
            account_sends: true,
            pause_does_nothing: false,
            enforcement_status: "HEALTHY".to_owned(),
            sets: BTreeMap::new(),
            set_setups: BTreeMap::new(),
            default_sets: BTreeMap::new(),
            tenant_sends: BTreeMap::new(),
            alarms: Vec::new(),
            alarms_put: BTreeMap::new(),
            identities: BTreeMap::new(),
            unverified: BTreeSet::new(),
            tags: BTreeMap::new(),
            switched_at: BTreeMap::new(),
            trail: Vec::new(),
            tag_reads: BTreeMap::new(),
            tag_writes: BTreeMap::new(),
            set_writes: BTreeMap::new(),
            data: Vec::new(),
            refused_dimension: None,
            series: Vec::new(),
            points: Vec::new(),
            notices: Vec::new(),
            page_size: 100,
            table: BTreeMap::new(),
            batch_writes: 25,
            outputs: BTreeMap::new(),
            secrets: BTreeMap::new(),
        }
    }
}

impl World {
    /// A series that ListMetrics and GetMetricData know.
    pub fn add_series(&mut self, metric: &str, dimensions: &[(&str, &str)], sum: f64) {
        let dimensions =
            dimensions.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        self.series.push((metric.to_owned(), dimensions, sum));
    }

    pub(super) fn answer(&mut self, call: &Call) -> Answer {
        if let Some(answer) = self.answer_about_sets(call).or_else(|| self.answer_about_items(call))
        {
            return answer;
        }
        let body = &call.body;
        match call.operation.as_str() {
            "PutSuppressedDestination" if !self.production_access => {
                Answer::error(400, "BadRequestException")
            }
            "PutSuppressedDestination" => {
                self.list(call).insert(text(body, "EmailAddress"), text(body, "Reason"));
                Answer::Ok(json!({}))
            }
            "GetSuppressedDestination" => self.suppressed_destination(call, &text(body, "@path")),
            "DeleteSuppressedDestination" => match self.list(call).remove(&text(body, "@path")) {
                Some(_) => Answer::Ok(json!({})),
                None => Answer::error(404, "NotFoundException"),
            },
            "ListSuppressedDestinations" => self.listed(call),
            "CreateImportJob" if !self.production_access => {
                Answer::error(400, "BadRequestException")
            }
            "CreateImportJob" => self.create_job(body),
            "GetImportJob" => self.carry_out(call),
            "GetTenant" => {
                let name = text(body, "TenantName");
                if let Some(answer) = self.odd_tenants.get(&name) {
                    return answer.clone();
                }
                let scope = if self.tenants.contains_key(&name) { "TENANT" } else { "ACCOUNT" };
                Answer::Ok(
                    json!({ "Tenant": { "TenantName": name, "TenantId": "tn-1", "TenantArn": "arn",
                    "SuppressionAttributes": { "SuppressionScope": scope } } }),
                )
            }
            "PutObject" => self.put_object(body),
            "GetObject" if self.odd_objects.contains_key(&text(body, "@path")) => {
                self.odd_objects[&text(body, "@path")].clone()
            }
            "GetObject" => match self.objects.get(&text(body, "@path")) {
                Some(content) => Answer::Ok(json!({ "@body": content, "@etag": etag(content) })),
                None => Answer::error(404, "NoSuchKey"),
            },
            "DeleteObject" => {
                self.objects.remove(&text(body, "@path"));
                Answer::Ok(json!({}))
            }
            "ListObjectsV2" => self.list_objects(&body["@query"]),
            "GetAccount" => Answer::Ok(json!({
                "SendingEnabled": self.account_sends,
                "EnforcementStatus": self.enforcement_status,
                "ProductionAccessEnabled": self.production_access,
                "SuppressionAttributes": { "SuppressedReasons": self.suppressed_reasons },
            })),
            "PutAccountSendingAttributes" => {
                match body.get("SendingEnabled").and_then(Value::as_bool) {
                    Some(enabled) => {
                        self.account_sends =
                            enabled || (self.pause_does_nothing && self.account_sends);
                        Answer::Ok(json!({}))
                    }
                    None => Answer::error(400, "BadRequestException"),
                }
            }
            "GetConfigurationSet" => match self.sets.get(&text(body, "@path")) {
                Some(sends) => {
                    let mut set = json!({ "SendingOptions": { "SendingEnabled": sends } });
                    self.describe_setup(&text(body, "@path"), &mut set);
                    if let Some(reasons) = self.reasons_of_sets.get(&text(body, "@path")) {
                        set["SuppressionOptions"] = json!({ "SuppressedReasons": reasons });
                    }
                    Answer::Ok(set)
                }
                None => Answer::error(404, "NotFoundException"),
            },
            "PutConfigurationSetSendingOptions" => self.set_sending(body),
            "GetReputationEntity" => match self.tenant_sends.get(&text(body, "@path")) {
                Some(sends) => {
                    let mut status =
                        json!({ "Status": if *sends { "ENABLED" } else { "DISABLED" } });
                    if let Some(at) = self.switched_at.get(&text(body, "@path")) {
                        status["LastUpdatedTimestamp"] = json!(at);
                    }
                    Answer::Ok(json!({ "ReputationEntity": {
                        "ReputationEntityReference": body["@path"], "ReputationEntityType": "RESOURCE",
                        "CustomerManagedStatus": status } }))
                }
                None => Answer::error(404, "NotFoundException"),
            },
            "ListReputationEntities" => {
                let disabled = self.tenant_sends.iter().filter(|(_, sends)| !**sends);
                let entities: Vec<Value> = disabled
                    .map(|(arn, _)| json!({ "ReputationEntityReference": arn, "ReputationEntityType": "RESOURCE" }))
                    .collect();
                Answer::Ok(json!({ "ReputationEntities": entities }))
            }
            "LookupEvents" => {
                let name = text(&body["LookupAttributes"][0], "AttributeValue");
                let records = self.trail.iter().filter(|record| text(record, "eventName") == name);
                let events: Vec<Value> = records
                    .map(|record| json!({ "EventName": name, "CloudTrailEvent": record.to_string() }))
                    .collect();
                Answer::Ok(json!({ "Events": events }))
            }
            "UpdateReputationEntityCustomerManagedStatus" => {
                match self.tenant_sends.get_mut(&text(body, "@path")) {
                    Some(sends) => {
                        *sends = text(body, "SendingStatus") != "DISABLED"
                            || (self.pause_does_nothing && *sends);
                        Answer::Ok(json!({}))
                    }
                    None => Answer::error(404, "NotFoundException"),
                }
            }
            "PutMetricData" => {
                if self
                    .refused_dimension
                    .as_ref()
                    .is_some_and(|text| body["MetricData"].to_string().contains(text))
                {
                    return Answer::error(400, "InvalidParameterValue");
                }
                self.data.extend(body["MetricData"].as_array().cloned().unwrap_or_default());
                Answer::Ok(json!({}))
            }
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
            "ListEmailIdentities" => {
                let all: Vec<_> = self.identities.iter().collect();
                let (page, next) = self.page(&all, body);
                let describe = |(name, kind): &(&String, &String)| {
                    let sends = !self.unverified.contains(*name);
                    json!({ "IdentityName": name, "IdentityType": kind, "SendingEnabled": sends })
                };
                let listed: Vec<Value> = page.iter().map(describe).collect();
                Answer::Ok(json!({ "EmailIdentities": listed, "NextToken": next }))
            }
            "ListTagsForResource" => {
                if let Some(answer) = self.tag_reads.get(&text(body, "ResourceARN")) {
                    return answer.clone();
                }
                let tags = self.tags.get(&text(body, "ResourceARN")).cloned().unwrap_or_default();
                let tags: Vec<Value> =
                    tags.iter().map(|(k, v)| json!({ "Key": k, "Value": v })).collect();
                Answer::Ok(json!({ "Tags": tags }))
            }
            "TagResource" => {
                if let Some(answer) = self.tag_writes.get(&text(body, "ResourceARN")) {
                    return answer.clone();
                }
                let tags = self.tags.entry(text(body, "ResourceARN")).or_default();
                for tag in body["Tags"].as_array().into_iter().flatten() {
                    tags.insert(text(tag, "Key"), text(tag, "Value"));
                }
                Answer::Ok(json!({}))
            }
            "ListMetrics" => self.list_metrics(body),
            "GetMetricData" => self.metric_data(body),
            "Publish" => {
                self.notices.push(notice(body));
                Answer::Ok(json!({ "MessageId": "11111111-2222-3333-4444-555555555555" }))
            }
            _ => Answer::error(404, "UnknownOperationException"),
        }
    }

    /// The list that a call is about.
    fn list(&mut self, call: &Call) -> &mut BTreeMap<String, String> {
        let tenant = [&call.body, &call.body["@query"]].map(|part| text(part, "TenantName"));
        if let Some(tenant) = tenant.into_iter().find(|tenant| !tenant.is_empty()) {
            return self.tenants.entry(tenant).or_default();
        }
        match call.signed_for.split('/').next().unwrap_or_default() {
            "eu-central-1" => &mut self.suppressed,
            region => self.elsewhere.entry(region.to_owned()).or_default(),
        }
    }

    /// One page of the addresses of one reason, between two dates where such are given.
    fn listed(&mut self, call: &Call) -> Answer {
        let (size, query) = (self.page_size, &call.body["@query"]);
        let start = text(query, "NextToken").parse().unwrap_or(0);
        let reason = text(query, "Reason");
        let second = |name: &str| {
            query[name]
                .as_str()
                .map(|text| text.parse::<jiff::Timestamp>().expect("a date").as_second())
        };
        let (from, to) = (second("StartDate"), second("EndDate"));
        let origins = self.origins.clone();
        let updated = |address: &String| origins.get(address).map_or(1_790_000_000, |o| o.1);
        let all: Vec<String> = self
            .list(call)
            .iter()
            .filter(|(_, listed)| **listed == reason)
            .map(|(address, _)| address.clone())
            .filter(|address| from.is_none_or(|from| updated(address) >= from))
            .filter(|address| to.is_none_or(|to| updated(address) <= to))
            .collect();
        let page: Vec<Value> = all
            .iter()
            .skip(start)
            .take(size)
            .map(|address| {
                json!({ "EmailAddress": address, "Reason": reason,
                    "LastUpdateTime": updated(address) })
            })
            .collect();
        let next = (start + page.len() < all.len()).then(|| (start + page.len()).to_string());
        Answer::Ok(json!({ "SuppressedDestinationSummaries": page, "NextToken": next }))
    }

    fn create_job(&mut self, body: &Value) -> Answer {
        let url = text(&body["ImportDataSource"], "S3Url");
        let key = url
            .strip_prefix("s3://")
            .and_then(|rest| rest.split_once('/'))
            .map(|(_, key)| key.to_owned());
        let id = format!("job-{}", self.jobs.len() + 1);
        self.jobs.insert(id.clone(), key.unwrap_or_default());
        Answer::Ok(json!({ "JobId": id }))
    }

    fn carry_out(&mut self, call: &Call) -> Answer {
        let id = text(&call.body, "@path");
        let Some(key) = self.jobs.get(&id) else { return Answer::error(404, "NotFoundException") };
        let Some(content) = self.objects.get(key).cloned() else {
            return Answer::Ok(
                json!({ "JobId": id, "JobStatus": "FAILED", "FailureInfo": { "ErrorMessage": "no object" } }),
            );
        };
        let lines: Vec<Value> =
            content.lines().map(|line| serde_json::from_str(line).expect("JSON lines")).collect();
        for line in &lines {
            // A job that deletes has no reasons in its file.
            if line.get("reason").is_some() {
                self.list(call).insert(text(line, "emailAddress"), text(line, "reason"));
            } else {
                self.list(call).remove(&text(line, "emailAddress"));
            }
        }
        Answer::Ok(
            json!({ "JobId": id, "JobStatus": "COMPLETED", "ProcessedRecordsCount": lines.len(), "FailedRecordsCount": 0 }),
        )
    }

    fn put_object(&mut self, body: &Value) -> Answer {
        let key = text(body, "@path");
        let held = self.objects.get(&key).map(|content| etag(content));
        let fits = match (body["@if_none_match"].as_str(), body["@if_match"].as_str()) {
            (Some(_), _) => held.is_none(),
            (None, Some(version)) => held.as_deref() == Some(version),
            (None, None) => true,
        };
        if !fits {
            return Answer::error(412, "PreconditionFailed");
        }
        self.objects.insert(key, text(body, "@body"));
        Answer::Ok(json!({ "@body": "", "@etag": "\"new\"" }))
    }

    fn list_objects(&self, query: &Value) -> Answer {
        let (prefix, start) =
            (text(query, "prefix"), text(query, "continuation-token").parse().unwrap_or(0));
        let all: Vec<&String> =
            self.objects.keys().filter(|key| key.starts_with(&prefix)).collect();
        let page: Vec<&&String> = all.iter().skip(start).take(self.page_size).collect();
        let end = start + page.len();
        let next = (end < all.len()).then(|| end.to_string());
        Answer::Ok(json!({ "keys": page, "next": next }))
    }

    fn suppressed_destination(&mut self, call: &Call, address: &str) -> Answer {
        // SES takes such an address in the body and chokes on it in the path.
        if address.contains('/') {
            return Answer::error(400, "BadRequestException");
        }
        match self.list(call).get(address).cloned() {
            Some(reason) => {
                let mut entry = json!({ "EmailAddress": address, "Reason": reason,
                    "LastUpdateTime": 1_790_000_000 });
                if let Some((message_id, at)) = self.origins.get(address) {
                    entry["LastUpdateTime"] = json!(at);
                    entry["Attributes"] = json!({ "MessageId": message_id, "FeedbackId": "own" });
                }
                Answer::Ok(json!({ "SuppressedDestination": entry }))
            }
            None => Answer::error(404, "NotFoundException"),
        }
    }

    fn set_sending(&mut self, body: &Value) -> Answer {
        if let Some(answer) = self.set_writes.get(&text(body, "@path")) {
            return answer.clone();
        }
        let Some(enabled) = body.get("SendingEnabled").and_then(Value::as_bool) else {
            return Answer::error(400, "BadRequestException");
        };
        let Some(sends) = self.sets.get_mut(&text(body, "@path")) else {
            return Answer::error(404, "NotFoundException");
        };
        let was_off = !*sends;
        *sends = enabled || (self.pause_does_nothing && *sends);
        if was_off && enabled {
            self.switched_at.insert(text(body, "@path"), now());
        }
        Answer::Ok(json!({}))
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

    /// As the real service: tags are taken for a new alarm alone.
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

    pub(super) fn page<'t, T>(&self, all: &'t [T], body: &Value) -> (&'t [T], Option<String>) {
        let start: usize = text(body, "NextToken").parse().unwrap_or(0);
        let end = all.len().min(start + self.page_size);
        (&all[start..end], (end < all.len()).then(|| end.to_string()))
    }
}

fn now() -> f64 {
    jiff::Timestamp::now().as_duration().as_secs_f64().floor()
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

fn notice(body: &Value) -> Notice {
    let mut attributes = BTreeMap::new();
    for index in 1.. {
        let part = |field: &str| body.get(format!("MessageAttributes.entry.{index}.{field}"));
        let Some(name) = part("Name").and_then(Value::as_str) else { break };
        let value = part("Value.StringValue").and_then(Value::as_str).unwrap_or_default();
        attributes.insert(name.to_owned(), value.to_owned());
    }
    Notice {
        topic_arn: text(body, "TopicArn"),
        subject: text(body, "Subject"),
        message: text(body, "Message"),
        attributes,
    }
}

fn etag(content: &str) -> String {
    format!("\"{}-{}\"", content.len(), content.bytes().map(u64::from).sum::<u64>())
}
