//! What the stack deployed: alarms, queues and functions, with their states.

use serde::Serialize;
use warden_domain::alarm::AlarmState;
use warden_domain::guard::AlarmRecord;

use crate::commands::status::read::{QueueKind, StackReadings};

/// The stack's alarms.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct AlarmsPart {
    pub(crate) count: usize,
    pub(crate) ok: usize,
    pub(crate) insufficient_data: usize,
    pub(crate) silenced: usize,
    pub(crate) in_alarm: Vec<AlarmPart>,
}

/// An alarm in ALARM.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct AlarmPart {
    pub(crate) name: String,
    pub(crate) since: String,
    pub(crate) reason: String,
}

impl AlarmsPart {
    pub(crate) fn of(alarms: &[AlarmRecord]) -> Self {
        let in_state = |state: &AlarmState| alarms.iter().filter(|a| a.state == *state).count();
        let in_alarm = alarms.iter().filter(|alarm| alarm.state == AlarmState::Alarm);
        Self {
            count: alarms.len(),
            ok: in_state(&AlarmState::Ok),
            insufficient_data: in_state(&AlarmState::InsufficientData),
            silenced: alarms.iter().filter(|alarm| alarm.is_silenced).count(),
            in_alarm: in_alarm
                .map(|alarm| AlarmPart {
                    name: alarm.name.clone(),
                    since: alarm.episode.clone(),
                    reason: alarm.reason.clone(),
                })
                .collect(),
        }
    }
}

/// A queue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct QueuePart {
    pub(crate) name: String,
    pub(crate) is_dead_letters: bool,
    pub(crate) waiting: u64,
    pub(crate) in_flight: u64,
}

pub(crate) fn queues(stack: Option<&StackReadings>) -> Vec<QueuePart> {
    let queues = stack.map(|stack| stack.queues.iter()).into_iter().flatten();
    queues
        .filter_map(|queue| {
            let depth = queue.depth.as_ref().ok()?;
            Some(QueuePart {
                name: queue.name.clone(),
                is_dead_letters: queue.kind == QueueKind::DeadLetters,
                waiting: depth.waiting,
                in_flight: depth.in_flight,
            })
        })
        .collect()
}

/// A function.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct FunctionPart {
    pub(crate) name: String,
    pub(crate) state: String,
    pub(crate) last_modified: String,
    pub(crate) code_sha256: String,
}

pub(crate) fn functions(stack: Option<&StackReadings>) -> Vec<FunctionPart> {
    let functions = stack.map(|stack| stack.functions.iter()).into_iter().flatten();
    functions
        .filter_map(|deployed| {
            let function = deployed.function.as_ref().ok()?;
            Some(FunctionPart {
                name: deployed.name.clone(),
                state: function.state.clone(),
                last_modified: function.last_modified.clone(),
                code_sha256: function.code_sha256.clone(),
            })
        })
        .collect()
}
