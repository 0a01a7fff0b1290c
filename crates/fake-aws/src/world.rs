//! The state of the fake services, which requests read and change.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::{Answer, Call, text};

/// The state of the services. All fields are for the test to set and to read.
#[derive(Debug, Clone)]
pub struct World {
    /// The suppression list: address as put -> BOUNCE or COMPLAINT.
    pub suppressed: BTreeMap<String, String>,
    /// By listed address: the id of the message that caused the entry, and when, in seconds since
    /// 1970.
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
    /// Scripted answers for objects, by key.
    pub odd_objects: BTreeMap<String, Answer>,
    /// Scripted answers for tenants, by name.
    pub odd_tenants: BTreeMap<String, Answer>,
    /// Import jobs by id: the key that each reads. A job is carried out when it is
    /// asked about.
    pub jobs: BTreeMap<String, String>,
    pub account_sends: bool,
    /// SES answers a pause with success and ignores it.
    pub pause_does_nothing: bool,
    pub enforcement_status: String,
    /// Configuration sets and whether they send.
    pub sets: BTreeMap<String, bool>,
    /// Further settings of the sets.
    pub set_setups: BTreeMap<String, SetSetup>,
    /// The default sets of identities.
    pub default_sets: BTreeMap<String, String>,
    /// Tenants by ARN and whether they send.
    pub tenant_sends: BTreeMap<String, bool>,
    /// Alarms in any state; DescribeAlarms selects.
    pub alarms: Vec<Alarm>,
    /// What PutMetricAlarm carried last, by the alarm's name.
    pub alarms_put: BTreeMap<String, Value>,
    /// SES identities and their types.
    pub identities: BTreeMap<String, String>,
    /// Identities that cannot send.
    pub unverified: BTreeSet<String>,
    /// Tags by alarm ARN.
    pub tags: BTreeMap<String, BTreeMap<String, String>>,
    /// Scripted answers to every read and every change of the tags of these ARNs.
    pub tag_reads: BTreeMap<String, Answer>,
    pub tag_writes: BTreeMap<String, Answer>,
    /// Scripted answers to every change of these sets' sending switch.
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
    /// Items of one BatchWriteItem that are written; the others come back as unprocessed.
    pub batch_writes: usize,
    /// Outputs of the one stack, which is called ses-warden; none where there is no stack.
    pub outputs: BTreeMap<String, String>,
    /// Secrets by id.
    pub secrets: BTreeMap<String, String>,
}

/// Settings of a configuration set besides its sending switch.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SetSetup {
    pub reputation_metrics: bool,
    /// The definitions of event destinations, by name.
    pub destinations: BTreeMap<String, Value>,
    /// Scripted answer to every attempt to create a destination.
    pub refusal: Option<Answer>,
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
    /// Its actions are switched off.
    pub actions_off: bool,
    /// StateUpdatedTimestamp in seconds.
    pub updated_at: f64,
    /// StateTransitionedTimestamp in seconds; some local services have none.
    pub transitioned_at: Option<f64>,
}

/// A series that an alarm reads. Empty members are left out of the definition.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct AlarmSeries {
    pub namespace: String,
    pub metric: String,
    pub dimensions: Vec<(String, String)>,
    /// The account from which a metric math alarm reads the series.
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
    pub(super) fn metric(&self) -> Value {
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

    /// Answers a request by the service that knows its operation.
    pub(super) fn answer(&mut self, call: &Call) -> Answer {
        let services = [
            Self::answer_about_suppression,
            Self::answer_about_objects,
            Self::answer_about_sets,
            Self::answer_about_sending,
            Self::answer_about_alarms,
            Self::answer_about_metrics,
            Self::answer_about_notices,
            Self::answer_about_items,
        ];
        let answer = services.into_iter().find_map(|service| service(self, call));
        answer.unwrap_or_else(|| Answer::error(404, "UnknownOperationException"))
    }

    pub(super) fn page<'t, T>(&self, all: &'t [T], body: &Value) -> (&'t [T], Option<String>) {
        let start: usize = text(body, "NextToken").parse().unwrap_or(0);
        let end = all.len().min(start + self.page_size);
        (&all[start..end], (end < all.len()).then(|| end.to_string()))
    }
}
