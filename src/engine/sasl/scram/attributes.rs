//! The attributes that SCRAM messages consist of (RFC 5802 §5.1, §7): `a=value`, separated by commas.

use std::borrow::Cow;

use super::super::failure::Failure;

/// The value of an attribute of this name.
pub fn value(attribute: &str, name: char) -> Result<&str, Failure> {
    let value = attribute.strip_prefix(name).and_then(|rest| rest.strip_prefix('='));
    value.filter(|value| !value.is_empty()).ok_or(Failure::MalformedRequest)
}

/// Passes an optional extension, which means nothing to us. A mandatory one (`m`) we would have to understand, and the
/// other names of the RFC have their places elsewhere.
pub fn check_extension(attribute: &str) -> Result<(), Failure> {
    let mut letters = attribute.chars();
    let (Some(name), Some('=')) = (letters.next(), letters.next()) else {
        return Err(Failure::MalformedRequest);
    };
    let is_defined = "acenmiprsv".contains(name);
    if !name.is_ascii_alphabetic() || is_defined || letters.as_str().is_empty() || attribute.contains('\0') {
        return Err(Failure::MalformedRequest);
    }
    Ok(())
}

/// A nonce: printable ASCII without commas.
pub fn check_nonce(nonce: &str) -> Result<(), Failure> {
    if !nonce.bytes().all(|byte| byte.is_ascii_graphic() && byte != b',') {
        return Err(Failure::MalformedRequest);
    }
    Ok(())
}

/// A name in which `=2C` stands for a comma and `=3D` for an equals sign; no other use of `=` is right.
pub fn unescape(name: &str) -> Result<Cow<'_, str>, Failure> {
    if name.contains('\0') {
        return Err(Failure::MalformedRequest);
    }
    let mut pieces = name.split('=');
    let Some(first) = pieces.next().filter(|first| first.len() < name.len()) else {
        return Ok(Cow::Borrowed(name));
    };
    let mut unescaped = first.to_owned();
    for piece in pieces {
        let (character, rest) = match (piece.strip_prefix("2C"), piece.strip_prefix("3D")) {
            (Some(rest), _) => (',', rest),
            (_, Some(rest)) => ('=', rest),
            _ => return Err(Failure::MalformedRequest),
        };
        unescaped.push(character);
        unescaped.push_str(rest);
    }
    Ok(Cow::Owned(unescaped))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unescaped_and_nothing_else_is() {
        for (escaped, name) in [
            ("user", "user"),
            ("", ""),
            ("a=2Cb=3Dc", "a,b=c"),
            ("=2C", ","),
            ("=3D2C", "=2C"),
            ("=3D=2C=3D", "=,="),
            ("ü=2C", "ü,"),
        ] {
            assert_eq!(unescape(escaped).unwrap(), name);
        }
        for wrong in [
            "=", "a=", "=2", "=2c", "=3d", "=2D", "=20", "a=b", "==2C", "=2C=", "a\0",
        ] {
            assert_eq!(unescape(wrong), Err(Failure::MalformedRequest), "{wrong}");
        }
    }

    #[test]
    fn optional_extensions_pass_and_mandatory_ones_do_not() {
        for good in ["x=1", "X=a=b", "d=ü"] {
            assert_eq!(check_extension(good), Ok(()), "{good}");
        }
        for wrong in [
            "", "x", "x=", "m=1", "n=1", "r=1", "p=1", "c=1", "1=1", "ü=1", "xx=1", "x=\0",
        ] {
            assert_eq!(check_extension(wrong), Err(Failure::MalformedRequest), "{wrong}");
        }
    }
}
