//! Reads the events in a log group.

use std::io::Write;

use warden_aws::Connection;
use warden_aws::operator::LogGroup;

use super::Gathered;
use super::pieces::Pieces;
use crate::frame::progress::Progress;

/// Pages that are read: of a megabyte at most, and some are empty.
const MOST_PAGES: usize = 1_000;

/// Adds what the group logged in a time, in milliseconds since 1970.
pub(super) async fn read(
    connection: &Connection,
    group: &str,
    window: (i64, i64),
    gathered: &mut Gathered,
) {
    let source = format!("log group {group}");
    let log_group = LogGroup::new(connection, group.to_owned());
    let mut progress = Progress::new("pages of log events read", None);
    let mut next = None;
    for _ in 0..MOST_PAGES {
        let page = match log_group.page(window, next).await {
            Ok(page) => page,
            Err(error) => return gathered.refused(&source, &error),
        };
        progress.step();
        for message in &page.messages {
            // Each message by itself: one that is broken off spoils no other. Nothing that is
            // written can fail, for no message has a gibibyte.
            let _ = Pieces::new(|piece: &[u8]| gathered.take(piece)).write_all(message.as_bytes());
        }
        next = page.next;
        if next.is_none() || gathered.is_full() {
            return;
        }
    }
    gathered.lacks(
        &source,
        format_args!("only the first {MOST_PAGES} pages were read; name a shorter time"),
    );
}
