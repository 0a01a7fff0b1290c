//! Whose certificates a connection to AWS accepts.
//!
//! Reading the system's store takes longer than everything else that a function does at its start.
//! AWS's own servers need five roots of it, and those are part of the program. A server that they
//! do not vouch for is judged by the system's store, which is read then: a partition of AWS with
//! other roots, an endpoint of one's own, a proxy whose root is in SSL_CERT_FILE, and AWS itself
//! after it moved to a root that this program does not know.

use std::sync::{Arc, OnceLock};

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::VerifierBuilderError;
use rustls::{
    ClientConfig, DigitallySignedStruct, Error, RootCertStore, SignatureScheme, crypto::ring,
};

/// The roots that <https://www.amazontrust.com/repository/> lists; a test knows their hashes.
const AMAZON: [&[u8]; 5] = [
    include_bytes!("roots/amazon-root-ca-1.der"),
    include_bytes!("roots/amazon-root-ca-2.der"),
    include_bytes!("roots/amazon-root-ca-3.der"),
    include_bytes!("roots/amazon-root-ca-4.der"),
    include_bytes!("roots/starfield-services-root-g2.der"),
];

/// Returns the settings of TLS for AWS.
///
/// # Errors
/// Where rustls refuses them, which no environment can cause.
pub(crate) fn tls() -> Result<ClientConfig, Error> {
    let amazon = AMAZON.map(|root| CertificateDer::from_slice(root).into_owned());
    tls_with(amazon.to_vec(), || rustls_native_certs::load_native_certs().certs)
}

/// The same with other roots: those that are tried first, and a store that is read when they do
/// not do.
fn tls_with(
    first: Vec<CertificateDer<'static>>,
    store: fn() -> Vec<CertificateDer<'static>>,
) -> Result<ClientConfig, Error> {
    let provider = Arc::new(ring::default_provider());
    let first = verifier(first, &provider).map_err(|error| Error::General(error.to_string()))?;
    let verifier =
        FirstThenStore { first, store, read: OnceLock::new(), provider: provider.clone() };
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(verifier))
        .with_no_client_auth())
}

/// Certificates that cannot be read as roots are left out: a system's store may hold odd ones.
fn verifier(
    roots: Vec<CertificateDer<'static>>,
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<WebPkiServerVerifier>, VerifierBuilderError> {
    let mut store = RootCertStore::empty();
    store.add_parsable_certificates(roots);
    WebPkiServerVerifier::builder_with_provider(Arc::new(store), provider.clone()).build()
}

/// Accepts what either of two verifiers accepts, so never more than the second one and the first
/// one's roots.
#[derive(Debug)]
struct FirstThenStore {
    first: Arc<WebPkiServerVerifier>,
    store: fn() -> Vec<CertificateDer<'static>>,
    /// `None` within: the store has no root.
    read: OnceLock<Option<Arc<WebPkiServerVerifier>>>,
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for FirstThenStore {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        between: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        ocsp: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let judge = |verifier: &WebPkiServerVerifier| {
            verifier.verify_server_cert(certificate, between, name, ocsp, now)
        };
        judge(&self.first).or_else(|error| {
            let second = self.read.get_or_init(|| verifier((self.store)(), &self.provider).ok());
            second.as_deref().map_or(Err(error), judge)
        })
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.first.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.first.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.first.supported_verify_schemes()
    }
}

#[cfg(test)]
mod tests;
