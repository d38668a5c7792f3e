//! What is tried of each parser: that it takes any bytes without a panic, within bounds of time and memory, and that what it accepts
//! has the properties that the rest of the service relies on.

pub mod bodies;
pub mod files;
pub mod headers;
mod heap;
pub mod imports;
mod networks;
pub mod tokens;
