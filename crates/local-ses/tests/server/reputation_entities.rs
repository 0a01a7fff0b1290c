//! Reputation entities: who switches a tenant's sending, and what holds then.

use aws_sdk_sesv2::types::{ReputationEntityFilterKey, ReputationEntityType, SendingStatus};
use serde_json::json;

use crate::World;
use crate::tenants::send_as;

#[tokio::test]
async fn a_tenant_s_sending_is_switched_by_its_owner_and_by_aws() {
    let world = World::new().await;
    world.set("news").await;
    let created = world.ses.create_tenant().tenant_name("acme").send().await.unwrap();
    let arn = created.tenant_arn().unwrap().to_owned();
    let kind = ReputationEntityType::Resource;
    let switch = async |status| {
        let update = world.ses.update_reputation_entity_customer_managed_status();
        let update = update.reputation_entity_type(kind.clone()).reputation_entity_reference(&arn);
        update.sending_status(status).send().await.unwrap();
    };
    let sends = async || {
        let get = world.ses.get_reputation_entity().reputation_entity_type(kind.clone());
        let got = get.reputation_entity_reference(&arn).send().await.unwrap();
        let entity = got.reputation_entity().unwrap();
        let sent = send_as(&world, "news", "acme", "a@example.net").await;
        let own = entity.customer_managed_status().and_then(|own| own.status()).cloned();
        (own, entity.sending_status_aggregate().unwrap().clone(), sent.is_ok())
    };
    assert_eq!(sends().await, (None, SendingStatus::Enabled, true));
    switch(SendingStatus::Disabled).await;
    let disabled = SendingStatus::Disabled;
    assert_eq!(sends().await, (Some(disabled.clone()), disabled.clone(), false));
    switch(SendingStatus::Enabled).await;
    world.control("PUT", "tenants/acme", json!({"aws_status": "DISABLED"})).await;
    assert_eq!(sends().await, (Some(SendingStatus::Enabled), disabled, false));
    switch(SendingStatus::Reinstated).await;
    let reinstated = SendingStatus::Reinstated;
    assert_eq!(sends().await, (Some(reinstated.clone()), reinstated, true));
    let listed = world.ses.list_reputation_entities();
    let listed = listed.filter(ReputationEntityFilterKey::Status, "DISABLED").send().await.unwrap();
    assert_eq!(listed.reputation_entities().len(), 0);
}
