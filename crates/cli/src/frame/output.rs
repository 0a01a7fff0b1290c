//! Standard output and standard error, filtered for terminals.
//!
//! Alarm names, addresses, domains, paths and AWS's own error texts come from outside. Some
//! hold escape sequences that retitle a terminal, move its cursor or turn text around, so that
//! an operator reads something else than what is there. Everything that the command writes
//! goes through this module, which replaces such characters:
//!
//! - [`Output`] wraps standard output. It filters whatever is written, however it is written.
//! - [`Lines::line`] writes one line and [`Lines::json`] one JSON value; text from outside
//!   cannot begin a line of its own in either. Prefer them to `writeln!`.
//! - [`printable`] and [`path`] make one harmless line of a value, for texts that are put
//!   together before they are written.
//! - [`write_stderr`] writes to standard error.
//! - [`note`] writes to standard error, too, unless `--quiet` was given.
//! - [`FormatOptions`] is the option `--output`; [`Records`] and [`Documents`] write in the form
//!   that it asks for.
//!
//! **Invariant:** no other file of this crate touches standard output or standard error, except
//! to ask whether they are terminals (`tests/hostile.rs` holds this).

mod format;
pub mod screen;
mod text;

pub use format::{Documents, Format, FormatOptions, OutputRecord, Records};
pub use text::{path, printable};

use std::borrow::Cow;
use std::ffi::OsString;
use std::fmt::Display;
use std::io::{self, IsTerminal, Write};

use clap::ColorChoice;
use serde::Serialize;
use text::{Escaping, is_unsafe, shown};

/// Methods with which every command writes, line by line, to any stream.
pub trait Lines: Write {
    /// Writes one line. Line breaks inside `text` do not begin another one.
    ///
    /// # Errors
    /// When the stream cannot be written.
    fn line(&mut self, text: impl AsRef<str>) -> io::Result<()> {
        self.write_all(printable(text.as_ref()).as_bytes())?;
        self.write_all(b"\n")
    }

    /// Writes one JSON value on a line of its own. Characters that [`Output`] would replace are
    /// escaped as `\uXXXX`, so that a program reads exactly what was there.
    ///
    /// # Errors
    /// When the stream cannot be written or the value is no JSON.
    fn json(&mut self, value: &impl Serialize) -> anyhow::Result<()> {
        let mut text = Vec::new();
        value.serialize(&mut serde_json::Serializer::with_formatter(&mut text, Escaping))?;
        text.push(b'\n');
        self.write_all(&text)?;
        Ok(())
    }
}

impl<W: Write + ?Sized> Lines for W {}

/// How a part of a line is to look where there are colors.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    /// Like all other text.
    Plain,
    /// A heading.
    Bold,
    /// Less important.
    Dim,
    /// Something that is as it should be.
    Good,
    /// To look at.
    Watch,
    /// Something that an operator must correct.
    Bad,
}

impl Style {
    /// A noncharacter that begins this style, and the terminal's sequence for it. Texts from
    /// outside cannot hold one, and [`Output`] writes the sequence only to a terminal with colors.
    const MARKS: [(char, &str); 6] = [
        ('\u{fdd0}', "\u{1b}[0m"),
        ('\u{fdd1}', "\u{1b}[1m"),
        ('\u{fdd2}', "\u{1b}[2m"),
        ('\u{fdd3}', "\u{1b}[32m"),
        ('\u{fdd4}', "\u{1b}[33m"),
        ('\u{fdd5}', "\u{1b}[31m"),
    ];

    fn mark(self) -> char {
        match self {
            Self::Plain => '\u{fdd0}',
            Self::Bold => '\u{fdd1}',
            Self::Dim => '\u{fdd2}',
            Self::Good => '\u{fdd3}',
            Self::Watch => '\u{fdd4}',
            Self::Bad => '\u{fdd5}',
        }
    }

    fn sequence(c: char) -> Option<&'static str> {
        Self::MARKS.iter().find(|(mark, _)| *mark == c).map(|(_, sequence)| *sequence)
    }
}

/// Writes one line of parts in different styles. To any stream but [`Output`], the parts are
/// written without styles.
///
/// # Errors
/// When the stream cannot be written.
pub fn styled(parts: &[(Style, &str)], out: &mut impl Write) -> io::Result<()> {
    let mut line = String::new();
    for (style, text) in parts {
        if *style == Style::Plain || !screen::has_colors() {
            line.push_str(&printable(text));
        } else {
            line.push(style.mark());
            line.push_str(&printable(text));
            line.push(Style::Plain.mark());
        }
    }
    line.push('\n');
    out.write_all(line.as_bytes())
}

/// Empties the screen of a terminal, and writes nothing elsewhere.
///
/// # Errors
/// When standard output cannot be written.
pub fn clear_screen() -> io::Result<()> {
    let mut stdout = io::stdout();
    if stdout.is_terminal() {
        stdout.write_all(b"\x1b[H\x1b[2J\x1b[3J")?;
        stdout.flush()?;
    }
    Ok(())
}

/// A stream that a terminal may show: passes text on and replaces what is unsafe in it.
///
/// Line feeds pass, because the command itself ends its lines with them; use [`Lines::line`] or
/// [`printable`] for text from outside. Bytes that are not UTF-8 become U+FFFD.
#[derive(Debug)]
pub struct Output<W: Write> {
    to: W,
    has_colors: bool,
    /// The first bytes of a character whose remaining bytes have not been written yet.
    begun: Vec<u8>,
}

/// Returns standard output, buffered and filtered.
pub fn standard() -> Output<impl Write> {
    let has_colors = screen::has_colors();
    Output { has_colors, ..Output::new(io::BufWriter::new(io::stdout().lock())) }
}

impl<W: Write> Output<W> {
    /// Wraps a stream.
    pub fn new(to: W) -> Self {
        Self { to, has_colors: false, begun: Vec::new() }
    }

    fn pass(&mut self, text: &str) -> io::Result<()> {
        let stops = |c: char| c != '\n' && is_unsafe(c);
        if !text.contains(stops) {
            return self.to.write_all(text.as_bytes());
        }
        let mut clean = String::with_capacity(text.len());
        for c in text.chars() {
            match Style::sequence(c) {
                // A mark that `styled` did not make changes colors at worst.
                Some(sequence) if self.has_colors => clean.push_str(sequence),
                Some(_) | None if c == '\n' => clean.push(c),
                Some(_) | None => clean.push(shown(c)),
            }
        }
        self.to.write_all(clean.as_bytes())
    }
}

impl<W: Write> Write for Output<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let joined;
        let all = if self.begun.is_empty() {
            bytes
        } else {
            joined = [self.begun.as_slice(), bytes].concat();
            self.begun.clear();
            &joined
        };
        let mut chunks = all.utf8_chunks().peekable();
        while let Some(chunk) = chunks.next() {
            self.pass(chunk.valid())?;
            let is_last = chunks.peek().is_none();
            if is_last && is_beginning(chunk.invalid()) {
                self.begun = chunk.invalid().to_vec();
            } else if !chunk.invalid().is_empty() {
                self.pass("\u{fffd}")?;
            }
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        if !std::mem::take(&mut self.begun).is_empty() {
            self.pass("\u{fffd}")?;
        }
        self.to.flush()
    }
}

/// Whether these bytes lack only their end to be a character.
fn is_beginning(bytes: &[u8]) -> bool {
    std::str::from_utf8(bytes)
        .is_err_and(|error| error.valid_up_to() == 0 && error.error_len().is_none())
}

/// Writes a message to standard error, as `ses-warden: <message>`. Its further lines are
/// indented, so that text from outside cannot pass for a message of its own.
pub fn write_stderr(message: impl Display) {
    let message = message.to_string();
    let lines: Vec<Cow<'_, str>> = message.trim_end().split('\n').map(printable).collect();
    // If standard error is closed, nothing can be reported.
    let _ = writeln!(io::stderr(), "ses-warden: {}", lines.join("\n  "));
}

/// Writes out what `out` holds and answers with standard error, for a question about it: standard
/// output is kept for results.
///
/// # Errors
/// When `out` cannot be written.
pub fn for_questions(out: &mut impl Write) -> io::Result<Output<io::Stderr>> {
    out.flush()?;
    Ok(Output::new(io::stderr()))
}

/// Writes a message that a person can do without, such as a count or the Region, to standard error.
/// Nothing with `--quiet`.
pub fn note(message: impl Display) {
    if !screen::is_quiet() {
        write_stderr(message);
    }
}

/// Parses the arguments of this process. A usage error is about printable arguments, because a
/// shell fills in names of files, which clap would quote as they are.
///
/// # Errors
/// clap's: what was wrong, or the help that was asked for.
pub fn parse<C: clap::Parser>() -> Result<C, clap::Error> {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let with_colors = |color| {
        let matches = C::command().color(color).try_get_matches_from(&arguments)?;
        C::from_arg_matches(&matches)
    };
    // clap obeys NO_COLOR itself, but writes its help before anybody sees the option.
    let is_plain = arguments.iter().any(|argument| argument == "--no-color");
    let color = if is_plain { ColorChoice::Never } else { ColorChoice::Auto };
    with_colors(color).or_else(|error| {
        let shown = arguments.iter().map(|a| printable(&a.to_string_lossy()).into_owned());
        // What is wrong with an argument is wrong with its printable form, or it is at fault
        // for what could not be printed.
        C::try_parse_from(shown.collect::<Vec<_>>()).and(Err(error))
    })
}

#[cfg(test)]
mod tests;
