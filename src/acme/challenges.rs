//! The texts by which the authority recognises that a domain is served here (RFC 8555 §8.3).

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

const PREFIX: &str = "/.well-known/acme-challenge/";

/// Texts by their token. Clones are the same.
#[derive(Clone, Debug, Default)]
pub struct Challenges(Arc<Mutex<HashMap<String, String>>>);

/// Texts that are shown until this is dropped.
#[derive(Debug)]
pub struct Shown {
    challenges: Challenges,
    tokens: Vec<String>,
}

impl Challenges {
    /// The text that stands at the path of a request.
    pub fn find(&self, path: &str) -> Option<String> {
        self.texts().get(path.strip_prefix(PREFIX)?).cloned()
    }

    /// Shows nothing yet.
    pub fn show(&self) -> Shown {
        Shown {
            challenges: self.clone(),
            tokens: Vec::new(),
        }
    }

    fn texts(&self) -> MutexGuard<'_, HashMap<String, String>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shown {
    pub fn add(&mut self, token: &str, text: &str) {
        self.tokens.push(token.to_owned());
        self.challenges.texts().insert(token.to_owned(), text.to_owned());
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        let mut texts = self.challenges.texts();
        for token in &self.tokens {
            texts.remove(token);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_found_at_its_path_while_it_is_shown() {
        let challenges = Challenges::default();
        let mut shown = challenges.show();
        shown.add("token", "token.thumbprint");
        let path = "/.well-known/acme-challenge/token";
        assert_eq!(challenges.find(path).as_deref(), Some("token.thumbprint"));
        for other in [
            "/token",
            "/.well-known/acme-challenge/",
            "/.well-known/acme-challenge/token/",
        ] {
            assert_eq!(challenges.find(other), None, "{other}");
        }
        drop(shown);
        assert_eq!(challenges.find(path), None);
    }
}
