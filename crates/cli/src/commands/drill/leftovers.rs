//! Removes what drills that were killed left behind.

use std::collections::BTreeSet;

use jiff::Timestamp;
use warden_aws::Connection;
use warden_aws::operator::{AlarmDefinitions, MOST_DELETED, Queues, remove_subscription};

use super::plan::{began, queue_prefix};
use super::read::DrillReader;
use super::stack::StackParts;

/// A drill that began so many seconds ago is over: none waits longer.
pub(super) const OLD_SECONDS: i64 = 3_600;

/// Removes queues, subscriptions and alarms of drills that began `age` seconds ago or earlier, and
/// returns how many drills those were.
///
/// # Errors
/// [`warden_aws::CallError`] of the first call that fails.
pub(super) async fn remove(
    connection: &Connection,
    stack: &StackParts,
    reader: &DrillReader,
    age: i64,
) -> anyhow::Result<usize> {
    let before = Timestamp::now().as_second().saturating_sub(age);
    let is_old = |id: &str| began(id).is_some_and(|began| began <= before);
    let mut drills = BTreeSet::new();

    let alarms = AlarmDefinitions::new(connection);
    let prefix = format!("{}drill/", stack.alarm_prefix);
    let listed = alarms.list(&prefix, || ()).await?;
    let id_of = |name: &str| {
        let id = name.strip_prefix(&prefix)?.strip_suffix("/warn")?;
        is_old(id).then(|| id.to_owned())
    };
    let old: Vec<(String, String)> =
        listed.into_iter().filter_map(|alarm| Some((id_of(&alarm.name)?, alarm.name))).collect();
    for chunk in old.chunks(MOST_DELETED) {
        let names: Vec<String> = chunk.iter().map(|(_, name)| name.clone()).collect();
        alarms.delete(&names).await?;
    }
    drills.extend(old.into_iter().map(|(id, _)| id));

    let prefix = queue_prefix(&stack.name);
    let id_of = |place: &str| {
        let name = place.rsplit(['/', ':']).next()?;
        let id = name.strip_prefix(&prefix)?;
        is_old(id).then(|| id.to_owned())
    };
    for topic in stack.topics() {
        for (subscription, endpoint) in reader.subscriptions(topic).await? {
            if let Some(id) = id_of(&endpoint) {
                remove_subscription(connection, &subscription).await?;
                drills.insert(id);
            }
        }
    }
    let queues = Queues::new(connection);
    for url in queues.beginning(&prefix).await? {
        if let Some(id) = id_of(&url) {
            queues.delete(&url).await?;
            drills.insert(id);
        }
    }
    Ok(drills.len())
}
