//! Percent-encodes the bytes of a raw query that `http::Uri` refuses although deployed clients send them:
//! `"`, `<`, `>` and everything outside ASCII. Only a request line is ever touched, only behind its `?`, and
//! only while it is certain where heads begin: line ends are never changed, and from the first head on that has
//! or may have a body, or asks for another protocol, the rest of the connection passes as it is. So the
//! framing that the parser sees is the framing that was sent.

use memchr::{memchr_iter, memchr2};

/// Bytes of the longest escape.
pub(super) const GROWTH: usize = 3;

/// Headers after which the next byte may be something else than a head.
const ENDINGS: [&[u8]; 3] = [b"content-length", b"transfer-encoding", b"upgrade"];
const LONGEST_ENDING: usize = 17;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// In front of a request line, where parsers skip empty lines.
    Start,
    /// Method and path.
    BeforeQuery,
    Query,
    AfterTarget,
    /// At the beginning of a header line, or in its name.
    Name,
    Value,
    /// Nothing is looked at any more.
    Opaque,
}

/// Follows the bytes that one connection sends.
#[derive(Debug)]
pub(super) struct RequestLines {
    state: State,
    name: [u8; LONGEST_ENDING],
    name_length: usize,
}

impl RequestLines {
    pub(super) fn new() -> Self {
        Self {
            state: State::Start,
            name: [0; LONGEST_ENDING],
            name_length: 0,
        }
    }

    pub(super) fn is_opaque(&self) -> bool {
        self.state == State::Opaque
    }

    pub(super) fn stop(&mut self) {
        self.state = State::Opaque;
    }

    /// Passes `input` on in one or more pieces, at most [`GROWTH`] times as many bytes.
    pub(super) fn pass(&mut self, input: &[u8], mut put: impl FnMut(&[u8])) {
        let mut passed = 0;
        let mut at = 0;
        while at < input.len() && self.state != State::Opaque {
            at += self.skip(&input[at..]);
            let Some(&byte) = input.get(at) else { break };
            if self.state == State::Query && must_be_escaped(byte) {
                put(&input[passed..at]);
                put(&escape(byte));
                passed = at + 1;
            } else {
                self.step(byte);
            }
            at += 1;
        }
        put(&input[passed..]);
    }

    /// Takes the bytes that come before the next one to decide about, and says how many they are.
    fn skip(&mut self, input: &[u8]) -> usize {
        let mut bytes = input.iter();
        let next = match self.state {
            State::Start | State::Opaque => Some(0),
            State::Name if self.name_length == 0 => Some(0),
            State::BeforeQuery => memchr2(b'?', b'\n', input),
            State::Query => bytes.position(|byte| matches!(byte, b' ' | b'\n') || must_be_escaped(*byte)),
            State::AfterTarget | State::Value => last_end(input),
            State::Name => bytes.position(|byte| matches!(byte, b':' | b'\n' | b'\r' | b' ' | b'\t')),
        };
        let count = next.unwrap_or(input.len());
        if self.state == State::Name {
            self.extend_name(&input[..count]);
        }
        count
    }

    fn step(&mut self, byte: u8) {
        self.state = match (self.state, byte) {
            (State::Start, b'\r' | b'\n') => State::Start,
            (State::Start | State::BeforeQuery, b'?') => State::Query,
            (State::Query, b' ') => State::AfterTarget,
            (State::BeforeQuery | State::Query | State::AfterTarget | State::Value, b'\n') => {
                self.name_length = 0;
                State::Name
            }
            (State::Start, _) => State::BeforeQuery,
            (State::Name, byte) => self.step_in_name(byte),
            (state, _) => state,
        };
    }

    fn step_in_name(&mut self, byte: u8) -> State {
        match byte {
            b'\n' if self.name_length == 0 => return State::Start,
            b'\n' => self.name_length = 0,
            b'\r' => {}
            // a folded line continues a value; no parser here takes it, so nothing after it is certain
            b' ' | b'\t' if self.name_length == 0 => return State::Opaque,
            b':' => {
                let name = self.name.get(..self.name_length);
                let ends = name.is_some_and(|name| ENDINGS.contains(&name));
                return if ends { State::Opaque } else { State::Value };
            }
            // the name of no such header: the rest of the line is as good as a value
            byte if self.name_length == 0 && !begins_ending(byte) => return State::Value,
            byte => self.extend_name(&[byte]),
        }
        State::Name
    }

    fn extend_name(&mut self, bytes: &[u8]) {
        let places = self.name.iter_mut().skip(self.name_length);
        for (place, byte) in places.zip(bytes) {
            *place = byte.to_ascii_lowercase();
        }
        self.name_length += bytes.len();
    }
}

/// The end of the last of the lines that need no look. A line that does not begin like one of [`ENDINGS`] is one of them.
fn last_end(input: &[u8]) -> Option<usize> {
    let is_plain = |byte: &u8| byte.is_ascii_graphic() && !begins_ending(*byte);
    memchr_iter(b'\n', input).find(|end| !input.get(end + 1).is_some_and(is_plain))
}

fn begins_ending(byte: u8) -> bool {
    ENDINGS.iter().any(|ending| ending[0] == byte.to_ascii_lowercase())
}

fn must_be_escaped(byte: u8) -> bool {
    matches!(byte, b'"' | b'<' | b'>') || !byte.is_ascii()
}

fn escape(byte: u8) -> [u8; GROWTH] {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    [b'%', DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pass(pieces: &[&[u8]]) -> Vec<u8> {
        let mut lines = RequestLines::new();
        let mut output = Vec::new();
        for piece in pieces {
            lines.pass(piece, |bytes| output.extend_from_slice(bytes));
        }
        output
    }

    #[test]
    fn only_queries_of_request_lines_are_touched() {
        for (input, expected) in [
            (
                "GET /a?b=<c>\" HTTP/1.1\r\nX: <\"?>\r\n\r\n",
                "GET /a?b=%3Cc%3E%22 HTTP/1.1\r\nX: <\"?>\r\n\r\n",
            ),
            ("GET /<a> HTTP/1.1\r\n\r\n", "GET /<a> HTTP/1.1\r\n\r\n"),
            ("GET /?é?< HTTP/1.1\r\n\r\n", "GET /?%C3%A9?%3C HTTP/1.1\r\n\r\n"),
            ("GET /?a <b> HTTP/1.1\r\n\r\n", "GET /?a <b> HTTP/1.1\r\n\r\n"),
            (
                "\r\n\nGET /?< HTTP/1.1\n\nGET /?> HTTP/1.1\n\n",
                "\r\n\nGET /?%3C HTTP/1.1\n\nGET /?%3E HTTP/1.1\n\n",
            ),
            ("GET /?a\r\n?<\r\n\r\n", "GET /?a\r\n?<\r\n\r\n"),
        ] {
            assert_eq!(String::from_utf8(pass(&[input.as_bytes()])).unwrap(), expected);
        }
    }

    #[test]
    fn nothing_is_touched_behind_a_head_that_may_have_a_body() {
        for header in [
            "Content-Length: 20",
            "content-length:20",
            "TRANSFER-ENCODING: chunked",
            "Upgrade: x",
            " folded",
        ] {
            let sent = format!(
                "GET /?a HTTP/1.1\r\nHost: x\r\n{header}\r\n\r\nGET /?<> HTTP/1.1\r\n\r\nGET /?<> HTTP/1.1\r\n\r\n"
            );
            assert_eq!(String::from_utf8(pass(&[sent.as_bytes()])).unwrap(), sent);
        }
        for header in [
            "Content-Lengt: 20",
            "X-Content-Length: 20",
            "Content-Length-X: 1",
            "X: Content-Length: 1",
        ] {
            let sent = format!("GET / HTTP/1.1\r\n{header}\r\n\r\nGET /?< HTTP/1.1\r\n\r\n");
            assert!(
                String::from_utf8(pass(&[sent.as_bytes()])).unwrap().contains("/?%3C"),
                "{header}"
            );
        }
    }

    proptest! {
        #[test]
        fn pieces_do_not_matter(
            lines in proptest::collection::vec("(GET /[a?]{0,3}[<>\"é ]{0,3} HTTP|\\PC{0,9}|content-length|)(:|)[?<]{0,2}(\r\n|\n|\r|)", 0..12),
            cuts in proptest::collection::vec(any::<prop::sample::Index>(), 0..5),
        ) {
            let input = lines.concat().into_bytes();
            let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(input.len() + 1)).collect();
            cuts.extend([0, input.len()]);
            cuts.sort_unstable();
            let pieces: Vec<&[u8]> = cuts.windows(2).map(|pair| &input[pair[0]..pair[1]]).collect();
            let whole = pass(&[&input]);
            prop_assert_eq!(&pass(&pieces), &whole);
            prop_assert!(whole.len() <= input.len() * GROWTH);
        }

        #[test]
        fn line_ends_stay_and_only_escapes_are_new(input in "(GET /|\\?|<|é|:| |\r\n|\n|[a-z]){0,40}") {
            let output = pass(&[input.as_bytes()]);
            let lines = |bytes: &[u8]| bytes.split(|byte| *byte == b'\n').count();
            prop_assert_eq!(lines(&output), lines(input.as_bytes()));
            let undone: Vec<u8> = percent_encoding::percent_decode(&output).collect();
            prop_assert_eq!(undone, input.into_bytes());
        }
    }
}
