//! Options that say which switch, and how fast SES is called.

use warden_aws::RateLimiter;

use crate::frame::aws::{Access, calls_per_second};
use crate::frame::output::FormatOptions;
use crate::frame::stack::StackOption;

/// What to pause or resume.
#[derive(Debug, Clone, Default, clap::Args)]
#[group(required = true, multiple = true)]
pub struct TargetOptions {
    /// All sending of the account in this Region
    #[arg(long, conflicts_with_all = ["configuration_set", "tenant"])]
    pub account: bool,

    /// Mail that names this configuration set; may be given several times
    #[arg(long, value_name = "NAME")]
    pub configuration_set: Vec<String>,

    /// Mail of this tenant; may be given several times
    #[arg(long, value_name = "NAME")]
    pub tenant: Vec<String>,
}

/// How fast SES is called.
#[derive(Debug, Clone, clap::Args)]
pub struct PaceOption {
    /// SES calls a second; SES allows one for the whole account
    #[arg(long, value_name = "N", default_value_t = 0.9, value_parser = calls_per_second)]
    ses_calls_per_second: f64,
}

impl PaceOption {
    /// The limiter that all calls of a command share.
    pub fn limiter(&self) -> RateLimiter {
        RateLimiter::per_second(self.ses_calls_per_second)
    }
}

/// Where a command about sending works, and as whom.
#[derive(Debug, Clone, clap::Args)]
pub struct SendingPlace {
    /// Your name or a ticket, for the journal beside the IAM identity
    #[arg(long, value_name = "NAME")]
    pub by: Option<String>,

    /// The stack of ours.
    #[command(flatten)]
    pub stack: StackOption,

    /// The pace of SES calls.
    #[command(flatten)]
    pub pace: PaceOption,

    /// Account and Region.
    #[command(flatten)]
    pub access: Access,
}

/// What the commands share that use a switch: which, why, where, and the form of the output.
#[derive(Debug, Clone, clap::Args)]
pub struct SwitchOptions {
    /// The switches.
    #[command(flatten)]
    pub targets: TargetOptions,

    /// Why; asked for where it is not given
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,

    /// The form of the output.
    #[command(flatten)]
    pub format: FormatOptions,

    /// Where, and as whom.
    #[command(flatten)]
    pub place: SendingPlace,
}
