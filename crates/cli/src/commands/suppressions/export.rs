//! `suppressions export`: the whole list as a file, gone on with after a break.

mod state;

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use warden_aws::{CallError, Class, ListFilter, SuppressionList};

use super::entry::{Entry, FilterOptions};
use super::pages;
use super::where_to::WhereTo;
use crate::frame::aws;
use crate::frame::output::{Format, FormatOptions, Records, note, path, write_stderr};
use crate::frame::progress::Progress;
use crate::frame::terminal::counted;
use state::ExportState;

/// Write the list to a file
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The entries are written to FILE.part, and after each page of 1,000 it is noted in FILE.state how \
far the export is. An export that broke off, for whatever reason, goes on there when the same \
command is run again. At the end FILE.part becomes FILE.

Examples:
  ses-warden suppressions export list.csv
  ses-warden suppressions export complaints.ndjson --reason COMPLAINT")]
pub(super) struct Args {
    /// File to write, in the form that its name says: .csv, .json, .ndjson
    #[arg(value_name = "FILE")]
    file: PathBuf,

    /// Begin anew where an export of this file broke off
    #[arg(long)]
    restart: bool,

    /// Write over FILE where it is there already
    #[arg(long)]
    force: bool,

    #[command(flatten)]
    filter: FilterOptions,

    #[command(flatten)]
    format: FormatOptions,

    #[command(flatten)]
    where_to: WhereTo,
}

/// Writes the file.
pub(super) fn run(args: &Args, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    let filter = args.filter.filter(args.where_to.tenant.as_deref())?;
    let format = format_of(args)?;
    if !args.force && args.file.exists() {
        bail!("{} is there already; give another name, or --force", path(&args.file));
    }
    aws::block_on(async {
        let (connection, list) = args.where_to.list().await?;
        let wanted = ExportState {
            region: connection.region().to_owned(),
            tenant: filter.tenant.clone(),
            filter: args.filter.clone(),
            format,
            ..ExportState::default()
        };
        let mut export = ListExport::open(&args.file, wanted, args.restart)?;
        if export.state.entries > 0 {
            note(format_args!(
                "going on behind {} entries that an export has written before",
                export.state.entries
            ));
        }
        export.run(&list, &filter).await?;
        let entries = export.end(&args.file)?;
        let named = args.where_to.named(connection.region());
        crate::frame::output::Lines::line(
            out,
            format!("{named}: {} in {}", counted(entries, "entry", "entries"), path(&args.file)),
        )?;
        out.flush()?;
        Ok(ExitCode::SUCCESS)
    })
}

fn format_of(args: &Args) -> anyhow::Result<Format> {
    let by_name = || {
        let extension = args.file.extension()?.to_str()?.to_ascii_lowercase();
        match extension.as_str() {
            "csv" => Some(Format::Csv),
            "json" => Some(Format::Json),
            "ndjson" | "jsonl" => Some(Format::Ndjson),
            _ => None,
        }
    };
    match args.format.asked().or_else(by_name) {
        Some(Format::Table) => bail!("a table is for people; export as csv, json or ndjson"),
        Some(format) => Ok(format),
        None => bail!("name the file .csv, .json or .ndjson, or give --output"),
    }
}

/// An export under way.
struct ListExport {
    state: ExportState,
    state_file: PathBuf,
    part_file: PathBuf,
    part: File,
}

impl ListExport {
    /// Opens the part that is there and cuts off what no state speaks of, or begins one.
    fn open(file: &Path, wanted: ExportState, restart: bool) -> anyhow::Result<Self> {
        let (state_file, part_file) = (with(file, ".state"), with(file, ".part"));
        let found = if restart { None } else { ExportState::read(&state_file)? };
        let state = match found {
            Some(found) if found.is_of_same_export(&wanted) => found,
            Some(found) => bail!(
                "{} belongs to another export ({}); give another name for this one, or --restart",
                path(&state_file),
                found.describe()
            ),
            None => wanted,
        };
        let part = File::options().create(true).truncate(false).write(true).open(&part_file);
        let part = part.with_context(|| format!("{} cannot be written", path(&part_file)))?;
        if part.try_lock().is_err() {
            bail!("another process is writing {}", path(&part_file));
        }
        let mut export = Self { state, state_file, part_file, part };
        if export.part.metadata()?.len() < export.state.bytes {
            bail!(
                "{} is shorter than {} says; give --restart",
                path(&export.part_file),
                path(&export.state_file)
            );
        }
        if export.state.bytes == 0 {
            export.begin()?;
        }
        export.cut()?;
        Ok(export)
    }

    /// Writes what comes before the first entry.
    fn begin(&mut self) -> anyhow::Result<()> {
        let mut head = Vec::new();
        Records::begin::<Entry>(self.state.format, &mut head)?;
        self.state.begin();
        self.cut()?;
        self.append(&head)
    }

    /// Cuts off a page that was being written when the process ended.
    fn cut(&mut self) -> anyhow::Result<()> {
        self.part.set_len(self.state.bytes)?;
        io::Seek::seek(&mut self.part, io::SeekFrom::Start(self.state.bytes))?;
        Ok(())
    }

    /// Writes bytes so that they are there before the state says so.
    fn append(&mut self, bytes: &[u8]) -> anyhow::Result<()> {
        self.part.write_all(bytes)?;
        self.part.sync_data()?;
        self.state.bytes += u64::try_from(bytes.len())?;
        Ok(())
    }

    /// Reads and writes the pages that are missing.
    async fn run(&mut self, list: &SuppressionList, filter: &ListFilter) -> anyhow::Result<()> {
        let mut progress = Progress::new("pages of 1,000 entries written", None);
        while !self.state.is_done {
            let token = self.state.token.clone();
            let page = match pages::page(list, filter, token.as_deref()).await {
                Ok(page) => page,
                Err(error) if is_token_refused(&error) && token.is_some() => {
                    write_stderr("SES no longer knows where the export broke off; it begins anew");
                    self.begin()?;
                    continue;
                }
                Err(error) => {
                    return Err(error).with_context(|| {
                        let entries = self.state.entries;
                        format!("{entries} entries are written; run the command again to go on")
                    });
                }
            };
            let mut bytes = BufWriter::new(Vec::new());
            let mut records = Records::resume(self.state.format, self.state.entries);
            for listed in page.entries {
                records.write(&Entry::from(listed), &mut bytes)?;
            }
            let entries = records.written();
            let bytes = bytes.into_inner()?;
            self.append(&bytes)?;
            self.state.entries = entries;
            self.state.is_done = page.next.is_none() || page.next == token;
            self.state.token = page.next;
            self.state.write(&self.state_file)?;
            progress.step();
        }
        Ok(())
    }

    /// Makes the part the file.
    fn end(mut self, file: &Path) -> anyhow::Result<u64> {
        let mut tail = Vec::new();
        Records::resume(self.state.format, self.state.entries).end(&mut tail)?;
        let written = self.state.bytes;
        self.append(&tail)?;
        self.state.bytes = written;
        fs::rename(&self.part_file, file)
            .with_context(|| format!("{} cannot be written", path(file)))?;
        let _ = fs::remove_file(&self.state_file);
        Ok(self.state.entries)
    }
}

/// SES judged the token: it is too old, or of another listing.
fn is_token_refused(error: &CallError) -> bool {
    matches!(&error.class, Class::Refused { code } if code.contains("InvalidNextToken"))
}

/// `list.csv` and `.part` as `list.csv.part`.
fn with(file: &Path, more: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(more);
    PathBuf::from(name)
}
