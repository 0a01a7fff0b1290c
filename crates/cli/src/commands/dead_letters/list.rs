//! `dead-letters list` and `show`.

use std::io::Write;
use std::process::ExitCode;

use serde_json::{Map, Value};
use warden_domain::redact::redact;

use super::asked::Asked;
use super::queues::{LetterRow, OpenQueues, examined};
use super::{ListArgs, ShowArgs};
use crate::frame::aws;
use crate::frame::exit;
use crate::frame::output::{Documents, Format, Lines, Records, note};
use crate::frame::terminal::counted;

/// Lists the letters.
pub(super) fn list(args: &ListArgs, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    aws::block_on(async {
        let queues = OpenQueues::open(&args.which).await?;
        let format = args.format.format();
        let mut asked = Asked::new(&[]);
        let mut rows = Vec::new();
        for place in &queues.places {
            let found = queues.look(place, args.which.limit).await?;
            asked.add_hidden(found.hidden);
            let row = |letter| LetterRow::of(place, letter, &examined(place, letter));
            rows.extend(found.letters.iter().map(row));
        }
        let status = match rows.is_empty() && asked.is_complete() {
            true => ExitCode::SUCCESS,
            false => exit::PARTIAL.into(),
        };
        match write(&rows, format, &asked.none(&queues.region), out) {
            // Whoever reads only the first lines gets the exit status all the same.
            Err(error) if exit::is_closed_pipe(&error) => return Ok(status),
            other => other?,
        }
        if format == Format::Table && rows.is_empty() {
            return Ok(status);
        }
        asked.say_missing();
        note(format_args!(
            "{} in {}",
            counted(rows.len(), "dead letter", "dead letters"),
            queues.region
        ));
        Ok(status)
    })
}

/// Writes the rows, or `none` where a person would see none.
fn write(
    rows: &[LetterRow],
    format: Format,
    none: &str,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    if format == Format::Table && rows.is_empty() {
        out.line(none)?;
        return Ok(out.flush()?);
    }
    let mut records = Records::begin::<LetterRow>(format, out)?;
    for row in rows {
        records.write(row, out)?;
    }
    records.end(out)?;
    if format == Format::Table {
        explain(rows, out)?;
    }
    Ok(out.flush()?)
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
        let mut asked = Asked::new(&args.ids);
        let mut documents = Documents::new(args.format.format());
        for place in &queues.places {
            let found = queues.look(place, args.which.limit).await?;
            asked.add_hidden(found.hidden);
            for letter in found.letters.iter().filter(|letter| asked.takes(letter)) {
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
        }
        documents.end(out)?;
        out.flush()?;
        asked.say_missing();
        Ok(if asked.is_complete() { ExitCode::SUCCESS } else { exit::PARTIAL.into() })
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
        Value::Object(members) => {
            let mut redacted = Map::new();
            for (name, mut member) in std::mem::take(members) {
                redact_value(&mut member);
                redacted.insert(free_name(&redact(&name), &redacted), member);
            }
            *members = redacted;
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// A member's name, numbered where others are redacted to the same: `<address>`, `<address> 2`.
fn free_name(name: &str, taken: &Map<String, Value>) -> String {
    let numbered = (2..).map(|number| format!("{name} {number}"));
    let mut names = std::iter::once(name.to_owned()).chain(numbered);
    names.find(|name| !taken.contains_key(name)).unwrap_or_else(|| name.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_address_is_left_in_a_body() {
        let inner = r#"{"mail":{"destination":["Ann <ann@example.com>"]}}"#;
        let body = serde_json::json!({"Type": "Notification", "Message": inner}).to_string();
        let names = r#"{"ann@example.com": {"Ann <ann@example.com>": 1}}"#;
        for body in [body.as_str(), inner, names, "not JSON, to ann@example.com"] {
            let shown = redact_all(body);
            assert!(!shown.contains("ann@") && shown.contains("<address>"), "{shown}");
        }
    }

    #[test]
    fn members_with_redacted_names_are_all_kept() {
        let shown = redact_all(r#"{"ann@example.com": 1, "bob@example.com": 2, "n": 3}"#);
        let shown: Value = serde_json::from_str(&shown).unwrap();
        let members = shown.as_object().unwrap();
        let mut values: Vec<i64> = members.values().filter_map(Value::as_i64).collect();
        values.sort_unstable();
        assert_eq!(values, [1, 2, 3], "{shown}");
        assert!(members.keys().all(|name| !name.contains("ann") && !name.contains("bob")));
    }
}
