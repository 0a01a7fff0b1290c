//! A recording stand-in for the local AWS: it decodes what really comes over
//! the wire, the form of SNS and the CBOR of CloudWatch.

use std::collections::BTreeMap;
use std::io::Read;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use ciborium::Value as Cbor;
use percent_encoding::percent_decode_str;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// One metric as CloudWatch got it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Metric {
    pub(crate) namespace: String,
    pub(crate) name: String,
    pub(crate) dimensions: Vec<(String, String)>,
    pub(crate) value: f64,
}

#[derive(Default)]
struct Recorded {
    published: Vec<BTreeMap<String, String>>,
    metrics: Vec<Metric>,
    gzip_requests: usize,
    objects: BTreeMap<String, String>,
    sets: BTreeMap<String, Value>,
    refuse_publish: usize,
    /// By ARN; one that is not here has the policy of a new topic.
    topics: BTreeMap<String, Option<Topic>>,
    key_policy: Option<String>,
    /// Of each bucket; without one SES may read all objects.
    bucket_policy: Option<String>,
}

#[derive(Clone, Default)]
struct Topic {
    policy: String,
    key: Option<String>,
}

/// The stand-in. It stops when dropped.
pub(crate) struct Upstream {
    url: String,
    recorded: Arc<Mutex<Recorded>>,
    task: JoinHandle<()>,
}

impl Drop for Upstream {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Upstream {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let recorded = Arc::<Mutex<Recorded>>::default();
        let router = Router::new().fallback(answer).with_state(Arc::clone(&recorded));
        let task = tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { url, recorded, task }
    }

    pub(crate) fn url(&self) -> String {
        self.url.clone()
    }

    /// The texts published, in order.
    pub(crate) fn texts(&self) -> Vec<String> {
        self.published().iter().map(|form| form["Message"].clone()).collect()
    }

    /// The forms of the Publish calls that were accepted.
    pub(crate) fn published(&self) -> Vec<BTreeMap<String, String>> {
        self.recorded.lock().unwrap().published.clone()
    }

    pub(crate) fn metrics(&self) -> Vec<Metric> {
        self.recorded.lock().unwrap().metrics.clone()
    }

    pub(crate) fn gzip_requests(&self) -> usize {
        self.recorded.lock().unwrap().gzip_requests
    }

    pub(crate) fn put_object(&self, path: &str, content: &str) {
        self.recorded.lock().unwrap().objects.insert(path.to_owned(), content.to_owned());
    }

    /// Makes the stand-in's own SES store know a configuration set.
    pub(crate) fn put_set(&self, name: &str, topic: &str, sending_enabled: bool) {
        let set = json!({"SendingEnabled": sending_enabled, "TopicArn": topic});
        self.recorded.lock().unwrap().sets.insert(name.to_owned(), set);
    }

    /// Gives a known set the suppression options of a stack.
    pub(crate) fn put_reasons(&self, name: &str, reasons: &[&str]) {
        let mut recorded = self.recorded.lock().unwrap();
        recorded.sets.get_mut(name).unwrap()["SuppressionOptions"] =
            json!({"SuppressedReasons": reasons});
    }

    pub(crate) fn delete_set(&self, name: &str) {
        self.recorded.lock().unwrap().sets.remove(name);
    }

    /// Gives a topic a policy and, if it is encrypted, a key.
    pub(crate) fn put_topic(&self, arn: &str, policy: &Value, key: Option<&str>) {
        let topic = Topic { policy: policy.to_string(), key: key.map(str::to_owned) };
        self.recorded.lock().unwrap().topics.insert(arn.to_owned(), Some(topic));
    }

    pub(crate) fn delete_topic(&self, arn: &str) {
        self.recorded.lock().unwrap().topics.insert(arn.to_owned(), None);
    }

    /// Gives all buckets a policy; an empty text takes it away from them.
    pub(crate) fn put_bucket_policy(&self, policy: &str) {
        self.recorded.lock().unwrap().bucket_policy = Some(policy.to_owned());
    }

    /// Gives the one key a policy.
    pub(crate) fn put_key_policy(&self, policy: &Value) {
        self.recorded.lock().unwrap().key_policy = Some(policy.to_string());
    }

    /// Answers so many further Publish calls with an error that may pass.
    pub(crate) fn refuse_publish(&self, times: usize) {
        self.recorded.lock().unwrap().refuse_publish = times;
    }
}

async fn answer(
    State(recorded): State<Arc<Mutex<Recorded>>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let mut recorded = recorded.lock().unwrap();
    let path = percent_decode_str(uri.path()).decode_utf8().unwrap().into_owned();
    if let Some(rest) = path.strip_prefix("/v2/email/") {
        return recorded.ses(rest);
    }
    if path.ends_with("/operation/PutMetricData") {
        return recorded.put_metric_data(&headers, &body);
    }
    if uri.query() == Some("policy") {
        return recorded.bucket_policy();
    }
    if method == Method::GET {
        return match recorded.objects.get(&path) {
            Some(content) => content.clone().into_response(),
            None => StatusCode::NOT_FOUND.into_response(),
        };
    }
    if headers.get("x-amz-target").is_some_and(|target| target == "TrentService.GetKeyPolicy") {
        return recorded.key_policy();
    }
    let form = read_form(&body);
    match form["Action"].as_str() {
        "GetTopicAttributes" => recorded.topic(&form["TopicArn"]),
        action => {
            assert_eq!(action, "Publish");
            recorded.publish(form)
        }
    }
}

impl Recorded {
    fn topic(&self, arn: &str) -> Response {
        let topic = match self.topics.get(arn) {
            Some(Some(topic)) => topic.clone(),
            Some(None) => {
                let error = "<ErrorResponse><Error><Type>Sender</Type><Code>NotFound</Code>\
                    <Message>Topic does not exist</Message></Error></ErrorResponse>";
                return (StatusCode::NOT_FOUND, error).into_response();
            }
            None => Topic { policy: policy_of_a_new_topic(arn).to_string(), key: None },
        };
        let entries: String = [("Policy", Some(topic.policy)), ("KmsMasterKeyId", topic.key)]
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)))
            .map(|(name, value)| format!("<entry><key>{name}</key><value>{value}</value></entry>"))
            .collect();
        format!(
            "<GetTopicAttributesResponse><GetTopicAttributesResult><Attributes>{entries}\
             </Attributes></GetTopicAttributesResult></GetTopicAttributesResponse>"
        )
        .into_response()
    }

    fn bucket_policy(&self) -> Response {
        match self.bucket_policy.as_deref() {
            Some("") => {
                let error = "<Error><Code>NoSuchBucketPolicy</Code></Error>";
                (StatusCode::NOT_FOUND, error).into_response()
            }
            Some(policy) => policy.to_owned().into_response(),
            None => json!({"Statement": {"Effect": "Allow", "Action": "s3:GetObject",
                "Principal": {"Service": "ses.amazonaws.com"}, "Resource": "*"}})
            .to_string()
            .into_response(),
        }
    }

    fn key_policy(&self) -> Response {
        match &self.key_policy {
            Some(policy) => json!({"Policy": policy}).to_string().into_response(),
            None => {
                let error = json!({"__type": "NotFoundException"}).to_string();
                (StatusCode::BAD_REQUEST, error).into_response()
            }
        }
    }

    fn publish(&mut self, form: BTreeMap<String, String>) -> Response {
        if self.refuse_publish > 0 {
            self.refuse_publish -= 1;
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        }
        self.published.push(form);
        "<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>"
            .into_response()
    }

    fn put_metric_data(&mut self, headers: &HeaderMap, body: &[u8]) -> Response {
        assert_eq!(headers["smithy-protocol"], "rpc-v2-cbor");
        let mut content = body.to_vec();
        if headers.get("content-encoding").is_some_and(|encoding| encoding == "gzip") {
            self.gzip_requests += 1;
            content.clear();
            flate2::read::GzDecoder::new(body).read_to_end(&mut content).unwrap();
        }
        let request: Cbor = ciborium::from_reader(content.as_slice()).unwrap();
        let namespace = text(member(&request, "Namespace"));
        for datum in member(&request, "MetricData").as_array().unwrap() {
            let dimensions = find(datum, "Dimensions").map_or_else(Vec::new, |dimensions| {
                let dimensions = dimensions.as_array().unwrap().iter();
                dimensions.map(|d| (text(member(d, "Name")), text(member(d, "Value")))).collect()
            });
            self.metrics.push(Metric {
                namespace: namespace.clone(),
                name: text(member(datum, "MetricName")),
                dimensions,
                value: member(datum, "Value").as_float().unwrap(),
            });
        }
        let mut answer = Vec::new();
        ciborium::into_writer(&Cbor::Map(vec![]), &mut answer).unwrap();
        ([("smithy-protocol", "rpc-v2-cbor"), ("content-type", "application/cbor")], answer)
            .into_response()
    }

    fn ses(&self, path: &str) -> Response {
        if path == "list-configuration-sets" {
            let names: Vec<&String> = self.sets.keys().collect();
            return json!({"ConfigurationSets": names}).to_string().into_response();
        }
        let rest = path.strip_prefix("configuration-sets/").unwrap();
        let (name, destinations) = match rest.strip_suffix("/event-destinations") {
            Some(name) => (name, true),
            None => (rest, false),
        };
        let Some(set) = self.sets.get(name) else {
            let error = [("x-amzn-errortype", "NotFoundException")];
            return (StatusCode::NOT_FOUND, error, "{}").into_response();
        };
        let answer = if destinations {
            json!({"EventDestinations": [{"Name": "stack", "Enabled": true,
                "MatchingEventTypes": ["SEND", "BOUNCE"], "SnsDestination": {"TopicArn": set["TopicArn"]}}]})
        } else {
            json!({"ConfigurationSetName": name, "SendingOptions": {"SendingEnabled": set["SendingEnabled"]},
                "ReputationOptions": {"ReputationMetricsEnabled": true},
                "SuppressionOptions": set["SuppressionOptions"]})
        };
        answer.to_string().into_response()
    }
}

/// What SNS writes: the topic's own account may use it.
fn policy_of_a_new_topic(arn: &str) -> Value {
    let account = arn.split(':').nth(4).unwrap();
    json!({"Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": ["SNS:Publish"],
        "Resource": arn, "Condition": {"StringEquals": {"AWS:SourceOwner": account}}}]})
}

fn read_form(body: &[u8]) -> BTreeMap<String, String> {
    let decode = |text: &str| {
        percent_decode_str(&text.replace('+', " ")).decode_utf8().unwrap().into_owned()
    };
    std::str::from_utf8(body)
        .unwrap()
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (decode(name), decode(value)))
        .collect()
}

fn find<'a>(map: &'a Cbor, name: &str) -> Option<&'a Cbor> {
    let members = map.as_map().unwrap();
    members.iter().find(|(key, _)| key.as_text() == Some(name)).map(|(_, value)| value)
}

fn member<'a>(map: &'a Cbor, name: &str) -> &'a Cbor {
    find(map, name).unwrap_or_else(|| panic!("no {name} in {map:?}"))
}

fn text(value: &Cbor) -> String {
    value.as_text().unwrap().to_owned()
}
