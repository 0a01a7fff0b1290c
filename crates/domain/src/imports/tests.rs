use super::*;

fn waiting(entries: &[(&str, SuppressionReason)]) -> Waiting {
    let mut waiting = Waiting::default();
    entries.iter().for_each(|(address, reason)| waiting.add(address, *reason));
    waiting
}

#[test]
fn a_file_is_read_as_it_was_written() {
    let entries = [
        ("jane@example.com", SuppressionReason::Bounce),
        ("Jane@example.com", SuppressionReason::Complaint),
        ("\"quoted, with \\\" odd\"@example.com", SuppressionReason::Bounce),
        ("dept/x@example.com", SuppressionReason::Bounce),
        ("j\u{fc}rgen@example.com", SuppressionReason::Complaint),
    ];
    let written = waiting(&entries);
    let mut read = Waiting::default();
    assert_eq!(read.read(written.lines().as_bytes()), Ok(()));
    assert_eq!(read, written);
    assert_eq!(read.len(), 5);
    assert!(written.lines().starts_with(r#"{"emailAddress":"\"quoted"#), "{}", written.lines());
}

#[test]
fn a_complaint_outranks_a_bounce_in_any_order() {
    for order in [
        [SuppressionReason::Bounce, SuppressionReason::Complaint],
        [SuppressionReason::Complaint, SuppressionReason::Bounce],
    ] {
        let mut both = Waiting::default();
        order.iter().for_each(|reason| both.add("a@example.com", *reason));
        assert_eq!(both, waiting(&[("a@example.com", SuppressionReason::Complaint)]));
    }
}

#[test]
fn a_spoilt_line_costs_no_other() {
    let mut read = Waiting::default();
    let file =
        b"{\"emailAddress\":\"a@example.com\",\"reason\":\"BOUNCE\"}\r\nnot json\n\n{\"emailAddress\":1}\n\xff\n\
        {\"emailAddress\":\"b@example.com\",\"reason\":\"COMPLAINT\",\"more\":true}";
    assert_eq!(read.read(file), Err(UnreadableLines { lines: 3 }));
    assert_eq!(
        read,
        waiting(&[
            ("a@example.com", SuppressionReason::Bounce),
            ("b@example.com", SuppressionReason::Complaint)
        ])
    );
}

#[test]
fn only_bounces_give_way_to_listed_complaints() {
    let mut entries = waiting(&[
        ("a@example.com", SuppressionReason::Bounce),
        ("b@example.com", SuppressionReason::Complaint),
    ]);
    for address in ["a@example.com", "b@example.com", "c@example.com"] {
        entries.leave_out_listed_complaint(address);
    }
    assert_eq!(entries, waiting(&[("b@example.com", SuppressionReason::Complaint)]));
    assert_eq!(entries.bounces(), 0);
}

#[test]
fn failed_records_are_found_in_any_form_of_file() {
    let all = waiting(&[
        ("a@example.com", SuppressionReason::Bounce),
        ("b@example.com", SuppressionReason::Complaint),
        ("c@example.com", SuppressionReason::Bounce),
        ("\"d e\"@example.com", SuppressionReason::Bounce),
    ]);
    let expected = waiting(&[
        ("a@example.com", SuppressionReason::Bounce),
        ("\"d e\"@example.com", SuppressionReason::Bounce),
    ]);
    for file in [
        "{\"emailAddress\":\"a@example.com\",\"reason\":\"BOUNCE\",\"error\":\"no\"}\n{\"emailAddress\":\"\\\"d e\\\"@example.com\",\"reason\":\"BOUNCE\"}\n",
        "{\"emailAddress\":\"\\\"d e\\\"@example.com\",\"reason\":\"BOUNCE\"}\na@example.com,BOUNCE,invalid; sorry\nother@example.com,BOUNCE",
    ] {
        let mut failed = FailedRecords::of(all.clone());
        file.lines().for_each(|line| failed.read_line(line.as_bytes()));
        assert_eq!(failed.named(), 2, "{file}");
        assert_eq!(failed.to_put_again(2), expected, "{file}");
    }
}

#[test]
fn all_are_put_again_where_fewer_are_named_than_failed() {
    let all = waiting(&[
        ("a@example.com", SuppressionReason::Bounce),
        ("b@example.com", SuppressionReason::Bounce),
    ]);
    let mut failed = FailedRecords::of(all.clone());
    failed.read_line(b"a@example.com a@example.com");
    assert_eq!(failed.named(), 1);
    assert_eq!(failed.to_put_again(2), all);
}

#[test]
fn lines_are_the_same_wherever_a_file_is_cut() {
    let file = b"one\r\n\n\xfftwo\nthree";
    for size in 1..=file.len() {
        let (mut lines, mut read) = (LineReader::default(), Vec::new());
        file.chunks(size).for_each(|piece| lines.push(piece, |line| read.push(line.to_vec())));
        lines.finish(|line| read.push(line.to_vec()));
        let expected: [&[u8]; 4] = [b"one\r", b"", b"\xfftwo", b"three"];
        assert_eq!(read, expected, "{size}");
    }
}

#[test]
fn a_line_without_end_is_not_kept_as_a_whole() {
    let (mut lines, mut longest) = (LineReader::default(), 0);
    for _ in 0..100 {
        lines.push(&[b'x'; 10_000], |line| longest = longest.max(line.len()));
    }
    assert!(longest <= 64 * 1024, "{longest}");
}

#[test]
fn entries_of_tenants_are_read_as_they_were_written() {
    let mut written = TenantEntries::default();
    written.add("acme", "a@example.com", SuppressionReason::Bounce);
    written.add("acme", "a@example.com", SuppressionReason::Complaint);
    written.add("../ \"odd\"", "b@example.com", SuppressionReason::Bounce);
    let mut read = TenantEntries::default();
    assert!(written.lines().lines().all(|line| read.read_line(line.as_bytes())));
    assert_eq!((&read, read.len()), (&written, 2));
    assert!(!read.read_line(br#"{"emailAddress":"c@example.com","reason":"BOUNCE"}"#));
    assert_eq!(read.take("acme"), waiting(&[("a@example.com", SuppressionReason::Complaint)]));
}
