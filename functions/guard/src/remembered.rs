//! Decides which alarms that have left ALARM are checked again.
//!
//! guard keeps what it did in the tags of an alarm, so an alarm that is OK again may still hold a
//! pause without its notice, or one that somebody has ended since. Reading its tags costs a call.
//! Where `ses-warden connect` has just made the alarms of a hundred domains, 800 of them have
//! changed their state within the week; so each invocation by the schedule reads some of them, and
//! another invocation reads nothing of them.

use warden_aws::AlarmRecord;
use warden_domain::time::epoch_millis;

/// For how long after its last transition an alarm is checked.
const REMEMBERED_MILLIS: i64 = 7 * 24 * 3_600_000;
/// Alarms that changed their state so recently come first: what guard began is finished soon.
const JUST_NOW_MILLIS: i64 = 15 * 60_000;
/// Most of them that one invocation checks.
const MOST: usize = 100;
/// How often the schedule comes.
const SCHEDULE_MILLIS: i64 = 300_000;

/// The places of the alarms whose tags this invocation reads, of those that `may_be_paused`. With
/// `resumes` they are read however long ago their last transition was, because a pause may end
/// later than that.
///
/// Those that do not fit have their turn in the next invocations, in a circle.
pub(crate) fn remembered(
    alarms: &[AlarmRecord],
    may_be_paused: impl Fn(usize, &AlarmRecord) -> bool,
    resumes: bool,
    now: i64,
) -> Vec<usize> {
    let age = |alarm: &AlarmRecord| epoch_millis(&alarm.episode).map(|at| now - at);
    let wanted = alarms.iter().enumerate().filter(|(place, alarm)| {
        may_be_paused(*place, alarm)
            && (resumes || age(alarm).is_none_or(|age| age <= REMEMBERED_MILLIS))
    });
    let (mut first, mut others) = (Vec::new(), Vec::new());
    for (place, alarm) in wanted {
        match age(alarm) {
            Some(age) if age <= JUST_NOW_MILLIS => first.push((age, place)),
            Some(_) | None => others.push(place),
        }
    }
    first.sort_unstable();
    let round = usize::try_from(now / SCHEDULE_MILLIS).unwrap_or_default();
    if let Some(turn) = round.wrapping_mul(MOST).checked_rem(others.len()) {
        others.rotate_left(turn);
    }
    first.into_iter().map(|(_, place)| place).chain(others).take(MOST).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use warden_domain::alarm::AlarmState;
    use warden_domain::notice::at;

    const NOW: i64 = 1_790_000_137_000;
    const DAY: i64 = 86_400_000;

    fn alarm(ago: i64) -> AlarmRecord {
        AlarmRecord {
            arn: String::new(),
            name: String::new(),
            state: AlarmState::Ok,
            reason: String::new(),
            episode: at(NOW - ago),
            threshold: None,
            series: Vec::new(),
            has_expression: false,
            is_silenced: false,
        }
    }

    #[test]
    fn a_week_is_remembered_and_longer_where_guard_resumes() {
        let alarms = [alarm(8 * DAY), alarm(6 * DAY), alarm(DAY), alarm(60_000)];
        assert_eq!(remembered(&alarms[..3], |_, _| true, false, NOW).len(), 2);
        assert_eq!(remembered(&alarms[..3], |_, _| true, true, NOW).len(), 3);
        assert_eq!(remembered(&alarms, |place, _| place == 1, true, NOW), [1]);
        assert_eq!(remembered(&alarms, |_, _| true, false, NOW)[0], 3, "what ended just now");
        let unreadable = AlarmRecord { episode: "unknown".into(), ..alarm(0) };
        assert_eq!(remembered(&[unreadable], |_, _| true, false, NOW), [0]);
    }

    #[test]
    fn all_of_a_storm_have_their_turn_within_its_rounds() {
        let alarms: Vec<AlarmRecord> = (0..400).map(|_| alarm(DAY)).collect();
        let mut seen = std::collections::BTreeSet::new();
        for round in 0..4 {
            let places = remembered(&alarms, |_, _| true, false, NOW + round * SCHEDULE_MILLIS);
            assert_eq!(places.len(), MOST);
            seen.extend(places);
        }
        assert_eq!(seen.len(), 400);
    }
}
