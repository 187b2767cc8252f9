//! Server properties: free keys with texts, and settings of the service under such keys.

/// A server property. `value` is absent for a declared property that was never given one, and for
/// a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Property {
    pub key: String,
    pub value: Option<String>,
}
