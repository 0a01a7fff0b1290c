//! One page of ListObjectsV2.

use aws_smithy_xml::decode::{Document, try_data};

/// A page.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Page {
    pub(super) keys: Vec<String>,
    /// Whether there are more pages.
    pub(super) is_truncated: bool,
    /// What to ask for the next one with.
    pub(super) next: Option<String>,
}

impl Page {
    /// Reads an answer; `None` where it is no list.
    pub(super) fn read(body: &[u8]) -> Option<Self> {
        let mut document = Document::try_from(body).ok()?;
        let mut root = document.root_element().ok()?;
        if !root.start_el().matches("ListBucketResult") {
            return None;
        }
        let mut page = Self::default();
        while let Some(mut tag) = root.next_tag() {
            match tag.start_el().local() {
                "IsTruncated" => page.is_truncated = try_data(&mut tag).ok()? == "true",
                "NextContinuationToken" => page.next = Some(try_data(&mut tag).ok()?.into_owned()),
                "Contents" => {
                    while let Some(mut member) = tag.next_tag() {
                        if member.start_el().local() == "Key" {
                            page.keys.push(try_data(&mut member).ok()?.into_owned());
                        }
                    }
                }
                _ => {}
            }
        }
        Some(page)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_keys_and_the_way_to_the_next() {
        let page = Page::read(
            br#"<?xml version="1.0" encoding="UTF-8"?>
            <ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">
              <Name>imports</Name><Prefix>a/</Prefix><IsTruncated>true</IsTruncated>
              <Contents><Key>a/1 &amp; 2</Key><Size>3</Size><Owner><ID>x</ID></Owner></Contents>
              <Contents><ETag>&quot;e&quot;</ETag><Key>a/3</Key></Contents>
              <NextContinuationToken>t+/=</NextContinuationToken>
            </ListBucketResult>"#,
        );
        let keys = vec!["a/1 & 2".to_owned(), "a/3".to_owned()];
        assert_eq!(page, Some(Page { keys, is_truncated: true, next: Some("t+/=".to_owned()) }));
    }

    #[test]
    fn what_is_no_list_is_not_read_as_an_empty_one() {
        for body in ["", "<html></html>", "{}", "<Error><Code>x</Code></Error>"] {
            assert_eq!(Page::read(body.as_bytes()), None, "{body}");
        }
        assert_eq!(Page::read(b"<ListBucketResult/>"), Some(Page::default()));
    }
}
