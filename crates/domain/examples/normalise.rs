//! Prints diagnostic texts as the rules and the second reader see them: one a line in, one a
//! line out.

use std::io::{self, BufRead, Write};

use warden_domain::bounce::normalized;

fn main() -> io::Result<()> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    for line in io::stdin().lock().lines() {
        writeln!(out, "{}", normalized(&line?))?;
    }
    out.flush()
}
