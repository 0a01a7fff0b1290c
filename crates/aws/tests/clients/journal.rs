//! The table.

use warden_aws::{Class, Connection, Journal, PartitionQuery, journal_key};
use warden_domain::journal::{Item, ItemKey, VERSION};

use crate::connection;
use crate::wire::{Answer, Wire};

fn item(pk: &str, sk: &str) -> Item {
    Item::new(ItemKey::new(pk, sk))
}

fn journal(wire: &Wire) -> Journal {
    Journal::new(&connection(wire), "journal".to_owned())
}

#[tokio::test]
async fn an_item_is_put_once_and_read_as_it_was_put() {
    let wire = Wire::start();
    let journal = journal(&wire);
    let put =
        item("a", "1").with_text("word", "\u{fc}ber").with_text("none", "").with_number("n", -7);
    assert_eq!(journal.put_new(&put).await, Ok(true));
    assert_eq!(journal.put_new(&item("a", "1")).await, Ok(false));
    assert_eq!(journal.partition("a", PartitionQuery::default()).await, Ok(vec![put]));
    assert_eq!(journal.partition("b", PartitionQuery::default()).await, Ok(Vec::new()));
}

#[tokio::test]
async fn of_two_writers_of_one_version_one_wins() {
    let wire = Wire::start();
    let journal = journal(&wire);
    let version = |n: i64| item("incident", "x").with_number(VERSION, n);
    assert_eq!(journal.put_version(&version(1), Some(0)).await, Ok(false));
    assert_eq!(journal.put_version(&version(1), None).await, Ok(true));
    assert_eq!(journal.put_version(&version(1), None).await, Ok(false));
    assert_eq!(journal.put_version(&version(2), Some(1)).await, Ok(true));
    assert_eq!(journal.put_version(&version(2), Some(1)).await, Ok(false));
}

#[tokio::test]
async fn a_query_follows_all_pages_in_either_direction() {
    let wire = Wire::start();
    wire.world().page_size = 2;
    let journal = journal(&wire);
    for n in 1..=7 {
        journal.put_new(&item("a", &n.to_string())).await.unwrap();
    }
    let read = async |query| {
        let items = journal.partition("a", query).await.unwrap();
        items.into_iter().map(|item| item.key.sort).collect::<Vec<_>>().concat()
    };
    let all = PartitionQuery::default();
    assert_eq!(read(all).await, "1234567");
    assert_eq!(read(PartitionQuery { newest_first: true, at_most: Some(3), ..all }).await, "765");
    assert_eq!(read(PartitionQuery { from: Some("5"), ..all }).await, "567");
    assert_eq!(read(PartitionQuery { at_most: Some(1), ..all }).await, "1");
}

#[tokio::test]
async fn a_partition_is_deleted_whole_although_dynamodb_leaves_some_undone() {
    let wire = Wire::start();
    wire.world().batch_writes = 10;
    let journal = journal(&wire);
    for n in 0..60 {
        journal.put_new(&item("a", &n.to_string())).await.unwrap();
    }
    journal.put_new(&item("b", "1")).await.unwrap();
    assert_eq!(journal.delete_partition("a").await, Ok(60));
    assert_eq!(wire.world().table.len(), 1);
    assert_eq!(journal.delete_partition("a").await, Ok(0));
}

#[tokio::test]
async fn a_throttled_table_is_tried_again_and_then_reported_as_throttled() {
    let wire = Wire::start();
    let throttled = || Answer::error(400, "ThrottlingException");
    wire.script("PutItem", [throttled()]);
    assert_eq!(journal(&wire).put_new(&item("a", "1")).await, Ok(true));
    wire.script("Query", vec![throttled(); 3]);
    let error = journal(&wire).partition("a", PartitionQuery::default()).await.unwrap_err();
    assert_eq!(error.class, Class::Throttled);
}

#[tokio::test]
async fn the_key_of_ids_comes_from_the_secret_and_a_short_one_is_refused() {
    let wire = Wire::start();
    let read = async |connection: &Connection| journal_key(connection, "key").await;
    let connection = connection(&wire);
    assert_eq!(read(&connection).await.unwrap_err().class, Class::NotFound);
    wire.world().secrets.insert("key".to_owned(), "short".to_owned());
    assert!(read(&connection).await.unwrap_err().to_string().contains("16 characters"));
    wire.world().secrets.insert("key".to_owned(), "long-enough-for-a-key".to_owned());
    assert!(read(&connection).await.is_ok());
}
