//! The harness: the service as a process, driven from outside.
//!
//! Every test that needs a running service starts the real binary, `firekeeper serve --demo`, with the repository's own
//! `config.toml`, in a temporary data directory and on ports of its own. What a test wants different it says as settings
//! (`FIREKEEPER__SECTION__KEY` in the environment), so a test can do nothing that an operator cannot. A service is ready when
//! its liveness probe answers, and dies with the value that started it. Tests therefore run side by side and in any order.
//!
//! The parts, each usable alone:
//!
//! * [`service`] starts, restarts and stops one service; [`service::Settings`] are its settings.
//! * [`ports`] gives out ports that nobody else takes by chance.
//! * [`wire`] speaks HTTP/1.1 over a plain socket and sends exactly the bytes it is told: any path, any header, twice the same
//!   header, a broken escape. It adds `Host` and `Content-Length` when they are missing, and `Connection: close` to a single
//!   exchange, nothing else.
//! * [`canonical`] brings an XML or JSON body into a form in which two bodies that mean the same are equal: attribute order,
//!   key order and, when asked, the order of lists do not count, and named values can be masked.
//! * [`recording`] reads the files of `fixtures/openfire/recorded` (their README tells the format) and compares an answer
//!   with the recorded one; [`recorded_clients`] runs the steps of their XMPP clients.
//! * [`xmpp`] is an XMPP client that sends exactly the text that it is told and hands over what arrives as trees, read by the
//!   parser of the service itself, which has tests of its own.
//! * [`script`] runs hand-written exchanges from TOML files, whose format stands at its top.
//! * [`measured`] starts a service with a listener for its metrics, and [`exposition`] reads them.
//! * [`compat`] reads `plugins-compat/openfire-*.toml`: routes, quirks, messages, and the recorded steps that are answered
//!   otherwise on purpose, each with the answer given instead.
//! * [`rust_files`] finds the code, for tests of what stands in it.
//!
//! Otherwise nothing here knows the code of the service, and nothing is retried: an answer that comes late or broken is a failure.

#![expect(dead_code, reason = "each test binary compiles the whole harness and uses a part")]

pub mod canonical;
pub mod compat;
pub mod exposition;
pub mod measured;
pub mod ports;
pub mod recorded_clients;
pub mod recording;
pub mod rust_files;
pub mod script;
pub mod service;
pub mod wire;
pub mod xmpp;
