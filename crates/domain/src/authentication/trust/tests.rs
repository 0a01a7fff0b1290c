use super::*;
use crate::authentication::header;

/// The methods of the trusted block, then each ignored field with the reason.
fn chosen(message: &str, ids: &[&str]) -> String {
    let fields = header::fields(message.as_bytes());
    let hops: Vec<_> = fields
        .iter()
        .enumerate()
        .filter(|(_, field)| field.name == "received")
        .map(|(at, field)| (at, ReceivedHop::parse(&field.value)))
        .collect();
    let author_start = fields.iter().position(|field| field.name == "from").unwrap_or(fields.len());
    let ids: Vec<String> = ids.iter().map(|id| (*id).to_owned()).collect();
    let choice = choose(&Trace { fields: &fields, hops: &hops, author_start }, &ids);
    let block: Vec<_> =
        choice.block.iter().flat_map(|h| &h.results).map(|r| r.method.as_str()).collect();
    let ignored: Vec<_> = choice.ignored.iter().map(|i| format!("{:?}", i.why)).collect();
    format!("{} / {}", block.join(" "), ignored.join(" "))
}

#[test]
fn only_what_the_receiver_can_have_written_counts() {
    const R: &str = "Received: from x.example by mx.r.example with ESMTP; d\n";
    const S: &str = "Received: from y by mail.sender.example; d\n";
    let a = |id: &str, rest: &str| format!("Authentication-Results: {id}; {rest}\n");
    let own = a("mx.r.example", "spf=fail; dkim=none");
    let from = "From: a@b.example\n";
    let cases: &[(&str, String, &[&str], &str)] = &[
        ("topmost", own.clone() + R + from, &[], "spf dkim / "),
        ("below its Received", format!("{R}{own}{from}"), &[], "spf dkim / "),
        ("without Received", own.clone() + from, &[], "spf dkim / "),
        (
            "without id",
            "Received: from x by AM1.mail.protection.outlook.com; d\n\
             Authentication-Results: spf=pass a=b; dkim=none\n"
                .to_owned(),
            &[],
            "spf dkim / ",
        ),
        (
            "without id at another than Microsoft",
            format!("{R}Authentication-Results: spf=pass a=b; dkim=none\n"),
            &[],
            " / Unknown",
        ),
        ("two of one server", a("mx.r.example", "dmarc=fail") + &own + R, &[], "dmarc spf dkim / "),
        (
            "two of one organization",
            format!("{R}{}{own}", a("dmarc.r.example", "dmarc=fail")),
            &[],
            "dmarc spf dkim / ",
        ),
        (
            "repeated below its Received",
            format!("{R}{own}{}", a("mx.r.example", "dkim=pass")),
            &[],
            "spf dkim / Repeated",
        ),
        (
            "own name below the boundary",
            format!("{own}{R}{}", a("mx.r.example", "dkim=pass")),
            &[],
            "spf dkim / BelowBoundary",
        ),
        ("own name below a sender's hop", format!("{R}{S}{own}"), &[], " / BelowBoundary"),
        ("own name below From", format!("{R}{from}{own}"), &[], " / BelowBoundary"),
        (
            "sender's own",
            format!("{own}{R}{S}{}", a("mail.sender.example", "dkim=pass")),
            &[],
            "spf dkim / EarlierHop",
        ),
        ("nobody's", format!("{own}{R}{}", a("z.example", "dkim=pass")), &[], "spf dkim / Unknown"),
        (
            "look-alike on top",
            format!("{R}{}{own}", a("mx.r.example.evil.example", "dkim=pass")),
            &[],
            " / LookAlike EarlierHop",
        ),
        (
            "known receiver imitated",
            a("mx.google.com.evil.example", "dkim=pass"),
            &[],
            " / LookAlike",
        ),
        ("digits for letters", a("mx.g00gle.com", "dkim=pass"), &[], " / LookAlike"),
        ("prefix", a("mx-google.com", "dkim=pass"), &[], " / LookAlike"),
        ("Cyrillic", a("mx.g\u{43e}\u{43e}gle.com", "dkim=pass"), &[], " / LookAlike"),
        ("real name", a("mx.google.com", "dkim=pass"), &[], "dkim / "),
        ("final dot", a("mx.r.example.", "dkim=pass") + R, &["mx.r.example"], "dkim / "),
        (
            "chosen by id",
            a("z.example", "dkim=pass") + &own + R,
            &["mx.r.example"],
            "spf dkim / Unknown",
        ),
        (
            "two ids",
            a("z.example", "arc=pass") + &own + R,
            &["mx.r.example", "z.example"],
            "arc spf dkim / ",
        ),
        ("id not there", own.clone() + R, &["other.example"], " / EarlierHop"),
        (
            "Microsoft's second",
            format!(
                "{}{R}{from}{}",
                "Authentication-Results: spf=pass a=b\n", "authentication-results: dkim=none a=b\n"
            ),
            &[],
            "spf / EarlierHop",
        ),
    ];
    for (name, message, ids, expected) in cases {
        assert_eq!(chosen(message, ids), *expected, "{name}");
    }
}

#[test]
fn apples_fields_count_in_apples_order_only() {
    const R: &str = "Received: from x.example (x [203.0.113.6]) by p00-icloudmta-asmtp-1; d\n";
    let a =
        |method: &str, rest: &str| format!("Authentication-Results: {method}.icloud.com; {rest}\n");
    let (bimi, unsigned) = (a("bimi", "bimi=none"), a("dkim-verifier", "dkim=none"));
    let (signed, spf) = (a("dkim-verifier", "dkim=pass"), a("spf", "spf=pass"));
    let (passes, fails) = (a("dmarc", "dmarc=pass"), a("dmarc", "dmarc=fail"));
    let unclear = a("dmarc", "dmarc=temperror");
    let cases = [
        ("genuine", vec![&bimi, &passes, &signed, &signed, &spf], "bimi dmarc dkim dkim spf / "),
        (
            "forged DMARC and signature",
            vec![&bimi, &unsigned, &spf, &passes, &signed],
            "bimi dkim / Repeated Repeated Repeated",
        ),
        (
            "forged signature of unsigned mail",
            vec![&fails, &unsigned, &spf, &signed],
            "dmarc dkim spf / Repeated",
        ),
        (
            "forged signature under an unfinished check",
            vec![&unclear, &unsigned, &signed],
            "dmarc dkim / Repeated",
        ),
    ];
    for (case, fields, expected) in cases {
        let fields: String = fields.into_iter().map(String::as_str).collect();
        let message = format!("{R}{fields}From: a@bank.example\n");
        assert_eq!(chosen(&message, &[]), expected, "{case}");
    }
}

#[test]
fn fields_between_internal_hops_and_the_border_are_the_receivers() {
    const INSIDE: &str = "Received: from mx1.r.example (localhost [127.0.0.1]) by box.internal; d\n\
        Received: from mx1.r.example ([10.0.0.2]) by mx1.r.example (Milter); d\n";
    const BORDER: &str = "Received: from evil.example (evil [203.0.113.6]) by mx1.r.example; d\n";
    const BALANCED: &str = "Received: from evil.example (lb [10.0.0.9]) by mx1.r.example; d\n";
    let a = |rest: &str| format!("Authentication-Results: mx1.r.example; {rest}\n");
    let (first, second) = (a("arc=none"), a("dkim=pass"));
    let from = "From: a@bank.example\n";
    for (case, message, expected) in [
        ("above the border", format!("{INSIDE}{first}{second}{BORDER}{from}"), "arc dkim / "),
        (
            "below the border",
            format!("{INSIDE}{first}{BORDER}{second}{from}"),
            "arc / BelowBoundary",
        ),
        (
            "below the border, with a forged hop",
            format!("{BORDER}{first}{second}{BORDER}{from}"),
            "arc / Repeated",
        ),
        (
            "below a load balancer, with a forged hop",
            format!("{BALANCED}{first}{second}{BORDER}{from}"),
            "arc / Repeated",
        ),
    ] {
        assert_eq!(chosen(&message, &[]), expected, "{case}");
    }
}
