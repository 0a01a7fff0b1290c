//! What the clients share.

use std::time::Duration;

use warden_aws::Alarms;

use crate::connection;
use crate::wire::Wire;

async fn connections_after(idle: Duration) -> usize {
    let wire = Wire::start();
    let alarms = Alarms::new(&connection(&wire));
    alarms.all("a").await.unwrap();
    tokio::time::pause();
    tokio::time::advance(idle).await;
    tokio::time::resume();
    alarms.all("a").await.unwrap();
    wire.connections()
}

#[tokio::test]
async fn a_connection_is_used_again_while_it_is_fresh() {
    assert_eq!(connections_after(Duration::from_secs(5)).await, 1);
}

/// As after a function was frozen: AWS may have closed it meanwhile.
#[tokio::test]
async fn a_connection_that_was_idle_for_long_is_not_used_again() {
    assert_eq!(connections_after(Duration::from_secs(20)).await, 2);
}
