//! Why mail authenticates or does not: SPF, DKIM and DMARC as pure parsers and findings.
//!
//! Nothing here asks DNS or verifies a signature. Records, look-up answers and message headers
//! come in as text; findings come out.

mod alignment;
pub mod bimi;
pub mod codes;
pub mod dkim;
pub mod dmarc;
pub mod domain_check;
pub mod evidence;
pub mod from;
pub mod header;
mod judgement;
mod message_advice;
mod message_findings;
mod method_evidence;
pub mod organization;
pub mod received;
pub mod results;
mod route;
mod scan;
pub mod signature;
pub mod spf;
pub mod svg;
pub mod tree_walk;
mod trust;
pub mod verdict;
