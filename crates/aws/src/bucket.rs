//! One bucket of S3.

use aws_sdk_s3::primitives::ByteStream;

use crate::Connection;
use crate::error::{CallError, Class};

/// Most objects that one listing answers with; what is beyond waits for the next.
const MOST_LISTED: usize = 5_000;

/// A bucket that objects are kept in for a while.
#[derive(Debug, Clone)]
pub struct Bucket {
    s3: aws_sdk_s3::Client,
    name: String,
}

/// An object's content, and the mark of this version of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// The content.
    pub body: Vec<u8>,
    /// The mark, for [`Bucket::put_if`].
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

    /// GetObject; `None` where there is none.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn get(&self, key: &str) -> Result<Option<Object>, CallError> {
        const OPERATION: &str = "GetObject";
        match self.s3.get_object().bucket(&self.name).key(key).send().await {
            Ok(object) => {
                let etag = object.e_tag().unwrap_or_default().to_owned();
                let body = object.body.collect().await;
                let body = body.map_err(|_| {
                    CallError::new(OPERATION, Class::Temporary, "the object broke off")
                })?;
                Ok(Some(Object { body: body.to_vec(), etag }))
            }
            Err(error) => match CallError::of(OPERATION, &error) {
                error if error.class == Class::NotFound => Ok(None),
                error => Err(error),
            },
        }
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
