//! The alarms of configuration sets and sender domains: which there should be, which there are, and
//! in what they differ.

pub mod definition;
pub mod differences;
pub mod domains;
pub mod gone;
pub mod plan;
pub mod set_definition;

#[cfg(test)]
pub(super) mod tests;
