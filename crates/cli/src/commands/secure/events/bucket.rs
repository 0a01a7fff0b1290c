//! Reads the events in the objects of a bucket.

use std::cell::RefCell;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream;
use warden_aws::ListedObject;
use warden_aws::{Bucket, Connection};

use super::Gathered;
use super::pieces::Unpacker;
use crate::frame::progress::Progress;

/// Pages of a thousand keys that are listed.
const MOST_PAGES: usize = 100;
/// Objects that are read.
const MOST_OBJECTS: usize = 10_000;
/// Objects that are read side by side.
const TOGETHER: usize = 8;
/// Time for one object.
const OBJECT_TIME: Duration = Duration::from_secs(30);
/// Objects that are named where they could not be read.
const NAMED: usize = 3;

/// Adds what the objects below a prefix hold. Those written before `first`, in milliseconds since
/// 1970, are not read.
pub(super) async fn read(
    connection: &Connection,
    name: &str,
    prefix: &str,
    first: i64,
    gathered: &mut Gathered,
) {
    let bucket = Bucket::new(connection, name.to_owned());
    let source = bucket.url(prefix);
    let collected = RefCell::new(std::mem::take(gathered));
    let mut progress = Progress::new("objects with events read", None);
    let (mut next, mut read, mut failures) = (None, 0, Vec::new());
    for page_number in 1.. {
        let page = match bucket.page(prefix, next).await {
            Ok(page) => page,
            Err(error) => {
                collected.borrow_mut().refused(&source, &error);
                break;
            }
        };
        let wanted: Vec<ListedObject> =
            page.objects.into_iter().filter(|object| may_hold(object, first)).collect();
        let room = MOST_OBJECTS - read;
        let is_too_many = wanted.len() > room;
        read += wanted.len().min(room);
        let objects = stream::iter(wanted.into_iter().take(room));
        let reads = objects.map(|object| read_one(&bucket, object.key, &collected));
        let mut reads = reads.buffer_unordered(TOGETHER);
        while let Some(result) = reads.next().await {
            failures.extend(result.err());
            progress.step();
        }
        let mut so_far = collected.borrow_mut();
        if so_far.is_full() {
            break;
        }
        next = page.next;
        if is_too_many || (next.is_some() && page_number >= MOST_PAGES) {
            let most = if is_too_many { MOST_OBJECTS } else { 1000 * MOST_PAGES };
            let what = if is_too_many { "objects were read" } else { "keys were listed" };
            so_far.lacks(
                &source,
                format_args!(
                    "only the first {most} {what}; name a longer prefix, such as that of a day, \
                     or a shorter time"
                ),
            );
            break;
        }
        if next.is_none() {
            break;
        }
    }
    drop(progress);
    *gathered = collected.into_inner();
    for failure in failures.iter().take(NAMED) {
        gathered.lacks(&source, failure);
    }
    if failures.len() > NAMED {
        let more = failures.len() - NAMED;
        gathered.lacks(&source, format_args!("{more} more objects could not be read"));
    }
}

/// Whether an object may hold events of a time or later ones: it is written after its events. How
/// long after says nothing, because a copy is younger than its content.
fn may_hold(object: &ListedObject, first: i64) -> bool {
    object.written_at.is_none_or(|at| at >= first.div_euclid(1000))
}

async fn read_one(
    bucket: &Bucket,
    key: String,
    collected: &RefCell<Gathered>,
) -> Result<(), String> {
    if collected.borrow().is_full() {
        return Ok(());
    }
    let mut unpacker = Unpacker::new(|piece: &[u8]| collected.borrow_mut().take(piece));
    let read = bucket.read(&key, OBJECT_TIME, |bytes| unpacker.write(bytes)).await;
    match read {
        Ok(true) => unpacker.finish().map_err(|why| format!("{key} cannot be unpacked: {why}")),
        Ok(false) => Err(format!("{key} is gone")),
        Err(error) => Err(format!("{key}: {error}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_written_before_the_time_hold_none_of_its_events() {
        let object =
            |written_at| ListedObject { key: "2026/11/27/events.gz".to_owned(), written_at };
        for (written_at, expected) in
            [(Some(99), false), (Some(100), true), (Some(99_999_999), true), (None, true)]
        {
            assert_eq!(may_hold(&object(written_at), 100_000), expected, "{written_at:?}");
        }
    }
}
