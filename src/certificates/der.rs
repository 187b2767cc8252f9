//! As much of DER (X.690) as is needed to find something at a fixed place of a certificate.

pub const INTEGER: u8 = 0x02;
pub const OBJECT_IDENTIFIER: u8 = 0x06;
pub const UTC_TIME: u8 = 0x17;
pub const GENERALIZED_TIME: u8 = 0x18;
pub const SEQUENCE: u8 = 0x30;
pub const FIRST_OPTION: u8 = 0xA0;

/// What the element at the beginning holds, which must have this tag, and what follows it.
pub fn take(tag: u8, bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (found, bytes) = bytes.split_first()?;
    let (length, bytes) = bytes.split_first()?;
    let (length, bytes) = match length {
        0..=0x7F => (usize::from(*length), bytes),
        0x81..=0x84 => {
            let (length, rest) = bytes.split_at_checked(usize::from(length - 0x80))?;
            let read = length.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte));
            (read, rest)
        }
        _ => return None,
    };
    bytes.split_at_checked(length).filter(|_| *found == tag)
}
