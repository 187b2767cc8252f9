//! A list of two pages whose second one is read, or cannot be.

use std::future::ready;

use futures::StreamExt;

use super::*;
use crate::api::openfire::wire::property::{PROPERTIES, Property};

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
    Reply::pages(negotiated, PROPERTIES, page("first", Some(1)), next, |property| {
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
