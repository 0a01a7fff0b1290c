//! Cutting a batch into calls, and what is remembered of their ends.

use super::*;
use proptest::prelude::*;
use proptest::test_runner::{Config as Cases, RngSeed};
use std::collections::{BTreeMap, BTreeSet};

fn cases(cases: u32) -> Cases {
    Cases {
        cases,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(20_261_006),
        ..Cases::default()
    }
}

fn full() -> Config {
    Config { set: MetricSet::Full, ..Config::default() }
}

/// An event of some mail. What two events tell of one mail does not contradict, but
/// one may name more of its recipients than the other.
fn event() -> impl Strategy<Value = Value> {
    let parts = (
        0..8_u8,
        0..3_u8,
        0..3_u16,
        0..2_i64,
        prop::collection::btree_set(0..4_u8, 1..4),
        0..2_u64,
    );
    parts.prop_map(|(kind, domain, id, minute, recipients, millis)| {
        let kinds = ["Send", "Delivery", "Bounce", "Complaint", "Open", "Click", "DeliveryDelay", "Reject"];
        let kind = kinds[usize::from(kind)];
        let time = format!("2026-10-06T07:{:02}:04.{:03}Z", 14 + minute, id % 7);
        let of = ["gmail.com", "outlook.com", "example.net", "gmx.de"];
        let to: Vec<String> =
            recipients.into_iter().map(|n| format!("r{n}@{}", of.get(usize::from(n)).unwrap_or(&"x"))).collect();
        let status = ["5.1.1", "5.7.26", "4.2.2"][usize::from(id % 3)];
        let listed: Vec<Value> = to.iter().map(|a| json!({"emailAddress": a, "status": status})).collect();
        let mut mail = mail(&format!("d{domain}.example.com"));
        let is_of_mail = matches!(kind, "Send" | "Reject" | "Open" | "Click");
        let whole = if is_of_mail { to.join(",") } else { String::new() };
        mail["messageId"] = format!("m-{domain}-{id}-{minute}-{millis}-{whole}").into();
        mail["timestamp"] = time.clone().into();
        mail["destination"] = json!(to);
        json!({
            "eventType": kind, "mail": mail,
            "delivery": {"recipients": to, "processingTimeMillis": millis * millis * 1000, "timestamp": time},
            "bounce": {"bounceType": "Permanent", "bounceSubType": "General", "bouncedRecipients": listed, "timestamp": time},
            "complaint": {"complainedRecipients": listed, "timestamp": time},
            "open": {"timestamp": time}, "click": {"timestamp": time},
            "deliveryDelay": {"delayedRecipients": listed, "timestamp": time},
        })
    })
}

/// Sums by series and minute, and of durations also by value.
type Sums = BTreeMap<(Series, i64, u64), u64>;

fn add_up<'a>(data: impl IntoIterator<Item = &'a Datum>, sums: &mut Sums) {
    for datum in data {
        let mut add = |value, n| {
            *sums.entry((datum.series.clone(), datum.minute_seconds, value)).or_default() += n;
        };
        match &datum.amount {
            Amount::Count(n) => add(0, *n),
            Amount::Millis(values) => values.iter().for_each(|(value, n)| add(value.to_bits(), *n)),
        }
    }
}

fn sums<'a>(data: impl IntoIterator<Item = &'a Datum>) -> Sums {
    let mut sums = Sums::new();
    add_up(data, &mut sums);
    sums
}

/// Without the messages that only say what was ignored.
fn counted(mut sums: Sums) -> Sums {
    sums.retain(|(series, _, _), _| series.metric != Metric::Ignored);
    sums
}

fn carried(call: &Call) -> BTreeSet<usize> {
    call.data.iter().flat_map(|datum| datum.messages.iter().copied()).collect()
}

/// One delivery of a batch: what is written, and the events that come back.
fn deliver(
    events: &[Value],
    limits: &Limits,
    recent: &mut Recent,
    mut end: impl FnMut(usize, usize) -> DatumEnd,
) -> (Sums, Vec<Value>) {
    let run = Run::with(&full(), &mut KnownNames::default(), recent, events);
    let calls = run.totals.calls(limits);
    let ends: Vec<Vec<DatumEnd>> = calls
        .iter()
        .enumerate()
        .map(|(c, call)| (0..call.data.len()).map(|d| end(c, d)).collect())
        .collect();
    let mut written = Sums::new();
    for (call, ends) in calls.iter().zip(&ends) {
        add_up(
            call.data
                .iter()
                .zip(ends)
                .filter(|(_, end)| **end == DatumEnd::Written)
                .map(|(datum, _)| datum),
            &mut written,
        );
    }
    let worse = run.totals.resolve(&calls, &ends, recent);
    let back = |n: &usize| worse.get(n).is_some_and(|end| end.is_given_back());
    (written, (0..events.len()).filter(back).map(|n| events[n].clone()).collect())
}

proptest! {
    #![proptest_config(cases(150))]

    #[test]
    fn each_message_lies_in_one_call_and_the_calls_hold_the_limits_and_all_counts(
        events in prop::collection::vec(event(), 1..120), data in 40..90_usize, values in 1..6_usize,
    ) {
        let limits = Limits { data, bytes: 14_000, values };
        let totals = Run::of(&full(), &Recent::new(0), &events).totals;
        let calls = totals.calls(&limits);
        let mut seen = BTreeSet::new();
        for call in &calls {
            prop_assert!(!call.data.is_empty() && call.data.len() <= limits.data, "{} data", call.data.len());
            prop_assert!(call.data.iter().map(Datum::bytes).sum::<usize>() <= limits.bytes);
            for datum in &call.data {
                prop_assert!(!datum.messages.is_empty() && datum.count() > 0);
                if let Amount::Millis(pairs) = &datum.amount {
                    let distinct: BTreeSet<u64> = pairs.iter().map(|(value, _)| value.to_bits()).collect();
                    prop_assert!(pairs.len() <= limits.values && distinct.len() == pairs.len());
                }
            }
            for message in carried(call) {
                prop_assert!(seen.insert(message), "message {} in two calls", message);
            }
        }
        prop_assert_eq!(seen, (0..events.len()).collect::<BTreeSet<_>>());
        prop_assert_eq!(sums(calls.iter().flat_map(|call| &call.data)), sums(&totals.data()));
    }

    #[test]
    fn the_order_of_a_batch_changes_nothing(
        (events, shuffled) in prop::collection::vec(event(), 1..40).prop_flat_map(|v| (Just(v.clone()), Just(v).prop_shuffle())),
    ) {
        let of = |events: &[Value]| counted(sums(&Run::of(&full(), &Recent::new(0), events).totals.data()));
        prop_assert_eq!(of(&events), of(&shuffled));
    }

    #[test]
    fn repetitions_change_nothing(events in prop::collection::vec(event(), 1..30), again in prop::collection::vec(any::<prop::sample::Index>(), 0..20)) {
        let mut more = events.clone();
        more.extend(again.iter().map(|index| index.get(&events).clone()));
        let of = |events: &[Value]| sums(&Run::of(&full(), &Recent::new(0), events).totals.data());
        prop_assert_eq!(counted(of(&events)), counted(of(&more)));
    }

    /// Calls fail as a whole, or, in the search for a refused datum, in part.
    #[test]
    fn whatever_calls_fail_everything_counts_once_in_the_end(
        events in prop::collection::vec(event(), 1..60),
        fails in prop::collection::vec(prop::bool::weighted(0.4), 200),
        torn in any::<bool>(),
    ) {
        let limits = Limits { data: 60, bytes: 100_000, values: 150 };
        let mut recent = Recent::new(10_000);
        let (mut left, mut written, mut fails) = (events.clone(), Sums::new(), fails.into_iter());
        for _ in 0..200 {
            let mut whole = BTreeMap::new();
            let (sums, back) = deliver(&left, &limits, &mut recent, |call, _| {
                let mut next = || fails.next().unwrap_or(false);
                let failed = if torn { next() } else { *whole.entry(call).or_insert_with(next) };
                if failed { DatumEnd::Failed(GivenBack::CallFailed) } else { DatumEnd::Written }
            });
            for (key, n) in sums {
                *written.entry(key).or_default() += n;
            }
            left = back;
            // A queue keeps no order.
            left.reverse();
            if left.is_empty() {
                break;
            }
        }
        prop_assert!(left.is_empty());
        let once = sums(&Run::of(&full(), &Recent::new(0), &events).totals.data());
        prop_assert_eq!(counted(written), counted(once));
        prop_assert!(counted(deliver(&events, &limits, &mut recent, |_, _| DatumEnd::Written).0).is_empty());
    }
}

#[test]
fn a_batch_that_fits_is_one_call_of_its_own_data() {
    let run = Run::plain(&[send("a.example.com", "1"), send("b.example.com", "2")]);
    assert_eq!(run.totals.calls(&Limits::CLOUDWATCH), [Call { data: run.totals.data() }]);
    assert_eq!(Run::plain(&[]).totals.calls(&Limits::CLOUDWATCH), []);
}

/// The worst case for the cut: every message has a domain of its own, and each
/// call repeats the account's series.
#[test]
fn a_call_is_filled_to_the_last_datum() {
    let events: Vec<Value> =
        (0..7).map(|n| send(&format!("d{n}.example.com"), &n.to_string())).collect();
    let totals = Run::plain(&events).totals;
    let data = totals.data().len();
    for (limit, calls) in [(data, 1), (data - 1, 2)] {
        let limits = Limits { data: limit, ..Limits::CLOUDWATCH };
        assert_eq!(totals.calls(&limits).len(), calls, "{limit} of {data}");
    }
}

#[test]
fn a_call_holds_a_thousand_data_and_no_more() {
    let deliveries = |n: usize| -> Vec<Value> {
        let event = |n: usize| {
            let mut mail = mail(&format!("d{n}.example.com"));
            mail["messageId"] = n.to_string().into();
            json!({"eventType": "Delivery", "mail": mail, "delivery": {"recipients": ["a@example.net"]}})
        };
        (0..n).map(event).collect()
    };
    let config = Config { max_domains: 10_000, ..Config::default() };
    // A datum for each domain, and one for the account.
    for (domains, calls) in [(999, vec![1000]), (1000, vec![1000, 2])] {
        let totals = Run::of(&config, &Recent::new(0), &deliveries(domains)).totals;
        let made = totals.calls(&Limits::CLOUDWATCH);
        assert_eq!(made.iter().map(|call| call.data.len()).collect::<Vec<_>>(), calls);
    }
}

#[test]
fn the_cut_costs_hardly_a_call_more_than_the_limits_do() {
    let events: Vec<Value> =
        (0..2300).map(|n| send(&format!("d{n}.example.com"), &format!("m{n}"))).collect();
    let config = Config { max_domains: 10_000, ..full() };
    let totals = Run::of(&config, &Recent::new(0), &events).totals;
    let least = totals.data().len().div_ceil(Limits::CLOUDWATCH.data);
    let calls = totals.calls(&Limits::CLOUDWATCH).len();
    assert_eq!((least, calls), (7, 7));
}

/// A usual one: some domains over some minutes, in the order of their arrival.
#[test]
fn a_cut_along_minutes_repeats_hardly_a_datum() {
    let events: Vec<Value> = (0..2300)
        .map(|n| {
            let mut event = send(&format!("d{}.example.com", n % 40), &format!("m{n}"));
            event["mail"]["timestamp"] = format!("2026-10-06T07:{:02}:00Z", n / 7 % 30).into();
            event
        })
        .collect();
    let totals = Run::of(&full(), &Recent::new(0), &events).totals;
    let calls = totals.calls(&Limits::CLOUDWATCH);
    let (least, written) =
        (totals.data().len(), calls.iter().map(|call| call.data.len()).sum::<usize>());
    assert!(
        calls.len() > 2 && calls.len() == least.div_ceil(Limits::CLOUDWATCH.data),
        "{} for {least}",
        calls.len()
    );
    assert!(written - least < calls.len() * 50, "{written} of {least}");
}

#[test]
fn a_message_fits_one_call_however_many_recipients_it_names() {
    let recipients: Vec<Value> = (0..5000)
        .map(|n| {
            let status = ["5.1.1", "5.7.26", "5.2.2", "4.7.0", "5.6.0", "5.1.2", "5.7.1", "x"][n % 8];
            json!({"emailAddress": format!("r{n}@{}", ["gmail.com", "aol.com", "example.net"][n % 3]), "status": status})
        })
        .collect();
    let events = [bounce("Permanent", "General", json!(recipients))];
    let calls = Run::of(&full(), &Recent::new(0), &events).totals.calls(&Limits::CLOUDWATCH);
    assert_eq!(calls.len(), 1);
    assert!(calls[0].data.len() < 40, "{}", calls[0].data.len());
}

#[test]
fn a_refused_datum_ends_its_messages_and_a_failed_one_gives_them_back() {
    let events =
        [send("a.example.com", "1"), send("b.example.com", "2"), send("c.example.com", "3")];
    let run = Run::plain(&events);
    let calls = run.totals.calls(&Limits::CLOUDWATCH);
    let of = |domain: &str, end| {
        let is_of = |datum: &Datum| datum.series.dimensions == Dimensions::Domain(domain.into());
        calls[0]
            .data
            .iter()
            .map(|d| if is_of(d) { end } else { DatumEnd::Written })
            .collect::<Vec<_>>()
    };
    let mut recent = Recent::new(10);
    let refused =
        run.totals.resolve(&calls, &[of("b.example.com", DatumEnd::Refused)], &mut recent);
    assert_eq!(refused, BTreeMap::from([(1, Ignored::Refused.into())]));
    assert_eq!(Run::of(&Config::default(), &recent, &events).reasons(), ["duplicate"; 3]);

    let mut recent = Recent::new(10);
    let failed = run.totals.resolve(
        &calls,
        &[of("b.example.com", DatumEnd::Failed(GivenBack::OutOfTime))],
        &mut recent,
    );
    assert_eq!(failed, BTreeMap::from([(1, GivenBack::OutOfTime.into())]));
    let again = Run::of(&Config::default(), &recent, &events);
    assert_eq!(again.reasons(), ["duplicate", "counted", "duplicate"]);
    let rest = [
        "Ignored{Reason=duplicate}=2",
        "MultiRecipientMessage{Domain=b.example.com}=1",
        "Send{Domain=b.example.com}=2",
    ];
    assert_eq!(again.lines(), rest, "the account's series and the set's are written already");
}

/// Else the message would be acknowledged, and what failed of it lost.
#[test]
fn a_message_with_a_refused_datum_and_a_failed_one_is_given_back_whichever_comes_first() {
    let events = [send("a.example.com", "1")];
    let run = Run::plain(&events);
    let calls = run.totals.calls(&Limits::CLOUDWATCH);
    let failed = DatumEnd::Failed(GivenBack::CallFailed);
    let data = calls[0].data.len();
    for (refused_at, failed_at) in [(0, data - 1), (data - 1, 0)] {
        let mut ends = vec![DatumEnd::Written; data];
        ends[refused_at] = DatumEnd::Refused;
        ends[failed_at] = failed;
        let mut recent = Recent::new(10);
        let worse = run.totals.resolve(&calls, &[ends], &mut recent);
        assert_eq!(
            worse,
            BTreeMap::from([(0, GivenBack::CallFailed.into())]),
            "{refused_at} {failed_at}"
        );
        let again = Run::of(&Config::default(), &recent, &events);
        let series: Vec<Series> =
            again.totals.data().into_iter().map(|datum| datum.series).collect();
        assert_eq!(
            series,
            [calls[0].data[failed_at].series.clone()],
            "what is written or lost is not written again"
        );
    }
}

#[test]
fn a_message_that_is_struck_out_leaves_nothing_behind() {
    let (config, recent, mut names) = (Config::default(), Recent::new(0), KnownNames::default());
    let mut batch = Batch::new(&config, &mut names, &recent, NOW);
    let reading = read_message(&send("a.example.com", "1").to_string());
    // As a panic in the middle of it would: entered, and never ended.
    batch.interrupt(0, &reading);
    assert_eq!(
        batch.add(1, &reading),
        Outcome::Acted(crate::outcome::Acted::Counted),
        "not a duplicate of itself"
    );
    batch.interrupt(2, &read_message(&send("b.example.com", "2").to_string()));
    let totals = batch.finish();
    assert_eq!(totals.keys.iter().map(|(_, message)| *message).collect::<Vec<_>>(), [1]);
    assert!(totals.data().iter().all(|datum| datum.messages == [1]));
}
