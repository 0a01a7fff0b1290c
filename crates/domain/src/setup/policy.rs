//! Whether a resource policy lets an AWS service in: topics, queues, keys and functions.
//!
//! This is the part of IAM's evaluation that matters where a service calls by itself: explicit
//! denials win, an allowing statement is needed, and a condition is true, false or not
//! known here. Identity policies and those of an organization play no part.
//!
//! # Examples
//! ```
//! use warden_domain::setup::policy::{PolicyAnswer, Request};
//!
//! let request = Request::new("ses.amazonaws.com", "sns:Publish", "arn:aws:sns:eu-west-1:1:t")
//!     .with("aws:SourceAccount", "111122223333");
//! let policy = r#"{"Statement": {"Effect": "Allow", "Action": "SNS:Publish", "Resource": "*",
//!     "Principal": {"Service": "ses.amazonaws.com"},
//!     "Condition": {"StringEquals": {"AWS:SourceAccount": "444455556666"}}}}"#;
//! assert_eq!(request.answer(policy), PolicyAnswer::Denied);
//! ```

use serde_json::Value;

/// What a policy says to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PolicyAnswer {
    /// A statement allows it and none denies it.
    Allowed,
    /// A statement denies it, or none allows it.
    Denied,
    /// It depends on a condition that cannot be evaluated here.
    Unclear {
        /// The condition's key, or what else is not understood.
        condition: String,
    },
}

/// A call that an AWS service makes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request<'a> {
    service: &'a str,
    action: &'a str,
    resource: &'a str,
    context: Vec<(String, String)>,
}

impl<'a> Request<'a> {
    /// Returns the call of a service principal (`ses.amazonaws.com`) on a resource.
    pub fn new(service: &'a str, action: &'a str, resource: &'a str) -> Self {
        let context = [
            ("aws:securetransport", "true"),
            ("aws:principalisawsservice", "true"),
            ("aws:principalservicename", service),
        ];
        let context = context.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned()));
        Self { service, action, resource, context: context.collect() }
    }

    /// Adds a condition key that the service sends.
    #[must_use]
    pub fn with(mut self, key: &str, value: &str) -> Self {
        self.context.push((key.to_ascii_lowercase(), value.to_owned()));
        self
    }

    /// Returns what the policy, a JSON text, answers. A text that is no policy allows nothing.
    pub fn answer(&self, policy: &str) -> PolicyAnswer {
        let Ok(policy) = serde_json::from_str::<Value>(policy) else { return PolicyAnswer::Denied };
        let statements = list(policy.get("Statement"));
        let any = |effect: &str| {
            let of_effect = statements.iter().filter(|statement| {
                statement.get("Effect").and_then(Value::as_str) == Some(effect)
            });
            of_effect.fold(Truth::No, |found, statement| found.or(self.applies(statement)))
        };
        match (any("Deny"), any("Allow")) {
            (Truth::Yes, _) | (_, Truth::No) => PolicyAnswer::Denied,
            (Truth::Unclear(condition), _) | (Truth::No, Truth::Unclear(condition)) => {
                PolicyAnswer::Unclear { condition }
            }
            (Truth::No, Truth::Yes) => PolicyAnswer::Allowed,
        }
    }

    fn applies(&self, statement: &Value) -> Truth {
        let covers = self.principal_matches(statement)
            && matches_unless(statement, "Action", "NotAction", |p| like_any_case(p, self.action))
            && resource_matches(statement, self.resource);
        if !covers {
            return Truth::No;
        }
        match statement.get("Condition").and_then(Value::as_object) {
            None => Truth::Yes,
            Some(conditions) => {
                let each = conditions.iter().flat_map(|(operator, keys)| {
                    let keys = keys.as_object().into_iter().flatten();
                    keys.map(move |(key, wanted)| self.condition(operator, key, wanted))
                });
                each.fold(Truth::Yes, Truth::and)
            }
        }
    }

    fn principal_matches(&self, statement: &Value) -> bool {
        let names = |principal: &Value| match principal {
            Value::String(name) => name == "*",
            Value::Object(kinds) => kinds.iter().any(|(kind, names)| {
                list(Some(names)).iter().filter_map(Value::as_str).any(|name| {
                    (kind == "Service" && name.eq_ignore_ascii_case(self.service))
                        || (kind == "AWS" || kind == "Service") && name == "*"
                })
            }),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) => false,
        };
        match (statement.get("Principal"), statement.get("NotPrincipal")) {
            (Some(principal), _) => names(principal),
            (None, Some(others)) => !names(others),
            (None, None) => false,
        }
    }

    fn condition(&self, operator: &str, key: &str, wanted: &Value) -> Truth {
        let lower = operator.to_ascii_lowercase();
        let for_all = lower.starts_with("forallvalues:");
        let name = lower.trim_start_matches("foranyvalue:").trim_start_matches("forallvalues:");
        let (name, if_exists) = match name.strip_suffix("ifexists") {
            Some(name) => (name, true),
            None => (name, false),
        };
        let key_name = key.to_ascii_lowercase();
        let values: Vec<&str> = self
            .context
            .iter()
            .filter(|(known, _)| *known == key_name)
            .map(|(_, value)| value.as_str())
            .collect();
        if values.is_empty() {
            if !is_never_sent(&key_name) {
                return Truth::Unclear(key.to_owned());
            }
            let must_be_absent = || list(Some(wanted)).iter().all(|w| text(w) == "true");
            return Truth::from(match name {
                "null" => must_be_absent(),
                _ => if_exists || for_all || name.contains("not"),
            });
        }
        let wanted: Vec<String> = list(Some(wanted)).iter().map(text).collect();
        let any = |test: fn(&str, &str) -> bool| {
            values.iter().any(|value| wanted.iter().any(|pattern| test(pattern, value)))
        };
        let same: fn(&str, &str) -> bool = |pattern, value| pattern == value;
        let same_any_case: fn(&str, &str) -> bool = |p, v| p.eq_ignore_ascii_case(v);
        match name {
            "stringequals" => Truth::from(any(same)),
            "stringnotequals" => Truth::from(!any(same)),
            "stringequalsignorecase" | "bool" => Truth::from(any(same_any_case)),
            "stringnotequalsignorecase" => Truth::from(!any(same_any_case)),
            "stringlike" | "arnlike" | "arnequals" => Truth::from(any(like)),
            "stringnotlike" | "arnnotlike" | "arnnotequals" => Truth::from(!any(like)),
            "null" => Truth::from(wanted.iter().all(|w| w.eq_ignore_ascii_case("false"))),
            _ => Truth::Unclear(format!("{operator} on {key}")),
        }
    }
}

/// True, false, or resting on something that is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Truth {
    Yes,
    No,
    Unclear(String),
}

impl Truth {
    fn or(self, other: Self) -> Self {
        match (self, other) {
            (Self::Yes, _) | (_, Self::Yes) => Self::Yes,
            (Self::Unclear(what), _) | (Self::No, Self::Unclear(what)) => Self::Unclear(what),
            (Self::No, Self::No) => Self::No,
        }
    }

    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::No, _) | (_, Self::No) => Self::No,
            (Self::Unclear(what), _) | (Self::Yes, Self::Unclear(what)) => Self::Unclear(what),
            (Self::Yes, Self::Yes) => Self::Yes,
        }
    }
}

impl From<bool> for Truth {
    fn from(value: bool) -> Self {
        if value { Self::Yes } else { Self::No }
    }
}

/// Keys that only a person's or a role's call carries, not one that a service makes itself.
fn is_never_sent(key: &str) -> bool {
    const PREFIXES: [&str; 7] = [
        "aws:principalaccount",
        "aws:principalarn",
        "aws:principalorg",
        "aws:principaltag",
        "aws:userid",
        "aws:username",
        "aws:multifactorauth",
    ];
    PREFIXES.iter().any(|prefix| key.starts_with(prefix))
        || matches!(key, "aws:sourceip" | "aws:sourcevpc" | "aws:sourcevpce" | "sns:endpoint")
}

fn resource_matches(statement: &Value, resource: &str) -> bool {
    // A key's policy may leave the resource out; it speaks of the key it hangs on.
    if statement.get("Resource").is_none() && statement.get("NotResource").is_none() {
        return true;
    }
    matches_unless(statement, "Resource", "NotResource", |pattern| like(pattern, resource))
}

fn matches_unless(
    statement: &Value,
    positive: &str,
    negative: &str,
    test: impl Fn(&str) -> bool,
) -> bool {
    let any = |value: &Value| list(Some(value)).iter().filter_map(Value::as_str).any(&test);
    match (statement.get(positive), statement.get(negative)) {
        (Some(wanted), _) => any(wanted),
        (None, Some(others)) => !any(others),
        (None, None) => false,
    }
}

/// A policy's element may be one value or a list of them.
fn list(value: Option<&Value>) -> &[Value] {
    match value {
        Some(Value::Array(items)) => items,
        Some(one) => std::slice::from_ref(one),
        None => &[],
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn like_any_case(pattern: &str, text: &str) -> bool {
    like(&pattern.to_ascii_lowercase(), &text.to_ascii_lowercase())
}

/// Whether a text fits a pattern with `*` and `?`, in time linear in both but for the stars.
pub(super) fn like(pattern: &str, text: &str) -> bool {
    let (pattern, text): (Vec<char>, Vec<char>) =
        (pattern.chars().collect(), text.chars().collect());
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
            }
            Some('?') => (p, t) = (p + 1, t + 1),
            Some(c) if Some(c) == text.get(t) => (p, t) = (p + 1, t + 1),
            _ => match star {
                Some((at, from)) => {
                    star = Some((at, from + 1));
                    (p, t) = (at + 1, from + 1);
                }
                None => return false,
            },
        }
    }
    pattern.iter().skip(p).all(|c| *c == '*')
}

#[cfg(test)]
mod tests;
