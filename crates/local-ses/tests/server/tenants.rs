//! Tenants: their settings, their lists, and which list is asked for their mail.

use aws_sdk_sesv2::error::SdkError;
use aws_sdk_sesv2::operation::send_email::{SendEmailError, SendEmailOutput};
use aws_sdk_sesv2::types::SuppressionListReason::{Bounce, Complaint};
use aws_sdk_sesv2::types::{
    Body, Content, Destination, EmailContent, Message, SuppressionListReason, SuppressionListScope,
    TenantSuppressionAttributes,
};
use serde_json::json;

use crate::{World, client_in};

async fn create(world: &World, name: &str) {
    world.ses.create_tenant().tenant_name(name).send().await.unwrap();
}

async fn attributes(world: &World, name: &str) -> Option<TenantSuppressionAttributes> {
    let found = world.ses.get_tenant().tenant_name(name).send().await.unwrap();
    found.tenant.unwrap().suppression_attributes
}

async fn set_scope(
    world: &World,
    name: &str,
    scope: SuppressionListScope,
    reasons: &[SuppressionListReason],
) {
    world
        .ses
        .put_tenant_suppression_attributes()
        .tenant_name(name)
        .suppression_scope(scope)
        .set_suppressed_reasons(Some(reasons.to_vec()))
        .send()
        .await
        .unwrap();
}

async fn list(world: &World, tenant: Option<&str>) -> Vec<String> {
    let list = world.ses.list_suppressed_destinations().set_tenant_name(tenant.map(str::to_owned));
    let listed = list.send().await.unwrap();
    listed
        .suppressed_destination_summaries()
        .iter()
        .map(|summary| summary.email_address().to_owned())
        .collect()
}

/// Sends a message of a tenant.
pub(crate) async fn send_as(
    world: &World,
    set: &str,
    tenant: &str,
    to: &str,
) -> Result<SendEmailOutput, SdkError<SendEmailError>> {
    let text = |text: &str| Content::builder().data(text).build().unwrap();
    let message = Message::builder()
        .subject(text("Hi"))
        .body(Body::builder().text(text("x")).build())
        .build();
    world
        .ses
        .send_email()
        .from_email_address("news@news.example.org")
        .destination(Destination::builder().to_addresses(to).build())
        .content(EmailContent::builder().simple(message).build())
        .configuration_set_name(set)
        .tenant_name(tenant)
        .send()
        .await
}

/// Sends a message of a tenant and returns the sub-type of the last event, or its type when it has
/// none.
async fn last_event(world: &World, set: &str, tenant: &str, to: &str) -> String {
    send_as(world, set, tenant, to).await.unwrap();
    let events = world.events().await;
    let last = events.last().unwrap();
    assert_eq!(last["mail"]["tags"]["ses:tenant-name"], json!([tenant]));
    let sub_type =
        last["bounce"]["bounceSubType"].as_str().or(last["complaint"]["complaintSubType"].as_str());
    sub_type.or(last["eventType"].as_str()).unwrap().to_owned()
}

#[tokio::test]
async fn tenants_are_made_found_listed_and_deleted() {
    let world = World::new().await;
    let own = TenantSuppressionAttributes::builder()
        .suppression_scope(SuppressionListScope::Tenant)
        .suppressed_reasons(Bounce)
        .build();
    let made = world
        .ses
        .create_tenant()
        .tenant_name("acme")
        .suppression_attributes(own.clone())
        .send()
        .await
        .unwrap();
    let (id, arn) = (made.tenant_id().unwrap(), made.tenant_arn().unwrap());
    assert_eq!(arn, format!("arn:aws:ses:eu-central-1:111122223333:tenant/acme/{id}"));
    assert_eq!(made.suppression_attributes(), Some(&own));
    let again = world.ses.create_tenant().tenant_name("acme").send().await.unwrap_err();
    assert!(again.into_service_error().is_already_exists_exception());
    let nameless = world.ses.create_tenant().tenant_name("a b").send().await.unwrap_err();
    assert!(nameless.into_service_error().is_bad_request_exception());

    let found = world.ses.get_tenant().tenant_name("acme").send().await.unwrap().tenant.unwrap();
    assert_eq!((found.tenant_id(), found.tenant_arn()), (Some(id), Some(arn)));
    assert_eq!(found.sending_status().unwrap().as_str(), "ENABLED");
    assert!(found.created_timestamp().unwrap().secs() > 1_700_000_000);
    let listed = world.ses.list_tenants().send().await.unwrap();
    assert_eq!(listed.tenants()[0].tenant_name(), Some("acme"));
    let west = client_in("eu-west-1", &world.server.url(), "AKIDEXAMPLE");
    assert!(west.get_tenant().tenant_name("acme").send().await.is_err());

    world.ses.delete_tenant().tenant_name("acme").send().await.unwrap();
    let gone = world.ses.get_tenant().tenant_name("acme").send().await.unwrap_err();
    assert!(gone.into_service_error().is_not_found_exception());
    let gone = world.ses.delete_tenant().tenant_name("acme").send().await.unwrap_err();
    assert!(gone.into_service_error().is_not_found_exception());
}

#[tokio::test]
async fn scope_and_reasons_are_set_together_or_cleared() {
    let world = World::new().await;
    create(&world, "acme").await;
    assert_eq!(attributes(&world, "acme").await, None);
    set_scope(&world, "acme", SuppressionListScope::Tenant, &[Bounce]).await;
    let set = attributes(&world, "acme").await.unwrap();
    assert_eq!(set.suppression_scope(), Some(&SuppressionListScope::Tenant));
    assert_eq!(set.suppressed_reasons(), [Bounce]);
    let half = world.ses.put_tenant_suppression_attributes().tenant_name("acme");
    half.suppression_scope(SuppressionListScope::Tenant).send().await.unwrap();
    assert_eq!(attributes(&world, "acme").await, None);

    let unknown = world
        .ses
        .put_tenant_suppression_attributes()
        .tenant_name("nobody")
        .send()
        .await
        .unwrap_err();
    assert!(unknown.into_service_error().is_not_found_exception());
    let odd = world.ses.put_tenant_suppression_attributes().tenant_name("acme");
    let odd = odd.suppression_scope("PLANET".into()).send().await.unwrap_err();
    assert!(odd.into_service_error().is_bad_request_exception());
}

#[tokio::test]
async fn each_tenant_has_a_list_beside_the_accounts() {
    let world = World::new().await;
    let ses = &world.ses;
    for tenant in ["acme", "other"] {
        create(&world, tenant).await;
    }
    let address = "Ann@example.net";
    ses.put_suppressed_destination()
        .tenant_name("acme")
        .email_address(address)
        .reason(Complaint)
        .send()
        .await
        .unwrap();
    ses.put_suppressed_destination()
        .email_address("b@example.net")
        .reason(Bounce)
        .send()
        .await
        .unwrap();
    assert_eq!(list(&world, Some("acme")).await, [address]);
    assert_eq!(list(&world, Some("other")).await, [""; 0]);
    assert_eq!(list(&world, None).await, ["b@example.net"]);

    let found = ses
        .get_suppressed_destination()
        .tenant_name("acme")
        .email_address(address)
        .send()
        .await
        .unwrap();
    let found = found.suppressed_destination.unwrap();
    assert_eq!((found.reason(), found.tenant_name()), (&Complaint, Some("acme")));
    let account = ses.get_suppressed_destination().email_address(address).send().await.unwrap_err();
    assert!(account.into_service_error().is_not_found_exception());
    let entries = world.control("GET", "suppression?tenant=acme", json!({})).await;
    assert_eq!(entries, json!({"entries": {(address): "COMPLAINT"}, "count": 1}));
    let state = world.control("GET", "state", json!({})).await;
    assert_eq!(
        state["regions"]["eu-central-1"]["suppressed_by_tenant"],
        json!({"acme": 1, "other": 0})
    );

    let wrong =
        ses.delete_suppressed_destination().email_address(address).send().await.unwrap_err();
    assert!(wrong.into_service_error().is_not_found_exception());
    ses.delete_suppressed_destination()
        .tenant_name("acme")
        .email_address(address)
        .send()
        .await
        .unwrap();
    assert_eq!(list(&world, Some("acme")).await, [""; 0]);
}

#[tokio::test]
async fn an_unknown_tenant_is_not_found_by_any_operation() {
    let world = World::new().await;
    let ses = &world.ses;
    let (name, address) = ("nobody", "a@example.net");
    let put = ses
        .put_suppressed_destination()
        .tenant_name(name)
        .email_address(address)
        .reason(Bounce)
        .send()
        .await;
    assert!(put.unwrap_err().into_service_error().is_not_found_exception());
    let get =
        ses.get_suppressed_destination().tenant_name(name).email_address(address).send().await;
    assert!(get.unwrap_err().into_service_error().is_not_found_exception());
    let deleted =
        ses.delete_suppressed_destination().tenant_name(name).email_address(address).send().await;
    assert!(deleted.unwrap_err().into_service_error().is_not_found_exception());
    let listed = ses.list_suppressed_destinations().tenant_name(name).send().await.unwrap_err();
    assert_eq!(listed.raw_response().unwrap().status().as_u16(), 404);
    assert!(world.server.control("GET", "suppression?tenant=nobody", &json!({})).await.is_err());
}

#[tokio::test]
async fn the_sandbox_takes_no_entries_for_tenants_either() {
    let world = World::new().await;
    create(&world, "acme").await;
    world.control("PUT", "account", json!({"production_access_enabled": false})).await;
    let put =
        world.ses.put_suppressed_destination().tenant_name("acme").email_address("a@example.net");
    assert!(
        put.reason(Bounce)
            .send()
            .await
            .unwrap_err()
            .into_service_error()
            .is_bad_request_exception()
    );
}

#[tokio::test]
async fn the_scope_decides_which_list_withholds_mail() {
    let world = World::new().await;
    world.set("news").await;
    create(&world, "acme").await;
    let put = |address: &str, reason| {
        world.ses.put_suppressed_destination().email_address(address).reason(reason)
    };
    put("account@example.net", Bounce).send().await.unwrap();
    put("tenant@example.net", Complaint).tenant_name("acme").send().await.unwrap();

    assert_eq!(
        last_event(&world, "news", "acme", "account@example.net").await,
        "OnAccountSuppressionList"
    );
    assert_eq!(last_event(&world, "news", "acme", "tenant@example.net").await, "Delivery");
    set_scope(&world, "acme", SuppressionListScope::Tenant, &[Bounce, Complaint]).await;
    assert_eq!(last_event(&world, "news", "acme", "account@example.net").await, "Delivery");
    assert_eq!(
        last_event(&world, "news", "acme", "Tenant@example.net").await,
        "OnTenantSuppressionList"
    );
    set_scope(&world, "acme", SuppressionListScope::Tenant, &[Bounce]).await;
    assert_eq!(last_event(&world, "news", "acme", "tenant@example.net").await, "Delivery");

    let options =
        world.ses.put_configuration_set_suppression_options().configuration_set_name("news");
    options.suppression_scope(SuppressionListScope::Account).send().await.unwrap();
    assert_eq!(
        last_event(&world, "news", "acme", "account@example.net").await,
        "OnAccountSuppressionList"
    );
}

#[tokio::test]
async fn entries_of_ses_itself_go_to_the_list_in_force() {
    let world = World::new().await;
    world.set("news").await;
    create(&world, "acme").await;
    world.control("PUT", "account", json!({"automatic_suppression": true})).await;
    world.control("PUT", "domains/*", json!({"outcomes": [{"outcome": "bounce"}]})).await;
    set_scope(&world, "acme", SuppressionListScope::Tenant, &[Bounce]).await;
    last_event(&world, "news", "acme", "a@example.net").await;
    world.send("news", "b@example.net").await;
    assert_eq!(list(&world, Some("acme")).await, ["a@example.net"]);
    assert_eq!(list(&world, None).await, ["b@example.net"]);
}
