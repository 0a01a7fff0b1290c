//! What one invocation reads before it decides anything, and has found out by now.

use std::time::Duration;

use tracing::{error, warn};
use warden_aws::{CallError, Class, PartitionQuery, SharedReads};
use warden_domain::guard::StackNames;
use warden_domain::guard::account::AwsMessage;
use warden_domain::guard::incident::INCIDENT;
use warden_domain::guard::memory::AccountMemory;
use warden_domain::guard::stack::StackState;
use warden_lambda::Deadline;

use crate::guard::Guard;
use crate::time::{share, within};

/// The stack, the account and the journal, as this invocation knows them.
#[derive(Debug)]
pub(crate) struct StackSnapshot {
    /// The alarms and incidents.
    pub(crate) stack: StackState,
    /// What guard remembers of the account.
    pub(crate) memory: AccountMemory,
    /// The message of AWS that invoked guard.
    pub(crate) message: Option<AwsMessage>,
    /// The account, and what was read for decisions: alarms of the same mail share it. SES may have
    /// throttled the first read of the account: whatever depends on it tries again, in its own share
    /// of the time.
    pub(crate) reads: SharedReads,
    pub(crate) deadline: Deadline,
}

impl Guard {
    /// Reads the alarms of this stack, the journal and the account: a call for each page.
    ///
    /// # Errors
    /// [`CallError`] where one of them cannot be read. Operators are notified of a journal that
    /// cannot be. What cannot be read of an alarm or an incident is in the list.
    pub(crate) async fn read(
        &self,
        deadline: Deadline,
        message: Option<AwsMessage>,
    ) -> Result<(StackSnapshot, Vec<CallError>), CallError> {
        let half = share(deadline, Duration::ZERO, 2);
        let all = self.clients.alarms.all(&self.settings.alarm_prefix);
        let alarms = within(half, "reading alarms", all).await?;
        let names = StackNames {
            namespace: &self.settings.namespace,
            alarm_prefix: &self.settings.alarm_prefix,
        };
        let mut stack = StackState::new(alarms, &names);
        let query = self.clients.journal.partition(INCIDENT, PartitionQuery::default());
        let items = match within(half, "reading the journal", query).await {
            Ok(items) => items,
            Err(fault) => {
                self.journal_failed(&stack.critical(), &fault).await;
                return Err(fault);
            }
        };
        let mut failed = Vec::new();
        for fault in stack.add_incidents(&items) {
            error!(incident = fault.id, "{fault}: nothing is paused for its alarm");
            failed.push(CallError::new("Query", Class::Temporary, &fault.to_string()));
        }
        for alarm in stack.alarms().filter(|alarm| alarm.has_no_state()) {
            let why = "the answer has no state of this alarm";
            let fault = CallError::new("DescribeAlarms", Class::Temporary, why);
            failed.push(not_handled(&alarm.name, fault));
        }
        let memory = items.iter().find_map(AccountMemory::from_item).unwrap_or_default();
        let mut reads = SharedReads::default();
        // SES that throttles, or does not answer, ends no invocation: warnings do not depend on the
        // account, and pauses try again.
        let limit = share(deadline, Duration::ZERO, 4);
        match tokio::time::timeout(limit, reads.account(&self.clients.switch)).await {
            Ok(read) => drop(read?),
            Err(_) => warn!(
                "SES has not said yet whether the account sends: guard goes on, and asks again before \
                 it pauses anything"
            ),
        }
        Ok((StackSnapshot { stack, memory, message, reads, deadline }, failed))
    }
}

/// Logs why an alarm is left to the next invocation.
pub(crate) fn not_handled(alarm: &str, fault: CallError) -> CallError {
    error!(alarm.name = alarm, error = %fault, "alarm {alarm} is not handled yet, the next invocation tries again");
    fault
}
