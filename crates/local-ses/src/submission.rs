//! The body of SendEmail, read as far as sending needs it.

use aws_smithy_types::base64;
use serde::Deserialize;

use crate::address;
use crate::wire::WireError;

/// SES takes this many recipients in one message.
const MOST_RECIPIENTS: usize = 50;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct SendEmailRequest {
    from_email_address: Option<String>,
    #[serde(default)]
    destination: Destination,
    content: Option<Content>,
    #[serde(default)]
    email_tags: Vec<Tag>,
    configuration_set_name: Option<String>,
    tenant_name: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct Destination {
    to_addresses: Vec<String>,
    cc_addresses: Vec<String>,
    bcc_addresses: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Content {
    simple: Option<Simple>,
    raw: Option<Raw>,
    template: Option<Template>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Simple {
    subject: Part,
    #[serde(default)]
    headers: Vec<Tag>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Part {
    data: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Raw {
    data: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Template {
    #[serde(default)]
    headers: Vec<Tag>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Tag {
    name: String,
    value: String,
}

/// What a request asks to be sent.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Submission {
    pub(crate) from: String,
    pub(crate) from_domain: String,
    pub(crate) to: Vec<String>,
    pub(crate) cc: Vec<String>,
    pub(crate) bcc: Vec<String>,
    pub(crate) subject: Option<String>,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) tags: Vec<(String, String)>,
    pub(crate) configuration_set: Option<String>,
    pub(crate) tenant: Option<String>,
}

impl Submission {
    /// All recipients, in order.
    pub(crate) fn recipients(&self) -> impl Iterator<Item = &String> {
        self.to.iter().chain(&self.cc).chain(&self.bcc)
    }
}

/// Reads a request.
///
/// # Errors
///
/// BadRequestException without a sender, a recipient or a content, with more
/// than 50 recipients or with an address that is none.
pub(crate) fn read(request: SendEmailRequest) -> Result<Submission, WireError> {
    let Some(content) = request.content else {
        return Err(WireError::bad_request("Content is required."));
    };
    let tags = pairs(request.email_tags);
    let Destination { to_addresses: to, cc_addresses: cc, bcc_addresses: bcc } =
        request.destination;
    let submission = match content {
        Content { raw: Some(raw), .. } => {
            let mut submission = read_raw(&raw)?;
            if let Some(from) = request.from_email_address {
                // The tag keeps the From header's domain; the envelope sender
                // is what the request says.
                submission.from = from;
            }
            if !(to.is_empty() && cc.is_empty() && bcc.is_empty()) {
                (submission.to, submission.cc, submission.bcc) = (to, cc, bcc);
            }
            submission.tags.extend(tags);
            if request.configuration_set_name.is_some() {
                submission.configuration_set = request.configuration_set_name;
            }
            if request.tenant_name.is_some() {
                submission.tenant = request.tenant_name;
            }
            submission
        }
        Content { simple, template, .. } => {
            let (subject, extra) = match (simple, template) {
                (Some(simple), _) => (Some(simple.subject.data), pairs(simple.headers)),
                (None, Some(template)) => (None, pairs(template.headers)),
                (None, None) => return Err(WireError::bad_request("Content is required.")),
            };
            let from = request.from_email_address.unwrap_or_default();
            let mut headers = vec![("From".to_owned(), from.clone())];
            for (name, list) in [("To", &to), ("Cc", &cc)] {
                if !list.is_empty() {
                    headers.push((name.to_owned(), list.join(", ")));
                }
            }
            if let Some(subject) = &subject {
                headers.push(("Subject".to_owned(), subject.clone()));
            }
            headers.push(("MIME-Version".to_owned(), "1.0".to_owned()));
            headers.extend(extra);
            Submission {
                from_domain: address::domain(&from).to_owned(),
                from,
                to,
                cc,
                bcc,
                subject,
                headers,
                tags,
                configuration_set: request.configuration_set_name,
                tenant: request.tenant_name,
            }
        }
    };
    check(submission)
}

fn check(submission: Submission) -> Result<Submission, WireError> {
    if !address::is_acceptable(address::bare(&submission.from)) {
        return Err(WireError::bad_request("The From address is not valid."));
    }
    let count = submission.recipients().count();
    if count == 0 {
        return Err(WireError::bad_request("No recipients are specified."));
    }
    if count > MOST_RECIPIENTS {
        return Err(WireError::bad_request(format!("Recipient count exceeds {MOST_RECIPIENTS}.")));
    }
    // The domain may be any here: a message to an odd address is what bounces.
    if submission.recipients().any(|recipient| address::domain(recipient).is_empty()) {
        return Err(WireError::bad_request("A recipient address is not valid."));
    }
    Ok(submission)
}

fn read_raw(raw: &Raw) -> Result<Submission, WireError> {
    let bytes = base64::decode(&raw.data)
        .map_err(|_| WireError::bad_request("The raw message is not Base64."))?;
    let headers = address::raw_headers(&String::from_utf8_lossy(&bytes));
    let find = |wanted: &str| {
        headers
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(wanted))
            .map(|(_, value)| value.clone())
    };
    let list = |name| find(name).map_or_else(Vec::new, |value| address::split_list(&value));
    let from = find("From").unwrap_or_default();
    let tags = find("X-SES-MESSAGE-TAGS")
        .unwrap_or_default()
        .split([',', ';'])
        .filter_map(|tag| tag.split_once('='))
        .map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()))
        .collect();
    Ok(Submission {
        from_domain: address::domain(&from).to_owned(),
        from,
        to: list("To"),
        cc: list("Cc"),
        bcc: list("Bcc"),
        subject: find("Subject"),
        tags,
        configuration_set: find("X-SES-CONFIGURATION-SET"),
        tenant: find("X-SES-TENANT"),
        headers: headers
            .into_iter()
            .filter(|(name, _)| {
                let name = name.to_ascii_lowercase();
                // SES takes these out of what it sends.
                name != "bcc" && !name.starts_with("x-ses-")
            })
            .collect(),
    })
}

fn pairs(tags: Vec<Tag>) -> Vec<(String, String)> {
    tags.into_iter().map(|tag| (tag.name, tag.value)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn submission(value: Value) -> Result<Submission, WireError> {
        read(serde_json::from_value(value).unwrap())
    }

    fn simple(destination: Value) -> Value {
        json!({
            "FromEmailAddress": "News <hello@News.Example.org>",
            "Destination": destination,
            "Content": {"Simple": {"Subject": {"Data": "Hi"}, "Body": {"Text": {"Data": "x"}}}},
            "EmailTags": [{"Name": "campaign", "Value": "autumn"}],
        })
    }

    #[test]
    fn a_simple_message_makes_its_headers() {
        let read = submission(simple(json!({"ToAddresses": ["a@example.net"],
            "BccAddresses": ["b@example.net"]})))
        .unwrap();
        assert_eq!(read.from_domain, "News.Example.org");
        assert_eq!(read.recipients().count(), 2);
        let names: Vec<&str> = read.headers.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["From", "To", "Subject", "MIME-Version"]);
        assert_eq!(read.tags, [("campaign".to_owned(), "autumn".to_owned())]);
    }

    #[test]
    fn a_raw_message_is_read_from_its_headers() {
        let text = "From: orders@example.com\r\nTo: \"A, B\" <a@example.net>, c@example.net\r\n\
                    Subject: Hi\r\nX-SES-CONFIGURATION-SET: news\r\nX-SES-TENANT: acme\r\n\
                    X-SES-MESSAGE-TAGS: campaign=autumn, kind=x\r\n\r\nbody";
        let read = submission(json!({"Content": {"Raw": {"Data": base64::encode(text)}}})).unwrap();
        assert_eq!(read.to, ["\"A, B\" <a@example.net>", "c@example.net"]);
        assert_eq!(
            (read.configuration_set.as_deref(), read.tenant.as_deref()),
            (Some("news"), Some("acme"))
        );
        assert_eq!(read.tags.len(), 2);
        assert_eq!(read.headers.len(), 3);
    }

    #[test]
    fn what_cannot_be_sent_is_refused() {
        let many: Vec<String> = (0..51).map(|n| format!("a{n}@example.net")).collect();
        let bad = [
            simple(json!({})),
            simple(json!({"ToAddresses": many})),
            simple(json!({"ToAddresses": ["nobody"]})),
            json!({"FromEmailAddress": "a@example.com"}),
            json!({"Content": {"Raw": {"Data": "***"}}}),
            json!({"Destination": {"ToAddresses": ["a@example.net"]},
                "Content": {"Simple": {"Subject": {"Data": ""}}}}),
        ];
        for value in bad {
            let error = submission(value.clone()).unwrap_err();
            assert_eq!(error.code, "BadRequestException", "{value}");
        }
    }
}
