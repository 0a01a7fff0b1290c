//! Cuts a stream into JSON objects: one a line, several a line, pretty-printed, between other text,
//! compressed or not. That is what Firehose, EventBridge and scripts leave in buckets and logs.

use std::io::{self, Write};

use flate2::write::MultiGzDecoder;

/// Longest object that is handed on, in bytes. An SES event has a few thousand.
const MOST_PIECE: usize = 1 << 20;
/// Most bytes of a stream after unpacking: a small file may claim to hold any number.
const MOST_UNPACKED: u64 = 1 << 30;
/// How a gzip stream begins.
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// Hands on each outermost object of what is written to it. What is none is left out.
#[derive(Debug)]
pub(super) struct Pieces<F> {
    take: F,
    /// The object so far; empty between objects.
    piece: Vec<u8>,
    depth: usize,
    in_string: bool,
    is_escaped: bool,
    is_line_start: bool,
    unpacked: u64,
}

impl<F: FnMut(&[u8])> Pieces<F> {
    /// Hands the objects to `take`.
    pub(super) fn new(take: F) -> Self {
        Self {
            take,
            piece: Vec::new(),
            depth: 0,
            in_string: false,
            is_escaped: false,
            is_line_start: true,
            unpacked: 0,
        }
    }

    fn reset(&mut self) {
        self.piece.clear();
        (self.depth, self.in_string, self.is_escaped) = (0, false, false);
    }

    fn byte(&mut self, byte: u8) {
        let begins_line = std::mem::replace(&mut self.is_line_start, byte == b'\n');
        if self.in_string {
            match byte {
                // No string of JSON holds a line break: what was begun is broken off.
                b'\n' => return self.reset(),
                _ if self.is_escaped => self.is_escaped = false,
                b'\\' => self.is_escaped = true,
                b'"' => self.in_string = false,
                _ => {}
            }
        } else {
            match byte {
                b'{' => {
                    if begins_line {
                        // Whatever was begun on a line before ends nowhere.
                        self.reset();
                    }
                    self.depth += 1;
                }
                _ if self.depth == 0 => return,
                b'"' => self.in_string = true,
                b'}' => self.depth -= 1,
                _ => {}
            }
        }
        if self.piece.len() <= MOST_PIECE {
            self.piece.push(byte);
        }
        if self.depth == 0 {
            if self.piece.len() <= MOST_PIECE {
                (self.take)(&self.piece);
            }
            self.reset();
        }
    }
}

impl<F: FnMut(&[u8])> Write for Pieces<F> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.unpacked += bytes.len() as u64;
        if self.unpacked > MOST_UNPACKED {
            return Err(io::Error::other("it holds more than a gibibyte"));
        }
        bytes.iter().for_each(|byte| self.byte(*byte));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Unpacks a stream where it is compressed, and cuts it into objects.
pub(super) struct Unpacker<F: FnMut(&[u8])> {
    state: State<F>,
    failure: Option<String>,
}

enum State<F: FnMut(&[u8])> {
    /// The first bytes are not there yet.
    Start(Vec<u8>, Pieces<F>),
    Plain(Pieces<F>),
    Packed(Box<MultiGzDecoder<Pieces<F>>>),
    Over,
}

impl<F: FnMut(&[u8])> Unpacker<F> {
    /// Hands the objects to `take`.
    pub(super) fn new(take: F) -> Self {
        Self { state: State::Start(Vec::new(), Pieces::new(take)), failure: None }
    }

    /// Takes the next bytes of the stream.
    pub(super) fn write(&mut self, bytes: &[u8]) {
        let (state, written) = match std::mem::replace(&mut self.state, State::Over) {
            State::Start(mut head, pieces) => {
                head.extend_from_slice(bytes);
                if head.len() < GZIP.len() {
                    (State::Start(head, pieces), Ok(()))
                } else if head.starts_with(&GZIP) {
                    let mut packed = Box::new(MultiGzDecoder::new(pieces));
                    let written = packed.write_all(&head);
                    (State::Packed(packed), written)
                } else {
                    let mut plain = pieces;
                    let written = plain.write_all(&head);
                    (State::Plain(plain), written)
                }
            }
            State::Plain(mut plain) => {
                let written = plain.write_all(bytes);
                (State::Plain(plain), written)
            }
            State::Packed(mut packed) => {
                let written = packed.write_all(bytes);
                (State::Packed(packed), written)
            }
            State::Over => return,
        };
        match written {
            Ok(()) => self.state = state,
            Err(error) => self.failure = Some(error.to_string()),
        }
    }

    /// Ends the stream.
    ///
    /// # Errors
    /// Why it could not be unpacked as a whole.
    pub(super) fn finish(self) -> Result<(), String> {
        if let Some(failure) = self.failure {
            return Err(failure);
        }
        match self.state {
            State::Packed(mut packed) => packed.try_finish().map_err(|error| error.to_string()),
            State::Start(..) | State::Plain(_) | State::Over => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;

    /// The objects of a stream, written in pieces of every length up to three bytes.
    fn cut(stream: &[u8]) -> Vec<String> {
        let mut of_all = Vec::new();
        for length in 1..=3 {
            let mut found = Vec::new();
            let mut unpacker = Unpacker::new(|piece: &[u8]| {
                found.push(String::from_utf8(piece.to_vec()).unwrap());
            });
            stream.chunks(length).for_each(|bytes| unpacker.write(bytes));
            unpacker.finish().unwrap();
            of_all.push(found);
        }
        of_all.dedup();
        assert_eq!(of_all.len(), 1, "{of_all:?}");
        of_all.remove(0)
    }

    fn packed(text: &str) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn objects_are_found_however_they_stand() {
        for (stream, expected) in [
            ("{\"a\":1}\n{\"b\":2}\n", vec!["{\"a\":1}", "{\"b\":2}"]),
            ("{\"a\":1}{\"b\":{\"c\":\"}\"}}", vec!["{\"a\":1}", "{\"b\":{\"c\":\"}\"}}"]),
            ("[{\"a\":\"\\\"{\"},\n {\"b\":2}]", vec!["{\"a\":\"\\\"{\"}", "{\"b\":2}"]),
            ("{\n  \"a\": {\n    \"b\": 1\n  }\n}", vec!["{\n  \"a\": {\n    \"b\": 1\n  }\n}"]),
            ("2026-11-27 INFO {\"a\":1} done", vec!["{\"a\":1}"]),
            // One that is broken off spoils no other.
            ("{\"a\":\n{\"b\":2}\n", vec!["{\"b\":2}"]),
            ("{\"a\":\"x\n{\"b\":2}\n", vec!["{\"b\":2}"]),
            ("}}{\"b\":2}", vec!["{\"b\":2}"]),
            ("", vec![]),
            ("x", vec![]),
        ] {
            assert_eq!(cut(stream.as_bytes()), expected, "{stream}");
            assert_eq!(cut(&packed(stream)), expected, "compressed: {stream}");
        }
        // Several gzip streams after each other, as concatenated files have.
        let both = [packed("{\"a\":1}"), packed("{\"b\":2}")].concat();
        assert_eq!(cut(&both), ["{\"a\":1}", "{\"b\":2}"]);
    }

    #[test]
    fn what_is_too_long_is_left_out_and_takes_no_memory() {
        let long = format!("{{\"a\":\"{}\"}}\n{{\"b\":2}}", "x".repeat(2 * MOST_PIECE));
        let mut found = Vec::new();
        let mut pieces = Pieces::new(|piece: &[u8]| found.push(piece.len()));
        pieces.write_all(long.as_bytes()).unwrap();
        assert!(pieces.piece.capacity() <= 2 * MOST_PIECE + 2);
        assert_eq!(found, [7]);
    }

    #[test]
    fn a_stream_that_cannot_be_unpacked_is_said() {
        let whole = packed(&"{\"a\":1}\n".repeat(100));
        let mut count = 0;
        let mut unpacker = Unpacker::new(|_: &[u8]| count += 1);
        unpacker.write(&whole[..whole.len() - 12]);
        assert!(unpacker.finish().is_err());
        let mut unpacker = Unpacker::new(|_: &[u8]| ());
        unpacker.write(&[GZIP.as_slice(), b"no gzip at all, to be sure"].concat());
        assert!(unpacker.finish().is_err());
    }
}
