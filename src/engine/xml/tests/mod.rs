//! The layer through its public door: streams in, trees out, and back.

mod elements;
mod hostile;
mod properties;
mod streams;

use super::*;

const HEADER: &str = "<?xml version='1.0'?><stream:stream to='capulet.example' version='1.0' xml:lang='en' \
    xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>";

/// What comes out of a stream, and the fault that ends it.
type Outcome = (Vec<Frame>, Option<Fault>);

/// All frames that are ready.
fn drain(parser: &mut StreamParser, frames: &mut Vec<Frame>) -> Result<(), Fault> {
    while let Some(frame) = parser.next()? {
        frames.push(frame);
    }
    Ok(())
}

/// What comes out of a stream that arrives in these pieces.
fn read<'a>(pieces: impl IntoIterator<Item = &'a [u8]>, limits: Limits) -> Outcome {
    let mut parser = StreamParser::new(limits);
    let mut frames = Vec::new();
    for piece in pieces {
        parser.push(piece);
        if let Err(fault) = drain(&mut parser, &mut frames) {
            return (frames, Some(fault));
        }
        parser.release();
    }
    (frames, None)
}

/// What comes out of a stream that arrives at once.
fn read_all(stream: impl AsRef<[u8]>) -> Outcome {
    read([stream.as_ref()], Limits::KNOWN_PEER)
}

/// The stanzas behind a good header.
fn stanzas(text: &str) -> Result<Vec<Element>, Fault> {
    let (frames, fault) = read_all(format!("{HEADER}{text}"));
    match fault {
        Some(fault) => Err(fault),
        None => Ok(frames.into_iter().filter_map(element).collect()),
    }
}

fn stanza(text: &str) -> Element {
    stanzas(text).unwrap().pop().unwrap()
}

fn element(frame: Frame) -> Option<Element> {
    match frame {
        Frame::Element(element) => Some(element),
        _ => None,
    }
}

/// Of one run of white space there are as many frames as pieces that it came in.
fn without_whitespace((mut frames, fault): Outcome) -> Outcome {
    frames.retain(|frame| *frame != Frame::Whitespace);
    (frames, fault)
}
