//! TLS: a certificate and its key, read from files and read again when these change.

use std::io;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use sha2::{Digest, Sha256};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use super::http2;
use crate::chain;

/// How often it is looked whether the files have changed.
const LOOK_INTERVAL: Duration = Duration::from_secs(1);

/// Where the certificate is.
#[derive(Clone, Debug)]
pub struct TlsFiles {
    /// The certificate and those that it depends on, as PEM.
    pub certificate: PathBuf,
    /// Its private key, as PEM.
    pub key: PathBuf,
}

/// Why there is no TLS.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file is not to be read.
    #[error("{} cannot be read", path.display())]
    Unreadable {
        /// Which one.
        path: PathBuf,
        /// Why not.
        #[source]
        source: io::Error,
    },
    /// A file is not what it should be.
    #[error("{} is not a PEM file with {expected}", path.display())]
    NotPem {
        /// Which one.
        path: PathBuf,
        /// What should be in it.
        expected: &'static str,
        /// What the reader says.
        #[source]
        source: pem::Error,
    },
    /// The two do not belong together, or cannot be used.
    #[error("{} and {} cannot be used together", certificate.display(), key.display())]
    Unusable {
        /// The certificate's file.
        certificate: PathBuf,
        /// The key's file.
        key: PathBuf,
        /// Why not.
        #[source]
        source: rustls::Error,
    },
}

/// The certificate in use.
#[derive(Debug)]
pub struct Tls {
    files: TlsFiles,
    config: RwLock<Arc<ServerConfig>>,
    /// A digest of the files as they were when last tried.
    tried: [u8; 32],
}

/// The files' content.
struct Content {
    certificate: Vec<u8>,
    key: Vec<u8>,
}

impl Tls {
    /// Reads the files.
    ///
    /// # Errors
    /// When they cannot be read or used.
    pub async fn load(files: TlsFiles) -> Result<Self, TlsError> {
        let content = files.read().await?;
        let config = files.configure(&content)?;
        Ok(Self { config: RwLock::new(Arc::new(config)), tried: content.digest(), files })
    }

    /// What takes the next connection.
    pub(super) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(Arc::clone(&self.config.read().unwrap_or_else(PoisonError::into_inner)))
    }

    /// Takes up other files when they have come, until told to stop. Those that cannot be used are told in the log, once, and
    /// the certificate stays what it is.
    pub(super) async fn follow_files(self: Arc<Self>, stopping: CancellationToken) {
        let (mut tried, mut seen) = (self.tried, self.tried);
        let mut is_away = false;
        loop {
            tokio::select! {
                () = tokio::time::sleep(LOOK_INTERVAL) => {}
                () = stopping.cancelled() => return,
            }
            let content = match self.files.read().await {
                Ok(content) => content,
                Err(error) => {
                    // Told once; and a file that is just being replaced is there again the next time.
                    if is_away {
                        self.refused(&error, &mut tried, [0; 32]);
                    }
                    is_away = true;
                    continue;
                }
            };
            is_away = false;
            let digest = content.digest();
            // Two files are not written at once: they must be the same twice before they are tried.
            let settled = std::mem::replace(&mut seen, digest) == digest;
            if !settled || digest == tried {
                continue;
            }
            match self.files.configure(&content) {
                Ok(config) => {
                    *self.config.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(config);
                    tried = digest;
                    metrics::counter!("outrider_certificates_loaded_total").increment(1);
                    tracing::info!(certificate = %self.files.certificate.display(), "a new certificate is in use");
                }
                Err(error) => self.refused(&error, &mut tried, digest),
            }
        }
    }

    fn refused(&self, error: &TlsError, tried: &mut [u8; 32], digest: [u8; 32]) {
        if *tried != digest {
            metrics::counter!("outrider_certificates_refused_total").increment(1);
            tracing::error!(error = chain::of(error), "the new certificate is not used, the one before stays");
        }
        *tried = digest;
    }
}

impl TlsFiles {
    async fn read(&self) -> Result<Content, TlsError> {
        let read = async |path: &PathBuf| {
            tokio::fs::read(path).await.map_err(|source| TlsError::Unreadable { path: path.clone(), source })
        };
        Ok(Content { certificate: read(&self.certificate).await?, key: read(&self.key).await? })
    }

    fn configure(&self, content: &Content) -> Result<ServerConfig, TlsError> {
        let no_certificate =
            |source| TlsError::NotPem { path: self.certificate.clone(), expected: "a certificate", source };
        let certificates = CertificateDer::pem_slice_iter(&content.certificate)
            .collect::<Result<Vec<_>, _>>()
            .and_then(|all| if all.is_empty() { Err(pem::Error::NoItemsFound) } else { Ok(all) })
            .map_err(no_certificate)?;
        let key = PrivateKeyDer::from_pem_slice(&content.key).map_err(|source| TlsError::NotPem {
            path: self.key.clone(),
            expected: "a private key",
            source,
        })?;
        let unusable =
            |source| TlsError::Unusable { certificate: self.certificate.clone(), key: self.key.clone(), source };
        let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .and_then(|versions| versions.with_no_client_auth().with_single_cert(certificates, key))
            .map_err(unusable)?;
        config.alpn_protocols = vec![http2::ALPN.to_vec(), b"http/1.1".to_vec()];
        Ok(config)
    }
}

impl Content {
    fn digest(&self) -> [u8; 32] {
        let mut digest = Sha256::new();
        digest.update((self.certificate.len() as u64).to_be_bytes());
        digest.update(&self.certificate);
        digest.update(&self.key);
        digest.finalize().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn files_that_cannot_be_used_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let pair = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        let other = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
        for (name, text) in [
            ("cert.pem", pair.cert.pem()),
            ("key.pem", pair.signing_key.serialize_pem()),
            ("other.pem", other.signing_key.serialize_pem()),
            ("empty.pem", String::new()),
        ] {
            std::fs::write(path(name), text).unwrap();
        }
        let load = async |certificate: &str, key: &str| {
            Tls::load(TlsFiles { certificate: path(certificate), key: path(key) }).await.map(drop)
        };
        load("cert.pem", "key.pem").await.unwrap();
        assert!(
            matches!(load("none.pem", "key.pem").await, Err(TlsError::Unreadable { path, .. }) if path.ends_with("none.pem"))
        );
        assert!(
            matches!(load("empty.pem", "key.pem").await, Err(TlsError::NotPem { path, .. }) if path.ends_with("empty.pem"))
        );
        assert!(matches!(load("cert.pem", "cert.pem").await, Err(TlsError::NotPem { expected: "a private key", .. })));
        assert!(matches!(load("cert.pem", "other.pem").await, Err(TlsError::Unusable { .. })));
    }
}
