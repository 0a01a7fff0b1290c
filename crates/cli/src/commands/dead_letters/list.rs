//! `dead-letters list` and `show`.

use std::io::Write;
use std::process::ExitCode;

use serde_json::Value;
use warden_domain::redact::redact;

use super::queues::{FOR_A_LOOK, LetterRow, OpenQueues, examined};
use super::{ListArgs, ShowArgs};
use crate::frame::aws;
use crate::frame::exit;
use crate::frame::output::{Documents, Format, Lines, Records, note, write_stderr};
use crate::frame::terminal::counted;

/// Lists the letters.
pub(super) fn list(args: &ListArgs, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    aws::block_on(async {
        let queues = OpenQueues::open(&args.which).await?;
        let format = args.format.format();
        let mut rows = Vec::new();
        for place in &queues.places {
            let letters = queues.read(place, args.which.limit, FOR_A_LOOK).await?;
            rows.extend(
                letters.iter().map(|letter| LetterRow::of(place, letter, &examined(place, letter))),
            );
            queues.release(place, &letters).await;
        }
        if format == Format::Table && rows.is_empty() {
            out.line(format!("No dead letters in {}.", queues.region))?;
            return Ok(ExitCode::SUCCESS);
        }
        let mut records = Records::begin::<LetterRow>(format, out)?;
        for row in &rows {
            records.write(row, out)?;
        }
        records.end(out)?;
        if format == Format::Table {
            explain(&rows, out)?;
        }
        out.flush()?;
        note(format_args!(
            "{} in {}",
            counted(rows.len(), "dead letter", "dead letters"),
            queues.region
        ));
        Ok(if rows.is_empty() { ExitCode::SUCCESS } else { exit::PARTIAL.into() })
    })
}

/// What each code that is listed means, once.
fn explain(rows: &[LetterRow], out: &mut impl Write) -> anyhow::Result<()> {
    let mut codes: Vec<(&str, &str)> = rows.iter().map(|row| (row.finding, row.reason)).collect();
    codes.sort_unstable();
    codes.dedup();
    out.line("")?;
    for (code, reason) in codes {
        out.line(format!("{code}: {reason}."))?;
    }
    Ok(())
}

/// Shows letters whole.
pub(super) fn show(args: &ShowArgs, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    aws::block_on(async {
        let queues = OpenQueues::open(&args.which).await?;
        let mut shown = vec![false; args.ids.len()];
        let mut documents = Documents::new(args.format.format());
        for place in &queues.places {
            let letters = queues.read(place, args.which.limit, FOR_A_LOOK).await?;
            for letter in &letters {
                let mut asked = args.ids.iter().zip(&mut shown);
                let Some((_, shown)) = asked.find(|(id, _)| letter.id.starts_with(id.as_str()))
                else {
                    continue;
                };
                *shown = true;
                let mut row = LetterRow::of(place, letter, &examined(place, letter));
                let body = if args.show_addresses {
                    letter.body.clone()
                } else {
                    redact_all(&letter.body)
                };
                if !args.format.is_table() {
                    row.body = Some(body);
                    documents.write(&row, out)?;
                    continue;
                }
                out.line(format!("{} of {}", row.id, row.function))?;
                out.line(format!("  sent      {}", row.sent.as_deref().unwrap_or("unknown")))?;
                out.line(format!("  is        {}", row.kind.as_deref().unwrap_or("unreadable")))?;
                out.line(format!("  about     {}", row.about.as_deref().unwrap_or("unknown")))?;
                out.line(format!("  mail      {}", row.mail.as_deref().unwrap_or("unknown")))?;
                out.line(format!("  finding   {}: {}", row.finding, row.reason))?;
                if let Some(said) = &row.said {
                    out.line(format!("  said      {said}"))?;
                }
                if let Some(source) = &letter.source_queue {
                    out.line(format!("  from      {source}"))?;
                }
                out.line(format!("  way back  {}", row.way_back))?;
                out.line("  log       what the function logged when it gave it back:")?;
                out.line(format!(
                    "            aws logs filter-log-events --log-group-name /aws/lambda/{} \
                     --filter-pattern '{{ $.outcome = \"given_back\" }}' --region {}",
                    place.function, queues.region
                ))?;
                out.line("  body")?;
                body.lines().try_for_each(|line| out.line(format!("    {line}")))?;
            }
            queues.release(place, &letters).await;
        }
        documents.end(out)?;
        out.flush()?;
        let missing = args.ids.iter().zip(&shown).filter(|(_, shown)| !**shown);
        let missing: Vec<&str> = missing.map(|(id, _)| id.as_str()).collect();
        for id in &missing {
            write_stderr(format_args!(
                "no dead letter's id begins with {id}; another look may hide it for half a minute"
            ));
        }
        Ok(if missing.is_empty() { ExitCode::SUCCESS } else { exit::PARTIAL.into() })
    })
}

/// A body without addresses: texts inside JSON one by one, JSON inside texts as well.
fn redact_all(text: &str) -> String {
    match serde_json::from_str::<Value>(text) {
        Ok(mut value) => {
            redact_value(&mut value);
            serde_json::to_string_pretty(&value).unwrap_or_default()
        }
        Err(_) => redact(text),
    }
}

fn redact_value(value: &mut Value) {
    match value {
        Value::String(text) => {
            let inner = text.trim_start().starts_with('{').then(|| serde_json::from_str(text).ok());
            match inner.flatten() {
                Some(mut inner) => {
                    redact_value(&mut inner);
                    *value = inner;
                }
                None => *text = redact(text),
            }
        }
        Value::Array(members) => members.iter_mut().for_each(redact_value),
        Value::Object(members) => members.values_mut().for_each(redact_value),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_address_is_left_in_a_body() {
        let inner = r#"{"mail":{"destination":["Ann <ann@example.com>"]}}"#;
        let body = serde_json::json!({"Type": "Notification", "Message": inner}).to_string();
        for body in [body.as_str(), inner, "not JSON, to ann@example.com"] {
            let shown = redact_all(body);
            assert!(!shown.contains("ann@") && shown.contains("<address>"), "{shown}");
        }
    }
}
