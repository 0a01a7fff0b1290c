//! Any bytes are read as an export or refused, whoever is said to have written them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use warden_domain::address::EmailAddress;
use warden_domain::exports::{ExportKind, Hint, ImportPlan, read};

fuzz_target!(|input: (u8, &[u8])| {
    let (which, file) = input;
    // Half of the time nobody says what the file is.
    let said = ExportKind::ALL.get(usize::from(which));
    let hint =
        said.and_then(|kind| Hint::parse(Some(kind.provider().code()), Some(kind.code())).ok());
    let Ok(export) = read(file, &hint.unwrap_or_default()) else { return };
    let rows = export.rows.len();
    let mut plan = ImportPlan::default();
    plan.add(export);
    assert_eq!(plan.rows().len(), rows);
    for (address, _) in plan.imports() {
        assert!(EmailAddress::parse(&address).is_ok());
    }
});
