use super::*;

const STACK: StackNames<'_> = StackNames { namespace: "SesWarden", alarm_prefix: "ses-warden/" };
const ARN: &str = "arn:aws:cloudwatch:eu-central-1:111122223333:alarm:ses-warden/x/critical";

fn series(namespace: &str, metric: &str, dimensions: &[(&str, &str)]) -> WatchedSeries {
    let dimensions = dimensions.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
    let (namespace, metric) = (namespace.to_owned(), metric.to_owned());
    WatchedSeries { namespace, metric, dimensions, account: None }
}

fn ours(metric: &str, dimensions: &[(&str, &str)]) -> WatchedSeries {
    series("SesWarden", metric, dimensions)
}

fn aws(metric: &str, dimensions: &[(&str, &str)]) -> WatchedSeries {
    series("AWS/SES", metric, dimensions)
}

/// What a plain alarm, or one of metric math, watches.
fn watched(series: &[WatchedSeries], has_expression: bool) -> Option<(Scope, Watched)> {
    let alarm = AlarmDefinition { name: "ses-warden/x/critical", arn: ARN, series, has_expression };
    Label::from_definition(&alarm, &STACK).map(|label| (label.scope, label.watched))
}

const BOUNCES: Watched = Watched::Rate(Measure::Bounce);
const COMPLAINTS: Watched = Watched::Rate(Measure::Complaint);
const SET: [(&str, &str); 1] = [("ses:configuration-set", "marketing")];
const DOMAIN: [(&str, &str); 1] = [("Domain", "example.com")];
const BY_SET: [(&str, &str); 2] = [("Domain", "example.com"), ("ConfigurationSet", "marketing")];
const TENANT: [(&str, &str); 2] = [("TenantName", "shop"), ("TenantId", "tn-1")];

#[test]
fn alarms_that_are_understood() {
    let set = || Scope::ConfigurationSet("marketing".into());
    let domain = || Scope::Domain("example.com".into());
    let tenant = || Scope::Tenant("arn:aws:ses:eu-central-1:111122223333:tenant/shop/tn-1".into());
    let other_domain = [("Domain", "example.org"), ("ConfigurationSet", "marketing")];
    let cases = [
        (vec![aws("Reputation.BounceRate", &[])], false, Scope::Account, BOUNCES),
        (vec![aws("Reputation.ComplaintRate", &[])], false, Scope::Account, COMPLAINTS),
        (vec![aws("Reputation.BounceRate", &SET)], false, set(), BOUNCES),
        (vec![aws("Reputation.ComplaintRate", &SET)], false, set(), COMPLAINTS),
        (vec![aws("Bounces", &TENANT)], false, tenant(), BOUNCES),
        (vec![aws("Complaints", &TENANT), aws("Sends", &TENANT)], true, tenant(), COMPLAINTS),
        (vec![ours("BounceHard", &DOMAIN), ours("Send", &DOMAIN)], true, domain(), BOUNCES),
        (vec![ours("Delivery", &DOMAIN), ours("Complaint", &DOMAIN)], true, domain(), COMPLAINTS),
        (vec![ours("BounceHard", &DOMAIN)], false, domain(), BOUNCES),
        (vec![ours("BounceHard", &[]), ours("Send", &[])], true, Scope::Account, BOUNCES),
        (vec![ours("Complaint", &[]), ours("Delivery", &[])], true, Scope::Account, COMPLAINTS),
        (vec![ours("BounceHard", &BY_SET), ours("Send", &BY_SET)], true, set(), BOUNCES),
        (vec![ours("Complaint", &BY_SET), ours("Send", &other_domain)], true, set(), COMPLAINTS),
        (vec![ours("UnexpectedSender", &[])], false, Scope::Account, Watched::UnexpectedSender),
        (
            vec![
                ours("UnexpectedSender", &[("SourceIp", "203.0.113.7")]),
                ours("UnexpectedSender", &[("CallerIdentity", "old-key")]),
            ],
            true,
            Scope::Account,
            Watched::UnexpectedSender,
        ),
    ];
    for (series, has_expression, scope, rate) in cases {
        assert_eq!(watched(&series, has_expression), Some((scope, rate)), "{series:?}");
    }
}

#[test]
fn alarms_that_are_not_understood() {
    let elsewhere =
        WatchedSeries { account: Some("999988887777".into()), ..aws("Reputation.BounceRate", &[]) };
    let cases = [
        ("composite", vec![], false),
        ("an expression without series", vec![], true),
        ("without a name", vec![aws("", &[])], false),
        ("another namespace", vec![series("Custom", "Reputation.BounceRate", &[])], false),
        ("another case", vec![series("seswarden", "UnexpectedSender", &[])], false),
        ("another metric of SES", vec![aws("Send", &[])], false),
        ("another dimension", vec![aws("Reputation.BounceRate", &[("Identity", "a")])], false),
        ("a further dimension", vec![aws("Reputation.BounceRate", &[SET[0], ("a", "b")])], false),
        ("an empty set", vec![aws("Reputation.BounceRate", &[(SET[0].0, "")])], false),
        ("what an expression makes of AWS's rate", vec![aws("Reputation.BounceRate", &[])], true),
        ("two rates", vec![aws("Reputation.BounceRate", &[]); 2], true),
        ("another account's rate", vec![elsewhere], false),
        ("AWS's number and ours", vec![aws("Bounces", &TENANT), ours("Send", &DOMAIN)], true),
        ("two domains", vec![ours("BounceHard", &DOMAIN), ours("Send", &other("Domain"))], true),
        ("a domain and all", vec![ours("BounceHard", &DOMAIN), ours("Send", &[])], true),
        ("two sets", vec![ours("BounceHard", &BY_SET), ours("Send", &other_set())], true),
        ("mails alone", vec![ours("Send", &DOMAIN)], false),
        ("both events", vec![ours("BounceHard", &DOMAIN), ours("Complaint", &DOMAIN)], true),
        ("other mails", vec![ours("BounceHard", &DOMAIN), ours("Delivery", &DOMAIN)], true),
        ("a further count", vec![ours("BounceHard", &DOMAIN), ours("Open", &DOMAIN)], true),
        ("an empty domain", vec![ours("BounceHard", &[("Domain", "")])], false),
        ("a sender and more", vec![ours("UnexpectedSender", &[]), ours("Send", &[])], true),
        ("senders by domain", vec![ours("UnexpectedSender", &DOMAIN)], false),
        ("a tenant's name alone", vec![aws("Bounces", &TENANT[..1])], false),
        ("a tenant's id alone", vec![aws("Bounces", &TENANT[1..])], false),
        ("a tenant's mails alone", vec![aws("Sends", &TENANT)], false),
        ("two tenants", vec![aws("Bounces", &TENANT), aws("Sends", &other_tenant())], true),
        (
            "a name that no tenant can have",
            vec![aws("Bounces", &[("TenantName", "a/b c"), TENANT[1]])],
            false,
        ),
    ];
    for (case, series, has_expression) in cases {
        assert_eq!(watched(&series, has_expression), None, "{case}");
    }
}

fn other(name: &'static str) -> [(&'static str, &'static str); 1] {
    [(name, "example.org")]
}

fn other_set() -> [(&'static str, &'static str); 2] {
    [DOMAIN[0], ("ConfigurationSet", "news")]
}

fn other_tenant() -> [(&'static str, &'static str); 2] {
    [("TenantName", "shop"), ("TenantId", "tn-2")]
}

#[test]
fn a_tenant_needs_a_whole_arn_of_its_alarm() {
    let series = [aws("Bounces", &TENANT)];
    for arn in ["", "arn", "arn:aws:cloudwatch", "arn:aws:cloudwatch::111122223333:alarm:a"] {
        let alarm = AlarmDefinition { name: "a", arn, series: &series, has_expression: false };
        assert_eq!(Label::from_definition(&alarm, &STACK), None, "{arn}");
    }
}

#[test]
fn the_series_of_the_alarms_own_account_may_say_so() {
    let own =
        WatchedSeries { account: Some("111122223333".into()), ..aws("Reputation.BounceRate", &[]) };
    assert_eq!(watched(&[own], false), Some((Scope::Account, BOUNCES)));
}

#[test]
fn severity_is_the_last_word_of_the_name() {
    let cases = [
        ("ses-warden/account/all/bounce/warn", Severity::Warn),
        ("ses-warden/account/all/bounce/critical", Severity::Critical),
        ("ses-warden/domain/example.com/bounce/critical/slow", Severity::Critical),
        ("ses-warden/domain/example.com/bounce/slow/critical", Severity::Critical),
        ("ses-warden/domain/example.com/warn/critical", Severity::Critical),
        ("ses-warden/domain/example.com/critical/warn", Severity::Warn),
        ("ses-warden/critical/example.com/bounce", Severity::Warn),
        ("ses-warden/bounces", Severity::Warn),
        ("ses-warden/CRITICAL", Severity::Warn),
        ("ses-warden/ critical", Severity::Warn),
        ("ses-warden/not-critical", Severity::Warn),
        ("ses-warden/critical", Severity::Critical),
        ("", Severity::Warn),
        ("///", Severity::Warn),
    ];
    let series = [aws("Reputation.BounceRate", &[])];
    for (name, expected) in cases {
        let alarm = AlarmDefinition { name, arn: ARN, series: &series, has_expression: false };
        let label = Label::from_definition(&alarm, &STACK).unwrap();
        assert_eq!(label.severity, expected, "{name}");
    }
    // A stack may have any name; its own is no word of the alarm's.
    let stack = StackNames { alarm_prefix: "critical/", ..STACK };
    let name = "critical/bounces";
    let alarm = AlarmDefinition { name, arn: ARN, series: &series, has_expression: false };
    assert_eq!(Label::from_definition(&alarm, &stack).unwrap().severity, Severity::Warn);
}
