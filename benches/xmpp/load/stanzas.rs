//! Cuts what a server sends into stanzas, and reads their attributes. For servers that are trusted to write XML in which
//! `<` and `>` stand for tags only.

/// The length of the first whole element in `text`; `Err`: the stream has ended.
pub fn first(text: &str) -> Result<Option<usize>, ()> {
    let (mut depth, mut at) = (0_usize, 0);
    while let Some(open) = text[at..].find('<').map(|open| at + open) {
        let Some(close) = text[open..].find('>').map(|close| open + close) else {
            return Ok(None);
        };
        at = close + 1;
        let tag = &text[open..at];
        if tag.starts_with("</") {
            depth = depth.checked_sub(1).ok_or(())?;
        } else if !tag.ends_with("/>") && !tag.starts_with("<?") {
            depth += 1;
        }
        if depth == 0 && !tag.starts_with("<?") {
            return Ok(Some(at));
        }
    }
    Ok(None)
}

/// The value of an attribute of the first tag.
pub fn attribute<'text>(stanza: &'text str, name: &str) -> Option<&'text str> {
    let tag = &stanza[..stanza.find('>')?];
    let mut from = 0;
    while let Some(at) = tag[from..].find(name).map(|at| from + at) {
        from = at + name.len();
        let quote = match &tag.as_bytes()[from..] {
            [b'=', quote @ (b'\'' | b'"'), ..] if tag[..at].ends_with(' ') => char::from(*quote),
            _ => continue,
        };
        return tag[from + 2..].split(quote).next();
    }
    None
}

/// The text behind the first `start`, up to the next tag.
pub fn text_behind<'text>(stanza: &'text str, start: &str) -> Option<&'text str> {
    let at = stanza.find(start)? + start.len();
    stanza[at..].split('<').next()
}
