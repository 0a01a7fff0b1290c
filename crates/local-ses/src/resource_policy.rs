//! Resource policies: whether a topic, a key or a bucket lets Amazon SES do something.
//!
//! The part of IAM that such policies use for a service is here: principals, actions and
//! resources with wildcards, and conditions on texts, ARNs and booleans. A condition with any
//! other operator never holds.

use serde_json::{Map, Value};

const SES: &str = "ses.amazonaws.com";

/// One request of SES to a topic, key or bucket.
#[derive(Debug)]
pub(crate) struct Access {
    action: String,
    resource: String,
    /// Condition keys and their values.
    context: Vec<(&'static str, String)>,
}

impl Access {
    /// An action of SES on a resource, for an account. SES uses TLS and names the account in
    /// each of the ways that its guide has used in policies.
    pub(crate) fn new(action: &str, resource: &str, account_id: &str) -> Self {
        let mut context =
            vec![("aws:SecureTransport", "true"), ("aws:PrincipalIsAWSService", "true")];
        let account = ["aws:SourceAccount", "aws:SourceOwner", "aws:Referer"];
        context.extend(account.map(|key| (key, account_id)));
        Self {
            action: action.to_owned(),
            resource: resource.to_owned(),
            context: context.into_iter().map(|(key, value)| (key, value.to_owned())).collect(),
        }
    }

    /// On behalf of this resource of the account.
    pub(crate) fn on_behalf_of(mut self, source_arn: &str) -> Self {
        self.context.push(("aws:SourceArn", source_arn.to_owned()));
        self
    }

    /// Whether a policy allows it: a statement allows it and none denies it. A text that is no
    /// policy allows nothing.
    pub(crate) fn is_allowed_by(&self, policy: &str) -> bool {
        let policy: Value = serde_json::from_str(policy).unwrap_or_default();
        let statements: Vec<&Value> = list(policy.get("Statement"));
        let applies = |effect: &str| {
            statements.iter().any(|statement| {
                statement.get("Effect").and_then(Value::as_str) == Some(effect)
                    && self.is_covered_by(statement)
            })
        };
        applies("Allow") && !applies("Deny")
    }

    fn is_covered_by(&self, statement: &Value) -> bool {
        let texts = |name: &str| statement.get(name).map(|value| texts(Some(value)));
        let action = |pattern: &&str| {
            is_like(&pattern.to_ascii_lowercase(), &self.action.to_ascii_lowercase())
        };
        let resource = |pattern: &&str| is_like(pattern, &self.resource);
        let actions = match (texts("Action"), texts("NotAction")) {
            (Some(named), _) => named.iter().any(action),
            (None, Some(excluded)) => !excluded.iter().any(action),
            (None, None) => false,
        };
        // The policy of a key need not say which key it is for.
        let resources = match (texts("Resource"), texts("NotResource")) {
            (Some(named), _) => named.iter().any(resource),
            (None, Some(excluded)) => !excluded.iter().any(resource),
            (None, None) => true,
        };
        let principal = match (statement.get("Principal"), statement.get("NotPrincipal")) {
            (Some(named), _) => names_ses(named),
            (None, Some(excluded)) => !names_ses(excluded),
            (None, None) => false,
        };
        let conditions = statement.get("Condition").and_then(Value::as_object);
        principal && actions && resources && conditions.is_none_or(|all| self.meets(all))
    }

    fn meets(&self, conditions: &Map<String, Value>) -> bool {
        conditions.iter().all(|(operator, keys)| {
            let keys = keys.as_object();
            keys.is_some_and(|keys| {
                keys.iter().all(|(key, wanted)| self.holds(operator, key, &texts(Some(wanted))))
            })
        })
    }

    fn holds(&self, operator: &str, key: &str, wanted: &[&str]) -> bool {
        let value = self.context.iter().find(|(name, _)| name.eq_ignore_ascii_case(key));
        let (operator, if_exists) = match operator.strip_suffix("IfExists") {
            Some(operator) => (operator, true),
            None => (operator, false),
        };
        let (operator, negated) = match operator.split_once("Not") {
            Some((kind, rest)) => (format!("{kind}{rest}"), true),
            None => (operator.to_owned(), false),
        };
        let compare: fn(&str, &str) -> bool = match operator.as_str() {
            "StringEquals" => |wanted, value| wanted == value,
            "StringEqualsIgnoreCase" | "Bool" => str::eq_ignore_ascii_case,
            "StringLike" | "ArnEquals" | "ArnLike" => is_like,
            _ => return false,
        };
        match value {
            Some((_, value)) => wanted.iter().any(|wanted| compare(wanted, value)) != negated,
            None => if_exists || negated,
        }
    }
}

fn names_ses(principal: &Value) -> bool {
    let anyone = |value: Option<&Value>| texts(value).contains(&"*");
    anyone(Some(principal))
        || anyone(principal.get("AWS"))
        || texts(principal.get("Service")).contains(&SES)
}

/// One value or several, as policies have it everywhere.
fn list(value: Option<&Value>) -> Vec<&Value> {
    match value {
        Some(Value::Array(values)) => values.iter().collect(),
        Some(value) => vec![value],
        None => vec![],
    }
}

fn texts(value: Option<&Value>) -> Vec<&str> {
    list(value)
        .into_iter()
        .filter_map(|value| match value.as_bool() {
            Some(true) => Some("true"),
            Some(false) => Some("false"),
            None => value.as_str(),
        })
        .collect()
}

/// Whether a text matches a pattern with `*` and `?`.
fn is_like(pattern: &str, text: &str) -> bool {
    fn rest(pattern: &[u8], text: &[u8]) -> bool {
        match (pattern.split_first(), text.split_first()) {
            (None, None) => true,
            (Some((b'*', after)), _) => {
                rest(after, text) || text.split_first().is_some_and(|(_, left)| rest(pattern, left))
            }
            (Some((wanted, after)), Some((found, left))) => {
                (wanted == found || *wanted == b'?') && rest(after, left)
            }
            (None, Some(_)) | (Some(_), None) => false,
        }
    }
    rest(pattern.as_bytes(), text.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const TOPIC: &str = "arn:aws:sns:eu-central-1:111122223333:feedback";
    const SET: &str = "arn:aws:ses:eu-central-1:111122223333:configuration-set/news";

    fn is_allowed(statements: &Value) -> bool {
        let policy = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
        Access::new("sns:Publish", TOPIC, "111122223333").on_behalf_of(SET).is_allowed_by(&policy)
    }

    fn allow(more: &Value) -> Value {
        let mut statement = json!({"Effect": "Allow", "Action": "sns:Publish", "Resource": TOPIC,
            "Principal": {"Service": "ses.amazonaws.com"}});
        let members = statement.as_object_mut().unwrap();
        members.extend(more.as_object().unwrap().clone());
        statement
    }

    #[test]
    fn a_statement_for_ses_allows_it_under_its_conditions() {
        for (case, more) in [
            ("no condition", json!({})),
            (
                "one of several services",
                json!({"Principal": {"Service": ["s3.amazonaws.com", SES]}}),
            ),
            ("wildcards", json!({"Action": ["SNS:*"], "Resource": "arn:aws:sns:*:feedback"})),
            (
                "account",
                json!({"Condition": {"StringEquals": {"AWS:SourceAccount": "111122223333"}}}),
            ),
            (
                "source",
                json!({"Condition": {"ArnLike": {"aws:SourceArn": [
                    "arn:aws:ses:eu-central-1:111122223333:identity/*",
                    "arn:aws:ses:eu-central-1:111122223333:configuration-set/*",
                ]}}}),
            ),
            ("TLS", json!({"Condition": {"Bool": {"aws:SecureTransport": true}}})),
            ("unset key", json!({"Condition": {"StringEqualsIfExists": {"aws:VpcSourceIp": "x"}}})),
        ] {
            assert!(is_allowed(&allow(&more)), "{case}");
        }
    }

    #[test]
    fn nothing_else_allows_it() {
        for (case, more) in [
            ("another service", json!({"Principal": {"Service": "s3.amazonaws.com"}})),
            ("one user", json!({"Principal": {"AWS": "arn:aws:iam::111122223333:root"}})),
            ("another action", json!({"Action": "sns:Subscribe"})),
            ("another topic", json!({"Resource": "arn:aws:sns:*:other"})),
            ("another account", json!({"Condition": {"StringEquals": {"aws:SourceAccount": "1"}}})),
            (
                "another source",
                json!({"Condition": {"ArnLike": {"aws:SourceArn": "*:identity/*"}}}),
            ),
            (
                "an unknown operator",
                json!({"Condition": {"DateGreaterThan": {"aws:CurrentTime": "2000-01-01"}}}),
            ),
            ("an unset key", json!({"Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}})),
        ] {
            assert!(!is_allowed(&allow(&more)), "{case}");
        }
        assert!(!is_allowed(&json!([])));
        assert!(!Access::new("sns:Publish", TOPIC, "1").is_allowed_by("no JSON"));
    }

    #[test]
    fn the_policy_that_sns_gives_a_new_topic_allows_its_own_account() {
        let own = json!({"Principal": {"AWS": "*"}, "Action": ["SNS:Publish", "SNS:Subscribe"],
            "Condition": {"StringEquals": {"AWS:SourceOwner": "111122223333"}}});
        assert!(is_allowed(&allow(&own)));
    }

    #[test]
    fn a_denial_outweighs_what_is_allowed() {
        let deny = |more: Value| {
            let mut statement =
                json!({"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"});
            statement.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            json!([allow(&json!({})), statement])
        };
        assert!(!is_allowed(&deny(json!({}))));
        let without_tls = json!({"Condition": {"Bool": {"aws:SecureTransport": "false"}}});
        assert!(is_allowed(&deny(without_tls)));
        let of_others =
            json!({"Condition": {"StringNotEquals": {"aws:SourceAccount": "111122223333"}}});
        assert!(is_allowed(&deny(of_others)));
    }
}
