//! An alarm in its three shapes: SNS message, direct action, EventBridge event.

use super::Reading;
use crate::alarm::{AlarmChange, AlarmState, name_of_arn};
use crate::outcome::GivenBack;
use crate::time::epoch_millis;
use crate::wire::{WireAlarmData, WireMessage, owned};

pub(super) fn alarm_of_sns(message: WireMessage<'_>) -> Reading {
    let arn = owned(message.sns_alarm_arn);
    let name = owned(message.alarm_name)
        .or_else(|| arn.as_deref().and_then(name_of_arn).map(str::to_owned));
    let (Some(name), Some(state)) = (name, message.new_state) else {
        return Reading::Broken(GivenBack::MalformedAlarm);
    };
    Reading::Alarm(AlarmChange {
        name,
        arn,
        state: AlarmState::from(state.0.as_ref()),
        reason: owned(message.new_state_reason),
        at_millis: message.state_change_time.and_then(|t| epoch_millis(&t.0)),
    })
}

pub(super) fn alarm_of_data(data: WireAlarmData<'_>, arn: Option<String>) -> Reading {
    let name = owned(data.name).or_else(|| arn.as_deref().and_then(name_of_arn).map(str::to_owned));
    // A missing state value must not pass for OK.
    let (Some(name), Some(state)) = (name, data.state) else {
        return Reading::Broken(GivenBack::MalformedAlarm);
    };
    let Some(value) = state.value else {
        return Reading::Broken(GivenBack::MalformedAlarm);
    };
    Reading::Alarm(AlarmChange {
        name,
        arn,
        state: AlarmState::from(value.0.as_ref()),
        reason: owned(state.reason),
        at_millis: state.timestamp.and_then(|t| epoch_millis(&t.0)),
    })
}
