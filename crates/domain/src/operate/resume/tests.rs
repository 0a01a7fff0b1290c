use super::*;

fn codes(facts: &ResumeFacts) -> Vec<&'static str> {
    facts.findings().iter().map(|finding| finding.code).collect()
}

#[test]
fn only_awss_own_pause_stands_against_it() {
    let mut facts = ResumeFacts::of_account(EnforcementStatus::Probation);
    facts.rates = [Some(0.12), Some(0.02)];
    facts.unexpected = Some(vec![("old-ci".to_owned(), 300)]);
    facts.alarms = Some(vec!["ses-warden/account/all/bounce/critical".to_owned()]);
    assert!(may_resume(&facts.findings()), "{:?}", facts.findings());
    facts.enforcement = EnforcementStatus::Shutdown;
    assert!(!may_resume(&facts.findings()));
    assert_eq!(codes(&facts)[0], "aws-shutdown");
    facts.enforcement = EnforcementStatus::Healthy;
    facts.aws_pause = Some("Reputation finding".to_owned());
    assert!(!may_resume(&facts.findings()));
}

#[test]
fn a_set_of_a_paused_account_is_said_to_send_nothing() {
    let mut facts = ResumeFacts::of_account(EnforcementStatus::Healthy);
    assert!(!codes(&facts).contains(&"account-paused"));
    facts.target = HistoryTarget::ConfigurationSet("marketing".to_owned());
    assert!(codes(&facts).contains(&"account-paused"));
    assert!(facts.next().iter().any(|line| line.contains("metrics anew")));
}

#[test]
fn rates_stand_beside_awss_lines() {
    let mut facts = ResumeFacts::of_account(EnforcementStatus::Healthy);
    facts.rates = [Some(0.021), Some(0.000_5)];
    let texts: Vec<String> = facts.findings().into_iter().map(|f| f.text).collect();
    assert!(texts.iter().any(|text| text.starts_with(
        "AWS's bounce rate is 2.1 %: below AWS's review line (5.0 % review, 10.0 % pause)"
    )));
    assert!(texts.iter().any(|text| text.contains("complaint rate is 0.05 %")));
    facts.rates = [Some(0.10), None];
    assert!(codes(&facts).contains(&"rate-high"));
    facts.rates = [None, None];
    assert!(codes(&facts).contains(&"rate-unknown"));
}
