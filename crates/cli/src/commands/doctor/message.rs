//! `ses-warden doctor message`: why a received message passes or fails DMARC.
//!
//! Reads files, looks up DMARC records if alignment depends on them, and shows the verdict. The
//! rules are in `warden_domain::authentication`.

mod show;
#[cfg(test)]
mod tests;
mod walks;

use std::fs::File;
use std::io::{BufRead, Read, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use serde::Serialize;
use warden_domain::authentication::evidence::HeaderEvidence;
use warden_domain::authentication::header;
use warden_domain::authentication::verdict::{DmarcVerdict, MessageJudgement, judge};

use crate::frame::dns::DnsOptions;
use crate::frame::output::{self, Documents, FormatOptions, Lines};
use walks::Walks;

/// Say why a received message passes or fails DMARC, judged by its own headers
///
/// The Authentication-Results that the receiver wrote on top of the message are the evidence; the
/// command verifies nothing again. It queries DNS only for DMARC records, if alignment depends on
/// them.
///
/// Exit status: 0 when every message passes DMARC, 1 when one does not, 2 when a file cannot be
/// read.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  ses-warden doctor message received.eml
  ses-warden doctor message --json --authserv-id mx.google.com *.eml
  ses-warden doctor message - < received.eml")]
pub struct Args {
    #[command(flatten)]
    format: FormatOptions,

    /// Trust the Authentication-Results with these names; without this option, trust the topmost
    #[arg(long, value_name = "ID", value_delimiter = ',')]
    authserv_id: Vec<String>,

    #[command(flatten)]
    dns: DnsOptions,

    /// A received message with all its headers; `-` reads standard input
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
}

#[derive(Debug, Serialize)]
struct JsonLine<'a> {
    file: String,
    #[serde(flatten)]
    judgement: &'a MessageJudgement,
}

/// Judges each file and writes what was found.
///
/// # Errors
/// When the output cannot be written. A file that cannot be read is reported on standard error, and
/// the other files are judged.
pub fn run(args: &Args, mut input: impl BufRead, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    let mut walks = Walks::new(&args.dns);
    let mut documents = Documents::new(args.format.format());
    let (mut is_unread, mut passes) = (false, true);
    for (index, path) in args.files.iter().enumerate() {
        let message = match read(path, &mut input) {
            Ok(message) => message,
            Err(error) => {
                output::write_stderr(format_args!(
                    "{} cannot be read: {error}",
                    output::path(path)
                ));
                is_unread = true;
                continue;
            }
        };
        let evidence = HeaderEvidence::read(&message, &args.authserv_id);
        let judgement = judge(&evidence, &walks.of(&evidence.domains_to_walk())?);
        passes &= judgement.dmarc.verdict == DmarcVerdict::Pass;
        if !args.format.is_table() {
            let file = path.to_string_lossy().into_owned();
            documents.write(&JsonLine { file, judgement: &judgement }, out)?;
        } else {
            if index > 0 {
                out.line("")?;
            }
            show::show(path, &judgement, out)?;
        }
    }
    documents.end(out)?;
    out.flush()?;
    Ok(ExitCode::from(match (is_unread, passes) {
        (true, _) => 2,
        (false, true) => 0,
        (false, false) => 1,
    }))
}

/// Reads the beginning of a file, up to the largest size of a header section.
fn read(path: &Path, input: &mut impl BufRead) -> std::io::Result<Vec<u8>> {
    let limit = u64::try_from(header::MAX_BYTES).unwrap_or(u64::MAX);
    let mut message = Vec::new();
    if path == Path::new("-") {
        input.take(limit).read_to_end(&mut message)?;
    } else {
        File::open(path)?.take(limit).read_to_end(&mut message)?;
    }
    Ok(message)
}
