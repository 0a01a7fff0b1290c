//! The switches of the account and of configuration sets.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::json;
use warden_aws::{CallError, Class, SendingSwitch, Turned};
use warden_domain::guard::enforcement::EnforcementStatus;

use crate::wire::{Answer, Wire};
use crate::{connection, fast};

#[tokio::test]
async fn the_account_is_read_whole() {
    let wire = Wire::start();
    wire.world().enforcement_status = "PROBATION".into();
    let account = SendingSwitch::new(&connection(&wire), fast()).account().await.unwrap();
    assert!(account.sending_enabled);
    assert_eq!(account.enforcement_status, EnforcementStatus::Probation);
}

#[tokio::test]
async fn a_pause_sends_an_explicit_false_and_is_read_back() {
    let wire = Wire::start();
    wire.world().sets.insert("marketing".into(), true);
    let switch = SendingSwitch::new(&connection(&wire), fast());
    switch.switch_account(false).await.unwrap().read_back().unwrap();
    let turned = switch.switch_configuration_set("marketing", false).await;
    assert_eq!(turned, Ok(Turned::ReadBack));
    assert_eq!(
        wire.operations(),
        [
            "PutAccountSendingAttributes",
            "GetAccount",
            "PutConfigurationSetSendingOptions",
            "GetConfigurationSet"
        ]
    );
    let calls = wire.calls();
    assert_eq!(
        (calls[0].path.as_str(), &calls[0].body),
        ("/v2/email/account/sending", &json!({ "SendingEnabled": false }))
    );
    assert_eq!(calls[2].path, "/v2/email/configuration-sets/marketing/sending");
    assert_eq!(calls[2].body["SendingEnabled"], json!(false));
    assert!(!wire.world().account_sends);
    assert_eq!(switch.configuration_set("marketing").await.unwrap(), Some(false));
}

#[tokio::test]
async fn a_pause_that_does_not_take_is_an_error() {
    let wire = Wire::start();
    wire.world().pause_does_nothing = true;
    wire.world().sets.insert("marketing".into(), true);
    let switch = SendingSwitch::new(&connection(&wire), fast());
    for error in [
        switch.switch_account(false).await.unwrap_err(),
        switch.switch_configuration_set("marketing", false).await.unwrap_err(),
    ] {
        assert_eq!(error.class, Class::Temporary);
        assert!(
            error.to_string().contains("SES took the call, but the")
                && error.to_string().ends_with("still sends"),
            "{error}"
        );
    }
}

#[tokio::test]
async fn a_switch_that_cannot_be_read_back_is_switched() {
    let wire = Wire::start();
    wire.script("GetAccount", [Answer::error(403, "AccessDeniedException")]);
    let switch = SendingSwitch::new(&connection(&wire), fast());
    let Turned::NotReadBack(error) = switch.switch_account(false).await.unwrap() else {
        panic!("it was read back")
    };
    assert_eq!((error.operation, error.class), ("GetAccount", Class::Denied));
    assert!(!wire.world().account_sends);
}

#[tokio::test]
async fn a_time_limit_ends_the_tries_while_ses_throttles() {
    static HEARD: AtomicUsize = AtomicUsize::new(0);
    fn heard(error: &CallError) {
        assert_eq!(error.class, Class::Throttled);
        HEARD.fetch_add(1, Ordering::Relaxed);
    }
    let wire = Wire::start();
    let limiter = fast().no_slower_than(Duration::from_millis(20));
    let switch = SendingSwitch::new(&connection(&wire), limiter)
        .keep_trying_for(Duration::from_millis(300), heard);
    wire.script("GetAccount", vec![Answer::throttled(); 10_000]);
    let error = switch.account().await.unwrap_err();
    assert!(error.to_string().contains("no answer but throttling"), "{error}");
    assert!(HEARD.load(Ordering::Relaxed) > 0);
}

#[tokio::test]
async fn missing_set_is_none_and_cannot_be_paused() {
    let wire = Wire::start();
    let switch = SendingSwitch::new(&connection(&wire), fast());
    assert_eq!(switch.configuration_set("gone").await.unwrap(), None);
    assert_eq!(
        switch.switch_configuration_set("gone", false).await.unwrap_err().class,
        Class::NotFound
    );
}

#[tokio::test]
async fn a_set_without_sending_options_sends() {
    let wire = Wire::start();
    wire.script("GetConfigurationSet", [Answer::Ok(json!({ "ConfigurationSetName": "plain" }))]);
    let switch = SendingSwitch::new(&connection(&wire), fast());
    assert_eq!(switch.configuration_set("plain").await.unwrap(), Some(true));
}

#[tokio::test]
async fn only_who_must_have_its_turn_bears_throttling_for_long() {
    let wire = Wire::start();
    let limiter = fast().no_slower_than(Duration::from_millis(20));
    let switch = SendingSwitch::new(&connection(&wire), limiter);
    let throttled = vec![Answer::throttled(); 6];
    wire.script("GetAccount", throttled.clone());
    assert_eq!(switch.account().await.unwrap_err().class, Class::Throttled);
    assert_eq!(wire.calls().len(), 3);
    wire.unscript();
    wire.script("PutAccountSendingAttributes", throttled.clone());
    wire.script("GetAccount", throttled);
    let switch = switch.keep_trying_while_throttled();
    switch.switch_account(false).await.unwrap().read_back().unwrap();
    assert!(!wire.world().account_sends);
    assert_eq!(wire.calls().len(), 3 + 7 + 7);
    // Other trouble ends after three tries.
    wire.script("GetAccount", vec![Answer::error(500, "InternalFailure"); 6]);
    assert_eq!(switch.account().await.unwrap_err().class, Class::Temporary);
}
