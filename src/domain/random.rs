//! Randomness is passed in: salts, secrets, identifiers.

pub trait Random: Send + Sync {
    /// Fills `bytes` with cryptographically strong randomness.
    fn fill(&self, bytes: &mut [u8]);
}

const ALPHANUMERIC: &[u8; 62] = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

/// A random text of `length` letters and digits, each equally likely.
pub fn alphanumeric(random: &dyn Random, length: usize) -> String {
    let mut text = String::with_capacity(length);
    let mut bytes = [0u8; 64];
    while text.len() < length {
        random.fill(&mut bytes);
        // 248 = 4 × 62: higher bytes would favour the first letters.
        for &byte in bytes.iter().filter(|byte| **byte < 248) {
            if text.len() == length {
                break;
            }
            text.push(char::from(ALPHANUMERIC[usize::from(byte) % 62]));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Counting(std::sync::atomic::AtomicU8);

    impl Random for Counting {
        fn fill(&self, bytes: &mut [u8]) {
            for byte in bytes {
                *byte = self.0.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            }
        }
    }

    #[test]
    fn a_secret_has_the_length_asked_for_and_only_letters_and_digits() {
        let secret = alphanumeric(&Counting(250.into()), 100);
        assert_eq!(secret.len(), 100);
        assert!(secret.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    }
}
