//! JSON lines on standard output, see docs/LOGGING.md.

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

use crate::settings::{Environment, LOG_VARIABLE, SettingErrors};

/// Prefix of the names of our own crates.
const OURS: &str = "warden_";

/// The level that the environment asks for; info where it asks for none.
///
/// # Errors
/// A sentence for a word that is no level.
pub fn level(environment: &Environment) -> Result<LevelFilter, SettingErrors> {
    match environment.get(LOG_VARIABLE) {
        None | Some("info") => Ok(LevelFilter::INFO),
        Some("error") => Ok(LevelFilter::ERROR),
        Some("warn") => Ok(LevelFilter::WARN),
        Some("debug") => Ok(LevelFilter::DEBUG),
        Some(_) => Err(SettingErrors::new(vec![format!(
            "{LOG_VARIABLE} must be error, warn, info or debug."
        )])),
    }
}

/// Starts logging. A second call changes nothing.
pub fn init(level: LevelFilter) {
    let lines = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(true)
        .with_span_list(false)
        .with_target(false);
    // The runtime prints whole payloads at trace, and the SDK whole requests at
    // debug: theirs never go below info.
    let filter = Targets::new().with_default(level.min(LevelFilter::INFO)).with_target(OURS, level);
    let _ = tracing_subscriber::registry().with(filter).with(lines).try_init();
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_words_of_a_list() {
        assert_eq!(level(&Environment::of([])), Ok(LevelFilter::INFO));
        assert_eq!(level(&Environment::of([(LOG_VARIABLE, "debug")])), Ok(LevelFilter::DEBUG));
        assert!(level(&Environment::of([(LOG_VARIABLE, "trace")])).is_err());
    }
}
