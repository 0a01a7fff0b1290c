//! Whether to use colors, and whether to keep quiet about progress.

use std::env;
use std::io::{self, IsTerminal};
use std::sync::OnceLock;

use crate::frame::GLOBAL;

/// The options for colors and notes, which every command takes.
#[derive(Debug, Clone, Copy, Default, clap::Args)]
pub struct ScreenOptions {
    /// Use no colors; NO_COLOR in the environment does the same
    #[arg(long, global = true, help_heading = GLOBAL)]
    no_color: bool,

    /// Write no progress and no notes to standard error, only errors
    #[arg(long, global = true, help_heading = GLOBAL)]
    quiet: bool,
}

static OPTIONS: OnceLock<ScreenOptions> = OnceLock::new();

impl ScreenOptions {
    /// Makes these the options of the process. Only the first call counts.
    pub fn set(self) {
        let _ = OPTIONS.set(self);
    }
}

/// Whether `--quiet` was given.
pub fn is_quiet() -> bool {
    OPTIONS.get().is_some_and(|options| options.quiet)
}

/// Whether standard output shows colors: it is a terminal that knows them, and nobody asked for
/// none.
pub fn has_colors() -> bool {
    let is_set = |name| env::var_os(name).is_some_and(|value| !value.is_empty());
    let is_dumb = env::var_os("TERM").is_some_and(|term| term == "dumb");
    let is_off = OPTIONS.get().is_some_and(|options| options.no_color) || is_set("NO_COLOR");
    !is_off && !is_dumb && io::stdout().is_terminal()
}
