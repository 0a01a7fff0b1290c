//! Every AWS call that ses-warden makes, one small client a service.
//!
//! Methods are named by intent and answer in plain values; no SDK type leaves
//! this crate. Each call has time-outs, bounded retries and, for SES, a pace:
//! SES answers all its calls but the sending ones at about one a second for the
//! whole account.
//!
//! Nothing here knows the domain but the one way in which it redacts texts; the
//! functions translate.

mod alarms;
mod bucket;
mod connection;
mod error;
mod failed_records;
mod metrics;
mod operators;
mod rate_limiter;
mod sending;
mod suppression_list;
mod suppression_settings;

pub use alarms::{AlarmRecord, Alarms};
pub use bucket::{Bucket, Condition, Object};
pub use connection::{AwsSettings, Connection};
pub use error::{CallError, Class};
pub use failed_records::failed_records;
pub use metrics::{Amount, Datum, Metrics, PutEnd, PutResult, Query, TimeLimit};
pub use operators::OperatorTopic;
pub use rate_limiter::RateLimiter;
pub use sending::{AccountState, SendingSwitch};
pub use suppression_list::{ImportAction, ImportStatus, ListEntry, Reason, SuppressionList};
pub use suppression_settings::{AccountSuppression, SuppressionSettings, TenantSuppression};
