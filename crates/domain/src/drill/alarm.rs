//! From the metric to the operators.

use super::{AlarmTrial, DrillObservation, Hop, HopResult, HopState, Listening};

const HOPS: [Hop; 4] = [Hop::Alarm, Hop::AlarmTopic, Hop::Guard, Hop::Notice];

pub(super) fn judge(seen: &DrillObservation, is_counted: bool) -> Vec<HopResult> {
    let (in_alarm, last_state, published, notified) = match &seen.alarm {
        AlarmTrial::NotAsked => {
            return HOPS.map(|hop| HopResult::not_asked(hop, "--no-alarm leaves it out")).to_vec();
        }
        AlarmTrial::NotMade(why) => {
            let text = format!("the drill's alarm could not be made: {why}");
            let advice = "docs/drill-policy.json says what it needs";
            let mut results = vec![HopResult::unproven(Hop::Alarm, text, advice)];
            results.extend([Hop::AlarmTopic, Hop::Guard, Hop::Notice].map(HopResult::not_reached));
            return results;
        }
        AlarmTrial::Created { in_alarm, last_state, published, notified } => {
            (*in_alarm, last_state, *published, *notified)
        }
    };
    // A message or a notice proves the state that nobody saw.
    let Some(since) = in_alarm.or(published).or(notified) else {
        if !is_counted {
            return HOPS.map(HopResult::not_reached).to_vec();
        }
        let text = format!(
            "the drill's alarm did not go into ALARM within {:.0} s; it is {last_state}",
            seen.waited
        );
        let advice = "CloudWatch looks once a minute: repeat the drill with a larger --wait";
        let mut results = vec![HopResult::broken(Hop::Alarm, text, advice)];
        results.extend([Hop::AlarmTopic, Hop::Guard, Hop::Notice].map(HopResult::not_reached));
        return results;
    };
    let topic = alarm_topic(seen, published, notified);
    let is_broken = topic.state == HopState::Broken && notified.is_none();
    let guard = if is_broken { HopResult::not_reached(Hop::Guard) } else { guard(seen, notified) };
    let alarm = HopResult::passed(Hop::Alarm, Some(since), "the drill's alarm went into ALARM");
    vec![alarm, topic, guard, notice(seen, notified)]
}

fn alarm_topic(
    seen: &DrillObservation,
    published: Option<f64>,
    notified: Option<f64>,
) -> HopResult {
    const HOP: Hop = Hop::AlarmTopic;
    if published.is_some() {
        return HopResult::passed(HOP, published, "the alarm's message arrived");
    }
    match &seen.alarms {
        Listening::NoTopic => {
            HopResult::broken(HOP, "there is no alarm topic", "deploy the stack again: install.sh")
        }
        Listening::Yes => HopResult::broken(
            HOP,
            format!("the alarm's message did not arrive within {:.0} s", seen.waited),
            "CloudWatch may not publish to the topic, by its policy or its key's: ses-warden doctor setup",
        ),
        Listening::Refused(why) => {
            let text = match notified {
                Some(_) => format!("the drill cannot listen ({why}), but guard's notice came"),
                None => format!("the drill cannot listen: {why}"),
            };
            HopResult::unproven(HOP, text, "docs/drill-policy.json says what it needs")
        }
        Listening::No => HopResult::unproven(HOP, "the drill did not listen to the topic", ""),
    }
}

fn guard(seen: &DrillObservation, notified: Option<f64>) -> HopResult {
    const HOP: Hop = Hop::Guard;
    if notified.is_some() {
        return HopResult::passed(HOP, notified, "guard handled the alarm, and paused nothing");
    }
    if seen.operators != Listening::Yes {
        return HopResult::unproven(HOP, "only guard's notice would prove it", "");
    }
    let path = &seen.guard;
    let advice = format!("see the log of {}; ses-warden doctor setup says more", path.function);
    if path.is_subscribed.known() == Some(&false) {
        let text =
            format!("no confirmed subscription of the alarm topic leads to {}", path.function);
        return HopResult::broken(HOP, text, advice);
    }
    if let Some(more) = path.new_dead_letters.known().filter(|more| **more > 0) {
        let text = format!("guard failed: {more} alarms became dead letters meanwhile");
        return HopResult::broken(HOP, text, advice);
    }
    let text = format!("no notice about the drill's alarm within {:.0} s", seen.waited);
    HopResult::broken(HOP, text, advice)
}

fn notice(seen: &DrillObservation, notified: Option<f64>) -> HopResult {
    const HOP: Hop = Hop::Notice;
    let advice = "subscribe a person, a pager or a chat: aws sns subscribe --topic-arn …";
    match (&seen.operators, notified, seen.readers.known()) {
        (Listening::NoTopic, _, _) => HopResult::broken(
            HOP,
            "there is no topic of the operators",
            "deploy the stack again: install.sh",
        ),
        (_, Some(_), Some(0)) => HopResult::broken(
            HOP,
            "guard's notice arrived, but nobody has a confirmed subscription of the operators' topic",
            advice,
        ),
        (_, Some(seconds), Some(readers)) => {
            let text = format!("guard's notice arrived; confirmed subscriptions: {readers}");
            HopResult::passed(HOP, Some(seconds), text)
        }
        (_, Some(seconds), None) => HopResult {
            seconds: Some(seconds),
            ..HopResult::unproven(
                HOP,
                "guard's notice arrived, but who is subscribed cannot be read",
                "allow sns:ListSubscriptionsByTopic",
            )
        },
        (Listening::Refused(why), None, _) => {
            HopResult::unproven(HOP, format!("the drill cannot listen: {why}"), "")
        }
        (Listening::Yes | Listening::No, None, _) => HopResult::not_reached(HOP),
    }
}
