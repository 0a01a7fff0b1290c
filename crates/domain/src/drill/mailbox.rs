//! The mailboxes of SES's simulator.

/// A mailbox of SES's simulator. Mail to it counts for neither rate and no quota, but costs what
/// any mail costs and takes a place in the sending rate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mailbox {
    /// Takes the mail.
    Success,
    /// Refuses it for good.
    Bounce,
    /// Takes it, and complains.
    Complaint,
    /// Takes it, and answers that nobody is there.
    OutOfOffice,
    /// Stands for an address on SES's global suppression list.
    SuppressionList,
}

impl Mailbox {
    /// Every mailbox of the simulator.
    pub const ALL: [Self; 5] =
        [Self::Success, Self::Bounce, Self::Complaint, Self::OutOfOffice, Self::SuppressionList];

    /// Returns the local part of its address.
    pub fn name(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Bounce => "bounce",
            Self::Complaint => "complaint",
            Self::OutOfOffice => "ooto",
            Self::SuppressionList => "suppressionlist",
        }
    }

    /// Returns its address with a label, which SES ignores and repeats in the events.
    pub fn address(self, label: &str) -> String {
        format!("{}+{label}@simulator.amazonses.com", self.name())
    }

    /// Returns the events that SES publishes about a mail to it, at least.
    pub fn events(self) -> &'static [&'static str] {
        match self {
            Self::Success | Self::OutOfOffice => &["Send", "Delivery"],
            Self::Bounce | Self::SuppressionList => &["Send", "Bounce"],
            Self::Complaint => &["Send", "Delivery", "Complaint"],
        }
    }

    /// Whether suppress decides about a mail to it.
    pub fn is_decided(self) -> bool {
        self.events().iter().any(|event| matches!(*event, "Bounce" | "Complaint"))
    }
}
