//! DNS look-ups through the system's resolver or a name server that the operator names.

use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;
use std::time::Duration;

use anyhow::{Context, bail};
use futures_util::StreamExt;
use hickory_resolver::TokioResolver;
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolveHosts, ResolverConfig};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::op::ResponseCode;
use hickory_resolver::proto::rr::{Name, RData, Record as WireRecord, RecordType as WireType};
use warden_domain::dns::{DnsRecord, Lookup, MailExchange, Question, RecordType};

/// Most look-ups at the same time.
const SIDE_BY_SIDE: usize = 16;

/// Name server and time-out: the options of every diagnosis.
#[derive(Debug, Clone, clap::Args)]
pub struct DnsOptions {
    /// Name server to use instead of the system's, such as `192.0.2.53`, `127.0.0.1:5353` or
    /// `[::1]:53`
    #[arg(long, value_name = "ADDR[:PORT]")]
    nameserver: Option<NameServer>,

    /// Seconds that one DNS query may take, including repeated packets
    #[arg(long, value_name = "S", default_value_t = USUAL_TIMEOUT, value_parser = seconds)]
    timeout: f64,
}

/// Seconds that one query may take.
const USUAL_TIMEOUT: f64 = 3.0;

impl Default for DnsOptions {
    fn default() -> Self {
        Self { nameserver: None, timeout: USUAL_TIMEOUT }
    }
}

/// Parses the address of a name server; the port is 53 unless given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NameServer(SocketAddr);

impl FromStr for NameServer {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(address) = text.parse() {
            return Ok(Self(address));
        }
        let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
        bare.parse::<IpAddr>().map(|address| Self(SocketAddr::new(address, 53))).map_err(|_| {
            "a name server is an IP address with an optional port, as 127.0.0.1:5353 or [::1]:53"
                .to_owned()
        })
    }
}

fn seconds(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(seconds) if (0.05..=60.0).contains(&seconds) => Ok(seconds),
        _ => Err("a time-out is between 0.05 and 60 seconds".to_owned()),
    }
}

/// A resolver with a cache.
#[derive(Debug, Clone)]
pub struct Dns {
    resolver: TokioResolver,
}

impl Dns {
    /// Uses the name server of the options, or else the system's configuration.
    ///
    /// # Errors
    /// When the system's resolver configuration cannot be read.
    pub fn new(options: &DnsOptions) -> anyhow::Result<Self> {
        let mut builder = match options.nameserver {
            Some(NameServer(address)) => {
                let mut connections = [ConnectionConfig::udp(), ConnectionConfig::tcp()];
                for connection in &mut connections {
                    connection.port = address.port();
                }
                let server = NameServerConfig::new(address.ip(), true, connections.to_vec());
                let config = ResolverConfig::from_name_servers(vec![server]);
                TokioResolver::builder_with_config(config, TokioRuntimeProvider::default())
            }
            None => TokioResolver::builder_tokio().context(
                "the system's resolver configuration cannot be read; name a server by --nameserver",
            )?,
        };
        let resolver_options = builder.options_mut();
        resolver_options.timeout = Duration::from_secs_f64(options.timeout);
        // Within its time a query is sent again by itself when its packet gets lost.
        resolver_options.attempts = 0;
        if options.nameserver.is_some_and(|server| server.0.ip().is_loopback()) {
            // Nothing is fragmented on loopback, and small servers have no TCP.
            resolver_options.edns_payload_len = 4096;
        }
        // Entries of /etc/hosts are not what receivers see.
        resolver_options.use_hosts_file = ResolveHosts::Never;
        resolver_options.preserve_intermediates = true;
        match builder.build() {
            Ok(resolver) => Ok(Self { resolver }),
            Err(error) => bail!("the DNS resolver did not start: {error}"),
        }
    }

    /// Looks up one question. Every outcome is a [`Lookup`]: a failure is a fact like others.
    pub async fn look_up(&self, question: &Question) -> Lookup<DnsRecord> {
        match question.record_type {
            RecordType::Txt => self.of_type(&question.name, WireType::TXT).await,
            RecordType::Cname => self.of_type(&question.name, WireType::CNAME).await,
            RecordType::Mx => self.of_type(&question.name, WireType::MX).await,
            RecordType::Address => {
                let first = self.of_type(&question.name, WireType::A).await;
                if first != Lookup::NoRecords {
                    return first;
                }
                self.of_type(&question.name, WireType::AAAA).await
            }
        }
    }

    /// Looks up several questions side by side; the answers come in the order of the questions.
    pub async fn look_up_all(&self, questions: &[Question]) -> Vec<Lookup<DnsRecord>> {
        futures_util::stream::iter(questions)
            .map(|question| self.look_up(question))
            .buffered(SIDE_BY_SIDE)
            .collect()
            .await
    }

    /// TXT records at a name, each with its character strings joined.
    pub async fn txt(&self, name: &str) -> Lookup<String> {
        self.look_up(&Question::txt(name)).await.select(|record| match record {
            DnsRecord::Text(text) => Some(text.clone()),
            DnsRecord::Alias(_) | DnsRecord::Exchange(_) | DnsRecord::Address(_) => None,
        })
    }

    async fn of_type(&self, name: &str, wire_type: WireType) -> Lookup<DnsRecord> {
        // What cannot stand in a query cannot exist.
        let Ok(mut wire_name) = Name::from_ascii(name) else { return Lookup::NoSuchName };
        wire_name.set_fqdn(true);
        match self.resolver.lookup(wire_name.clone(), wire_type).await {
            Ok(answer) => {
                // Of a chain of aliases only the first belongs to the name asked.
                let is_asked =
                    |record: &&WireRecord| wire_type != WireType::CNAME || record.name == wire_name;
                let data = || answer.answers().iter().filter(is_asked).map(|record| &record.data);
                let records: Vec<DnsRecord> = data()
                    .filter(|data| data.record_type() == wire_type)
                    .filter_map(read)
                    .collect();
                if records.is_empty() {
                    return Lookup::NoRecords;
                }
                let alias = |data: &RData| match read(data) {
                    Some(DnsRecord::Alias(target)) if wire_type != WireType::CNAME => Some(target),
                    _ => None,
                };
                Lookup::Found { records, aliases: data().filter_map(alias).collect() }
            }
            Err(NetError::Dns(DnsError::NoRecordsFound(none))) => {
                without_records(none.response_code)
            }
            Err(NetError::Dns(DnsError::ResponseCode(code))) => without_records(code),
            Err(NetError::Timeout) => {
                Lookup::Failed("the name server did not answer in time".to_owned())
            }
            Err(error) => Lookup::Failed(format!("the look-up failed: {error}")),
        }
    }
}

fn without_records(code: ResponseCode) -> Lookup<DnsRecord> {
    if code == ResponseCode::NoError {
        Lookup::NoRecords
    } else if code == ResponseCode::NXDomain {
        Lookup::NoSuchName
    } else if code == ResponseCode::ServFail {
        Lookup::Failed("the name server answered SERVFAIL".to_owned())
    } else if code == ResponseCode::Refused {
        Lookup::Failed("the name server answered REFUSED".to_owned())
    } else {
        Lookup::Failed(format!("the name server answered {code}"))
    }
}

/// A record of one of the types that are asked for.
fn read(data: &RData) -> Option<DnsRecord> {
    let host = |name: &Name| warden_domain::dns::normalised(&name.to_ascii());
    if let RData::TXT(txt) = data {
        let text = txt.txt_data.concat();
        return Some(DnsRecord::Text(String::from_utf8_lossy(&text).into_owned()));
    }
    if let RData::CNAME(target) = data {
        return Some(DnsRecord::Alias(host(&target.0)));
    }
    if let RData::MX(mx) = data {
        let (preference, host) = (mx.preference, host(&mx.exchange));
        return Some(DnsRecord::Exchange(MailExchange { preference, host }));
    }
    if let RData::A(address) = data {
        return Some(DnsRecord::Address(IpAddr::V4(address.0)));
    }
    if let RData::AAAA(address) = data {
        return Some(DnsRecord::Address(IpAddr::V6(address.0)));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_server_is_an_address_with_or_without_a_port() {
        for (text, expected) in [
            ("192.0.2.53", Some("192.0.2.53:53")),
            ("127.0.0.1:5353", Some("127.0.0.1:5353")),
            ("::1", Some("[::1]:53")),
            ("[::1]", Some("[::1]:53")),
            ("[::1]:5353", Some("[::1]:5353")),
            ("dns.example.com", None),
            ("127.0.0.1:", None),
            ("127.0.0.1:99999", None),
            ("", None),
        ] {
            let parsed = text.parse::<NameServer>().ok().map(|server| server.0.to_string());
            assert_eq!(parsed.as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn a_time_out_has_limits() {
        for (text, is_fine) in
            [("3", true), ("0.5", true), ("0", false), ("-1", false), ("61", false), ("x", false)]
        {
            assert_eq!(seconds(text).is_ok(), is_fine, "{text}");
        }
        assert!(seconds("NaN").is_err());
    }
}
