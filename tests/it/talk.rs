//! Answers.

mod answer;
