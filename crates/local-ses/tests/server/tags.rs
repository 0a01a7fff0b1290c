//! Tags of configuration sets, identities and tenants.

use aws_sdk_sesv2::types::Tag;

use crate::{TOPIC, World};

const OWN: &str = "arn:aws:ses:eu-central-1:111122223333";

fn tag(key: &str, value: &str) -> Tag {
    Tag::builder().key(key).value(value).build().unwrap()
}

fn pairs(tags: &[Tag]) -> Vec<(&str, &str)> {
    tags.iter().map(|tag| (tag.key(), tag.value())).collect()
}

impl World {
    async fn tags(&self, arn: &str) -> Vec<Tag> {
        self.ses.list_tags_for_resource().resource_arn(arn).send().await.unwrap().tags().to_vec()
    }
}

#[tokio::test]
async fn tags_of_each_kind_of_resource_are_put_listed_and_taken_away() {
    let world = World::new().await;
    let set = world.ses.create_configuration_set().configuration_set_name("news");
    set.tags(tag("team", "mail")).send().await.unwrap();
    let identity = world.ses.create_email_identity().email_identity("news.example.org");
    identity.tags(tag("team", "mail")).send().await.unwrap();
    let tenant = world.ses.create_tenant().tenant_name("acme").tags(tag("team", "mail"));
    let tenant = tenant.send().await.unwrap().tenant_arn().unwrap().to_owned();
    let arns = [
        format!("{OWN}:configuration-set/news"),
        format!("{OWN}:identity/news.example.org"),
        tenant,
    ];
    for arn in arns {
        let put = world.ses.tag_resource().resource_arn(&arn);
        put.tags(tag("team", "post")).tags(tag("owner", "x")).send().await.unwrap();
        assert_eq!(pairs(&world.tags(&arn).await), [("owner", "x"), ("team", "post")], "{arn}");
        let untag = world.ses.untag_resource().resource_arn(&arn);
        untag.tag_keys("owner").tag_keys("absent").send().await.unwrap();
        assert_eq!(pairs(&world.tags(&arn).await), [("team", "post")], "{arn}");
    }
    let found = world.ses.get_configuration_set().configuration_set_name("news").send().await;
    assert_eq!(pairs(found.unwrap().tags()), [("team", "post")]);
    let found = world.ses.get_email_identity().email_identity("news.example.org").send().await;
    assert_eq!(pairs(found.unwrap().tags()), [("team", "post")]);
    let found = world.ses.get_tenant().tenant_name("acme").send().await.unwrap();
    assert_eq!(pairs(found.tenant().unwrap().tags()), [("team", "post")]);
}

#[tokio::test]
async fn a_stack_s_set_can_be_tagged_here_too() {
    let world = World::new().await;
    world.upstream.put_set("stacked", TOPIC, true);
    let arn = format!("{OWN}:configuration-set/stacked");
    world.ses.tag_resource().resource_arn(&arn).tags(tag("a", "b")).send().await.unwrap();
    assert_eq!(pairs(&world.tags(&arn).await), [("a", "b")]);
}

#[tokio::test]
async fn unknown_resources_and_foreign_arns_differ() {
    let world = World::new().await;
    let ask = async |arn: &str| {
        let refused = world.ses.list_tags_for_resource().resource_arn(arn).send().await;
        refused.unwrap_err().into_service_error()
    };
    assert!(ask(&format!("{OWN}:configuration-set/none")).await.is_not_found_exception());
    assert!(ask(&format!("{OWN}:identity/none.example.org")).await.is_not_found_exception());
    assert!(ask(&format!("{OWN}:contact-list/none")).await.is_not_found_exception());
    let elsewhere = OWN.replace("eu-central-1", "us-east-1");
    assert!(ask(&format!("{elsewhere}:identity/x.example.org")).await.is_bad_request_exception());
    assert!(ask("news").await.is_bad_request_exception());
}
