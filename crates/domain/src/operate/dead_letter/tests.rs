use super::*;

const BOUNCE: &str = r#"{"eventType":"Bounce","mail":{"messageId":"m-1","timestamp":"2026-10-06T07:15:00.000Z","source":"a@example.com","destination":["b@example.net"]},"bounce":{"bounceType":"Permanent","bounceSubType":"General","bouncedRecipients":[{"emailAddress":"b@example.net"}],"timestamp":"2026-10-06T07:15:01.000Z","feedbackId":"f-1"}}"#;
const ALARM: &str = include_str!("../../../../../events/alarms/sns-metric.json");
const SCHEDULE: &str =
    r#"{"version":"0","id":"1","detail-type":"Scheduled Event","source":"aws.events","detail":{}}"#;

fn record(payload: &str) -> String {
    format!(
        r#"{{"version":"1.0","requestContext":{{"requestId":"r","condition":"RetriesExhausted","approximateInvokeCount":3}},"requestPayload":{payload},"responsePayload":{{"errorType":"call_failed","errorMessage":"GetAccount failed"}}}}"#
    )
}

#[test]
fn what_can_be_read_goes_back_the_way_it_came() {
    let letter = Examined::of(Handler::Suppress, BOUNCE, true);
    assert_eq!((letter.way_back, letter.kind.as_deref()), (WayBack::Queue, Some("Bounce")));
    assert_eq!(letter.about.as_deref(), Some("example.com"));
    assert_eq!(Examined::of(Handler::Suppress, BOUNCE, false).way_back, WayBack::Function);
    let letter = Examined::of(Handler::Guard, ALARM, false);
    assert_eq!((letter.way_back, letter.kind.as_deref()), (WayBack::Function, Some("Alarm")));
}

#[test]
fn an_invocation_gives_its_payload_and_its_error() {
    let body = record(ALARM.trim());
    let letter = Examined::of(Handler::Guard, &body, false);
    assert_eq!(letter.payload, ALARM.trim());
    let Origin::Invocation { condition, tries, error } = &letter.origin else {
        panic!("{letter:?}")
    };
    assert_eq!((condition.as_str(), *tries), ("RetriesExhausted", Some(3)));
    assert_eq!(error, "call_failed: GetAccount failed");
    assert_eq!(letter.way_back, WayBack::Function);
}

#[test]
fn what_would_come_back_stays_and_what_is_void_is_dropped() {
    let broken = r#"{"eventType":"Bounce","mail":{"messageId":"m"},"bounce":"not an object"}"#;
    let letter = Examined::of(Handler::Suppress, broken, true);
    assert_eq!(letter.way_back, WayBack::Stays);
    assert!(matches!(letter.finding, DeadLetterFinding::Unreadable(_)));
    // A text that is no event at all is not said to be one.
    let letter = Examined::of(Handler::Suppress, "hi", true);
    assert!(!letter.finding.text().contains("event"), "{letter:?}");
    let body = record(SCHEDULE);
    let letter = Examined::of(Handler::Suppress, &body, true);
    assert_eq!((letter.finding, letter.way_back), (DeadLetterFinding::Schedule, WayBack::Dropped));
    let notice = "Successfully validated SNS topic for Amazon SES event publishing.";
    assert_eq!(Examined::of(Handler::Metrics, notice, true).way_back, WayBack::Dropped);
}
