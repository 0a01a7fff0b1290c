//! CloudTrail's records of calls that switch sending.

use serde_json::{Value, json};

use crate::World;

async fn read(world: &World) -> Vec<Value> {
    let records = world.control("GET", "trail", json!({})).await;
    records.as_array().unwrap().clone()
}

#[tokio::test]
async fn each_call_of_a_switch_has_a_record_and_others_have_none() {
    let world = World::new().await;
    world.set("news").await;
    world.ses.put_account_sending_attributes().sending_enabled(true).send().await.unwrap();
    let put = || world.ses.put_configuration_set_sending_options().sending_enabled(false);
    put().configuration_set_name("news").send().await.unwrap();
    put().configuration_set_name("none").send().await.unwrap_err();
    world.ses.get_account().send().await.unwrap();

    let records = read(&world).await;
    let said = |record: &Value| {
        let names = ["eventName", "requestParameters", "errorCode"];
        Value::from_iter(names.map(|name| record.get(name).cloned().unwrap_or_default()))
    };
    let set = "PutConfigurationSetSendingOptions";
    let asked = |name: &str| json!({ "configurationSetName": name, "sendingEnabled": false });
    assert_eq!(
        records.iter().map(said).collect::<Vec<_>>(),
        [
            json!(["PutAccountSendingAttributes", { "sendingEnabled": true }, null]),
            json!([set, asked("news"), null]),
            json!([set, asked("none"), "NotFoundException"]),
        ]
    );
    assert!(records.iter().all(|record| record["userIdentity"]["accessKeyId"].is_string()));
    world.control("POST", "reset", json!({})).await;
    assert_eq!(read(&world).await, [Value::Null; 0]);
}
