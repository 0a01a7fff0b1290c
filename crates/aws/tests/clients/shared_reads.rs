//! What is read once for all who ask.

use warden_aws::{Class, Metrics, SendingSwitch, SharedReads};
use warden_domain::guard::{Measure, Scope};

use crate::wire::{Answer, Wire};
use crate::{connection, fast};

const NOW: i64 = 1_790_000_000;

#[tokio::test]
async fn a_second_question_makes_no_call() {
    let wire = Wire::start();
    wire.world().sets.insert("news".into(), true);
    let switch = SendingSwitch::new(&connection(&wire), fast());
    let metrics = Metrics::new(&connection(&wire), "SesWarden".into());
    let mut reads = SharedReads::default();
    assert_eq!(reads.known_account(), None);
    let mut calls = Vec::new();
    for _ in 0..2 {
        assert!(reads.account(&switch).await.unwrap().sending_enabled);
        assert_eq!(reads.set(&switch, "news").await, Ok(Some(true)));
        assert_eq!(reads.aws_rate(&metrics, Measure::Bounce, NOW).await, Ok(None));
        let scope = Scope::Domain("example.com".into());
        for since in [None, Some(NOW - 60)] {
            reads.judgement(&metrics, &scope, Measure::Bounce, since, NOW).await.unwrap();
        }
        assert_eq!(reads.too_few(&metrics, &scope, Measure::Bounce, NOW).await, Ok(None));
        calls.push(wire.calls().len());
    }
    assert!(calls[0] > 5 && calls[0] == calls[1], "{calls:?}");
    assert!(reads.known_account().is_some());
}

#[tokio::test]
async fn what_failed_is_read_again() {
    let wire = Wire::start();
    wire.script("GetAccount", [Answer::error(403, "AccessDeniedException")]);
    let switch = SendingSwitch::new(&connection(&wire), fast());
    let mut reads = SharedReads::default();
    assert_eq!(reads.account(&switch).await.unwrap_err().class, Class::Denied);
    assert!(reads.account(&switch).await.is_ok());
}
