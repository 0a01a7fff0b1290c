//! Every status and code for the calls of every service: only what AWS says of the request
//! itself is final.

use std::time::Duration;

use tokio::time::Instant;
use warden_aws::{
    Bucket, CallError, Class, Condition, ImportAction, Metrics, OperatorTopic, PutAmount, PutDatum,
    PutEnd, SendingSwitch, SuppressionList, SuppressionSettings, TimeLimit,
};
use warden_domain::suppression::SuppressionReason;

use crate::wire::{Answer, Wire};
use crate::{connection, fast};

/// Calls `call` once for each status and code, and hands over what it answers with.
async fn each<T>(
    wire: &Wire,
    operation: &str,
    statuses: impl Iterator<Item = u16>,
    call: impl AsyncFn() -> Result<T, CallError>,
    check: impl Fn(u16, &str, Result<T, CallError>),
) {
    for status in statuses {
        for code in ["", "BadRequestException", "NotFoundException", "Unheard"] {
            wire.script(operation, vec![Answer::error(status, code); 3]);
            let answer = call().await;
            wire.unscript();
            check(status, code, answer);
        }
    }
}

/// What holds for a call that something may be absent from.
fn check_error(status: u16, code: &str, error: &CallError) {
    let is_final = status == 400 && code == "BadRequestException";
    assert_eq!(error.retry_can_help(), !is_final, "{status} {code} {error:?}");
    let is_absent = matches!(status, 400 | 404) && code == "NotFoundException";
    assert_eq!(error.class == Class::NotFound, is_absent, "{status} {code} {error:?}");
}

fn check<T: std::fmt::Debug>(status: u16, code: &str, answer: Result<T, CallError>) {
    check_error(status, code, &answer.unwrap_err());
}

/// As [`check`], where an absent thing is an answer.
fn check_optional<T: std::fmt::Debug>(
    status: u16,
    code: &str,
    answer: Result<Option<T>, CallError>,
) {
    match answer {
        Ok(found) => {
            assert!(found.is_none());
            assert!(matches!(status, 400 | 404) && code == "NotFoundException", "{status} {code}");
        }
        Err(error) => check_error(status, code, &error),
    }
}

#[tokio::test]
async fn no_status_and_code_of_ses_but_its_verdict_is_final() {
    // 429 has tests of its own: it slows the limiter of all these calls down.
    let all = || (300..=599).filter(|status| *status != 429);
    let some = || [301, 307, 400, 404, 405, 407, 408, 409, 413, 421, 425, 499, 500].into_iter();
    let wire = Wire::start();
    let list = SuppressionList::new(&connection(&wire), fast());
    let settings = SuppressionSettings::new(&connection(&wire), fast());
    let address = "jane@example.com";
    let put = async || list.put(None, address, SuppressionReason::Bounce).await;
    each(&wire, "PutSuppressedDestination", all(), put, check).await;
    let get = async || list.get(None, address).await;
    each(&wire, "GetSuppressedDestination", some(), get, check_optional).await;
    let page = async || list.complaints(None).await;
    each(&wire, "ListSuppressedDestinations", some(), page, check).await;
    let import = async || list.import("s3://bucket/key", ImportAction::Put).await;
    each(&wire, "CreateImportJob", some(), import, check).await;
    let account = async || settings.account().await;
    each(&wire, "GetAccount", some(), account, check).await;
    let set = async || settings.configuration_set("marketing").await;
    each(&wire, "GetConfigurationSet", some(), set, check_optional).await;
    let tenant = async || settings.tenant("acme").await;
    each(&wire, "GetTenant", some(), tenant, check_optional).await;
}

/// Statuses that the SDK repeats by itself, with a wait, are left to one test.
fn quick() -> impl Iterator<Item = u16> {
    (300..=599).step_by(3).chain([301, 307, 400, 403, 404]).filter(is_quick)
}

fn is_quick(status: &u16) -> bool {
    !matches!(status, 429 | 500 | 502 | 503 | 504)
}

#[tokio::test]
async fn no_status_and_code_of_s3_reads_as_an_empty_bucket() {
    let wire = Wire::start();
    let bucket = Bucket::new(&connection(&wire), "imports".to_owned());
    let get = async || bucket.get("key").await;
    each(&wire, "GetObject", quick().chain([503]), get, check_optional).await;
    let put = async || bucket.put("key", Vec::new()).await;
    each(&wire, "PutObject", quick(), put, check).await;
    let put_if = async || bucket.put_if("key", Vec::new(), Condition::Absent).await;
    each(&wire, "PutObject", quick(), put_if, check).await;
    let list = async || bucket.list("prefix").await;
    each(&wire, "ListObjectsV2", quick(), list, check).await;
    let delete = async || bucket.delete("key").await.map(|()| None::<()>);
    each(&wire, "DeleteObject", quick(), delete, check_optional).await;
}

#[tokio::test]
async fn no_status_and_code_of_sns_is_success() {
    let wire = Wire::start();
    let topic = OperatorTopic::new(&connection(&wire), "arn:aws:sns:topic".to_owned());
    let publish = async || topic.publish("subject", "body", &Default::default()).await;
    each(&wire, "Publish", quick(), publish, check).await;
}

/// Whatever AWS answers a put or a notice with, a page of HTML is not it: the call was not made.
#[tokio::test]
async fn a_page_of_html_is_never_a_success() {
    let wire = Wire::start();
    let connection = connection(&wire);
    let page = |operation: &str| wire.script(operation, vec![Answer::Page; 3]);
    let list = SuppressionList::new(&connection, fast());
    page("PutSuppressedDestination");
    let put = list.put(None, "jane@example.com", SuppressionReason::Bounce).await;
    assert_eq!(put.unwrap_err().class, Class::Temporary);
    page("DeleteSuppressedDestination");
    let delete = list.delete(None, "jane@example.com").await;
    assert_eq!(delete.unwrap_err().class, Class::Temporary);
    page("PutObject");
    let bucket = Bucket::new(&connection, "imports".to_owned());
    assert_eq!(bucket.put("key", Vec::new()).await.unwrap_err().class, Class::Temporary);
    page("Publish");
    let topic = OperatorTopic::new(&connection, "arn:aws:sns:topic".to_owned());
    let publish = topic.publish("subject", "body", &Default::default()).await;
    assert_eq!(publish.unwrap_err().class, Class::Temporary);
    page("PutConfigurationSetSendingOptions");
    let switch = SendingSwitch::new(&connection, fast());
    let paused = switch.switch_configuration_set("marketing", false).await;
    assert_eq!(paused.unwrap_err().class, Class::Temporary);
    page("PutMetricData");
    let datum = PutDatum {
        name: "Send",
        dimensions: Vec::new(),
        timestamp_seconds: 1_790_000_000,
        amount: PutAmount::Count(1.0),
    };
    let end = Instant::now() + Duration::from_secs(20);
    let limit = TimeLimit { last_start: end, end };
    let metrics = Metrics::new(&connection, "SesWarden".to_owned());
    let written = metrics.put(&[datum], limit).await;
    assert!(matches!(written[0].end, PutEnd::Failed(_)), "{written:?}");
}
