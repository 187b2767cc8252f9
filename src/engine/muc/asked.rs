//! Requests of occupants with several sessions that are not answered: which of them asked.

use std::collections::VecDeque;

use crate::engine::session::Session;

/// Questions of one room that are remembered; the oldest are forgotten.
const MOST: usize = 100;

#[derive(Debug, Default)]
pub struct Asked(VecDeque<Question>);

#[derive(Debug)]
struct Question {
    asking: Box<str>,
    asked: Box<str>,
    id: Option<Box<str>>,
}

impl Asked {
    /// `asking` has sent `asked` a request of this id.
    pub fn note(&mut self, asking: &Session, asked: &Session, id: Option<Box<str>>) {
        if self.0.len() >= MOST {
            self.0.pop_front();
        }
        self.0.push_back(Question {
            asking: asking.id().into(),
            asked: asked.id().into(),
            id,
        });
    }

    /// The id of the session that asked what `asked` answers.
    pub fn take(&mut self, asked: &Session, id: Option<&str>) -> Option<Box<str>> {
        let is_answered = |question: &Question| *question.asked == *asked.id() && question.id.as_deref() == id;
        let at = self.0.iter().position(is_answered)?;
        self.0.remove(at).map(|question| question.asking)
    }
}
