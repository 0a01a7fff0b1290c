//! Notifies guard's incidents that an operator used a switch.

use warden_aws::{CallError, Journal, PartitionQuery};
use warden_domain::guard::incident::{INCIDENT, Incident, Observation, step};
use warden_domain::guard::record::Target;
use warden_domain::journal::HistoryTarget;

use crate::frame::history::now_millis;

/// How often an incident is read again that guard changed meanwhile.
const TRIES: usize = 5;

/// What marking came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Marked {
    /// Ids of incidents that this version cannot read.
    pub(super) unreadable: Vec<String>,
}

/// Writes into each incident that concerns the target that an operator switched it on or off, so
/// that guard neither repeats a pause nor takes the change for somebody unknown's. To be called
/// after the switch took.
///
/// # Errors
/// [`CallError`]. guard then finds the change itself at its next look.
pub(super) async fn mark(
    journal: &Journal,
    target: &HistoryTarget,
    on: bool,
) -> Result<Marked, CallError> {
    let Some(target) = Target::from_history(target) else { return Ok(Marked::default()) };
    let at = now_millis();
    let mut marked = Marked::default();
    for _ in 0..TRIES {
        let mut is_late = false;
        for item in journal.partition(INCIDENT, PartitionQuery::default()).await? {
            let incident = match Incident::from_item(&item) {
                None => continue,
                Some(Ok(incident)) => incident,
                Some(Err(unreadable)) => {
                    if !marked.unreadable.contains(&unreadable.id) {
                        marked.unreadable.push(unreadable.id);
                    }
                    continue;
                }
            };
            let operator = Observation::Operator { target: target.clone(), on, at };
            let (next, _) = step(&incident, &operator);
            if next == incident {
                continue;
            }
            is_late |= !journal.put_version(&next.item(at), next.expected()).await?;
        }
        if !is_late {
            break;
        }
    }
    Ok(marked)
}
