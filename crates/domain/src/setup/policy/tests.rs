use super::*;

const TOPIC: &str = "arn:aws:sns:eu-central-1:111122223333:feedback";
const SET: &str = "arn:aws:ses:eu-central-1:111122223333:configuration-set/news";

fn answer(statements: &str) -> PolicyAnswer {
    Request::new("ses.amazonaws.com", "sns:Publish", TOPIC)
        .with("aws:SourceAccount", "111122223333")
        .with("aws:SourceOwner", "111122223333")
        .with("aws:SourceArn", SET)
        .answer(&format!(r#"{{"Version": "2012-10-17", "Statement": {statements}}}"#))
}

/// A statement that lets SES publish, with more members.
fn allow(more: &str) -> String {
    let comma = if more.is_empty() { "" } else { "," };
    format!(
        r#"{{"Effect": "Allow", "Principal": {{"Service": "ses.amazonaws.com"}},
            "Action": "sns:Publish", "Resource": "{TOPIC}"{comma} {more}}}"#
    )
}

fn on(condition: &str) -> String {
    allow(&format!(r#""Condition": {condition}"#))
}

#[test]
fn the_policy_that_sns_gives_a_new_topic_lets_ses_publish() {
    let policy = r#"{"Version":"2008-10-17","Id":"__default_policy_ID","Statement":[{
        "Sid":"__default_statement_ID","Effect":"Allow","Principal":{"AWS":"*"},
        "Action":["SNS:GetTopicAttributes","SNS:Publish"],"Resource":"*",
        "Condition":{"StringEquals":{"AWS:SourceOwner":"111122223333"}}}]}"#;
    let request = Request::new("ses.amazonaws.com", "sns:Publish", TOPIC);
    let own = request.clone().with("AWS:SourceOwner", "111122223333");
    assert_eq!(own.answer(policy), PolicyAnswer::Allowed);
    assert_eq!(
        request.with("AWS:SourceOwner", "444455556666").answer(policy),
        PolicyAnswer::Denied
    );
}

#[test]
fn one_statement_or_many_and_every_spelling_of_their_members() {
    for statement in [
        allow(""),
        format!("[{}]", allow("")),
        allow(r#""Sid": "x""#),
        r#"{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}"#.to_owned(),
        r#"{"Effect":"Allow","Principal":{"AWS":["*"]},"Action":["SNS:Pub*"],"Resource":["arn:aws:sns:*:*:feedback"]}"#.to_owned(),
        r#"{"Effect":"Allow","Principal":{"Service":["sns.amazonaws.com","SES.amazonaws.com"]},"Action":"sns:Publish","Resource":"*"}"#.to_owned(),
        r#"{"Effect":"Allow","Principal":"*","NotAction":"sns:Subscribe","Resource":"*"}"#.to_owned(),
        r#"{"Effect":"Allow","Principal":"*","Action":"sns:Publish","NotResource":"arn:aws:sns:*:*:other"}"#.to_owned(),
        r#"{"Effect":"Allow","NotPrincipal":{"Service":"s3.amazonaws.com"},"Action":"sns:Publish","Resource":"*"}"#.to_owned(),
    ] {
        assert_eq!(answer(&statement), PolicyAnswer::Allowed, "{statement}");
    }
}

#[test]
fn what_names_another_principal_action_or_resource_does_not_allow() {
    for statement in [
        "[]",
        r#"{"Effect":"Allow","Principal":{"Service":"cloudwatch.amazonaws.com"},"Action":"sns:Publish","Resource":"*"}"#,
        r#"{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::111122223333:root"},"Action":"sns:*","Resource":"*"}"#,
        r#"{"Effect":"Allow","Principal":{"Service":"ses.amazonaws.com"},"Action":"sns:Subscribe","Resource":"*"}"#,
        r#"{"Effect":"Allow","Principal":{"Service":"ses.amazonaws.com"},"Action":"sns:Publish","Resource":"arn:aws:sns:eu-central-1:111122223333:other"}"#,
        r#"{"Effect":"Allow","Principal":"*","NotAction":"sns:*","Resource":"*"}"#,
        r#"{"Effect":"Allow","Action":"sns:Publish","Resource":"*"}"#,
        r#"{"Principal":"*","Action":"sns:Publish","Resource":"*"}"#,
        r#"{"Effect":"Allow","Principal":7,"Action":"sns:Publish","Resource":"*"}"#,
    ] {
        assert_eq!(answer(statement), PolicyAnswer::Denied, "{statement}");
    }
}

#[test]
fn conditions_on_what_ses_sends_are_judged() {
    for (condition, expected) in [
        (r#"{"StringEquals": {"AWS:SourceAccount": "111122223333"}}"#, PolicyAnswer::Allowed),
        (
            r#"{"StringEquals": {"aws:SourceAccount": ["1", "111122223333"]}}"#,
            PolicyAnswer::Allowed,
        ),
        (r#"{"StringEquals": {"aws:SourceAccount": "444455556666"}}"#, PolicyAnswer::Denied),
        (r#"{"StringNotEquals": {"aws:SourceAccount": "444455556666"}}"#, PolicyAnswer::Allowed),
        (
            r#"{"ArnLike": {"aws:SourceArn": "arn:aws:ses:*:*:configuration-set/*"}}"#,
            PolicyAnswer::Allowed,
        ),
        (
            r#"{"ArnEquals": {"aws:SourceArn": "arn:aws:ses:*:*:configuration-set/n?ws"}}"#,
            PolicyAnswer::Allowed,
        ),
        (
            r#"{"StringLike": {"aws:SourceArn": "arn:aws:ses:*:*:identity/*"}}"#,
            PolicyAnswer::Denied,
        ),
        (
            r#"{"StringEquals": {"aws:SourceArn": "arn:aws:ses:*:*:configuration-set/*"}}"#,
            PolicyAnswer::Denied,
        ),
        (r#"{"ArnNotLike": {"aws:SourceArn": "arn:aws:ses:*"}}"#, PolicyAnswer::Denied),
        (r#"{"Bool": {"aws:SecureTransport": true}}"#, PolicyAnswer::Allowed),
        (r#"{"Bool": {"aws:SecureTransport": "false"}}"#, PolicyAnswer::Denied),
        (r#"{"Null": {"aws:SourceArn": "false"}}"#, PolicyAnswer::Allowed),
        (r#"{"Null": {"aws:SourceArn": "true"}}"#, PolicyAnswer::Denied),
        (
            r#"{"StringEquals": {"aws:SourceAccount": "111122223333"}, "ArnLike": {"aws:SourceArn": "x"}}"#,
            PolicyAnswer::Denied,
        ),
    ] {
        assert_eq!(answer(&on(condition)), expected, "{condition}");
    }
}

#[test]
fn keys_of_people_are_absent_from_a_service_call() {
    for (condition, expected) in [
        (r#"{"StringEquals": {"aws:PrincipalOrgID": "o-1"}}"#, PolicyAnswer::Denied),
        (r#"{"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-1"}}"#, PolicyAnswer::Allowed),
        (r#"{"IpAddress": {"aws:SourceIp": "192.0.2.0/24"}}"#, PolicyAnswer::Denied),
        (r#"{"StringNotLike": {"aws:PrincipalArn": "arn:*"}}"#, PolicyAnswer::Allowed),
        (r#"{"Null": {"aws:PrincipalArn": "true"}}"#, PolicyAnswer::Allowed),
        (r#"{"ForAllValues:StringEquals": {"aws:PrincipalTag/team": "x"}}"#, PolicyAnswer::Allowed),
        (r#"{"ForAnyValue:StringEquals": {"aws:PrincipalTag/team": "x"}}"#, PolicyAnswer::Denied),
    ] {
        assert_eq!(answer(&on(condition)), expected, "{condition}");
    }
}

#[test]
fn what_cannot_be_judged_from_here_is_unclear() {
    for (condition, key) in [
        (r#"{"StringEquals": {"aws:SourceOrgID": "o-1"}}"#, "aws:SourceOrgID"),
        (
            r#"{"NumericLessThan": {"aws:SourceAccount": "5"}}"#,
            "NumericLessThan on aws:SourceAccount",
        ),
        (r#"{"StringEqualsIfExists": {"aws:SourceOrgID": "o-1"}}"#, "aws:SourceOrgID"),
    ] {
        assert_eq!(answer(&on(condition)), PolicyAnswer::Unclear { condition: key.to_owned() });
    }
}

#[test]
fn a_denial_wins_over_every_allowing_statement() {
    let deny = |condition: &str| {
        format!(
            r#"{{"Effect": "Deny", "Principal": "*", "Action": "sns:*", "Resource": "*",
                "Condition": {condition}}}"#
        )
    };
    let insecure = deny(r#"{"Bool": {"aws:SecureTransport": "false"}}"#);
    let strangers = deny(r#"{"StringNotEquals": {"aws:SourceAccount": "111122223333"}}"#);
    let ours = deny(r#"{"StringEquals": {"aws:SourceAccount": "111122223333"}}"#);
    let unclear = deny(r#"{"StringNotEquals": {"aws:SourceOrgID": "o-1"}}"#);
    let both = |deny: &str| answer(&format!("[{}, {deny}]", allow("")));
    assert_eq!(both(&insecure), PolicyAnswer::Allowed);
    assert_eq!(both(&strangers), PolicyAnswer::Allowed);
    assert_eq!(both(&ours), PolicyAnswer::Denied);
    assert_eq!(both(&unclear), PolicyAnswer::Unclear { condition: "aws:SourceOrgID".to_owned() });
    assert_eq!(answer(&format!("[{unclear}]")), PolicyAnswer::Denied);
    assert_eq!(answer(&format!("[{unclear}, {}, {ours}]", allow(""))), PolicyAnswer::Denied);
}

#[test]
fn a_text_that_is_no_policy_allows_nothing() {
    let request = Request::new("ses.amazonaws.com", "sns:Publish", TOPIC);
    for text in ["", "no JSON", "[]", "7", "{}", r#"{"Statement": "x"}"#, r#"{"Statement": null}"#]
    {
        assert_eq!(request.answer(text), PolicyAnswer::Denied, "{text}");
    }
}

#[test]
fn a_key_policy_without_a_resource_speaks_of_its_key() {
    let request = Request::new("ses.amazonaws.com", "kms:Decrypt", "key");
    let policy = r#"{"Statement": [{"Effect": "Allow", "Principal": {"Service": "ses.amazonaws.com"},
        "Action": ["kms:GenerateDataKey*", "kms:Decrypt"]}]}"#;
    assert_eq!(request.answer(policy), PolicyAnswer::Allowed);
}

#[test]
fn patterns_fit_whole_texts() {
    for (pattern, text, expected) in [
        ("*", "", true),
        ("a*c", "abbbc", true),
        ("a*c", "abbb", false),
        ("a?c", "abc", true),
        ("a?c", "ac", false),
        ("*b*b*", "abab", true),
        ("", "", true),
        ("", "a", false),
        ("b\u{fc}*", "b\u{fc}cher", true),
    ] {
        assert_eq!(like(pattern, text), expected, "{pattern} {text}");
    }
    assert!(!like(&"*a".repeat(200), &"a".repeat(199)));
}
