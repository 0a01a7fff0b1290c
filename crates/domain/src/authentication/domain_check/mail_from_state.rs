//! What the check of the MAIL FROM domain leaves for the checks after it.

/// What MAIL FROM comes to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct MailFromState {
    /// SES's own domain is used; false where SES was not read.
    pub(super) is_default: bool,
    /// The custom domain, as DNS spells it.
    pub(super) domain: Option<String>,
    /// Records and status are right.
    pub(super) works: bool,
    /// REJECT_MESSAGE.
    pub(super) rejects_on_failure: bool,
}
