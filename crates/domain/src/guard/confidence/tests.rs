use super::*;

const BOUNCE: Rule = Rule::of(Measure::Bounce);
const COMPLAINT: Rule = Rule::of(Measure::Complaint);
const NOTHING: WindowCounts = WindowCounts { events: 0, total: 0, earlier: 0, usual: 0 };

fn sums(events: u64, total: u64) -> WindowCounts {
    WindowCounts { events, total, ..WindowCounts::default() }
}

/// Numbers worked out apart, with 40 digits, from the textbook form
/// (p + z2/2n - z sqrt(p(1-p)/n + z2/4n2)) / (1 + z2/n).
#[test]
fn the_bound_of_known_counts() {
    let cases = [
        (0, 10, 0.0),
        (1, 13, 0.013_710_066_379_7),
        (10, 10, 0.722_459_831_233_6),
        (50, 1_000, 0.038_130_072_643_3),
        (500, 10_000, 0.045_898_410_397_6),
        (50, 100, 0.403_829_828_590_1),
    ];
    for (events, total, expected) in cases {
        let bound = wilson_lower_bound(events, total, Z);
        assert!((bound - expected).abs() < 1e-10, "{events} in {total}: {bound}");
    }
}

/// The expression of the domain alarms, as it stands in the template.
fn metric_math(bounces: f64, sends: f64) -> f64 {
    let hits = if bounces > sends { sends } else { bounces };
    if sends >= 50.0 {
        (hits + 1.9208 - 1.96 * (hits * (sends - hits) / sends + 0.9604).powf(0.5))
            / (sends + 3.8416)
    } else {
        0.0
    }
}

#[test]
fn the_alarms_of_the_template_compute_the_same() {
    for total in [50_u64, 51, 200, 1_000, 250_000, 10_000_000] {
        for events in
            [0, 1, 4, total / 20, total / 10, total / 2, total - 1, total, total + 1, 3 * total]
        {
            let alarm = metric_math(events as f64, total as f64);
            let finding = assess(&BOUNCE, &BOUNCE.fast, &sums(events, total));
            assert!((finding.lower_bound - alarm).abs() < 1e-12, "{events} in {total}");
        }
    }
}

#[test]
fn a_pause_comes_before_that_of_aws_and_a_warning_before_a_pause() {
    for (window, warn, critical) in [
        (BOUNCE.fast.usual, 0.06, 0.08),
        (BOUNCE.fast.surge, 0.04, 0.04),
        (BOUNCE.slow.usual, 0.017_5, 0.04),
        (COMPLAINT.fast.usual, 0.003, 0.004),
        (COMPLAINT.fast.surge, 0.000_8, 0.000_8),
        (COMPLAINT.slow.usual, 0.000_6, 0.000_8),
    ] {
        assert!(
            (window.warn - warn).abs() < 1e-12 && (window.critical - critical).abs() < 1e-12,
            "{window:?}"
        );
    }
    for rule in [BOUNCE, COMPLAINT] {
        assert!(rule.fast.seconds < rule.slow.seconds);
        for window in [rule.fast, rule.slow] {
            assert!(
                window.lookback_seconds >= window.seconds
                    && window.lookback_seconds % window.seconds == 0
            );
            assert!(window.surge.critical <= window.usual.critical);
        }
    }
}

#[test]
fn bounces_of_minutes() {
    use Severity::{Critical, Warn};
    let cases = [
        ("no mail", 0, 0, None, ProofStatus::TooFew),
        ("bounces of earlier mail and no sends", 40, 0, None, ProofStatus::TooFew),
        ("a tiny sender with one bounce in 13", 1, 13, None, ProofStatus::TooFew),
        ("every mail of a tiny sender bounces", 13, 13, None, ProofStatus::TooFew),
        ("one below the floor", 49, 49, None, ProofStatus::TooFew),
        ("at the floor", 50, 50, Some(Critical), ProofStatus::Proven),
        ("a high rate on few events", 9, 50, None, ProofStatus::TooFew),
        ("as many events as needed", 10, 50, Some(Critical), ProofStatus::Proven),
        ("more bounces than sends", 900, 60, Some(Critical), ProofStatus::Proven),
        ("twice the base rate of a good list", 20, 1_000, None, ProofStatus::NotProven),
        ("what AWS would review", 60, 1_000, None, ProofStatus::NotProven),
        ("halfway from there to a pause by AWS", 80, 1_000, Some(Warn), ProofStatus::Proven),
        ("what AWS would pause, on little mail", 10, 100, None, ProofStatus::NotProven),
        ("the same rate on more", 100, 1_000, Some(Critical), ProofStatus::Proven),
        ("just proven", 97, 1_000, Some(Critical), ProofStatus::Proven),
        ("just not", 96, 1_000, Some(Warn), ProofStatus::Proven),
        ("a million at the threshold itself", 80_000, 1_000_000, Some(Warn), ProofStatus::Proven),
        ("all there is", u64::MAX, u64::MAX, Some(Critical), ProofStatus::Proven),
        ("no bounces in all there is", 0, u64::MAX, None, ProofStatus::TooFew),
    ];
    for (name, events, total, severity, reason) in cases {
        let verdict = judge(&BOUNCE, &sums(events, total), &NOTHING);
        assert_eq!(
            (verdict.severity, verdict.finding.reason),
            (severity, reason),
            "{name}: {verdict:?}"
        );
    }
}

#[test]
fn bounces_of_days() {
    use Severity::{Critical, Warn};
    let cases = [
        ("a tiny sender with one bounce in 13", 1, 13, None),
        ("a good list", 1_000, 100_000, None),
        ("five in a hundred", 50, 1_000, Some(Warn)),
        ("the same rate on more mail", 500, 10_000, Some(Critical)),
    ];
    for (name, events, total, severity) in cases {
        let verdict = judge(&BOUNCE, &NOTHING, &sums(events, total));
        assert_eq!(verdict.severity, severity, "{name}: {verdict:?}");
    }
}

#[test]
fn complaints_of_days() {
    use Severity::{Critical, Warn};
    let cases = [
        ("one complaint in 200 mails", 1, 200, None),
        ("nine in 200", 9, 200, None),
        ("ten in 200", 10, 200, Some(Critical)),
        ("half the review line", 500, 1_000_000, None),
        ("seven tenths of it", 700, 1_000_000, Some(Warn)),
        ("the review line", 1_000, 1_000_000, Some(Critical)),
        ("the review line on little mail", 10, 10_000, None),
        ("the review line on more", 30, 30_000, Some(Warn)),
        ("a good list", 200, 1_000_000, None),
    ];
    for (name, events, total, severity) in cases {
        let verdict = judge(&COMPLAINT, &NOTHING, &sums(events, total));
        assert_eq!(verdict.severity, severity, "{name}: {verdict:?}");
    }
}

#[test]
fn the_verdict_carries_the_numbers_of_the_window_that_decided() {
    // Fast: a burst. Slow: diluted by clean days.
    let verdict = judge(&BOUNCE, &sums(120, 800), &sums(300, 40_000));
    let finding = verdict.finding;
    assert_eq!(verdict.severity, Some(Severity::Critical));
    assert_eq!((finding.seconds, finding.events, finding.total), (BOUNCE.fast.seconds, 120, 800));
    assert!((finding.rate - 0.15).abs() < 1e-12);
    assert!(finding.threshold < finding.lower_bound && finding.lower_bound < finding.rate);
    assert!((finding.threshold - 0.08).abs() < 1e-12);

    // Fast: too little mail to say anything. Slow: enough.
    let verdict = judge(&BOUNCE, &sums(1, 8), &sums(60, 700));
    assert_eq!(
        (verdict.severity, verdict.finding.seconds),
        (Some(Severity::Critical), BOUNCE.slow.seconds)
    );

    // Nothing proven: what it fell short of is shown.
    let verdict = judge(&BOUNCE, &sums(10, 500), &sums(400, 40_000));
    assert_eq!((verdict.severity, verdict.finding.reason), (None, ProofStatus::NotProven));
    assert!((verdict.finding.threshold - 0.06).abs() < 1e-12);
}

#[test]
fn trouble_that_has_passed_gets_a_notice_and_no_pause() {
    let slow = sums(3_000, 40_000);
    let verdict = judge(&BOUNCE, &sums(5, 600), &slow);
    assert_eq!(
        (verdict.severity, verdict.finding.reason),
        (Some(Severity::Warn), ProofStatus::Passed)
    );
    // A fast window that is not calm, or too small to tell, does not excuse it.
    for fast in [sums(13, 600), sums(0, 49), NOTHING] {
        assert_eq!(judge(&BOUNCE, &fast, &slow).severity, Some(Severity::Critical), "{fast:?}");
    }
}

#[test]
fn late_events_of_a_campaign_are_held_against_the_campaign() {
    let night = sums(100, 700);
    assert_eq!(judge(&BOUNCE, &night, &NOTHING).severity, Some(Severity::Critical));
    let verdict = judge(&BOUNCE, &WindowCounts { earlier: 90_000, ..night }, &NOTHING);
    assert_eq!((verdict.severity, verdict.finding.total), (None, 90_000));
    // Less mail earlier than now changes nothing.
    assert_eq!(
        judge(&BOUNCE, &WindowCounts { earlier: 699, ..night }, &NOTHING),
        judge(&BOUNCE, &night, &NOTHING)
    );
}

#[test]
fn rate_under_review_pauses_at_once_in_a_surge() {
    // The lower bound is 5.58 %.
    let burst = sums(70, 1_000);
    let with = |usual| judge(&BOUNCE, &WindowCounts { usual, ..burst }, &NOTHING);
    for (usual, severity, surge, threshold) in [
        (0, None, false, 0.06),
        (2_000, None, false, 0.06),
        (1_000, None, false, 0.06),
        // A tenth more than usual: a fifth of the way from 8 % to 4 %, and from 6 % to 4 % for a
        // warning. Both are still more than 5.58 %.
        (909, None, true, 0.056),
        // Halfway to a full surge: 6 % and 5 %.
        (800, Some(Severity::Warn), true, 0.05),
        (750, Some(Severity::Critical), true, 0.053_333),
        (667, Some(Severity::Critical), true, 0.04),
        (100, Some(Severity::Critical), true, 0.04),
        (1, Some(Severity::Critical), true, 0.04),
    ] {
        let verdict = with(usual);
        assert_eq!((verdict.severity, verdict.finding.surge), (severity, surge), "usual {usual}");
        assert!(
            (verdict.finding.threshold - threshold).abs() < 1e-4,
            "usual {usual}: {}",
            verdict.finding.threshold
        );
    }
    // More mail than usual is no fault by itself.
    let mailing = WindowCounts { usual: 100, ..sums(900, 90_000) };
    assert_eq!(judge(&BOUNCE, &mailing, &NOTHING).severity, None);
}

#[test]
fn no_number_is_ever_nan() {
    let extremes = [0, 1, 2, 49, 50, u64::MAX - 1, u64::MAX];
    for events in extremes {
        for total in extremes {
            for z in [0.0, -1.0, f64::MIN_POSITIVE, Z, 1e150, f64::MAX, f64::INFINITY, f64::NAN] {
                let bound = wilson_lower_bound(events, total, z);
                assert!((0.0..=1.0).contains(&bound), "{events} in {total}, z {z}: {bound}");
                let finding =
                    judge(&Rule { z, ..BOUNCE }, &sums(events, total), &sums(total, events))
                        .finding;
                assert!((0.0..=1.0).contains(&finding.rate) && finding.lower_bound <= finding.rate);
            }
        }
    }
}

mod properties {
    use proptest::prelude::*;

    use super::super::*;

    /// Totals of every order of magnitude, and as many events or a few more.
    fn counts() -> impl Strategy<Value = (u64, u64)> {
        (0_u32..40)
            .prop_flat_map(|bits| 1_u64..=(1 << bits))
            .prop_flat_map(|total| (0..=total.saturating_add(total / 4), Just(total)))
    }

    proptest! {
        #[test]
        fn the_bound_lies_between_nothing_and_the_rate((events, total) in counts(), z in 0.01_f64..6.0) {
            let rate = events.min(total) as f64 / total as f64;
            let bound = wilson_lower_bound(events, total, z);
            prop_assert!((0.0..=1.0).contains(&bound));
            prop_assert!(bound <= rate);
            // It is a bound, not the rate in disguise.
            prop_assert!(events == 0 || total > 1_000_000 || bound < rate);
        }

        #[test]
        fn more_events_raise_it((events, total) in counts(), z in 0.01_f64..6.0) {
            let less = wilson_lower_bound(events, total, z);
            let more = wilson_lower_bound(events.saturating_add(1), total, z);
            prop_assert!(less <= more + 1e-12);
            prop_assert!(events >= total || total > 1_000_000 || less < more);
        }

        #[test]
        fn more_confidence_lowers_it((events, total) in counts(), z in 0.01_f64..5.0) {
            prop_assert!(wilson_lower_bound(events, total, z + 0.5) <= wilson_lower_bound(events, total, z) + 1e-12);
        }

        #[test]
        fn the_same_rate_on_more_mail_is_better_proven((events, total) in counts(), times in 2_u64..50) {
            let little = wilson_lower_bound(events, total, Z);
            let much = wilson_lower_bound(events * times, total * times, Z);
            prop_assert!(little <= much + 1e-12);
        }

        #[test]
        fn severity_follows_the_bound((events, total) in counts(), earlier in 0_u64..100_000) {
            let rule = Rule::of(Measure::Bounce);
            let finding = assess(&rule, &rule.fast, &WindowCounts { events, total, earlier, usual: 0 });
            let enough = finding.total >= TOTAL_FLOOR && finding.events >= EVENTS_FLOOR;
            prop_assert_eq!(finding.severity == Some(Severity::Critical), enough && finding.lower_bound > rule.fast.usual.critical);
            prop_assert_eq!(finding.severity.is_some(), enough && finding.lower_bound > rule.fast.usual.warn);
            prop_assert!(finding.events <= finding.total && finding.total >= total);
        }

        #[test]
        fn the_slow_window_never_lowers_the_verdict((a, b) in counts(), (c, d) in counts()) {
            let rule = Rule::of(Measure::Bounce);
            let [fast, slow] = [(a, b), (c, d)].map(|(events, total)| WindowCounts { events, total, ..WindowCounts::default() });
            let alone = judge(&rule, &fast, &WindowCounts::default());
            let both = judge(&rule, &fast, &slow);
            prop_assert!(weight(alone.severity) <= weight(both.severity));
            prop_assert_eq!(both.severity, both.finding.severity);
        }
    }
}
