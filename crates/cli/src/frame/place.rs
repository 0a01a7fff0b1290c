//! Where the command called AWS, for its error messages: the Region, where that came from, and the
//! endpoint if it is not AWS's own.

use std::env;
use std::fmt;
use std::sync::Mutex;

/// What named the Region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RegionSource {
    /// `--region`.
    Option,
    /// An environment variable.
    Environment(&'static str),
    /// The configuration of a profile, or of the machine.
    Profile(String),
}

impl RegionSource {
    /// Follows aws-config's order: the option, the environment, the profile.
    pub fn find(option: Option<&str>, profile: Option<&str>) -> Self {
        let is_set = |name: &&str| env::var_os(name).is_some_and(|value| !value.is_empty());
        if option.is_some() {
            return Self::Option;
        }
        if let Some(name) = ["AWS_REGION", "AWS_DEFAULT_REGION"].into_iter().find(is_set) {
            return Self::Environment(name);
        }
        let usual = || env::var_os("AWS_PROFILE").map(|name| name.to_string_lossy().into_owned());
        let profile = profile.map(str::to_owned).or_else(usual);
        Self::Profile(profile.unwrap_or_else(|| "default".to_owned()))
    }
}

impl fmt::Display for RegionSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Option => f.write_str("--region"),
            Self::Environment(name) => f.write_str(name),
            Self::Profile(name) => write!(f, "profile {name}"),
        }
    }
}

/// Everywhere this process called AWS, in words.
static PLACES: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Remembers where the command is about to call AWS.
pub fn record(region: &str, source: RegionSource, endpoint: Option<&str>) {
    let place = in_words(region, &source, endpoint);
    let mut places = PLACES.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    if !places.contains(&place) {
        places.push(place);
    }
}

/// Where the command called AWS, as `Region eu-west-1 (from AWS_REGION)`. `None` before
/// [`record`].
pub fn recorded() -> Option<String> {
    let places = PLACES.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    (!places.is_empty()).then(|| places.join("; "))
}

fn in_words(region: &str, source: &RegionSource, endpoint: Option<&str>) -> String {
    let endpoint = endpoint.map(|url| format!(", endpoint {url}")).unwrap_or_default();
    format!("Region {region} (from {source}){endpoint}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_words_name_region_source_and_endpoint() {
        let words = |source, endpoint| in_words("eu-west-1", &source, endpoint);
        assert_eq!(words(RegionSource::Option, None), "Region eu-west-1 (from --region)");
        assert_eq!(
            words(RegionSource::Environment("AWS_REGION"), Some("http://localhost:4566")),
            "Region eu-west-1 (from AWS_REGION), endpoint http://localhost:4566"
        );
        let profile = RegionSource::find(None, Some("production"));
        assert!(matches!(profile, RegionSource::Profile(_) | RegionSource::Environment(_)));
        assert_eq!(RegionSource::find(Some("x"), Some("production")), RegionSource::Option);
    }
}
