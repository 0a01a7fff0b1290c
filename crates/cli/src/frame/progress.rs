//! A line on standard error that says how far a long run is, while a person looks on.

use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

use super::output::screen::is_quiet;

/// A count that is written over itself and gone in the end. What takes less than half a
/// second is not spoken of.
#[derive(Debug)]
pub struct Progress<W: Write = io::Stderr> {
    what: &'static str,
    of: Option<usize>,
    done: usize,
    every: Duration,
    next: Instant,
    shown: bool,
    /// Nothing where nobody looks on.
    to: Option<W>,
}

impl Progress {
    /// Of `what`, as `alarms read`; `of` so many, where that is known.
    pub fn new(what: &'static str, of: Option<usize>) -> Self {
        let stderr = io::stderr();
        let to = (stderr.is_terminal() && !is_quiet()).then_some(stderr);
        Self::on(to, Duration::from_millis(500), what, of)
    }
}

impl<W: Write> Progress<W> {
    fn on(to: Option<W>, every: Duration, what: &'static str, of: Option<usize>) -> Self {
        Self { what, of, done: 0, every, next: Instant::now() + every, shown: false, to }
    }

    /// One more is done.
    pub fn step(&mut self) {
        self.done += 1;
        let Some(to) = self.to.as_mut().filter(|_| self.next <= Instant::now()) else { return };
        let of = self.of.map(|of| format!(" of {of}")).unwrap_or_default();
        // What cannot be written is not worth an error.
        let _ = write!(to, "\r{}{of} {}", self.done, self.what);
        let _ = to.flush();
        self.shown = true;
        self.next = Instant::now() + self.every;
    }
}

impl<W: Write> Drop for Progress<W> {
    fn drop(&mut self) {
        if let Some(to) = self.to.as_mut().filter(|_| self.shown) {
            let _ = write!(to, "\r\x1b[K");
            let _ = to.flush();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(every: Duration) -> String {
        let mut out = Vec::new();
        let mut progress = Progress::on(Some(&mut out), every, "done", Some(24));
        progress.step();
        progress.step();
        drop(progress);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn the_count_is_written_over_itself_and_gone_in_the_end() {
        assert_eq!(written(Duration::ZERO), "\r1 of 24 done\r2 of 24 done\r\x1b[K");
    }

    #[test]
    fn what_is_quick_is_not_spoken_of() {
        assert_eq!(written(Duration::from_secs(60)), "");
    }
}
