//! What to do about each fault.

use super::Fault;

/// One or two sentences a postmaster would say.
pub(super) fn of(fault: Fault) -> &'static str {
    match fault {
        Fault::RecipientGone => {
            "The mailbox does not exist: keep the address suppressed and remove it from your lists. Many of these at \
             once mean an old or bought list."
        }
        Fault::RecipientDisabled => {
            "The mailbox is switched off: keep the address suppressed; it may be removed from the list when its owner \
             asks for mail again."
        }
        Fault::DomainGone => {
            "The recipient's domain does not exist or takes no mail: keep the address suppressed and check it for a \
             typing error."
        }
        Fault::MailboxFull => {
            "The mailbox is full: leave the address, try again in a few days, and drop it when it stays full for \
             weeks."
        }
        Fault::SenderAuthentication => {
            "Your authentication failed, the address is fine: check that SPF or DKIM passes and aligns with the From \
             domain, that a DMARC record exists at _dmarc.<domain>, and that reverse DNS matches. Do not suppress."
        }
        Fault::SenderReputation => {
            "The receiver refuses you for your reputation: stop the campaign, check the blocklist that is named, find \
             the source of complaints and slow down. Do not suppress."
        }
        Fault::Content => {
            "The receiver refuses what the message holds: check links, attachments and size. The address is fine; do \
             not suppress."
        }
        Fault::Policy => {
            "The receiver's rules do not let this sender in: ask the recipient's postmaster. The address is fine; do \
             not suppress."
        }
        Fault::RateLimited => {
            "Too much mail at once: send more slowly to this receiver. Nothing is wrong with the address."
        }
        Fault::ReceiverTemporary => "The receiver has trouble of its own: SES has tried again already; try later.",
        Fault::Echo => "SES did not try, because the address is on a list already: stop mailing it at the source.",
        Fault::AutoReply => "A machine answered for a living mailbox: nothing to do.",
        Fault::Unknown => {
            "No rule knows this text: read it, and add a rule if it comes again. Unknown texts of the security class \
             (5.7.x) are never held against the address."
        }
    }
}
