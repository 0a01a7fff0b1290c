//! The wire format (RFC 1035): the question of a request, and a reply.

use std::net::{Ipv4Addr, Ipv6Addr};

use crate::{Code, Reply, ZoneRecord};

/// The question of a request: its name, its type, and where it ends. `None` where it is no
/// request that can be read.
pub(crate) fn question(request: &[u8]) -> Option<(String, u16, usize)> {
    let mut at = 12;
    let mut labels = Vec::new();
    loop {
        let length = usize::from(*request.get(at)?);
        at += 1;
        if length == 0 {
            break;
        }
        let label = request.get(at..at + length)?;
        labels.push(String::from_utf8_lossy(label).into_owned());
        at += length;
    }
    let kind = u16::from_be_bytes([*request.get(at)?, *request.get(at + 1)?]);
    request.get(at + 3)?;
    Some((labels.join("."), kind, at + 4))
}

/// The name of a type that a zone may hold.
pub(crate) fn kind_name(kind: u16) -> &'static str {
    match kind {
        1 => "A",
        5 => "CNAME",
        15 => "MX",
        16 => "TXT",
        28 => "AAAA",
        _ => "OTHER",
    }
}

/// The reply to a request whose question ends at `end`. `None`: no answer.
pub(crate) fn reply(request: &[u8], end: usize, reply: &Reply) -> Option<Vec<u8>> {
    let code = match reply.code {
        Code::NoError => 0,
        Code::ServFail => 2,
        Code::NxDomain => 3,
        Code::Refused => 5,
        Code::Silence => return None,
    };
    let answers = u16::try_from(reply.records.len()).ok()?;
    let mut bytes = request.get(..2)?.to_vec();
    // A response to a query that wanted recursion, from a server that offers it.
    bytes.extend([0x81, 0x80 | code]);
    bytes.extend([0, 1]);
    bytes.extend(answers.to_be_bytes());
    bytes.extend([0, 0, 0, 0]);
    bytes.extend(request.get(12..end)?);
    for record in &reply.records {
        put_record(&mut bytes, record)?;
    }
    Some(bytes)
}

fn put_record(bytes: &mut Vec<u8>, record: &ZoneRecord) -> Option<()> {
    let (kind, data) = match record.kind.as_str() {
        "A" => (1u16, record.value.parse::<Ipv4Addr>().ok()?.octets().to_vec()),
        "AAAA" => (28, record.value.parse::<Ipv6Addr>().ok()?.octets().to_vec()),
        "CNAME" => (5, name(&record.value)?),
        "MX" => {
            let (preference, host) = record.value.split_once(' ')?;
            let mut data = preference.parse::<u16>().ok()?.to_be_bytes().to_vec();
            data.extend(name(host)?);
            (15, data)
        }
        "TXT" => (16, texts(&record.value)?),
        _ => return None,
    };
    bytes.extend(name(&record.name)?);
    bytes.extend(kind.to_be_bytes());
    bytes.extend([0, 1, 0, 0, 0, 60]);
    bytes.extend(u16::try_from(data.len()).ok()?.to_be_bytes());
    bytes.extend(data);
    Some(())
}

fn name(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    for label in text.trim_end_matches('.').split('.').filter(|label| !label.is_empty()) {
        bytes.push(u8::try_from(label.len()).ok()?);
        bytes.extend(label.as_bytes());
    }
    bytes.push(0);
    Some(bytes)
}

/// Character strings of at most 255 bytes.
fn texts(value: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    for text in value.split(" || ") {
        let mut chunks: Vec<&[u8]> = text.as_bytes().chunks(255).collect();
        if chunks.is_empty() {
            chunks.push(b"");
        }
        for chunk in chunks {
            bytes.push(u8::try_from(chunk.len()).ok()?);
            bytes.extend(chunk);
        }
    }
    Some(bytes)
}
