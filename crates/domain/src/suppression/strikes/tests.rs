use proptest::prelude::*;

use super::*;

const SUPPRESS: SuppressionVerdict = SuppressionVerdict::Suppress(SuppressionReason::Bounce);
const FIRST: SuppressionVerdict = SuppressionVerdict::Spare(Ignored::FirstStrike);
const SOFT: SuppressionVerdict = SuppressionVerdict::Spare(Ignored::MailboxFull);
/// Noon of some day.
const NOW: i64 = 20_000 * DAY + 12 * HOUR;

fn strike(kind: StrikeKind, hours_ago: i64) -> PastStrike {
    PastStrike { kind, at_seconds: NOW - hours_ago * HOUR, counts: true }
}

fn permanent(hours_ago: &[i64]) -> Vec<PastStrike> {
    hours_ago.iter().map(|hours| strike(StrikeKind::Permanent, *hours)).collect()
}

fn soft(days_ago: &[i64]) -> Vec<PastStrike> {
    days_ago.iter().map(|days| strike(StrikeKind::Soft, days * 24)).collect()
}

#[test]
fn the_second_permanent_bounce_suppresses_a_day_to_ninety_later() {
    let cases: [(&[i64], SuppressionVerdict); 8] = [
        (&[], FIRST),
        (&[0], FIRST),
        (&[23], FIRST),
        (&[24], SUPPRESS),
        (&[90 * 24], SUPPRESS),
        (&[90 * 24 + 1], FIRST),
        // Out of order: the earlier event arrives last.
        (&[-24], SUPPRESS),
        (&[1, 2, 30], SUPPRESS),
    ];
    for (past, expected) in cases {
        let policy = StrikePolicy::default();
        let got = judge_strike(
            (StrikeKind::Permanent, SUPPRESS),
            Some(NOW),
            &permanent(past),
            false,
            &policy,
        );
        assert_eq!(got, expected, "{past:?}");
    }
}

#[test]
fn soft_bounces_suppress_on_five_days_over_a_week() {
    let cases: [(&[i64], SuppressionVerdict); 7] = [
        (&[], SOFT),
        (&[1, 2, 3, 4], SOFT),
        (&[1, 2, 3, 7], SUPPRESS),
        (&[0, 0, 0, 0, 7], SOFT),
        (&[7, 7, 7, 7, 7], SOFT),
        (&[2, 4, 6, 31], SOFT),
        (&[2, 4, 6, 30], SUPPRESS),
    ];
    for (past, expected) in cases {
        let policy = StrikePolicy::default();
        let got = judge_strike((StrikeKind::Soft, SOFT), Some(NOW), &soft(past), false, &policy);
        assert_eq!(got, expected, "{past:?}");
    }
}

#[test]
fn kinds_do_not_add_up() {
    let policy = StrikePolicy::default();
    let past = soft(&[1, 3, 5, 7]);
    assert_eq!(
        judge_strike((StrikeKind::Permanent, SUPPRESS), Some(NOW), &past, false, &policy),
        FIRST
    );
    let past = permanent(&[24, 72, 120, 168, 240]);
    assert_eq!(judge_strike((StrikeKind::Soft, SOFT), Some(NOW), &past, false, &policy), SOFT);
}

#[test]
fn what_is_switched_off_is_as_without_a_journal() {
    let policy = StrikePolicy { second: None, soft: None };
    assert_eq!(
        judge_strike((StrikeKind::Permanent, SUPPRESS), Some(NOW), &[], true, &policy),
        SUPPRESS
    );
    let past = soft(&[1, 3, 5, 7]);
    assert_eq!(judge_strike((StrikeKind::Soft, SOFT), Some(NOW), &past, false, &policy), SOFT);
}

#[test]
fn a_domain_that_is_out_proves_nothing_of_its_addresses() {
    let policy = StrikePolicy::default();
    let past = permanent(&[48]);
    let held = judge_strike((StrikeKind::Permanent, SUPPRESS), Some(NOW), &past, true, &policy);
    assert_eq!(held, SuppressionVerdict::Spare(Ignored::RecipientDomainOut));
    let past = [PastStrike { counts: false, ..strike(StrikeKind::Permanent, 48) }];
    assert_eq!(
        judge_strike((StrikeKind::Permanent, SUPPRESS), Some(NOW), &past, false, &policy),
        FIRST
    );
}

#[test]
fn five_addresses_within_a_day_are_a_domain_that_is_out() {
    let refusals = |hours: &[i64]| -> Vec<(i64, String)> {
        hours.iter().enumerate().map(|(n, h)| (NOW - h * HOUR, format!("id{n}"))).collect()
    };
    let is_out = |hours: &[i64]| {
        let all = refusals(hours);
        is_domain_out(NOW, all.iter().map(|(at, id)| (*at, id.as_str())))
    };
    assert!(!is_out(&[0, 1, 2, 3]));
    assert!(is_out(&[0, 1, 2, 3, 24]));
    assert!(is_out(&[0, 1, 2, 3, -24]));
    assert!(!is_out(&[0, 1, 2, 3, 25]));
    let same = [(NOW, "id"); 9];
    assert!(!is_domain_out(NOW, same), "one address bounces nine times");
}

fn any_strike() -> impl Strategy<Value = PastStrike> {
    let kind = prop_oneof![Just(StrikeKind::Permanent), Just(StrikeKind::Soft)];
    (kind, prop_oneof![any::<i64>(), NOW - 100 * DAY..NOW + 2 * DAY], any::<bool>())
        .prop_map(|(kind, at_seconds, counts)| PastStrike { kind, at_seconds, counts })
}

proptest! {
    #[test]
    fn nothing_is_suppressed_without_an_earlier_strike_that_counts(
        mut past in proptest::collection::vec(any_strike(), 0..20),
        now in any::<Option<i64>>(),
    ) {
        past.iter_mut().for_each(|strike| strike.counts = false);
        let policy = StrikePolicy::default();
        for kind in [(StrikeKind::Permanent, SUPPRESS), (StrikeKind::Soft, SOFT)] {
            prop_assert_ne!(judge_strike(kind, now, &past, false, &policy), SUPPRESS);
        }
    }

    #[test]
    fn order_does_not_matter_and_more_strikes_never_excuse(
        past in proptest::collection::vec(any_strike(), 0..20),
        more in any_strike(),
    ) {
        let policy = StrikePolicy::default();
        let reversed: Vec<PastStrike> = past.iter().rev().copied().collect();
        let longer: Vec<PastStrike> = past.iter().copied().chain([more]).collect();
        for kind in [(StrikeKind::Permanent, SUPPRESS), (StrikeKind::Soft, SOFT)] {
            let verdict = judge_strike(kind, Some(NOW), &past, false, &policy);
            prop_assert_eq!(verdict, judge_strike(kind, Some(NOW), &reversed, false, &policy));
            if verdict == SUPPRESS {
                prop_assert_eq!(judge_strike(kind, Some(NOW), &longer, false, &policy), SUPPRESS);
            }
        }
    }
}
