//! How far a command has come, shown on a terminal and nowhere else.

use std::ops::ControlFlow;

use indicatif::{ProgressBar, ProgressStyle};

use crate::domain::progress::{Progress, Step};

/// A bar that goes when it is dropped. Hidden where standard error is no terminal.
pub struct Bar(ProgressBar);

impl Bar {
    pub fn new(what: &'static str) -> Self {
        let bar = ProgressBar::new(0).with_message(what);
        // A template that cannot be read leaves the bar with its own style.
        if let Ok(style) = ProgressStyle::with_template("{msg} {bar:40} {percent}% {eta}") {
            bar.set_style(style);
        }
        Self(bar)
    }

    pub fn show(&self, step: Step) {
        self.0.set_length(step.total);
        self.0.set_position(step.done);
    }

    /// Writes lines to standard output without tearing the bar.
    pub fn teller(&self) -> impl FnMut(&str) + 'static {
        let bar = self.0.clone();
        move |line| bar.suspend(|| println!("{line}"))
    }

    /// For work that tells of itself.
    pub fn progress(&self) -> Progress {
        let bar = self.0.clone();
        Box::new(move |step| {
            bar.set_length(step.total);
            bar.set_position(step.done);
            ControlFlow::Continue(())
        })
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
