//! The holes of comparable servers, one by one, shown absent here: whoever has no credentials, or fewer than an administrator,
//! or sends what no client sends, gets nothing, changes nothing and stops nobody.

#[path = "../support/mod.rs"]
mod support;

mod comparisons;
mod credentials;
mod documents;
mod durability;
mod every_route;
mod exemptions;
mod forwarded;
mod injection;
mod json_documents;
mod names;
mod property_writes;
mod route_groups;
mod secrets;
mod sizes;
mod visitor;
