//! The socket of a connection, in clear or under TLS, and what TLS binds a login to.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::LazyConfigAcceptor;
use tokio_rustls::server::TlsStream;

use crate::engine::sasl::ChannelBindings;

/// A certificate ready to be shown.
#[derive(Clone)]
pub struct Certified {
    pub config: Arc<ServerConfig>,
    /// The digest of the certificate that binds a login to it (RFC 5929 §4.1), if it has one.
    pub digest: Option<Arc<[u8]>>,
}

/// The certificates that may be shown, by the name that a client asks for.
pub trait Certificates: Send + Sync {
    /// `name` as in the client's SNI; it is up to the implementation to have one for every name.
    fn find(&self, name: Option<&str>) -> Certified;
}

pub enum Socket {
    /// Taken out for the TLS handshake.
    None,
    Tcp(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

/// What is known of TLS on a connection.
pub struct Security {
    pub version: &'static str,
    pub bindings: ChannelBindings,
}

/// Makes the TLS handshake as the server, for the host that the client names in it or has named before. Other protocols than XMPP are refused (RFC 7590 §3.5 for ALPN).
pub async fn accept_tls(
    socket: TcpStream,
    certificates: &dyn Certificates,
    named: Option<&str>,
) -> io::Result<(Socket, Security)> {
    let start = LazyConfigAcceptor::new(rustls::server::Acceptor::default(), socket).await?;
    let hello = start.client_hello();
    let certified = certificates.find(hello.server_name().or(named));
    let stream = start.into_stream(certified.config).await?;
    let (_, connection) = stream.get_ref();
    let version = match connection.protocol_version() {
        Some(rustls::ProtocolVersion::TLSv1_3) => "TLSv1.3",
        _ => "TLSv1.2",
    };
    // The exporter of TLS 1.2 is no unique binding without extended master secrets (RFC 9266 §2).
    let exporter = || {
        connection
            .export_keying_material([0; 32], b"EXPORTER-Channel-Binding", Some(b""))
            .ok()
    };
    let bindings = ChannelBindings {
        tls_exporter: (version == "TLSv1.3").then(exporter).flatten(),
        tls_server_end_point: certified.digest.as_deref().map(<[u8]>::to_vec),
    };
    Ok((Socket::Tls(Box::new(stream)), Security { version, bindings }))
}

impl AsyncRead for Socket {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::None => Poll::Ready(Err(io::ErrorKind::NotConnected.into())),
            Self::Tcp(socket) => Pin::new(socket).poll_read(cx, buffer),
            Self::Tls(stream) => Pin::new(&mut **stream).poll_read(cx, buffer),
        }
    }
}

impl AsyncWrite for Socket {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::None => Poll::Ready(Err(io::ErrorKind::NotConnected.into())),
            Self::Tcp(socket) => Pin::new(socket).poll_write(cx, bytes),
            Self::Tls(stream) => Pin::new(&mut **stream).poll_write(cx, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::None => Poll::Ready(Err(io::ErrorKind::NotConnected.into())),
            Self::Tcp(socket) => Pin::new(socket).poll_flush(cx),
            Self::Tls(stream) => Pin::new(&mut **stream).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::None => Poll::Ready(Err(io::ErrorKind::NotConnected.into())),
            Self::Tcp(socket) => Pin::new(socket).poll_shutdown(cx),
            Self::Tls(stream) => Pin::new(&mut **stream).poll_shutdown(cx),
        }
    }
}
