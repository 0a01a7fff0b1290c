//! Unescapes JSON strings and finds their ends, sixteen bytes at a time: most bytes of a batch are
//! inside strings.

/// Why a string was not unescaped.
pub(super) enum UnescapeStop {
    /// There is no room for it.
    Full,
    /// It is none, or does not end.
    Broken,
}

/// Writes what a string stands for, which begins after its first quote. Returns how many bytes of
/// `input` it takes with its last quote, and how many of `out`.
pub(super) fn unescape(input: &[u8], out: &mut [u8]) -> Result<(usize, usize), UnescapeStop> {
    let (mut from, mut to) = (0, 0);
    loop {
        copy_plain(input, out, &mut from, &mut to)?;
        let mut byte = *input.get(from).ok_or(UnescapeStop::Broken)?;
        // One escape often follows another: a quote two levels down is three of them.
        while byte == b'\\' {
            let letter = *input.get(from + 1).ok_or(UnescapeStop::Broken)?;
            from += 2;
            match UNESCAPED.get(usize::from(letter)) {
                Some(0) | None => {
                    let digits = input.get(from..).filter(|_| letter == b'u');
                    let (character, rest) =
                        digits.and_then(unicode_escape).ok_or(UnescapeStop::Broken)?;
                    from = input.len() - rest.len();
                    let mut encoded = [0; 4];
                    let encoded = character.encode_utf8(&mut encoded).as_bytes();
                    let end = to + encoded.len();
                    out.get_mut(to..end).ok_or(UnescapeStop::Full)?.copy_from_slice(encoded);
                    to = end;
                }
                Some(plain) => {
                    *out.get_mut(to).ok_or(UnescapeStop::Full)? = *plain;
                    to += 1;
                }
            }
            byte = *input.get(from).ok_or(UnescapeStop::Broken)?;
        }
        if byte == b'"' {
            return Ok((from + 1, to));
        }
        *out.get_mut(to).ok_or(UnescapeStop::Full)? = byte;
        from += 1;
        to += 1;
    }
}

/// Copies up to the next quote or backslash, or the last few bytes of `input`, which it leaves.
/// Sixteen bytes at a time: what is copied too much is written over.
#[inline(always)]
pub(super) fn copy_plain(
    input: &[u8],
    out: &mut [u8],
    from: &mut usize,
    to: &mut usize,
) -> Result<(), UnescapeStop> {
    while let Some(block) = input.get(*from..).and_then(|rest| rest.first_chunk::<16>()) {
        let Some(room) = out.get_mut(*to..).and_then(|rest| rest.first_chunk_mut::<16>()) else {
            return Err(UnescapeStop::Full);
        };
        *room = *block;
        let plain = leading_plain(block);
        *from += plain;
        *to += plain;
        if plain < 16 {
            break;
        }
    }
    Ok(())
}

/// Bytes before the first quote or backslash.
pub(super) fn plain_bytes(bytes: &[u8]) -> usize {
    let (blocks, last) = bytes.as_chunks::<16>();
    for (place, block) in blocks.iter().enumerate() {
        let plain = leading_plain(block);
        if plain < 16 {
            return place * 16 + plain;
        }
    }
    let plain = last.iter().take_while(|byte| !matches!(byte, b'"' | b'\\')).count();
    bytes.len() - last.len() + plain
}

/// How many of sixteen bytes come before the first quote or backslash.
fn leading_plain(block: &[u8; 16]) -> usize {
    let [low, high] = block.as_chunks::<8>().0 else { return 0 };
    match specials(*low) {
        0 => 8 + specials(*high).trailing_zeros() as usize / 8,
        found => found.trailing_zeros() as usize / 8,
    }
}

/// Marks the first of eight bytes that is a quote or a backslash by its high bit, the lowest one
/// that is set; zero where there is none.
fn specials(eight: [u8; 8]) -> u64 {
    const ONES: u64 = u64::from_ne_bytes([1; 8]);
    const HIGH: u64 = u64::from_ne_bytes([0x80; 8]);
    let word = u64::from_le_bytes(eight);
    let zeros = |word: u64| word.wrapping_sub(ONES) & !word & HIGH;
    zeros(word ^ (ONES * b'"' as u64)) | zeros(word ^ (ONES * b'\\' as u64))
}

/// What a backslash and a letter stand for, by the letter; zero for letters that no escape has, and
/// for `u`.
pub(super) static UNESCAPED: [u8; 256] = {
    let mut table = [0; 256];
    let pairs = [
        (b'"', b'"'),
        (b'\\', b'\\'),
        (b'/', b'/'),
        (b'b', 0x08),
        (b'f', 0x0c),
        (b'n', b'\n'),
        (b'r', b'\r'),
        (b't', b'\t'),
    ];
    let mut rest: &[(u8, u8)] = &pairs;
    while let [(letter, character), after @ ..] = rest {
        #[expect(
            clippy::indexing_slicing,
            reason = "a byte is below 256, and this runs in the compiler"
        )]
        {
            table[*letter as usize] = *character;
        }
        rest = after;
    }
    table
};

/// The character of a `\u` escape, whose digits begin the text, and what follows it.
pub(super) fn unicode_escape(text: &[u8]) -> Option<(char, &[u8])> {
    let (first, rest) = (four_digits(text)?, text.get(4..)?);
    match first {
        0xd800..=0xdbff => {
            let rest = rest.strip_prefix(b"\\u")?;
            let second = four_digits(rest)?;
            if !(0xdc00..=0xdfff).contains(&second) {
                return None;
            }
            let code = 0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00);
            Some((char::from_u32(code)?, rest.get(4..)?))
        }
        _ => Some((char::from_u32(first)?, rest)),
    }
}

pub(super) fn four_digits(text: &[u8]) -> Option<u32> {
    let digits = text.first_chunk::<4>()?;
    digits.iter().try_fold(0, |code, digit| Some(code * 16 + char::from(*digit).to_digit(16)?))
}
