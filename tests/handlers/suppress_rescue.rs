//! suppress, taking addresses off SES's own list.

use serde_json::{Value, json};
use warden_suppress::Suppress;

use crate::payloads::{bounce, complaint, sqs};
use crate::wire::{Answer, Wire};
use crate::{environment, invoke};

const NOTHING: [&str; 0] = [];
const CALL: &str = r#"{"source":"aws.events","detail-type":"Scheduled Event"}"#;
const QUEUE: &str = "suppress/rescue/eu-central-1/queue/";
const RESCUED: &str = "suppress/rescue/eu-central-1/rescued/";

fn function(wire: &Wire, more: &[(&str, &str)]) -> Suppress {
    let settings = [
        ("WARDEN_SES_CALLS_PER_SECOND", "1000"),
        ("WARDEN_BUCKET", "ses-warden-imports"),
        ("WARDEN_IMPORT_THRESHOLD", "3"),
        ("WARDEN_RESCUE_MODE", "remove"),
        ("WARDEN_RESCUE_QUIET_HOURS", "0"),
    ];
    // A later value takes the place of an earlier one.
    let settings: Vec<_> = settings
        .into_iter()
        .filter(|(name, _)| more.iter().all(|(other, _)| other != name))
        .chain(more.iter().copied())
        .collect();
    warden_suppress::build(&environment(wire, &settings)).unwrap()
}

fn now() -> i64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    i64::try_from(now.as_secs()).unwrap()
}

/// A bounce of `gone<number>@example.net`, sent just now, that is the sender's fault.
fn rejected(number: usize) -> String {
    let text = bounce(number, &address(number))
        .replace(
            "smtp; 550 5.1.1 user unknown",
            "smtp; 550 5.7.515 the sender fails authentication",
        )
        .replace("\"status\":\"5.1.1\"", "\"status\":\"5.7.515\"");
    let mut event: Value = serde_json::from_str(&text).unwrap();
    event["mail"]["timestamp"] = json!(warden_domain::time::iso_millis((now() - 20) * 1000));
    event.to_string()
}

fn address(number: usize) -> String {
    format!("gone{number}@example.net")
}

fn rejections(numbers: std::ops::Range<usize>) -> String {
    sqs(&numbers.map(rejected).collect::<Vec<_>>())
}

/// What SES's automatic list does with the bounce of that mail.
fn list(wire: &Wire, number: usize) {
    let mut world = wire.world();
    world.sets.insert("marketing".into(), true);
    world.suppressed.insert(address(number), "BOUNCE".into());
    world.origins.insert(address(number), (format!("mail-{number}"), now() - 15));
}

async fn run_imports(function: &Suppress) {
    assert_eq!(invoke(function, CALL).await.unwrap(), NOTHING);
}

fn files(wire: &Wire, prefix: &str) -> usize {
    wire.world().objects.keys().filter(|key| key.starts_with(prefix)).count()
}

fn counted(wire: &Wire) -> f64 {
    let world = wire.world();
    let rescued = world.data.iter().filter(|datum| datum["MetricName"] == "Rescued");
    rescued.map(|datum| datum["Value"].as_f64().unwrap()).sum()
}

#[tokio::test]
async fn exactly_what_ses_listed_for_the_bounce_is_removed() {
    let wire = Wire::start();
    let function = function(&wire, &[]);
    for number in 0..3 {
        list(&wire, number);
    }
    // The first is its bounce's entry, the second a complaint, the third of another mail.
    wire.world().suppressed.insert(address(1), "COMPLAINT".into());
    wire.world().origins.insert(address(2), ("another".into(), now() - 15));
    assert_eq!(invoke(&function, rejections(0..3)).await.unwrap(), NOTHING);
    run_imports(&function).await;
    let left: Vec<String> = wire.world().suppressed.keys().cloned().collect();
    assert_eq!(left, [address(1), address(2)]);
    assert!((counted(&wire) - 1.0).abs() < 0.1);
    assert_eq!((files(&wire, QUEUE), files(&wire, RESCUED)), (0, 1));
    assert_eq!(wire.calls_of("DeleteSuppressedDestination").len(), 1);
}

#[tokio::test]
async fn an_entry_without_a_mail_or_older_than_it_stays() {
    let wire = Wire::start();
    let function = function(&wire, &[]);
    list(&wire, 0);
    wire.world().origins.remove(&address(0));
    list(&wire, 1);
    wire.world().origins.insert(address(1), ("mail-1".into(), now() - 60));
    invoke(&function, rejections(0..2)).await.unwrap();
    run_imports(&function).await;
    assert_eq!(wire.world().suppressed.len(), 2);
    assert_eq!(files(&wire, QUEUE), 0, "nothing more is to be found out");
}

#[tokio::test]
async fn an_entry_that_is_not_there_yet_is_looked_for_again() {
    let wire = Wire::start();
    let function = function(&wire, &[]);
    wire.world().sets.insert("marketing".into(), true);
    invoke(&function, rejections(0..1)).await.unwrap();
    run_imports(&function).await;
    assert_eq!(files(&wire, QUEUE), 1);
    list(&wire, 0);
    run_imports(&function).await;
    assert_eq!(wire.world().suppressed.len(), 0);
    assert_eq!(files(&wire, QUEUE), 0);
}

#[tokio::test]
async fn nothing_is_removed_before_the_cause_is_quiet_or_while_paused() {
    for cause in ["quiet", "account", "set", "report", "sandbox"] {
        let wire = Wire::start();
        list(&wire, 0);
        let settings: &[(&str, &str)] = match cause {
            "quiet" => &[("WARDEN_RESCUE_QUIET_HOURS", "1")],
            "report" => &[("WARDEN_RESCUE_MODE", "report")],
            _ => &[],
        };
        match cause {
            "account" => wire.world().account_sends = false,
            "set" => _ = wire.world().sets.insert("marketing".into(), false),
            "sandbox" => wire.world().production_access = false,
            _ => {}
        }
        let function = function(&wire, settings);
        invoke(&function, rejections(0..1)).await.unwrap();
        run_imports(&function).await;
        assert_eq!(wire.world().suppressed.len(), 1, "{cause}");
        assert_eq!(files(&wire, QUEUE), usize::from(cause != "report"), "{cause}");
        assert_eq!(files(&wire, "rescue/20"), 1, "{cause}");
    }
}

#[tokio::test]
async fn an_address_that_another_event_condemns_stays() {
    for other in [bounce(9, &address(0)), complaint(9, &address(0))] {
        let wire = Wire::start();
        let function = function(&wire, &[]);
        list(&wire, 0);
        invoke(&function, rejections(0..1)).await.unwrap();
        invoke(&function, sqs(&[other])).await.unwrap();
        run_imports(&function).await;
        assert_eq!(wire.world().suppressed.len(), 1);
        assert_eq!(files(&wire, QUEUE), 0);
    }
}

#[tokio::test]
async fn an_address_is_let_back_once_in_thirty_days() {
    let wire = Wire::start();
    let function = function(&wire, &[]);
    list(&wire, 0);
    invoke(&function, rejections(0..1)).await.unwrap();
    run_imports(&function).await;
    assert_eq!(wire.world().suppressed.len(), 0);
    list(&wire, 0);
    wire.world().origins.insert(address(0), ("mail-1".into(), now() - 15));
    let again = rejected(1).replace(&address(1), &address(0));
    invoke(&function, sqs(&[again])).await.unwrap();
    run_imports(&function).await;
    assert_eq!(wire.world().suppressed.len(), 1);
}

#[tokio::test]
async fn the_limit_of_a_day_holds_for_singles_and_jobs() {
    for count in [3, 9] {
        let wire = Wire::start();
        let function = function(&wire, &[("WARDEN_RESCUE_AT_MOST", "2")]);
        (0..count).for_each(|number| list(&wire, number));
        invoke(&function, rejections(0..count)).await.unwrap();
        for _ in 0..4 {
            run_imports(&function).await;
        }
        assert_eq!(wire.world().suppressed.len(), count - 2);
        assert!((counted(&wire) - 2.0).abs() < 0.1);
        // Another environment counts what the first one did.
        run_imports(&self::function(&wire, &[("WARDEN_RESCUE_AT_MOST", "2")])).await;
        assert_eq!(wire.world().suppressed.len(), count - 2);
    }
}

#[tokio::test]
async fn many_at_once_are_removed_by_one_job() {
    let wire = Wire::start();
    wire.world().page_size = 7;
    let function = function(&wire, &[]);
    (0..40).for_each(|number| list(&wire, number));
    // Listed for a complaint, before the mail, long after the event, and not at all.
    wire.world().suppressed.insert(address(1), "COMPLAINT".into());
    wire.world().origins.insert(address(2), ("mail-2".into(), now() - 60));
    wire.world().origins.insert(address(3), ("mail-3".into(), now() + 900));
    wire.world().suppressed.remove(&address(4));
    // An address that no event speaks of, listed at the same time.
    list(&wire, 99);
    invoke(&function, rejections(0..40)).await.unwrap();
    run_imports(&function).await;
    assert_eq!(wire.calls_of("CreateImportJob").len(), 1);
    // A complaint while the job is at work.
    invoke(&function, sqs(&[complaint(50, &address(5))])).await.unwrap();
    for _ in 0..3 {
        run_imports(&function).await;
    }
    let world = wire.world();
    let left: Vec<(&str, &str)> =
        world.suppressed.iter().map(|(a, r)| (a.as_str(), r.as_str())).collect();
    let expected =
        [(1, "COMPLAINT"), (2, "BOUNCE"), (3, "BOUNCE"), (5, "COMPLAINT"), (99, "BOUNCE")];
    let mut expected = expected.map(|(number, reason)| (address(number), reason));
    expected.sort();
    assert_eq!(left, expected.iter().map(|(a, r)| (a.as_str(), *r)).collect::<Vec<_>>());
    assert_eq!(
        wire.calls().iter().filter(|c| c.operation == "DeleteSuppressedDestination").count(),
        0
    );
}

#[tokio::test]
async fn wherever_a_rescue_dies_the_next_run_finishes_it() {
    for (count, calls) in [(2, 14), (6, 16)] {
        for survived in 0..calls {
            let wire = Wire::start();
            let function = function(&wire, &[]);
            (0..count).for_each(|number| list(&wire, number));
            list(&wire, 99);
            invoke(&function, rejections(0..count)).await.unwrap();
            wire.die_after(survived);
            let dies = crate::invoke_within(&function, CALL, std::time::Duration::from_millis(700));
            let _ = tokio::time::timeout(std::time::Duration::from_millis(250), dies).await;
            wire.revive();
            // The dead run's lease runs out with its invocation.
            tokio::time::sleep(std::time::Duration::from_millis(500)).await;
            for _ in 0..5 {
                run_imports(&function).await;
            }
            let left: Vec<String> = wire.world().suppressed.keys().cloned().collect();
            assert_eq!(left, [address(99)], "{count} addresses, after {survived} calls");
            assert_eq!(files(&wire, QUEUE), 0, "{count} addresses, after {survived} calls");
        }
    }
}

#[tokio::test]
async fn a_refused_job_removes_nothing_and_is_made_again() {
    let wire = Wire::start();
    let function = function(&wire, &[]);
    (0..6).for_each(|number| list(&wire, number));
    invoke(&function, rejections(0..6)).await.unwrap();
    wire.script("CreateImportJob", [Answer::error(403, "AccessDeniedException")]);
    run_imports(&function).await;
    assert_eq!(wire.world().suppressed.len(), 6);
    let key = "suppress/eu-central-1/state.json";
    let mut state: Value = serde_json::from_str(&wire.world().objects[key].clone()).unwrap();
    state["nextJobAt"] = json!(0);
    wire.world().objects.insert(key.into(), state.to_string());
    for _ in 0..3 {
        run_imports(&function).await;
    }
    assert_eq!(wire.world().suppressed.len(), 0);
}
