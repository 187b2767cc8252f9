//! The service as a whole: how it ends, and with whom it has to do.

/// How the service ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    ShutDown,
    /// It begins anew at once.
    Restart,
}

/// Lists of addresses that count for everybody on the server. An address stands for itself and for what it contains:
/// an account for its resources, a host for its accounts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddressList {
    /// Nobody communicates with these.
    Blocked,
    /// Exceptions: with these one does, although the other list has what contains them.
    Allowed,
}

/// The most addresses of such a list: every stanza is held against them.
pub const MAX_ADDRESSES: usize = 1000;
