//! Values in every shape that a sender may give them.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// Longest list that is read: the largest batch of SQS. SES names 50 recipients at most.
pub(crate) const MOST_ENTRIES: usize = 10_000;

/// A string that stays borrowed where it holds no escape. (serde borrows a
/// plain `Cow`, but not one inside an `Option`; inside a newtype it does.)
#[derive(Deserialize)]
#[serde(transparent)]
pub(crate) struct Text<'a>(#[serde(borrow)] pub(crate) Cow<'a, str>);

impl Text<'_> {
    pub(crate) fn into_string(self) -> String {
        self.0.into_owned()
    }
}

/// `Option<Text>` to `Option<String>`.
pub(crate) fn owned(text: Option<Text<'_>>) -> Option<String> {
    text.map(Text::into_string)
}

/// The first text of a list; also a text by itself. Anything else counts as absent.
#[derive(Default)]
pub(crate) struct FirstText<'a>(pub(crate) Option<Cow<'a, str>>);

impl FirstText<'_> {
    pub(crate) fn into_string(self) -> Option<String> {
        self.0.map(Cow::into_owned)
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for FirstText<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct FirstVisitor;

        impl<'de> Visitor<'de> for FirstVisitor {
            type Value = FirstText<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of texts")
            }

            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(FirstText(Some(Cow::Borrowed(text))))
            }

            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(FirstText(Some(Cow::Owned(text.to_owned()))))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let first = seq.next_element::<FirstText<'de>>()?.unwrap_or_default();
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(first)
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(FirstText(None))
            }

            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(FirstText(None))
            }

            fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
                Ok(FirstText(None))
            }

            fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
                Ok(FirstText(None))
            }

            fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
                Ok(FirstText(None))
            }

            fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
                Ok(FirstText(None))
            }
        }

        deserializer.deserialize_any(FirstVisitor)
    }
}

/// A list of texts without its invalid entries. Anything else is an empty list.
#[derive(Default)]
pub(crate) struct Texts<'a> {
    /// Those that are texts, [`MOST_ENTRIES`] at most.
    pub(crate) texts: Vec<Cow<'a, str>>,
    /// Whether something was left out: entries that are no texts, or all of it.
    pub(crate) has_odd: bool,
}

impl Texts<'_> {
    fn odd() -> Self {
        Self { texts: Vec::new(), has_odd: true }
    }

    pub(crate) fn into_strings(self) -> Vec<String> {
        self.texts.into_iter().map(Cow::into_owned).collect()
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Texts<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextsVisitor;

        impl<'de> Visitor<'de> for TextsVisitor {
            type Value = Texts<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of texts")
            }

            fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
                Ok(Texts::odd())
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let mut list = Texts::default();
                while let Some(FirstText(entry)) = seq.next_element::<FirstText<'de>>()? {
                    match entry {
                        Some(text) if list.texts.len() < MOST_ENTRIES => list.texts.push(text),
                        _ => list.has_odd = true,
                    }
                }
                Ok(list)
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Texts::odd())
            }

            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(Texts::default())
            }

            fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
                Ok(Texts::odd())
            }

            fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
                Ok(Texts::odd())
            }

            fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
                Ok(Texts::odd())
            }

            fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
                Ok(Texts::odd())
            }
        }

        deserializer.deserialize_any(TextsVisitor)
    }
}

/// `mail.tags`: a map of names to lists of texts. Anything else has no tags.
#[derive(Default)]
pub(crate) struct Tags<'a> {
    pub(crate) from_domain: FirstText<'a>,
    pub(crate) configuration_set: FirstText<'a>,
    pub(crate) tenant: FirstText<'a>,
    pub(crate) caller_identity: FirstText<'a>,
    pub(crate) source_ip: FirstText<'a>,
    pub(crate) recipient_isp: FirstText<'a>,
}

impl<'de: 'a, 'a> Deserialize<'de> for Tags<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TagsVisitor;

        impl<'de> Visitor<'de> for TagsVisitor {
            type Value = Tags<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map of lists of texts")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut tags = Tags::default();
                while let Some(Text(name)) = map.next_key::<Text<'de>>()? {
                    let place = match name.as_ref() {
                        "ses:from-domain" => &mut tags.from_domain,
                        "ses:configuration-set" => &mut tags.configuration_set,
                        "ses:tenant-name" => &mut tags.tenant,
                        "ses:caller-identity" => &mut tags.caller_identity,
                        "ses:source-ip" => &mut tags.source_ip,
                        "ses:recipient-isp" => &mut tags.recipient_isp,
                        _ => {
                            map.next_value::<IgnoredAny>()?;
                            continue;
                        }
                    };
                    *place = map.next_value()?;
                }
                Ok(tags)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Tags::default())
            }

            fn visit_str<E>(self, _: &str) -> Result<Self::Value, E> {
                Ok(Tags::default())
            }

            fn visit_unit<E>(self) -> Result<Self::Value, E> {
                Ok(Tags::default())
            }

            fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
                Ok(Tags::default())
            }

            fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
                Ok(Tags::default())
            }

            fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
                Ok(Tags::default())
            }

            fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
                Ok(Tags::default())
            }
        }

        deserializer.deserialize_any(TagsVisitor)
    }
}

/// A list whose entries are read one by one later, so that one odd entry does not hide the
/// others.
pub(crate) enum RawList<'a> {
    /// Its entries, each the text of one JSON value.
    Entries(Vec<&'a RawValue>),
    /// More than [`MOST_ENTRIES`].
    TooMany,
}

impl<'de: 'a, 'a> Deserialize<'de> for RawList<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct EntriesVisitor;

        impl<'de> Visitor<'de> for EntriesVisitor {
            type Value = RawList<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let mut entries = Vec::new();
                while entries.len() < MOST_ENTRIES {
                    match seq.next_element::<&RawValue>()? {
                        Some(entry) => entries.push(entry),
                        None => return Ok(RawList::Entries(entries)),
                    }
                }
                if seq.next_element::<IgnoredAny>()?.is_none() {
                    return Ok(RawList::Entries(entries));
                }
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(RawList::TooMany)
            }
        }

        deserializer.deserialize_seq(EntriesVisitor)
    }
}
