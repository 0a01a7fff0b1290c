//! One bucket of S3.

use std::time::Duration;

use aws_sdk_s3::operation::get_object::GetObjectOutput;
use aws_sdk_s3::primitives::ByteStream;
use tokio::time::{Instant, timeout_at};

use crate::Connection;
use crate::error::{CallError, Class};

/// Most objects that one listing answers with; what is beyond waits for the next.
const MOST_LISTED: usize = 5_000;

/// Most bytes of an object that [`Bucket::get`] answers with.
const LARGEST_KEPT: usize = 1024 * 1024;
/// Most bytes of an object that is copied.
const LARGEST_COPIED: usize = 16 * 1024 * 1024;
/// Time for one object, whatever arrives of it meanwhile.
const OBJECT_TIME: Duration = Duration::from_secs(30);

const GET: &str = "GetObject";

/// An S3 bucket, and the calls that read and write its objects.
#[derive(Debug, Clone)]
pub struct Bucket {
    s3: aws_sdk_s3::Client,
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
        Self { s3: connection.s3(), name }
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
        let put = self.s3.put_object().bucket(&self.name).key(key).body(ByteStream::from(body));
        put.send().await.map(|_| ()).map_err(|error| CallError::of("PutObject", &error))
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
        let put = self.s3.put_object().bucket(&self.name).key(key).body(ByteStream::from(body));
        let put = match condition {
            Condition::Absent => put.if_none_match("*"),
            Condition::Version(etag) => put.if_match(etag),
        };
        match put.send().await.map_err(|error| CallError::of("PutObject", &error)) {
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
        let Some(object) = self.open(key, end).await? else { return Ok(None) };
        let etag = object.e_tag().unwrap_or_default().to_owned();
        let mut body = Vec::new();
        let mut pieces = object.body;
        while body.len() < LARGEST_KEPT
            && let Some(piece) = timeout_at(end, pieces.next()).await.map_err(|_| too_slow())?
        {
            body.extend_from_slice(&piece.map_err(|_| broken_off())?);
        }
        body.truncate(LARGEST_KEPT);
        Ok(Some(Object { body, etag }))
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
        let Some(object) = self.open(key, end).await? else { return Ok(false) };
        let mut pieces = object.body;
        while let Some(piece) = timeout_at(end, pieces.next()).await.map_err(|_| too_slow())? {
            read(&piece.map_err(|_| broken_off())?);
        }
        Ok(true)
    }

    async fn open(&self, key: &str, end: Instant) -> Result<Option<GetObjectOutput>, CallError> {
        let call = self.s3.get_object().bucket(&self.name).key(key).send();
        match timeout_at(end, call).await.map_err(|_| too_slow())? {
            Ok(object) => Ok(Some(object)),
            Err(error) => match CallError::of(GET, &error) {
                error if error.class == Class::NotFound => Ok(None),
                error => Err(error),
            },
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
        let mut keys = Vec::new();
        let mut token: Option<String> = None;
        loop {
            let list = self
                .s3
                .list_objects_v2()
                .bucket(&self.name)
                .prefix(prefix)
                .set_continuation_token(token);
            let page = list.send().await.map_err(|error| CallError::of("ListObjectsV2", &error))?;
            let (more, next) = (page.is_truncated().unwrap_or(false), page.next_continuation_token);
            keys.extend(
                page.contents.unwrap_or_default().into_iter().filter_map(|object| object.key),
            );
            token = next;
            if !more || token.is_none() || keys.len() >= MOST_LISTED {
                return Ok(keys);
            }
        }
    }

    /// ListObjectsV2, all pages: every key that begins with `prefix`, in their order. For a
    /// command that has time; a function takes [`Self::list`].
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn list_all(&self, prefix: &str) -> Result<Vec<String>, CallError> {
        let listing = self.s3.list_objects_v2().bucket(&self.name).prefix(prefix);
        let mut pages = listing.into_paginator().send();
        let mut keys = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(|error| CallError::of("ListObjectsV2", &error))?;
            let objects = page.contents.unwrap_or_default();
            keys.extend(objects.into_iter().filter_map(|object| object.key));
        }
        Ok(keys)
    }

    /// DeleteObject. An object that is not there counts as deleted.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn delete(&self, key: &str) -> Result<(), CallError> {
        let answer = self.s3.delete_object().bucket(&self.name).key(key).send().await;
        match answer.map_err(|error| CallError::of("DeleteObject", &error)) {
            Ok(_) => Ok(()),
            Err(error) if error.class == Class::NotFound => Ok(()),
            Err(error) => Err(error),
        }
    }
}

fn too_slow() -> CallError {
    CallError::new(GET, Class::Temporary, "the object did not arrive in time")
}

fn broken_off() -> CallError {
    CallError::new(GET, Class::Temporary, "the object broke off")
}
