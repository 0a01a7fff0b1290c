//! One page of ListObjectsV2.

use aws_smithy_xml::decode::{Document, ScopedDecoder, try_data};
use warden_domain::time::epoch_millis;

/// An object, as a listing has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedObject {
    /// Its key.
    pub key: String,
    /// When it was written, in seconds since 1970, where the listing says so.
    pub written_at: Option<i64>,
}

/// One page of a listing, a thousand objects at most.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ObjectPage {
    /// The objects, by key.
    pub objects: Vec<ListedObject>,
    /// What to ask for the next page with; `None` on the last.
    pub next: Option<String>,
}

impl ObjectPage {
    /// Reads an answer; `None` where it is no list.
    pub(super) fn read(body: &[u8]) -> Option<Self> {
        let mut document = Document::try_from(body).ok()?;
        let mut root = document.root_element().ok()?;
        if !root.start_el().matches("ListBucketResult") {
            return None;
        }
        let mut page = Self::default();
        let mut is_truncated = false;
        while let Some(mut tag) = root.next_tag() {
            match tag.start_el().local() {
                "IsTruncated" => is_truncated = try_data(&mut tag).ok()? == "true",
                "NextContinuationToken" => page.next = Some(try_data(&mut tag).ok()?.into_owned()),
                "Contents" => page.objects.extend(object(&mut tag)),
                _ => {}
            }
        }
        page.next = page.next.filter(|_| is_truncated);
        Some(page)
    }
}

/// One object; `None` without a key.
fn object(tag: &mut ScopedDecoder<'_, '_>) -> Option<ListedObject> {
    let (mut key, mut written_at) = (None, None);
    while let Some(mut member) = tag.next_tag() {
        match member.start_el().local() {
            "Key" => key = Some(try_data(&mut member).ok()?.into_owned()),
            "LastModified" => {
                written_at = epoch_millis(&try_data(&mut member).ok()?).map(|at| at / 1000);
            }
            _ => {}
        }
    }
    Some(ListedObject { key: key?, written_at })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_keys_and_the_way_to_the_next() {
        let page = ObjectPage::read(
            br#"<?xml version="1.0" encoding="UTF-8"?>
            <ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
              <Name>imports</Name><Prefix>a/</Prefix><IsTruncated>true</IsTruncated>
              <Contents><Key>a/1 &amp; 2</Key><LastModified>2026-10-06T07:00:00.000Z</LastModified>
                <Size>3</Size><Owner><ID>x</ID></Owner></Contents>
              <Contents><ETag>&quot;e&quot;</ETag><Key>a/3</Key></Contents>
              <NextContinuationToken>t+/=</NextContinuationToken>
            </ListBucketResult>"#,
        );
        let object = |key: &str, written_at| ListedObject { key: key.to_owned(), written_at };
        let objects = vec![object("a/1 & 2", Some(1_791_270_000)), object("a/3", None)];
        assert_eq!(page, Some(ObjectPage { objects, next: Some("t+/=".to_owned()) }));
    }

    #[test]
    fn the_last_page_has_no_next() {
        let page = ObjectPage::read(
            b"<ListBucketResult><IsTruncated>false</IsTruncated>\
              <NextContinuationToken>t</NextContinuationToken></ListBucketResult>",
        );
        assert_eq!(page, Some(ObjectPage::default()));
    }

    #[test]
    fn what_is_no_list_is_not_read_as_an_empty_one() {
        for body in ["", "<html></html>", "{}", "<Error><Code>x</Code></Error>"] {
            assert_eq!(ObjectPage::read(body.as_bytes()), None, "{body}");
        }
        assert_eq!(ObjectPage::read(b"<ListBucketResult/>"), Some(ObjectPage::default()));
    }
}
