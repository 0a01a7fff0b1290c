//! Handshakes in memory with a server of tests/tls, whose root no system knows.

use std::io::{Read, Write};
use std::sync::atomic::{AtomicUsize, Ordering};

use rustls::pki_types::PrivateKeyDer;
use rustls::{CertificateError, ClientConnection, ServerConfig, ServerConnection};
use sha2::{Digest, Sha256};

use super::*;

const ROOT: &[u8] = include_bytes!("../../tests/tls/root.der");
const SERVER: &[u8] = include_bytes!("../../tests/tls/server.der");
const SERVER_KEY: &[u8] = include_bytes!("../../tests/tls/server-key.der");

fn amazon() -> Vec<CertificateDer<'static>> {
    AMAZON.map(CertificateDer::from_slice).to_vec()
}

fn root() -> Vec<CertificateDer<'static>> {
    vec![CertificateDer::from_slice(ROOT)]
}

/// Connects to the server under that name and exchanges a word.
fn connect(config: &ClientConfig, name: &str) -> Result<(), Error> {
    let key = PrivateKeyDer::try_from(SERVER_KEY).unwrap();
    let server = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()?
        .with_no_client_auth()
        .with_single_cert(vec![CertificateDer::from_slice(SERVER)], key)?;
    let mut server = ServerConnection::new(Arc::new(server))?;
    let name = ServerName::try_from(name.to_owned()).unwrap();
    let mut client = ClientConnection::new(Arc::new(config.clone()), name)?;
    client.writer().write_all(b"hello").unwrap();
    while client.wants_write() || server.wants_write() {
        let mut wire = Vec::new();
        while client.wants_write() {
            client.write_tls(&mut wire).unwrap();
        }
        let mut sent = wire.as_slice();
        while !sent.is_empty() {
            server.read_tls(&mut sent).unwrap();
            server.process_new_packets()?;
        }
        let mut wire = Vec::new();
        while server.wants_write() {
            server.write_tls(&mut wire).unwrap();
        }
        let mut sent = wire.as_slice();
        while !sent.is_empty() {
            client.read_tls(&mut sent).unwrap();
            client.process_new_packets()?;
        }
    }
    let mut word = [0; 5];
    server.reader().read_exact(&mut word).unwrap();
    assert_eq!(&word, b"hello");
    Ok(())
}

const UNKNOWN: Error = Error::InvalidCertificate(CertificateError::UnknownIssuer);

#[test]
fn a_server_that_no_root_vouches_for_is_refused() {
    let empty = tls_with(amazon(), Vec::new).unwrap();
    assert_eq!(connect(&empty, "server.example.com"), Err(UNKNOWN));
    let others = tls_with(amazon(), amazon).unwrap();
    assert_eq!(connect(&others, "server.example.com"), Err(UNKNOWN));
    // The store of the machine that runs the tests does not know it either.
    assert_eq!(connect(&tls().unwrap(), "server.example.com"), Err(UNKNOWN));
}

#[test]
fn a_root_of_the_system_is_enough() {
    let config = tls_with(amazon(), root).unwrap();
    assert_eq!(connect(&config, "server.example.com"), Ok(()));
    let error = connect(&config, "other.example.com").unwrap_err();
    let is_name =
        matches!(error, Error::InvalidCertificate(CertificateError::NotValidForNameContext { .. }));
    assert!(is_name, "{error}");
}

#[test]
fn the_store_is_read_only_where_the_first_roots_do_not_do_and_once() {
    static READ: AtomicUsize = AtomicUsize::new(0);
    let store = || {
        READ.fetch_add(1, Ordering::Relaxed);
        root()
    };
    let known = tls_with(root(), store).unwrap();
    assert_eq!(connect(&known, "server.example.com"), Ok(()));
    assert_eq!(READ.load(Ordering::Relaxed), 0);
    let unknown = tls_with(amazon(), store).unwrap();
    for _ in 0..2 {
        assert_eq!(connect(&unknown, "server.example.com"), Ok(()));
    }
    assert_eq!(READ.load(Ordering::Relaxed), 1);
}

/// The hashes are those that Amazon publishes beside the certificates.
#[test]
fn the_roots_are_those_of_amazon() {
    let found = AMAZON.map(|root| {
        Sha256::digest(root).iter().map(|byte| format!("{byte:02x}")).collect::<String>()
    });
    assert_eq!(
        found,
        [
            "8ecde6884f3d87b1125ba31ac3fcb13d7016de7f57cc904fe1cb97c6ae98196e",
            "1ba5b2aa8c65401a82960118f80bec4f62304d83cec4713a19c39c011ea46db4",
            "18ce6cfe7bf14e60b2e347b8dfe868cb31d02ebb3ada271569f50343b46db3a4",
            "e35d28419ed02025cfa69038cd623962458da5c695fbdea3c22b0bfb25897092",
            "568d6905a2c88708a4b3025190edcfedb1974a606a13c6e5290fcb2ae63edab5",
        ]
    );
}
