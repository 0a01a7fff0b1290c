//! One bucket of S3.

mod listing;

use std::time::Duration;

use aws_smithy_types::body::SdkBody;
use http_body_util::BodyExt;
use hyper::body::Bytes;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use tokio::time::{Instant, timeout_at};

use crate::Connection;
use crate::error::{CallError, Class};
use crate::members::missing;
use crate::service::{Answer, Request, Service};
pub use listing::{ListedObject, ObjectPage};

/// Most objects that one listing answers with; what is beyond waits for the next.
const MOST_LISTED: usize = 5_000;

/// Most bytes of an object that [`Bucket::get`] answers with.
const LARGEST_KEPT: usize = 1024 * 1024;
/// Most bytes of an object that is copied.
const LARGEST_COPIED: usize = 16 * 1024 * 1024;
/// Time for one object, whatever arrives of it meanwhile.
const OBJECT_TIME: Duration = Duration::from_secs(30);

const GET: &str = "GetObject";
const PUT: &str = "PutObject";
const LIST: &str = "ListObjectsV2";

/// What is not encoded in a query, as a signature wants it.
const QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
/// The same in a key, which also keeps its slashes.
const KEY: &AsciiSet = &QUERY.remove(b'/');

/// An S3 bucket, and the calls that read and write its objects.
#[derive(Debug, Clone)]
pub struct Bucket {
    calls: Service,
    /// Hands an object on while it arrives.
    objects: Service,
    name: String,
}

/// An object's content and its version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// The content.
    pub body: Vec<u8>,
    /// The version's ETag, for [`Bucket::put_if`].
    pub etag: String,
}

/// When an object may be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition<'a> {
    /// Only where there is none.
    Absent,
    /// Only over this version.
    Version(&'a str),
}

impl Bucket {
    /// The bucket of that name.
    pub fn new(connection: &Connection, name: String) -> Self {
        let (calls, objects) = connection.s3(&name);
        Self { calls, objects, name }
    }

    /// The `s3://` address of an object.
    pub fn url(&self, key: &str) -> String {
        format!("s3://{}/{key}", self.name)
    }

    /// PutObject, over whatever is there.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn put(&self, key: &str, body: Vec<u8>) -> Result<(), CallError> {
        let request = Request { body, ..request("PUT", key) };
        self.calls.call(PUT, request).await.map(|_| ())
    }

    /// PutObject under a condition; false where it does not hold.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn put_if(
        &self,
        key: &str,
        body: Vec<u8>,
        condition: Condition<'_>,
    ) -> Result<bool, CallError> {
        let header = match condition {
            Condition::Absent => ("if-none-match", "*".to_owned()),
            Condition::Version(etag) => ("if-match", etag.to_owned()),
        };
        let request = Request { body, headers: vec![header], ..request("PUT", key) };
        match self.calls.call(PUT, request).await {
            Ok(_) => Ok(true),
            // 412, and 409 when two writers meet.
            Err(CallError { class: Class::Refused { code }, .. })
                if code == "PreconditionFailed" || code == "ConditionalRequestConflict" =>
            {
                Ok(false)
            }
            Err(CallError { class: Class::NotFound, .. }) if condition != Condition::Absent => {
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    /// GetObject; `None` where there is none. For small objects: of one that is larger
    /// than a mebibyte the rest is left out.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn get(&self, key: &str) -> Result<Option<Object>, CallError> {
        let end = Instant::now() + OBJECT_TIME;
        let Some(mut object) = self.open(key, end).await? else { return Ok(None) };
        let mut body = Vec::new();
        while body.len() < LARGEST_KEPT {
            let Some(piece) = next_piece(&mut object.body, end).await? else { break };
            body.extend_from_slice(&piece);
        }
        body.truncate(LARGEST_KEPT);
        Ok(Some(Object { body, etag: object.etag.unwrap_or_default() }))
    }

    /// GetObject, handed to `read` piece by piece, so that a large object is never held
    /// as a whole; false where there is none.
    ///
    /// # Errors
    /// [`CallError`], also after some pieces: when the object breaks off, or when it has
    /// not arrived within `time` or half a minute.
    pub async fn read(
        &self,
        key: &str,
        time: Duration,
        mut read: impl FnMut(&[u8]),
    ) -> Result<bool, CallError> {
        let end = Instant::now() + time.min(OBJECT_TIME);
        let Some(mut object) = self.open(key, end).await? else { return Ok(false) };
        while let Some(piece) = next_piece(&mut object.body, end).await? {
            read(&piece);
        }
        Ok(true)
    }

    async fn open(&self, key: &str, end: Instant) -> Result<Option<Answer>, CallError> {
        let call = self.objects.call(GET, request("GET", key));
        match timeout_at(end, call).await.map_err(|_| too_slow())? {
            Ok(object) => Ok(Some(object)),
            Err(error) if error.class == Class::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// GetObject of `from` and PutObject to `to`, over whatever is there; false, and
    /// nothing is changed, where the object is gone or larger than 16 MiB.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn copy(&self, from: &str, to: &str) -> Result<bool, CallError> {
        let mut body = Vec::new();
        let mut is_too_large = false;
        let is_there = self.read(from, OBJECT_TIME, |piece| {
            is_too_large |= body.len() + piece.len() > LARGEST_COPIED;
            if !is_too_large {
                body.extend_from_slice(piece);
            }
        });
        if !is_there.await? || is_too_large {
            return Ok(false);
        }
        self.put(to, body).await.map(|()| true)
    }

    /// ListObjectsV2: the keys that begin with `prefix`, in their order, 5,000 at most.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn list(&self, prefix: &str) -> Result<Vec<String>, CallError> {
        self.listed(prefix, MOST_LISTED).await
    }

    /// ListObjectsV2, all pages: every key that begins with `prefix`, in their order. For a
    /// command that has time; a function takes [`Self::list`].
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn list_all(&self, prefix: &str) -> Result<Vec<String>, CallError> {
        self.listed(prefix, usize::MAX).await
    }

    async fn listed(&self, prefix: &str, enough: usize) -> Result<Vec<String>, CallError> {
        let (mut keys, mut next) = (Vec::new(), None);
        loop {
            let page = self.page(prefix, next).await?;
            keys.extend(page.objects.into_iter().map(|object| object.key));
            next = page.next.filter(|_| keys.len() < enough);
            if next.is_none() {
                return Ok(keys);
            }
        }
    }

    /// ListObjectsV2: one page of the objects whose keys begin with `prefix`. `next` is what the page
    /// before ended with.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn page(&self, prefix: &str, next: Option<String>) -> Result<ObjectPage, CallError> {
        let mut path = format!("/?list-type=2&prefix={}", utf8_percent_encode(prefix, QUERY));
        if let Some(next) = &next {
            path.push_str("&continuation-token=");
            path.extend(utf8_percent_encode(next, QUERY));
        }
        let answer = self.calls.call(LIST, Request { path, ..request("GET", "") }).await?;
        ObjectPage::read(answer.body.bytes().unwrap_or_default())
            .ok_or_else(|| missing(LIST, "list of objects"))
    }

    /// DeleteObject. An object that is not there counts as deleted.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn delete(&self, key: &str) -> Result<(), CallError> {
        match self.calls.call("DeleteObject", request("DELETE", key)).await {
            Ok(_) => Ok(()),
            Err(error) if error.class == Class::NotFound => Ok(()),
            Err(error) => Err(error),
        }
    }
}

fn request(method: &'static str, key: &str) -> Request {
    let path = format!("/{}", utf8_percent_encode(key, KEY));
    Request { method, path, headers: Vec::new(), body: Vec::new() }
}

/// The next bytes of an object, `None` at its end.
async fn next_piece(body: &mut SdkBody, end: Instant) -> Result<Option<Bytes>, CallError> {
    loop {
        let Some(frame) = timeout_at(end, body.frame()).await.map_err(|_| too_slow())? else {
            return Ok(None);
        };
        if let Ok(piece) = frame.map_err(|_| broken_off())?.into_data() {
            return Ok(Some(piece));
        }
    }
}

fn too_slow() -> CallError {
    CallError::new(GET, Class::Temporary, "the object did not arrive in time")
}

fn broken_off() -> CallError {
    CallError::new(GET, Class::Temporary, "the object broke off")
}
