//! The values of options, refused with a word on what they should be.

use super::super::default_sets::WantedDefault;

pub(super) fn prefix(text: &str) -> Result<String, String> {
    if text.is_empty() { Err("a prefix cannot be empty".to_owned()) } else { Ok(text.to_owned()) }
}

pub(super) fn topic(text: &str) -> Result<String, String> {
    match text.split(':').collect::<Vec<_>>().as_slice() {
        ["arn", _, "sns", region, account, name]
            if [region, account, name].iter().all(|part| !part.is_empty()) =>
        {
            Ok(text.to_owned())
        }
        _ => Err(
            "not the ARN of a topic, as arn:aws:sns:eu-central-1:111122223333:ses-warden-alarms"
                .to_owned(),
        ),
    }
}

pub(super) fn default_set(text: &str) -> Result<WantedDefault, String> {
    match text.rsplit_once('=') {
        Some((identity, set)) if !identity.is_empty() && !set.is_empty() => {
            Ok(WantedDefault { identity: identity.to_owned(), set: set.to_owned() })
        }
        _ => Err("not IDENTITY=SET, as example.com=marketing".to_owned()),
    }
}

pub(super) fn rate(text: &str) -> Result<f64, String> {
    let rate: Option<f64> = text.parse().ok().filter(|rate| *rate > 0.0 && *rate <= 1.0);
    rate.ok_or_else(|| "not a fraction up to 1, as 0.04 for 4 %".to_owned())
}

pub(super) fn period(text: &str) -> Result<i32, String> {
    let period: Option<i32> = text.parse().ok();
    period
        .filter(|seconds| (60..=86_400).contains(seconds) && seconds % 60 == 0)
        .ok_or_else(|| "not a multiple of 60 up to 86400".to_owned())
}
