//! Why mail authenticates or does not: SPF, DKIM and DMARC as pure parsers and findings.
//!
//! Nothing here asks DNS or verifies a signature. Records, look-up answers and message headers
//! come in as text; findings come out.

pub mod bimi;
pub mod dkim;
pub mod dmarc;
pub mod domain_check;
pub mod spf;
pub mod svg;
pub mod tree_walk;
