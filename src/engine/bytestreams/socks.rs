//! The server's side of SOCKS5 (RFC 1928) as far as XEP-0065 uses it: no authentication, and a connection to a name of 40
//! hexadecimal digits at port 0.

use std::io::{self, ErrorKind};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::destination::Destination;

const VERSION: u8 = 5;
const NO_AUTHENTICATION: u8 = 0;
const NO_ACCEPTABLE_METHOD: u8 = 0xff;
const CONNECT: u8 = 1;
const IPV4: u8 = 1;
const DOMAIN: u8 = 3;
const IPV6: u8 = 4;
const GRANTED: u8 = 0;
/// Replies of RFC 1928 §6.
pub const NOT_ALLOWED: u8 = 2;
const HOST_UNREACHABLE: u8 = 4;
const COMMAND_NOT_SUPPORTED: u8 = 7;
const ADDRESS_TYPE_NOT_SUPPORTED: u8 = 8;

/// A client that wants to be connected.
#[derive(Debug)]
pub struct Request {
    pub destination: Destination,
    /// As the client wrote it.
    name: Vec<u8>,
}

/// Reads up to the request, and no byte behind it.
///
/// # Errors
/// For whatever is not granted; what can be answered has been.
pub async fn read(socket: &mut (impl AsyncRead + AsyncWrite + Unpin)) -> io::Result<Request> {
    if socket.read_u8().await? != VERSION {
        return Err(ErrorKind::InvalidData.into());
    }
    let mut methods = vec![0; socket.read_u8().await?.into()];
    socket.read_exact(&mut methods).await?;
    if !methods.contains(&NO_AUTHENTICATION) {
        socket.write_all(&[VERSION, NO_ACCEPTABLE_METHOD]).await?;
        return Err(ErrorKind::Unsupported.into());
    }
    socket.write_all(&[VERSION, NO_AUTHENTICATION]).await?;

    let mut head = [0; 4];
    socket.read_exact(&mut head).await?;
    let [version, command, _reserved, kind] = head;
    if version != VERSION {
        return Err(ErrorKind::InvalidData.into());
    }
    let length = match kind {
        IPV4 => 4,
        IPV6 => 16,
        DOMAIN => socket.read_u8().await?.into(),
        _ => 0,
    };
    let mut name = vec![0; length];
    socket.read_exact(&mut name).await?;
    let port = socket.read_u16().await?;

    let reply = match (command, kind, Destination::parse(&name)) {
        (CONNECT, DOMAIN, Some(destination)) if port == 0 => return Ok(Request { destination, name }),
        (CONNECT, DOMAIN, _) => HOST_UNREACHABLE,
        (CONNECT, _, _) => ADDRESS_TYPE_NOT_SUPPORTED,
        _ => COMMAND_NOT_SUPPORTED,
    };
    refuse(socket, reply).await?;
    Err(ErrorKind::Unsupported.into())
}

/// Answers a request that is not granted.
pub async fn refuse(socket: &mut (impl AsyncWrite + Unpin), reply: u8) -> io::Result<()> {
    socket.write_all(&[VERSION, reply, 0, IPV4, 0, 0, 0, 0, 0, 0]).await
}

impl Request {
    /// Tells the client that it is connected, to what it asked for (XEP-0065 §5.3.2).
    pub async fn grant(&self, socket: &mut (impl AsyncWrite + Unpin)) -> io::Result<()> {
        let length = u8::try_from(self.name.len()).map_err(|_| ErrorKind::InvalidData)?;
        let mut reply = vec![VERSION, GRANTED, 0, DOMAIN, length];
        reply.extend_from_slice(&self.name);
        reply.extend_from_slice(&[0, 0]);
        socket.write_all(&reply).await
    }
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;
    use proptest::collection::vec;
    use proptest::prelude::{any, proptest};
    use tokio::io::join;

    use super::*;

    const NAME: &[u8] = b"0123456789abcdef0123456789ABCDEF01234567";

    /// The outcome, what was answered, and what was not read.
    fn serve(bytes: &[u8]) -> (io::Result<Request>, Vec<u8>, Vec<u8>) {
        let (mut unread, mut answered) = (bytes, Vec::new());
        let outcome = read(&mut join(&mut unread, &mut answered))
            .now_or_never()
            .expect("bytes that are all there");
        (outcome, answered, unread.to_vec())
    }

    fn connect(name: &[u8], port: [u8; 2]) -> Vec<u8> {
        let length = u8::try_from(name.len()).unwrap();
        [&[5, 1, 0, 5, 1, 0, 3, length], name, &port].concat()
    }

    #[test]
    fn a_connection_to_a_hash_is_granted_under_the_name_that_was_asked_for() {
        let sent = [&connect(NAME, [0, 0])[..], b"early"].concat();
        let (outcome, answered, unread) = serve(&sent);
        let request = outcome.unwrap();
        assert_eq!((&answered[..], &unread[..]), (&[5, 0][..], &b"early"[..]));
        let lower = NAME.to_ascii_lowercase();
        assert_eq!(Some(request.destination), Destination::parse(&lower));
        let mut reply = Vec::new();
        request.grant(&mut reply).now_or_never().unwrap().unwrap();
        assert_eq!(reply, [&[5, 0, 0, 3, 40], NAME, &[0, 0]].concat());
    }

    #[test]
    fn everything_else_is_refused() {
        let refused = |reply| vec![5, 0, 5, reply, 0, 1, 0, 0, 0, 0, 0, 0];
        for (sent, answer) in [
            (&b"GET / HTTP/1.1\r\n"[..], vec![]),
            (&[4, 1, 0, 0], vec![]),
            (&[5, 0], vec![5, 0xff]),
            (&[5, 2, 1, 2], vec![5, 0xff]),
            (&[5, 1, 0, 4, 1, 0, 3], vec![5, 0]),
            (&connect(NAME, [0, 80]), refused(4)),
            (&connect(&NAME[1..], [0, 0]), refused(4)),
            (&connect(b"example.org", [0, 0]), refused(4)),
            (&connect(b"", [0, 0]), refused(4)),
            (&connect(&[b'x'; 255], [0, 0]), refused(4)),
            (&[5, 1, 0, 5, 2, 0, 1, 127, 0, 0, 1, 0, 80], refused(7)),
            (&[5, 1, 0, 5, 3, 0, 1, 127, 0, 0, 1, 0, 80], refused(7)),
            (&[5, 1, 0, 5, 1, 0, 1, 127, 0, 0, 1, 0, 80], refused(8)),
            (&[&[5, 1, 0, 5, 1, 0, 4][..], &[0; 18]].concat(), refused(8)),
            (&[5, 1, 0, 5, 1, 0, 9, 0, 80], refused(8)),
            (&connect(NAME, [0, 0])[..40], vec![5, 0]),
        ] {
            let (outcome, answered, _) = serve(sent);
            assert!(outcome.is_err(), "{sent:?}");
            assert_eq!(answered, answer, "{sent:?}");
        }
    }

    proptest! {
        #[test]
        fn whatever_comes_is_answered_or_closed(bytes in vec(any::<u8>(), 0..300)) {
            let (_, answered, _) = serve(&bytes);
            assert!(answered.len() <= 12);
        }
    }
}
