//! A text whose delimiters are found once, so that each question about a place is answered
//! without a scan.

#[cfg(test)]
pub(super) use reads::count_reads;

/// The text, and for each place where the nearest landmark on either side of it is.
///
/// A place is an index into the characters; the length of the text stands for "none" to the
/// right. All tables have one entry more than the text has characters.
pub(super) struct LandmarkText<'a> {
    chars: &'a [char],
    start_of_word: Vec<usize>,
    start_of_blanks: Vec<usize>,
    /// Nearest `<` or `>` before a place.
    bracket_before: Vec<Option<usize>>,
    /// Nearest unescaped `"` before a place.
    quote_before: Vec<Option<usize>>,
    /// The `(` that a `)` at this place closes.
    opened_at: Vec<Option<usize>>,
    end_of_word: Vec<usize>,
    end_of_blanks: Vec<usize>,
    end_of_digits: Vec<usize>,
    /// Nearest `<` or `>` at or after a place.
    bracket_after: Vec<Option<usize>>,
    parenthesis_after: Vec<Option<usize>>,
    square_after: Vec<Option<usize>>,
}

impl<'a> LandmarkText<'a> {
    /// Finds the landmarks: one pass in each direction.
    pub(super) fn of(chars: &'a [char]) -> Self {
        let mut text = Self {
            chars,
            start_of_word: Vec::with_capacity(chars.len() + 1),
            start_of_blanks: Vec::with_capacity(chars.len() + 1),
            bracket_before: Vec::with_capacity(chars.len() + 1),
            quote_before: Vec::with_capacity(chars.len() + 1),
            opened_at: Vec::with_capacity(chars.len() + 1),
            end_of_word: Vec::with_capacity(chars.len() + 1),
            end_of_blanks: Vec::with_capacity(chars.len() + 1),
            end_of_digits: Vec::with_capacity(chars.len() + 1),
            bracket_after: Vec::with_capacity(chars.len() + 1),
            parenthesis_after: Vec::with_capacity(chars.len() + 1),
            square_after: Vec::with_capacity(chars.len() + 1),
        };
        text.read_forwards();
        text.read_backwards();
        text
    }

    fn read_forwards(&mut self) {
        let (mut word, mut blanks, mut bracket, mut quote) = (0, 0, None, None);
        let mut open = Vec::new();
        let mut previous = None;
        for place in 0..=self.chars.len() {
            self.start_of_word.push(word);
            self.start_of_blanks.push(blanks);
            self.bracket_before.push(bracket);
            self.quote_before.push(quote);
            let here = self.at(place);
            self.opened_at.push(if here == Some(')') { open.pop() } else { None });
            let Some(c) = here else { break };
            if is_delimiter(c) {
                word = place + 1;
            }
            if !c.is_whitespace() {
                blanks = place + 1;
            }
            match c {
                '<' | '>' => bracket = Some(place),
                '"' if previous != Some('\\') => quote = Some(place),
                '(' => open.push(place),
                _ => {}
            }
            previous = Some(c);
        }
    }

    fn read_backwards(&mut self) {
        let length = self.chars.len();
        let (mut word, mut blanks, mut digits) = (length, length, length);
        let (mut bracket, mut parenthesis, mut square) = (None, None, None);
        for place in (0..=length).rev() {
            if let Some(c) = self.at(place) {
                if is_delimiter(c) {
                    word = place;
                }
                if !c.is_whitespace() {
                    blanks = place;
                }
                if !c.is_ascii_digit() {
                    digits = place;
                }
                match c {
                    '<' | '>' => bracket = Some(place),
                    ')' => parenthesis = Some(place),
                    ']' => square = Some(place),
                    _ => {}
                }
            }
            self.end_of_word.push(word);
            self.end_of_blanks.push(blanks);
            self.end_of_digits.push(digits);
            self.bracket_after.push(bracket);
            self.parenthesis_after.push(parenthesis);
            self.square_after.push(square);
        }
        for table in [&mut self.end_of_word, &mut self.end_of_blanks, &mut self.end_of_digits] {
            table.reverse();
        }
        for table in [&mut self.bracket_after, &mut self.parenthesis_after, &mut self.square_after]
        {
            table.reverse();
        }
    }

    /// Characters in all.
    pub(super) fn len(&self) -> usize {
        self.chars.len()
    }

    /// The character at a place.
    pub(super) fn at(&self, place: usize) -> Option<char> {
        reads::note();
        self.chars.get(place).copied()
    }

    /// Returns the start of the run of characters before a place that are no delimiters.
    pub(super) fn start_of_word(&self, place: usize) -> usize {
        self.start_of_word.get(place).copied().unwrap_or(place)
    }

    /// Returns where the white space before a place begins.
    pub(super) fn start_of_blanks(&self, place: usize) -> usize {
        self.start_of_blanks.get(place).copied().unwrap_or(place)
    }

    /// The first delimiter at or after a place.
    pub(super) fn end_of_word(&self, place: usize) -> usize {
        self.end_of_word.get(place).copied().unwrap_or(place)
    }

    /// The first character at or after a place that is no white space.
    pub(super) fn end_of_blanks(&self, place: usize) -> usize {
        self.end_of_blanks.get(place).copied().unwrap_or(place)
    }

    /// The first character at or after a place that is no ASCII digit.
    pub(super) fn end_of_digits(&self, place: usize) -> usize {
        self.end_of_digits.get(place).copied().unwrap_or(place)
    }

    /// The `(` of the comment that ends at `close`; the beginning where there is none.
    pub(super) fn opening_parenthesis(&self, close: usize) -> usize {
        self.opened_at.get(close).copied().flatten().unwrap_or(0)
    }

    /// The quotation mark that opens what `close` closes; one behind a backslash belongs to
    /// the text. The beginning where there is none.
    pub(super) fn opening_quote(&self, close: usize) -> usize {
        self.quote_before.get(close).copied().flatten().unwrap_or(0)
    }

    /// The `<` before a place that no `>` closes in between.
    pub(super) fn opening_bracket(&self, place: usize) -> Option<usize> {
        let open = self.bracket_before.get(place).copied().flatten()?;
        (self.at(open) == Some('<')).then_some(open)
    }

    /// Behind the `>` after a place, if no `<` comes first.
    pub(super) fn closing_bracket(&self, place: usize) -> Option<usize> {
        let close = self.bracket_after.get(place).copied().flatten()?;
        (self.at(close) == Some('>')).then_some(close + 1)
    }

    /// Behind the next `)`; the end where there is none.
    pub(super) fn past_parenthesis(&self, place: usize) -> usize {
        let close = self.parenthesis_after.get(place).copied().flatten();
        close.map_or(self.len(), |close| close + 1)
    }

    /// Behind the next `]`; the end where there is none.
    pub(super) fn past_square(&self, place: usize) -> usize {
        let close = self.square_after.get(place).copied().flatten();
        close.map_or(self.len(), |close| close + 1)
    }
}

fn is_delimiter(c: char) -> bool {
    c.is_whitespace() || matches!(c, '<' | '>' | '(' | ')' | '[' | ']' | ',' | ';' | ':' | '"')
}

#[cfg(not(test))]
mod reads {
    pub(super) fn note() {}
}

/// Counts how often a character is looked at, for the test that the work is bounded.
#[cfg(test)]
mod reads {
    use std::cell::Cell;

    thread_local! {
        static READS: Cell<usize> = const { Cell::new(0) };
    }

    pub(super) fn note() {
        READS.set(READS.get() + 1);
    }

    /// What `work` answers, and the characters it looked at.
    pub(in crate::redact) fn count_reads<T>(work: impl FnOnce() -> T) -> (T, usize) {
        READS.set(0);
        let answer = work();
        (answer, READS.get())
    }
}
