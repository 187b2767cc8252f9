//! A list of two pages whose second one is read, or cannot be.

use std::future::ready;

use futures::StreamExt;
use http::Request;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;

use super::*;
use crate::api::openfire::wire::property::{PROPERTIES, Property};
use crate::http::{Connections, Limits, Peer, Service, serve};

const FORMATS: [(Format, &str, &str); 4] = [
    (Format::Xml, "key=\"first\"", "</properties>"),
    (Format::XmlInAscii, "key=\"first\"", "</properties>"),
    (Format::Json, "\"first\"", "]}"),
    // It holds its first item until it knows whether there is a second one.
    (Format::LegacyJson, "", "}"),
];

fn page(key: &str, next: Option<u8>) -> Page<Property, u8> {
    let property = Property {
        key: Some(key.to_owned()),
        value: None,
    };
    Page {
        items: vec![property],
        next,
    }
}

fn list(format: Format, breaks: bool) -> Reply {
    let negotiated = Negotiated {
        format,
        content_type: HeaderValue::from_static("text/plain"),
    };
    let next = move |_| {
        ready(if breaks {
            Err(Error::Unavailable {
                reason: "the disk is gone".into(),
            })
        } else {
            Ok(page("second", None))
        })
    };
    Reply::pages_in(negotiated, PROPERTIES, page("first", Some(1)), next, |property| {
        property
    })
}

/// What is sent of a list, and whether it comes to its end.
async fn sent(reply: Reply) -> (String, bool) {
    let mut pieces = reply.into_response().into_body().into_data_stream();
    let mut text = String::new();
    while let Some(piece) = pieces.next().await {
        match piece {
            Ok(piece) => text += std::str::from_utf8(&piece).unwrap(),
            Err(_) => return (text, false),
        }
    }
    (text, true)
}

#[tokio::test]
async fn a_list_that_breaks_off_ends_in_an_error_and_not_in_its_end() {
    for (format, first, end) in FORMATS {
        let (whole, is_complete) = sent(list(format, false)).await;
        assert!(
            is_complete && whole.contains("second") && whole.ends_with(end),
            "{whole}"
        );
        let (part, is_complete) = sent(list(format, true)).await;
        assert!(!is_complete && part.contains(first) && !part.ends_with(end), "{part}");
        assert!(whole.starts_with(&part), "{part}");
    }
}

#[derive(Clone)]
struct Lists {
    format: Format,
    breaks: bool,
}

impl Service for Lists {
    async fn answer(&self, _: Peer, _: &mut Request<Body>) -> Response {
        list(self.format, self.breaks).into_response()
    }
}

/// All that a client receives that asks for a list and then says that it asks for nothing more.
async fn received(lists: Lists) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (connections, shutdown) = (Connections::new(Limits::default()), CancellationToken::new());
    let serving = tokio::spawn(serve(listener, None, lists, connections, shutdown));
    let mut client = TcpStream::connect(address).await.unwrap();
    let request = b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    client.write_all(request).await.unwrap();
    let mut received = Vec::new();
    // A reset is an end as well.
    let _ = client.read_to_end(&mut received).await;
    serving.abort();
    String::from_utf8(received).unwrap()
}

#[tokio::test]
async fn the_connection_of_a_list_that_breaks_off_closes_without_the_last_chunk() {
    const LAST_CHUNK: &str = "\r\n0\r\n\r\n";
    for (format, _, end) in FORMATS {
        let whole = received(Lists { format, breaks: false }).await;
        assert!(whole.contains("transfer-encoding: chunked"), "{whole}");
        assert!(whole.ends_with(&format!("{end}{LAST_CHUNK}")), "{whole}");
        let part = received(Lists { format, breaks: true }).await;
        assert!(!part.contains(LAST_CHUNK) && !part.contains(end), "{part}");
        assert!(!part.to_lowercase().contains("content-length"), "{part}");
    }
}
