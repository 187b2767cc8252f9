//! How far a long piece of work has come.

use std::ops::ControlFlow;

/// Part of a long piece of work, in units that only mean something together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    pub done: u64,
    pub total: u64,
}

/// Told now and then how far the work is; answers whether to go on with it.
pub type Progress = Box<dyn FnMut(Step) -> ControlFlow<()> + Send>;
