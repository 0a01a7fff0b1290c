//! Asks the operator before a change.

use std::io::{self, BufRead, IsTerminal, Write};

use anyhow::bail;

use super::output::Lines;

/// The person who answers questions, and the stream the answers come from.
#[derive(Debug)]
pub struct Prompt<R> {
    answers: R,
    is_terminal: bool,
}

impl Prompt<io::StdinLock<'static>> {
    /// Creates a prompt that reads standard input.
    pub fn standard() -> Self {
        let stdin = io::stdin();
        Self { is_terminal: stdin.is_terminal(), answers: stdin.lock() }
    }
}

impl<R: BufRead> Prompt<R> {
    /// Creates a prompt that reads `answers`; without a terminal it asks nothing.
    pub fn new(answers: R, is_terminal: bool) -> Self {
        Self { answers, is_terminal }
    }

    /// Whether somebody sits at a terminal and can answer.
    pub fn is_terminal(&self) -> bool {
        self.is_terminal
    }

    /// Reads everything that stands on standard input: a file, after which nobody can answer.
    ///
    /// # Errors
    /// When the stream fails.
    pub fn read_file(&mut self) -> io::Result<Vec<u8>> {
        let mut bytes = Vec::new();
        self.answers.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// Asks for a line of text, such as a reason. Nothing where nobody sits at a terminal, or
    /// where the line is blank.
    ///
    /// # Errors
    /// When a stream fails.
    pub fn ask(&mut self, question: &str, out: &mut impl Write) -> anyhow::Result<Option<String>> {
        if !self.is_terminal {
            return Ok(None);
        }
        write!(out, "{} ", super::output::printable(question))?;
        out.flush()?;
        let mut answer = String::new();
        self.answers.read_line(&mut answer)?;
        Ok(Some(answer.trim().to_owned()).filter(|answer| !answer.is_empty()))
    }

    /// The reason for a change: what was given, else asked for. Nothing where neither says one.
    ///
    /// # Errors
    /// When a stream fails.
    pub fn reason(
        &mut self,
        given: Option<&str>,
        question: &str,
        out: &mut impl Write,
    ) -> anyhow::Result<Option<String>> {
        match given.map(str::trim).filter(|given| !given.is_empty()) {
            Some(given) => Ok(Some(given.to_owned())),
            None => self.ask(question, out),
        }
    }

    /// Asks a question such as `Apply these 24 changes?`. Only `y` and `yes` mean yes.
    ///
    /// # Errors
    /// When there is no terminal to answer at, or a stream fails.
    pub fn confirm(&mut self, question: &str, out: &mut impl Write) -> anyhow::Result<bool> {
        if !self.is_terminal {
            bail!("nobody can be asked here; give --yes to go ahead");
        }
        write!(out, "{} [y/N] ", super::output::printable(question))?;
        out.flush()?;
        let mut answer = String::new();
        if self.answers.read_line(&mut answer)? == 0 {
            // End of input: the line of the question ends here.
            out.line("")?;
        }
        Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_yes_is_yes() {
        for (answer, expected) in [("y\n", true), ("Yes\n", true), (" y \n", true)]
            .into_iter()
            .chain(["\n", "n\n", "no\n", "yep\n", "j\n"].map(|no| (no, false)))
        {
            let mut out = Vec::new();
            let mut prompt = Prompt::new(answer.as_bytes(), true);
            assert_eq!(prompt.confirm("Apply it?", &mut out).unwrap(), expected, "{answer:?}");
            assert_eq!(String::from_utf8(out).unwrap(), "Apply it? [y/N] ");
        }
        assert!(!Prompt::new(&b""[..], true).confirm("Apply it?", &mut Vec::new()).unwrap());
    }

    #[test]
    fn a_line_of_text_is_asked_for_at_a_terminal_alone() {
        let ask = |answer: &str, is_terminal| {
            Prompt::new(answer.as_bytes(), is_terminal).ask("Why?", &mut Vec::new()).unwrap()
        };
        assert_eq!(ask(" it works again\n", true).as_deref(), Some("it works again"));
        assert_eq!(ask("\n", true), None);
        assert_eq!(ask("no terminal\n", false), None);
    }

    #[test]
    fn without_a_terminal_nobody_is_asked() {
        let mut prompt = Prompt::new(&b"y\n"[..], false);
        let refusal = prompt.confirm("Apply it?", &mut Vec::new()).unwrap_err().to_string();
        assert!(refusal.contains("give --yes"), "{refusal}");
    }
}
