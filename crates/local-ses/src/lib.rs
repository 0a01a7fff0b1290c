//! The part of Amazon SES v2 that no local AWS offers, for `make run`, tests
//! and drills: the suppression list and its import jobs, the sending switches
//! of the account and of configuration sets, and sending itself, played to its
//! end with the events and the reputation metrics that SES would publish.
//!
//! All Regions of the account are played at once: the signature's credential
//! scope says which one a request is for.
//!
//! The API is the REST JSON of SES v2 under `/v2/email`; what AWS decides and a
//! test wants to decide is set under `/_local`. Signatures are not checked, and
//! the server listens on the loopback interface only.

mod address;
mod api;
mod app;
mod attempt;
mod clock;
mod configuration_sets;
mod control;
mod deliverability;
mod destinations;
mod diagnostics;
mod effective;
mod events;
mod faults;
mod identifiers;
mod import_jobs;
mod import_plans;
mod import_records;
mod json;
mod ledger;
mod mailbox;
mod message;
mod operation;
mod publication;
mod publisher;
mod regions;
mod reputation;
mod resource_policy;
mod server;
mod state;
mod submission;
mod suppression;
mod tags;
mod tenants;
mod topics;
mod trail;
mod upstream;
mod vdm;
mod wire;

pub use ledger::{Call, PublishedEvent};
pub use server::{Options, Server};
pub use upstream::Identity;
