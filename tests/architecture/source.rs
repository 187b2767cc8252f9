//! Rust source as far as the rules need it: the code without comments, texts and tests, its words, and the names it declares.

/// The code with comments, texts and the bodies of test modules taken out.
pub fn only_code(source: &str) -> String {
    let code = without_comments_and_texts(source);
    let mut kept = String::new();
    let mut rest = code.as_str();
    while let Some(at) = rest.find("#[cfg(test)]") {
        kept += &rest[..at];
        rest = &rest[at + "#[cfg(test)]".len()..];
        let end = rest.find(['{', ';']).unwrap_or(rest.len().saturating_sub(1));
        rest = if rest[end..].starts_with('{') {
            after_block(&rest[end..])
        } else {
            &rest[end + 1..]
        };
    }
    kept + rest
}

fn after_block(code: &str) -> &str {
    let mut depth = 0;
    for (at, one) in code.char_indices() {
        match one {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return &code[at + 1..];
        }
    }
    ""
}

fn without_comments_and_texts(source: &str) -> String {
    let mut code = String::new();
    let mut rest = source;
    while let Some(one) = rest.chars().next() {
        let end = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |at| at + 2)
        } else if let Some(end) = end_of_raw_text(rest).filter(|_| !code.ends_with(is_word)) {
            end
        } else if one == '"' {
            end_of_text(rest)
        } else if let Some(end) = end_of_character(rest) {
            end
        } else {
            code.push(one);
            rest = &rest[one.len_utf8()..];
            continue;
        };
        code.push(' ');
        rest = &rest[end..];
    }
    code
}

fn end_of_raw_text(code: &str) -> Option<usize> {
    let after = code.strip_prefix('b').unwrap_or(code).strip_prefix('r')?;
    let hashes = after.len() - after.trim_start_matches('#').len();
    let text = after[hashes..].strip_prefix('"')?;
    let start = code.len() - text.len();
    let close = format!("\"{}", "#".repeat(hashes));
    Some(text.find(&close).map_or(code.len(), |at| start + at + close.len()))
}

fn end_of_text(code: &str) -> usize {
    let mut escaped = false;
    for (at, one) in code.char_indices().skip(1) {
        match one {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return at + 1,
            _ => {}
        }
    }
    code.len()
}

/// The end of a character literal; none for a lifetime.
fn end_of_character(code: &str) -> Option<usize> {
    let inner = code.strip_prefix('\'')?;
    if let Some(escape) = inner.strip_prefix('\\') {
        let close = escape.get(1..)?.find('\'')?;
        return Some(close + 4);
    }
    let one = inner.chars().next()?;
    inner[one.len_utf8()..].starts_with('\'').then_some(one.len_utf8() + 2)
}

pub fn words(code: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut from = 0;
    std::iter::from_fn(move || {
        let start = from + code[from..].find(is_word)?;
        let end = code[start..]
            .find(|one| !is_word(one))
            .map_or(code.len(), |at| start + at);
        from = end;
        Some((start, &code[start..end]))
    })
}

pub fn is_word(one: char) -> bool {
    one.is_alphanumeric() || one == '_'
}

pub fn declared_names(code: &str) -> Vec<String> {
    let all: Vec<_> = words(code).map(|(_, word)| word).collect();
    all.windows(2)
        .filter(|pair| matches!(pair[0], "struct" | "enum" | "trait" | "mod"))
        .map(|pair| pair[1].to_owned())
        .collect()
}

/// `SessionManager` and `session_manager` → `manager`.
pub fn last_word(name: &str) -> String {
    let snake = name.rsplit('_').next().unwrap_or(name);
    let start = snake.rfind(char::is_uppercase).unwrap_or(0);
    snake[start..].to_lowercase()
}
