//! Whose credentials are used, and in which Region.

use std::fs;

use super::wire::Answer;
use super::{Result, TOPIC, command, place, run, ses_warden, started};

/// A file of profiles that is gone with the test.
struct Profiles(std::path::PathBuf);

impl Profiles {
    fn new(name: &str, text: &str) -> Result<Self> {
        let path = std::env::temp_dir().join(format!("ses-warden-{name}-{}", std::process::id()));
        fs::write(&path, text)?;
        Ok(Self(path))
    }

    fn variable(&self) -> (&'static str, String) {
        ("AWS_CONFIG_FILE", self.0.display().to_string())
    }
}

impl Drop for Profiles {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

const KEYS_OF_A_PROFILE: &str =
    "aws_access_key_id = AKIDPROFILE\naws_secret_access_key = not-a-secret";

#[test]
fn a_profile_names_region_credentials_and_endpoint() -> Result {
    let wire = started();
    let text = format!(
        "[profile mail]\nregion = ap-south-2\n{KEYS_OF_A_PROFILE}\nendpoint_url = {}\n",
        wire.url()
    );
    let profiles = Profiles::new("endpoint", &text)?;
    let line = format!("plan --profile mail --no-sets --prefix mail/ --alarm-topic {TOPIC}");
    let output = command(&[profiles.variable()], &line).output()?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(wire.calls_of("ListMetrics")[0].signed_for, "ap-south-2/monitoring");
    Ok(())
}

/// They would act on another account.
#[test]
fn keys_in_the_environment_are_not_taken_where_a_profile_is_named() -> Result {
    let wire = started();
    let profiles = Profiles::new("keys", &format!("[profile mail]\n{KEYS_OF_A_PROFILE}\n"))?;
    let environment = [wire.environment(), vec![profiles.variable()]].concat();
    let by = |line: &str| -> Result<String> {
        let before = wire.calls().len();
        let output = command(
            &environment,
            &format!("plan {line} --no-sets --prefix mail/ --alarm-topic {TOPIC}"),
        )
        .output()?;
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let mut keys: Vec<String> =
            wire.calls().into_iter().skip(before).map(|call| call.access_key).collect();
        keys.dedup();
        Ok(keys.join(", "))
    };
    assert_eq!(by("--profile mail")?, "AKIDPROFILE");
    assert_eq!(by("")?, "AKIDEXAMPLE");
    Ok(())
}

#[test]
fn a_profile_that_gives_no_credentials_is_named_and_nobody_is_called() -> Result {
    let wire = started();
    let profiles = Profiles::new("none", "[profile empty]\nregion = eu-central-1\n")?;
    let environment = [wire.environment(), vec![profiles.variable()]].concat();
    for (profile, why) in [("nope", "`nope` was not defined"), ("empty", "")] {
        let line =
            format!("plan --profile {profile} --no-sets --prefix mail/ --alarm-topic {TOPIC}");
        let output = command(&environment, &line).output()?;
        assert_eq!(output.status.code(), Some(4));
        let said = String::from_utf8(output.stderr)?;
        assert!(
            said.contains(&format!("the profile {profile} gives no credentials"))
                && said.contains(why),
            "{said}"
        );
    }
    assert!(wire.calls().is_empty());
    Ok(())
}

#[test]
fn without_a_region_the_way_out_is_named() -> Result {
    let output = command(&[], "plan").output()?;
    assert_eq!(output.status.code(), Some(4));
    assert!(String::from_utf8(output.stderr)?.contains("give --region"));
    Ok(())
}

#[test]
fn without_credentials_the_way_out_is_named_and_nobody_is_called() -> Result {
    let wire = started();
    let mut environment = wire.environment();
    environment.retain(|(name, _)| !name.contains("KEY"));
    for line in ["connect plan", "rescue --bucket mail"] {
        let output = ses_warden(&environment, line).output()?;
        assert_eq!(output.status.code(), Some(4), "{line}");
        let said = String::from_utf8(output.stderr)?;
        assert!(said.contains("aws sso login") && said.contains("--profile"), "{line}: {said}");
    }
    assert!(wire.calls().is_empty());
    Ok(())
}

#[test]
fn what_aws_refuses_has_a_status_and_advice() -> Result {
    let wire = started();
    let error = |status: u16, code: &str| Answer::error(status, code);
    for (answer, status, advice) in [
        (error(403, "AccessDenied"), 5, "allow cloudwatch:DescribeAlarms"),
        (error(403, "ExpiredToken"), 4, "aws sso login"),
        (error(400, "ValidationError"), 5, "ValidationError"),
    ] {
        wire.script("DescribeAlarms", [answer]);
        let output = run(&wire, "plan")?;
        assert_eq!(output.status.code(), Some(status), "{advice}");
        let said = String::from_utf8(output.stderr)?;
        assert!(said.contains("DescribeAlarms failed") && said.contains(advice), "{said}");
    }
    let line = format!("plan {} --endpoint-url http://127.0.0.1:1", place());
    let output = command(&wire.environment(), &line).output()?;
    assert_eq!(output.status.code(), Some(5));
    let said = String::from_utf8(output.stderr)?;
    assert!(said.contains("could not be reached"), "{said}");
    Ok(())
}

#[test]
fn an_endpoint_that_is_named_goes_before_those_of_the_environment() -> Result {
    let (wire, other) = (started(), started());
    wire.world().page_size = 10;
    let mut environment = wire.environment();
    environment.push(("AWS_ENDPOINT_URL_S3", other.url()));
    let asked = |wire: &super::wire::Wire| wire.calls_of("ListObjectsV2").len();
    ses_warden(&environment, "rescue --bucket mail").output()?;
    let by_environment = asked(&other);
    assert!(by_environment > 0 && asked(&wire) == 0);
    let line = format!("rescue --bucket mail --endpoint-url {}", wire.url());
    ses_warden(&environment, &line).output()?;
    assert!(asked(&wire) > 0 && asked(&other) == by_environment);
    Ok(())
}
