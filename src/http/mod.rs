//! The HTTP/1.1 listener under all dialects.
