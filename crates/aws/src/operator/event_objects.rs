//! Objects of a bucket that keeps events, page by page: there may be millions.

use crate::Bucket;
use crate::error::CallError;

/// An object, as a listing has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedObject {
    /// Its key.
    pub key: String,
    /// When it was written, in seconds since 1970, where the listing says so.
    pub written_at: Option<i64>,
}

/// One page of a listing, a thousand objects at most.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ObjectPage {
    /// The objects, by key.
    pub objects: Vec<ListedObject>,
    /// For the next page; `None` on the last.
    pub next: Option<String>,
}

impl Bucket {
    /// ListObjectsV2: one page of the objects whose keys begin with `prefix`.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn page(&self, prefix: &str, next: Option<String>) -> Result<ObjectPage, CallError> {
        let list = self.s3.list_objects_v2().bucket(&self.name).prefix(prefix);
        let page = list.set_continuation_token(next).send().await;
        let page = page.map_err(|error| CallError::of("ListObjectsV2", &error))?;
        let is_last = !page.is_truncated().unwrap_or(false);
        let objects = page.contents.unwrap_or_default().into_iter().filter_map(|object| {
            let written_at = object.last_modified.map(|time| time.secs());
            Some(ListedObject { key: object.key?, written_at })
        });
        Ok(ObjectPage {
            objects: objects.collect(),
            next: page.next_continuation_token.filter(|_| !is_last),
        })
    }
}
