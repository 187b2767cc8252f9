//! ANONYMOUS (RFC 4505). The trace text says who the client would like to seem: it is checked, and not used.

use super::failure::Failure;

/// Characters of the longest trace text (RFC 4505 §2).
const MAX_TRACE: usize = 255;

pub fn check(message: &[u8]) -> Result<(), Failure> {
    let trace = std::str::from_utf8(message).map_err(|_| Failure::MalformedRequest)?;
    if trace.chars().count() > MAX_TRACE {
        return Err(Failure::MalformedRequest);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_is_at_most_255_characters_of_utf_8() {
        for good in ["", "sirhc", "jane@example.org", "ü".repeat(255).as_str()] {
            assert_eq!(check(good.as_bytes()), Ok(()), "{good}");
        }
        assert_eq!(check("ü".repeat(256).as_bytes()), Err(Failure::MalformedRequest));
        assert_eq!(check(b"\xff"), Err(Failure::MalformedRequest));
    }
}
