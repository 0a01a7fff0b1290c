//! One accepted message, with what its events report.

use serde_json::{Map, Value, json};

use crate::clock;
use crate::json::put_member;

/// Headers beyond this are cut, and the event says so.
const HEADER_LIMIT_BYTES: usize = 10 * 1024;

/// Who signed the request and from where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sender {
    pub(crate) caller_identity: String,
    pub(crate) source_ip: String,
}

impl Default for Sender {
    fn default() -> Self {
        Self { caller_identity: "app-mailer".to_owned(), source_ip: "192.0.2.41".to_owned() }
    }
}

/// A message that SES has accepted.
#[derive(Debug, Clone)]
pub(crate) struct Message {
    pub(crate) message_id: String,
    pub(crate) accepted_ms: i64,
    /// As the sender gave it, with or without a display name.
    pub(crate) from: String,
    /// The From header's domain, in the sender's own spelling.
    pub(crate) from_domain: String,
    pub(crate) source_arn: String,
    pub(crate) account_id: String,
    pub(crate) to: Vec<String>,
    pub(crate) cc: Vec<String>,
    /// All recipients, blind copies included.
    pub(crate) destination: Vec<String>,
    pub(crate) subject: Option<String>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) configuration_set: String,
    pub(crate) tenant: Option<String>,
    pub(crate) sender: Sender,
    /// The sender's own message tags.
    pub(crate) tags: Vec<(String, String)>,
}

/// How much of the message an event shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum View {
    Full,
    /// With the tags that only exist after an attempt to deliver.
    Delivered,
    /// Delivery delays and rendering failures: no headers, one tag.
    Bare,
}

impl Message {
    /// The `mail` object.
    pub(crate) fn to_json(&self, view: View) -> Value {
        let mut mail = json!({
            "timestamp": clock::iso(self.accepted_ms),
            "source": self.from,
            "sourceArn": self.source_arn,
            "sendingAccountId": self.account_id,
            "messageId": self.message_id,
            "destination": self.destination,
            "headersTruncated": false,
            "tags": self.tags(view),
        });
        if view != View::Bare
            && let Some(mail) = mail.as_object_mut()
        {
            let (headers, truncated) = self.headers();
            mail.insert("headersTruncated".to_owned(), truncated.into());
            mail.insert("headers".to_owned(), headers);
            mail.insert("commonHeaders".to_owned(), self.common_headers());
        }
        mail
    }

    fn headers(&self) -> (Value, bool) {
        let mut bytes = 0;
        let mut kept = Vec::new();
        for (name, value) in &self.headers {
            bytes += name.len() + value.len() + 4;
            if bytes > HEADER_LIMIT_BYTES {
                return (kept.into(), true);
            }
            kept.push(json!({"name": name, "value": value}));
        }
        (kept.into(), false)
    }

    fn common_headers(&self) -> Value {
        let mut common = json!({
            "from": [self.from],
            "to": self.to,
            "messageId": self.message_id,
        });
        if !self.cc.is_empty() {
            put_member(&mut common, "cc", &self.cc);
        }
        if let Some(subject) = &self.subject {
            put_member(&mut common, "subject", subject);
        }
        common
    }

    fn tags(&self, view: View) -> Value {
        let mut tags = Map::new();
        let mut tag = |name: &str, value: &str| {
            tags.insert(name.to_owned(), json!([value]));
        };
        tag("ses:configuration-set", &self.configuration_set);
        if view != View::Bare {
            tag("ses:source-tls-version", "TLSv1.3");
            tag("ses:operation", "SendEmail");
            tag("ses:source-ip", &self.sender.source_ip);
            tag("ses:from-domain", &self.from_domain);
            tag("ses:caller-identity", &self.sender.caller_identity);
            if let Some(tenant) = &self.tenant {
                tag("ses:tenant-name", tenant);
            }
            for (name, value) in &self.tags {
                tag(name, value);
            }
        }
        if view == View::Delivered {
            tag("ses:outgoing-ip", "198.51.100.17");
            tag("ses:outgoing-tls-version", "TLSv1.3");
            tag("ses:recipient-isp", "UNKNOWN_ISP");
        }
        Value::Object(tags)
    }
}

#[cfg(test)]
pub(crate) fn sample() -> Message {
    Message {
        message_id: "0107019b624b60c5-8c9d8bfb-6ff1-486c-9fd6-05d2adeb6ea4-000000".to_owned(),
        accepted_ms: 1_791_270_842_118,
        from: "orders@News.Example.org".to_owned(),
        from_domain: "News.Example.org".to_owned(),
        source_arn: "arn:aws:ses:eu-central-1:111122223333:identity/news.example.org".to_owned(),
        account_id: "111122223333".to_owned(),
        to: vec!["a@recipient.example.net".to_owned()],
        cc: vec![],
        destination: vec!["a@recipient.example.net".to_owned()],
        subject: Some("Order 1".to_owned()),
        headers: vec![("From".to_owned(), "orders@News.Example.org".to_owned())],
        configuration_set: "transactional".to_owned(),
        tenant: None,
        sender: Sender::default(),
        tags: vec![("campaign".to_owned(), "autumn".to_owned())],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_arrays_and_from_domain_keeps_its_spelling() {
        let mail = sample().to_json(View::Full);
        assert_eq!(mail["tags"]["ses:from-domain"], json!(["News.Example.org"]));
        assert_eq!(mail["tags"]["campaign"], json!(["autumn"]));
        assert_eq!(mail["tags"].get("ses:outgoing-ip"), None);
        assert_eq!(mail["timestamp"], "2026-10-06T07:14:02.118Z");
    }

    #[test]
    fn the_bare_view_has_one_tag_and_no_headers() {
        let mail = sample().to_json(View::Bare);
        assert_eq!(mail["tags"], json!({"ses:configuration-set": ["transactional"]}));
        assert_eq!(mail.get("headers"), None);
        assert_eq!(mail.get("commonHeaders"), None);
    }

    #[test]
    fn long_headers_are_cut_and_said_to_be() {
        let mut message = sample();
        message.headers = (0..20).map(|n| (format!("X-Trace-{n}"), "v".repeat(1000))).collect();
        let mail = message.to_json(View::Full);
        assert_eq!(mail["headersTruncated"], true);
        assert_eq!(mail["headers"].as_array().unwrap().len(), 10);
    }
}
