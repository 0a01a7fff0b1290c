//! The functions' log lines, in memory.

use std::cell::RefCell;
use std::io::{self, Write};
use std::sync::Once;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt;

thread_local! {
    /// What was logged on this thread: each test has one of its own, with all that
    /// it awaits.
    static LOG: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Writes to [`LOG`].
pub(crate) struct Log;

impl Log {
    /// What this thread has logged since the last time.
    pub(crate) fn take() -> String {
        let log = String::from_utf8(LOG.take()).unwrap();
        assert_documented(&log);
        log
    }
}

/// Whoever searches the logs finds each field in docs/LOGGING.md.
fn assert_documented(log: &str) {
    let document = std::fs::read_to_string(warden_tests::root().join("docs/LOGGING.md")).unwrap();
    for line in log.lines() {
        let fields: serde_json::Map<String, serde_json::Value> =
            serde_json::from_str(line).unwrap();
        for name in fields.keys() {
            assert!(
                document.contains(&format!("`{name}`")),
                "{name} is not in docs/LOGGING.md: {line}"
            );
        }
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LOG.with_borrow_mut(|log| log.write(bytes))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Logs as `warden_lambda::logs` writes them with WARDEN_LOG=debug, into memory.
///
/// For the whole process, because a subscriber of one thread misses lines whose first use was on a
/// thread without one.
pub(crate) fn capture() {
    static STARTED: Once = Once::new();
    STARTED.call_once(|| {
        let lines = tracing_subscriber::fmt::layer()
            .json()
            .flatten_event(true)
            .with_target(false)
            .with_writer(|| Log);
        let filter = Targets::new()
            .with_default(LevelFilter::INFO)
            .with_target("warden_", LevelFilter::DEBUG);
        tracing::subscriber::set_global_default(
            tracing_subscriber::registry().with(filter).with(lines),
        )
        .unwrap();
    });
}
