//! SASL messages as the text of XML elements: base64 (RFC 6120 §6.4).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::failure::Failure;

/// Bytes of the longest message of a client that is looked at.
pub const MAX_MESSAGE: usize = 8192;

/// The text of `<challenge/>` and `<success/>`.
pub fn encode(message: &[u8]) -> String {
    STANDARD.encode(message)
}

/// The text of `<auth/>`. None at all means that there is no initial response, `=` that it is empty (§6.4.2).
pub fn decode_initial_response(text: &str) -> Result<Option<Vec<u8>>, Failure> {
    if text.is_empty() {
        return Ok(None);
    }
    decode_response(text).map(Some)
}

/// The text of `<response/>`: strict, so white space and what base64 does not need is refused. Without text, or with `=`,
/// the response is empty.
pub fn decode_response(text: &str) -> Result<Vec<u8>, Failure> {
    if text.len() > MAX_MESSAGE.div_ceil(3) * 4 {
        return Err(Failure::MalformedRequest);
    }
    if text == "=" {
        return Ok(Vec::new());
    }
    STANDARD.decode(text).map_err(|_| Failure::IncorrectEncoding)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_is_no_initial_response_and_an_equals_sign_an_empty_one() {
        assert_eq!(decode_initial_response(""), Ok(None));
        assert_eq!(decode_initial_response("="), Ok(Some(Vec::new())));
        assert_eq!(decode_initial_response("AGEAYg=="), Ok(Some(b"\0a\0b".to_vec())));
        assert_eq!(decode_response(""), Ok(Vec::new()));
        assert_eq!(decode_response("="), Ok(Vec::new()));
    }

    #[test]
    fn what_is_not_exactly_base64_is_refused() {
        for text in [
            " ",
            "AGEAYg",
            "AGEAYg=",
            "AGEAYg===",
            "AGEAYg== ",
            " AGEAYg==",
            "AGEA\nYg==",
            "AGEAYh==",
            "AGEA-g==",
            "==",
            "A",
            "AGEAYg==AGEAYg==",
            "ä",
        ] {
            assert_eq!(decode_response(text), Err(Failure::IncorrectEncoding), "{text:?}");
        }
    }

    #[test]
    fn a_message_beyond_the_limit_is_not_decoded() {
        let longest = encode(&[0; MAX_MESSAGE]);
        assert_eq!(decode_response(&longest).map(|message| message.len()), Ok(MAX_MESSAGE));
        let longer = encode(&[0; MAX_MESSAGE + 3]);
        assert_eq!(decode_response(&longer), Err(Failure::MalformedRequest));
    }
}
