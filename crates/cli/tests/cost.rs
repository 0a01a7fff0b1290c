//! `ses-warden cost`: what the documents say is what the command prints.

#![allow(
    clippy::indexing_slicing,
    reason = "of JSON, where what is not there is null and fails the test"
)]

use std::error::Error;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

type Result<T = ()> = std::result::Result<T, Box<dyn Error>>;

const BEGIN: &str = "<!-- ses-warden cost ";
const END: &str = "<!-- end -->";

fn cost(arguments: &str) -> Result<String> {
    let output = Command::new(env!("CARGO_BIN_EXE_ses-warden"))
        .arg("cost")
        .args(arguments.split_whitespace())
        .output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    Ok(String::from_utf8(output.stdout)?)
}

fn json(arguments: &str) -> Result<Value> {
    Ok(serde_json::from_str(&cost(&format!("{arguments} --json"))?)?)
}

/// A document with what the commands in it print. `WARDEN_REGENERATE=1` writes it.
fn filled(text: &str) -> Result<(String, usize)> {
    let (mut out, mut rest, mut commands) = (String::new(), text, 0);
    while let Some((before, after)) = rest.split_once(BEGIN) {
        let (arguments, after) = after.split_once(" -->").ok_or("a command without an end")?;
        let (_, after) = after.split_once(END).ok_or("a table without an end")?;
        out.push_str(&format!("{before}{BEGIN}{arguments} -->\n{}{END}", cost(arguments)?));
        (rest, commands) = (after, commands + 1);
    }
    out.push_str(rest);
    Ok((out, commands))
}

#[test]
fn the_document_says_what_the_command_prints() -> Result {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/COST.md");
    let text = fs::read_to_string(&path)?;
    let (expected, commands) = filled(&text)?;
    if std::env::var_os("WARDEN_REGENERATE").is_some() {
        fs::write(&path, &expected)?;
        return Ok(());
    }
    assert_eq!(commands, 4);
    assert!(
        text == expected,
        "docs/COST.md is old; WARDEN_REGENERATE=1 cargo test -p ses-warden --test cost"
    );
    Ok(())
}

/// The README's table, a line for each of these: events a month, domains.
const SENDERS: [(u64, u32); 4] =
    [(100_000, 3), (1_000_000, 12), (10_000_000, 20), (50_000_000, 40)];

fn readme_table() -> Result<String> {
    let mut table = String::from(
        "\n| events a month | sender domains | ses-warden | a call per event | EMF logs \
         | the rest of the stack | `MetricSet=full` adds |\n|---:|---:|---:|---:|---:|---:|---:|\n",
    );
    for (events, domains) in SENDERS {
        let month = json(&format!("--events-per-month {events} --domains {domains}"))?;
        let together = |of: &str| month["together"][of].as_f64().ok_or("no sum");
        let rest = month["rest"].as_array().ok_or("no rest")?;
        let rest: f64 = rest.iter().filter_map(|line| line["dollars"].as_f64()).sum();
        let full = month["adds"][2]["dollars"].as_f64().ok_or("no amount")?;
        table.push_str(&format!(
            "| {} | {domains} | {:.2} | {:.2} | {:.2} | {rest:.2} | {full:.2} |\n",
            thousands(events),
            together("ours")?,
            together("call_per_event")?,
            together("emf_logs")?,
        ));
    }
    Ok(format!("{table}\n"))
}

fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let groups: Vec<&[u8]> = digits.as_bytes().rchunks(3).rev().collect();
    groups.iter().map(|group| String::from_utf8_lossy(group)).collect::<Vec<_>>().join(",")
}

#[test]
fn the_readme_has_the_sums() -> Result {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md");
    let text = fs::read_to_string(&path)?;
    let (before, after) = text.split_once("<!-- cost -->\n").ok_or("no table of costs")?;
    let (table, after) = after.split_once(END).ok_or("a table without an end")?;
    if std::env::var_os("WARDEN_REGENERATE").is_some() {
        fs::write(&path, format!("{before}<!-- cost -->\n{}{END}{after}", readme_table()?))?;
        return Ok(());
    }
    assert_eq!(
        table,
        readme_table()?,
        "README.md is old; WARDEN_REGENERATE=1 cargo test -p ses-warden --test cost"
    );
    Ok(())
}

#[test]
fn a_month_by_hand() -> Result {
    // Ten million events: 219,000 batches of 45.7 events; one queue with 12,000,000
    // requests; 150,000,000 bytes are not a gigabyte.
    let month =
        json("--events-per-month 10000000 --domains 10 --alarms-per-domain 2 --watched-sets 3")?;
    let dollars = |line: usize, of: &str| month["counting"][line][of].as_f64().ok_or("no amount");
    for (line, of, expected) in [
        (0, "ours", 5.0),
        (1, "ours", 12.0 * 0.40),
        (
            2,
            "ours",
            0.219 * 0.20 + (219_000.0 * 0.050 + 10_000_000.0 * 0.0001) * 0.25 * 0.000_013_333_4,
        ),
        (3, "ours", 2.19),
        (4, "ours", 219_000.0 * 850.0 / 1e9 * 0.50),
        (2, "call_per_event", 2.0 + 10_000_000.0 * 0.055 * 0.125 * 0.000_013_333_4),
        (3, "call_per_event", 100.0),
        (4, "emf_logs", 10_000_000.0 * 1_250.0 / 1e9 * 0.50),
        // Ten domains with 5 + 3 + 3 + 3 series each, and seven of all mail.
        (5, "ours", 147.0 * 0.30),
        (5, "call_per_event", 147.0 * 0.30),
        (5, "emf_logs", 147.0 * 0.30),
    ] {
        let got = dollars(line, of)?;
        assert!((got - expected).abs() < 1e-5, "{line} {of}: {got}, not {expected}");
    }
    let sum: f64 = (0..6)
        .map(|line| dollars(line, "ours"))
        .collect::<std::result::Result<Vec<_>, _>>()?
        .iter()
        .sum();
    assert!((month["together"]["ours"].as_f64().ok_or("no sum")? - sum).abs() < 1e-5);
    // A hundred thousand bounces and complaints: as many batches and calls, and three
    // series of what came of them.
    let requests = (100_000.0 + 15.0 * 43_800.0) / 1e6 * 0.40;
    let lambda = 0.1 * 0.20 + 100_000.0 * 2.0 * 0.125 * 0.000_013_333_4;
    for (line, name, expected) in [
        (0, "suppress, its queue and its counts", requests + lambda + 1.0 + 3.0 * 0.30),
        (3, "alarms: 4 for each of 3 watched configuration sets", 1.2),
        (4, "alarms: 2 for each domain", 4.0),
    ] {
        let part = &month["rest"][line];
        assert_eq!(part["name"], name);
        let got = part["dollars"].as_f64().ok_or("no amount")?;
        assert!((got - expected).abs() < 1e-6, "{name}: {got}, not {expected}");
    }
    Ok(())
}

/// A thousand million events: no more than 2,300 go into a batch.
#[test]
fn very_much_mail_needs_more_batches_than_pollers_begin() -> Result {
    let month = json("--events-per-month 1,000,000,000 --domains 10")?;
    let calls = month["counting"][3]["ours"].as_f64().ok_or("no amount")?;
    assert!((calls - 1e9 / 2_300.0 / 1e3 * 0.01).abs() < 1e-5, "{calls}");
    Ok(())
}

#[test]
fn domains_beyond_the_cap_share_the_series_of_one() -> Result {
    let series = |arguments: &str| -> Result<u64> {
        Ok(json(&format!("--events-per-month 1000 {arguments}"))?["series"]
            .as_u64()
            .ok_or("no series")?)
    };
    for (arguments, expected) in [
        ("--domains 100", 7 + 100 * 14),
        ("--domains 101", 7 + 101 * 14),
        ("--domains 5000", 7 + 101 * 14),
        ("--domains 5000 --max-domains 200", 7 + 201 * 14),
        ("--domains 3 --max-domains 2", 7 + 3 * 14),
    ] {
        assert_eq!(series(arguments)?, expected, "{arguments}");
    }
    Ok(())
}

/// Lambda bills the memory that the template gives.
#[test]
fn memory_is_that_of_the_template() -> Result {
    let template = fs::read_to_string(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../infra/template.yaml"),
    )?;
    let memory = |text: &str| -> Option<f64> {
        text.split_once("MemorySize: ")?.1.split_whitespace().next()?.parse().ok()
    };
    let (globals, resources) = template.split_once("\nResources:\n").ok_or("no resources")?;
    let usual = memory(globals).ok_or("no memory for all")?;
    let assumed = ses_warden::frame::prices::Prices::load()?.model.memory_mb;
    for (function, assumed) in
        [("Suppress", assumed.suppress), ("Metrics", assumed.metrics), ("Guard", assumed.guard)]
    {
        let (_, after) = resources
            .split_once(&format!("\n  {function}Function:\n"))
            .ok_or("no such function")?;
        let its_own: String = after
            .lines()
            .take_while(|line| line.starts_with("    "))
            .collect::<Vec<_>>()
            .join("\n");
        let expected = memory(&its_own).unwrap_or(usual);
        assert!((assumed - expected).abs() < 1e-9, "{function}: {assumed} MB, not {expected}");
    }
    Ok(())
}

#[test]
fn what_a_choice_adds_is_the_difference_that_it_makes() -> Result {
    let adds = json("--events-per-month 1000 --domains 4")?;
    let sum = |month: &Value| -> Result<f64> {
        let alarms = month["rest"][4]["dollars"].as_f64().ok_or("no alarms")?;
        Ok(month["counting"][5]["ours"].as_f64().ok_or("no series")? + alarms)
    };
    let base = sum(&adds)?;
    for (index, arguments) in [
        (0, "--domains 5"),
        (2, "--domains 4 --metric-set full"),
        (3, "--domains 4 --sets-per-domain 2"),
    ] {
        let other = json(&format!("--events-per-month 1000 {arguments}"))?;
        let added = adds["adds"][index]["dollars"].as_f64().ok_or("no amount")?;
        assert!((sum(&other)? - base - added).abs() < 1e-5, "{arguments}");
    }
    Ok(())
}

#[test]
fn nothing_sent_costs_what_stands_there_anyway() -> Result {
    let month = json("--events-per-month 0 --domains 0")?;
    assert_eq!(month["series"], 7);
    assert_eq!(month["counting"][3]["ours"], 0.0);
    assert!(month["together"]["ours"].as_f64().is_some_and(|sum| sum.is_finite()));
    Ok(())
}

/// docs/COST.md names both in its last section.
#[test]
fn where_this_design_becomes_the_cheaper_one() -> Result {
    let cheaper = |events: u64, rival: &str| -> Result<bool> {
        let month = json(&format!("--events-per-month {events} --domains 10"))?;
        let sum = |of: &str| month["together"][of].as_f64().ok_or("no sum");
        Ok(sum("ours")? < sum(rival)?)
    };
    assert!(!cheaper(6_000_000, "emf_logs")? && cheaper(8_000_000, "emf_logs")?);
    assert!(!cheaper(200_000, "call_per_event")? && cheaper(300_000, "call_per_event")?);
    for events in [1_000, 100_000, 219_000, 300_000, 1_000_000, 3_000_000, 6_000_000] {
        let month = json(&format!("--events-per-month {events} --domains 10"))?;
        let sum = |of: &str| month["together"][of].as_f64().ok_or("no sum");
        let dearer = sum("ours")? - sum("emf_logs")?;
        assert!((0.0..3.0).contains(&dearer), "{events}: {dearer}");
    }
    Ok(())
}

#[test]
fn numbers_that_cannot_be_are_refused_with_the_range() {
    for (arguments, said) in [
        (
            "--events-per-month 1.5e18 --domains 1",
            "not a whole number from 0 to 1,000,000,000,000,000",
        ),
        ("--events-per-month 18446744073709551615 --domains 1", "not a whole number"),
        ("--events-per-month 1 --domains 1000001", "not a whole number from 0 to 1,000,000"),
        ("--events-per-month 1 --domains -1", "--domains"),
        ("--events-per-month 1,2,,3 --domains 1", "not a whole number"),
        ("--events-per-month 1,00 --domains 1", "not a whole number"),
        ("--events-per-month ,100 --domains 1", "not a whole number"),
        ("--events-per-month 1000,000 --domains 1", "not a whole number"),
        ("--events-per-month 1_000,000 --domains 1", "not a whole number"),
        ("--events-per-month +1 --domains 1", "not a whole number"),
        ("--events-per-month 1 --domains 1 --max-domains 0", "from 1 to 10,000"),
        ("--events-per-month 1 --domains 1 --alarms-per-domain 9", "from 0 to 8"),
        ("--events-per-month 1 --domains 1 --providers 500", "not a whole number from 0 to 2"),
        ("--events-per-month 1 --domains 1 --faults 500", "not a whole number from 0 to "),
        (
            "--events-per-month 1 --domains 1 --sets-per-domain 18446744073709551615",
            "from 0 to 10,000",
        ),
    ] {
        let refusal = cost(arguments).err().map(|error| error.to_string()).unwrap_or_default();
        assert!(refusal.contains(said) && !refusal.contains("panicked"), "{arguments}: {refusal}");
    }
}

#[test]
fn the_largest_numbers_there_are_give_a_sum() -> Result {
    let month = json(
        "--events-per-month 1_000_000_000_000_000 --domains 1,000,000 --sets-per-domain 10000 --watched-sets 10000 \
         --metric-set full --max-domains 10000",
    )?;
    assert!(month["together"]["ours"].as_f64().is_some_and(|sum| sum > 9e8 && sum.is_finite()));
    Ok(())
}
