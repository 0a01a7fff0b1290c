//! Every AWS call that ses-warden makes, one small client a service.
//!
//! Methods are named by intent and answer in plain values; no SDK type leaves
//! this crate. Each call has time-outs, bounded retries and, for SES, a pace:
//! SES answers all its calls but the sending ones at about one a second for the
//! whole account.
//!
//! A read that decides answers with a fact or with an error: where an answer lacks the member that
//! was asked for, that is a [`CallError`], and never a state.
//!
//! Of the domain this crate uses the redaction of texts, the words of AWS (states of alarms, the
//! enforcement status), and the plain values that a question is about or that its answers make up:
//! what can be paused, what a window has to count, an item of the journal. It decides nothing.
//! `doctor`, for the operator's command alone, fills in the facts that the domain judges.

mod alarms;
mod body_limit;
mod bucket;
mod connection;
#[cfg(feature = "operator")]
pub mod doctor;
mod endpoint;
mod error;
mod failed_records;
mod http;
mod identities;
mod journal;
mod json;
mod members;
mod metrics;
#[cfg(feature = "operator")]
pub mod operator;
mod operators;
mod paced;
mod rate_limiter;
mod sending;
mod service;
mod service_error;
mod shared_reads;
mod suppression_list;
mod suppression_pages;
mod suppression_settings;
mod trail;
mod trust;

pub use alarms::Alarms;
pub use bucket::{Bucket, Condition, ListedObject, Object, ObjectPage};
pub use connection::{AwsSettings, Connection};
pub use error::{CallError, Class};
pub use failed_records::failed_records;
pub use identities::{EmailIdentity, Identities, OpenRecommendation};
pub use journal::{Journal, PartitionQuery, Raise, journal_key};
pub use metrics::{Metrics, PutAmount, PutDatum, PutEnd, PutResult, Query, TimeLimit};
pub use operators::OperatorTopic;
pub use rate_limiter::RateLimiter;
pub use sending::{AccountState, SendingSwitch, SwitchState, Turned};
pub use shared_reads::SharedReads;
pub use suppression_list::{ImportAction, ImportStatus, SuppressionList};
pub use suppression_pages::{ListFilter, ListPage, ListedAddress};
pub use suppression_settings::{AccountSuppression, SuppressionSettings, TenantSuppression};
pub use trail::Trail;
