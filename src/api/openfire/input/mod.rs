//! Reading entities.
