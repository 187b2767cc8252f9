//! The HTTP frame against clients that are slow, greedy, broken or hostile, on real sockets: they lose
//! their connection, and nobody else notices.

mod flood;
mod framing;
mod harness;
mod patience;
mod room;
mod stopping;
mod tls;
