//! Suppression files of other providers: the corpus in `events/exports`, and what holds for any
//! file.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{error, fs};

use proptest::prelude::*;
use warden_domain::exports::{Hint, ImportPlan, ReadError, RowAction, read};
use warden_domain::suppression::SuppressionReason;

type Result<T = ()> = std::result::Result<T, Box<dyn error::Error>>;

/// A file of the corpus: what is said about an export, the export, and the plan it must give.
struct Case {
    name: String,
    from: Option<String>,
    kind: Option<String>,
    warnings: Vec<String>,
    file: String,
    plan: Vec<String>,
}

fn cases() -> Result<Vec<Case>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../events/exports");
    let mut paths: Vec<PathBuf> =
        fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "case"));
    paths.sort();
    paths.iter().map(|path| case(path)).collect()
}

fn case(path: &Path) -> Result<Case> {
    let text = fs::read_to_string(path)?;
    let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let parts = || {
        let (head, rest) = text.split_once("==== file\n")?;
        let (file, plan) = rest.split_once("==== plan\n")?;
        Some((head, file, plan))
    };
    let (head, file, plan) = parts().ok_or_else(|| format!("{name} lacks a part"))?;
    let said = |word: &'static str| {
        head.lines().filter_map(move |line| line.strip_prefix(word)?.strip_prefix(' '))
    };
    Ok(Case {
        name,
        from: said("from").next().map(str::to_owned),
        kind: said("kind").next().map(str::to_owned),
        warnings: said("warning").map(str::to_owned).collect(),
        file: file.to_owned(),
        plan: plan.lines().map(str::to_owned).collect(),
    })
}

/// The rows as the corpus writes them: line, action, reason, code of the reason why, address.
fn shown(plan: &ImportPlan) -> Vec<String> {
    let row = |row: &warden_domain::exports::PlannedRow| {
        let reason = row.action.reason().map_or("-", SuppressionReason::code);
        let code = row.why.split_once(':').map_or("?", |(code, _)| code);
        let address = if row.address.expose().is_empty() { "-" } else { row.address.expose() };
        let address = address.replace('\n', "\\n");
        format!("{} {} {reason} {code} {address}", row.line, row.action.code())
    };
    plan.rows().iter().map(row).collect()
}

fn error_code(error: &ReadError) -> &'static str {
    match error {
        ReadError::Empty => "empty",
        ReadError::NotText(_) => "not_text",
        ReadError::BrokenJson { .. } => "broken_json",
        ReadError::UnknownSource { .. } => "unknown_source",
        ReadError::KindNeeded { .. } => "kind_needed",
        ReadError::Contradiction { .. } => "contradiction",
        ReadError::NoAddressColumn { .. } => "no_address_column",
        ReadError::Mixed => "mixed",
    }
}

#[test]
fn every_export_of_the_corpus_gives_its_plan() -> Result {
    let mut report = String::new();
    let cases = cases()?;
    assert!(cases.len() > 40, "{}", cases.len());
    for case in cases {
        let hint = Hint::parse(case.from.as_deref(), case.kind.as_deref())?;
        let (plan, warnings) = match read(case.file.as_bytes(), &hint) {
            Ok(export) => {
                let warnings = export.warnings.iter().map(|w| w.code().to_owned()).collect();
                let mut plan = ImportPlan::default();
                plan.add(export);
                (shown(&plan), warnings)
            }
            Err(error) => (vec![format!("error {}", error_code(&error))], Vec::new()),
        };
        if (&plan, &warnings) != (&case.plan, &case.warnings) {
            writeln!(report, "{}: warnings {warnings:?}", case.name)?;
            for (found, expected) in plan.iter().zip(&case.plan).filter(|(a, b)| a != b) {
                writeln!(report, "  found    {found}\n  expected {expected}")?;
            }
            if plan.len() != case.plan.len() {
                writeln!(report, "  {} rows for {}", plan.len(), case.plan.len())?;
            }
        }
    }
    assert!(report.is_empty(), "\n{report}");
    Ok(())
}

/// CSV written by a spreadsheet in another order, with other line breaks and a byte order mark.
#[test]
fn form_changes_no_judgement() -> Result {
    let rows = [
        ["5.1.1", "550 5.1.1 \"User\", unknown", "ann@example.com", "1"],
        ["4.2.2", "452 4.2.2 full", "ben@example.com", "2"],
        ["", "", "cid@example.com", "3"],
    ];
    let names = ["status", "reason", "email", "created"];
    let json: Vec<serde_json::Value> = rows
        .iter()
        .map(|row| names.iter().zip(row).map(|(name, value)| (*name, *value)).collect::<Vec<_>>())
        .map(|pairs| pairs.into_iter().map(|(n, v)| (n.to_owned(), v.into())).collect())
        .map(serde_json::Value::Object)
        .collect();
    let quoted = |cell: &&str| format!("\"{}\"", cell.replace('"', "\"\""));
    let mut files: Vec<(String, Vec<u8>)> = vec![
        ("array".to_owned(), serde_json::to_vec(&json)?),
        ("pretty".to_owned(), serde_json::to_vec_pretty(&json)?),
        ("lines".to_owned(), json.iter().map(|row| format!("{row}\n")).collect::<String>().into()),
    ];
    for order in [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1]] {
        for delimiter in [",", ";", "\t", "|"] {
            for end in ["\n", "\r\n"] {
                for mark in ["", "\u{feff}"] {
                    let line = |cells: &[&str; 4]| {
                        let cells = order.map(|at| cells[at]);
                        cells.iter().map(quoted).collect::<Vec<_>>().join(delimiter) + end
                    };
                    let text: String = std::iter::once(&names).chain(&rows).map(line).collect();
                    files.push((
                        format!("{order:?} {delimiter:?}"),
                        (mark.to_owned() + &text).into(),
                    ));
                }
            }
        }
    }
    let hint = Hint::parse(Some("SendGrid"), Some("Bounces"))?;
    for (name, file) in files {
        let export = read(&file, &hint).map_err(|error| format!("{name}: {error}"))?;
        let judged: Vec<_> =
            export.rows.iter().map(|row| (row.address.expose(), row.action.code())).collect();
        let expected = [
            ("ann@example.com", "import"),
            ("ben@example.com", "skip"),
            ("cid@example.com", "review"),
        ];
        assert_eq!(judged, expected, "{name}");
    }
    Ok(())
}

#[test]
fn words_are_read_in_any_usual_spelling_and_others_refused() {
    for (from, kind) in [
        ("sendgrid", "spam-reports"),
        ("SendGrid", "Spam_Reports"),
        ("sparkpost", "suppressions"),
        ("sparkpost", "suppression-list"),
        ("mailgun", "whitelist"),
        ("ses", "import-json"),
    ] {
        assert!(Hint::parse(Some(from), Some(kind)).is_ok(), "{from} {kind}");
    }
    let refused = Hint::parse(Some("sendgrid"), Some("complaints")).unwrap_err().to_string();
    assert!(refused.contains("spam_reports"), "{refused}");
    let refused = Hint::parse(Some("sendgird"), None).unwrap_err().to_string();
    assert!(refused.contains("sendgrid"), "{refused}");
}

#[test]
fn a_complaint_in_any_file_wins_over_bounces_in_the_others() -> Result {
    let bounces = b"address,code,error,created_at\nann@example.com,550,gone,x\n".as_slice();
    let complaints = b"address,created_at\nann@Example.com,x\n".as_slice();
    for files in [[bounces, complaints, bounces], [complaints, bounces, complaints]] {
        let mut plan = ImportPlan::default();
        for file in files {
            plan.add(read(file, &Hint::default())?);
        }
        let imports: Vec<_> = plan.imports().collect();
        assert_eq!(imports, [("ann@Example.com".to_owned(), SuppressionReason::Complaint)]);
        assert_eq!(plan.rows().len(), 3);
        assert_eq!(plan.counts().skipped, 2);
    }
    Ok(())
}

fn rows() -> impl Strategy<Value = Vec<(u8, bool)>> {
    prop::collection::vec((0..12u8, any::<bool>()), 0..40)
}

fn import_file(rows: &[(u8, bool)]) -> String {
    let reason = |complains| if complains { "COMPLAINT" } else { "BOUNCE" };
    rows.iter().map(|(n, c)| format!("a{n}@example.com,{}\n", reason(*c))).collect()
}

fn planned(file: &[u8]) -> Option<ImportPlan> {
    let hint = Hint::parse(Some("ses"), None).ok()?;
    let mut plan = ImportPlan::default();
    plan.add(read(file, &hint).ok()?);
    Some(plan)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn order_changes_nothing_about_what_is_imported(rows in rows(), seed in any::<prop::sample::Index>()) {
        prop_assume!(!rows.is_empty());
        let mut turned = rows.clone();
        turned.rotate_left(seed.index(rows.len()));
        turned.reverse();
        let imports = |rows: &[(u8, bool)]| -> Vec<(String, SuppressionReason)> {
            let plan = planned(import_file(rows).as_bytes()).unwrap();
            assert_eq!(plan.rows().len(), rows.len());
            let mut imports: Vec<_> = plan.imports().collect();
            imports.sort();
            imports
        };
        let found = imports(&rows);
        prop_assert_eq!(&found, &imports(&turned));
        for (address, reason) in &found {
            let complains = rows.iter().any(|(n, c)| *c && *address == format!("a{n}@example.com"));
            prop_assert_eq!(*reason == SuppressionReason::Complaint, complains);
        }
        let addresses: std::collections::BTreeSet<_> = found.iter().map(|(a, _)| a).collect();
        prop_assert_eq!(addresses.len(), found.len());
    }

    /// Whatever is done to a file of the corpus: no panic, rows in order, and what is imported is
    /// an address.
    #[test]
    fn damage_costs_rows_and_never_invents_one(
        which in any::<prop::sample::Index>(),
        cuts in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8),
    ) {
        let cases = cases().unwrap();
        let case = &cases[which.index(cases.len())];
        let mut file = case.file.clone().into_bytes();
        for (at, byte) in cuts {
            let at = at.index(file.len());
            if byte % 3 == 0 { file.truncate(at.max(1)) } else { file[at] = byte }
        }
        let hint = Hint::parse(case.from.as_deref(), case.kind.as_deref()).unwrap();
        if let Ok(export) = read(&file, &hint) {
            let lines: Vec<usize> = export.rows.iter().map(|row| row.line).collect();
            prop_assert!(lines.windows(2).all(|pair| pair[0] < pair[1]), "{lines:?}");
            for row in export.rows.iter().filter(|row| matches!(row.action, RowAction::Import(_))) {
                prop_assert!(warden_domain::address::EmailAddress::parse(row.address.expose()).is_ok());
            }
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(file in prop::collection::vec(any::<u8>(), 0..400)) {
        for (from, kind) in [(None, None), (Some("sendgrid"), Some("bounces")), (Some("ses"), None)] {
            let _ = read(&file, &Hint::parse(from, kind).unwrap());
        }
    }
}
