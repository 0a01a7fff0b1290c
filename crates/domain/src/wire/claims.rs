//! What a text that cannot be read says it is.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};

use super::Text;

/// The names of ours that a JSON object has, whatever stands behind them.
///
/// Values are skipped and not built: megabytes of odd JSON cost no memory.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Claims {
    /// It has a member `Records` that is not null.
    pub(crate) records: bool,
    /// A name that only SES feedback has.
    pub(crate) feedback: bool,
    /// A name that only an alarm has.
    pub(crate) alarm: bool,
    /// The names of an SNS or EventBridge envelope.
    pub(crate) envelope: bool,
}

impl Claims {
    /// Names that only SES feedback has.
    pub(crate) const FEEDBACK: [&str; 4] = ["eventType", "notificationType", "bounce", "complaint"];
    /// Names that only an alarm has.
    pub(crate) const ALARM: [&str; 5] =
        ["AlarmName", "AlarmArn", "NewStateValue", "alarmArn", "alarmData"];

    /// The claims of a JSON text; none of anything but an object, `None` of no JSON at all.
    pub(crate) fn of(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }
}

impl<'de> Deserialize<'de> for Claims {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NamesVisitor;

        impl<'de> Visitor<'de> for NamesVisitor {
            type Value = Claims;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("JSON")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Claims, A::Error> {
                let mut claims = Claims::default();
                let (mut sns, mut event_bridge) = ([false; 2], [false; 2]);
                while let Some(Text(name)) = map.next_key::<Text<'_>>()? {
                    let is_null = map.next_value::<Option<IgnoredAny>>()?.is_none();
                    let name: &str = &name;
                    claims.records |= name == "Records" && !is_null;
                    claims.feedback |= Claims::FEEDBACK.contains(&name);
                    claims.alarm |= Claims::ALARM.contains(&name);
                    match name {
                        "Type" => sns[0] = true,
                        "TopicArn" => sns[1] = true,
                        "detail-type" => event_bridge[0] = true,
                        "source" => event_bridge[1] = true,
                        _ => {}
                    }
                }
                claims.envelope = sns == [true; 2] || event_bridge == [true; 2];
                Ok(claims)
            }

            fn visit_seq<A: serde::de::SeqAccess<'de>>(
                self,
                mut seq: A,
            ) -> Result<Claims, A::Error> {
                while seq.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Claims::default())
            }

            fn visit_str<E>(self, _: &str) -> Result<Claims, E> {
                Ok(Claims::default())
            }

            fn visit_unit<E>(self) -> Result<Claims, E> {
                Ok(Claims::default())
            }

            fn visit_bool<E>(self, _: bool) -> Result<Claims, E> {
                Ok(Claims::default())
            }

            fn visit_i64<E>(self, _: i64) -> Result<Claims, E> {
                Ok(Claims::default())
            }

            fn visit_u64<E>(self, _: u64) -> Result<Claims, E> {
                Ok(Claims::default())
            }

            fn visit_f64<E>(self, _: f64) -> Result<Claims, E> {
                Ok(Claims::default())
            }
        }

        deserializer.deserialize_any(NamesVisitor)
    }
}
