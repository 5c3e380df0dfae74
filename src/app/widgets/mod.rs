//! Small parts that several panes and popups are made of.

pub mod cursor;
pub mod focus;
pub mod load;
pub mod notice;
pub mod text_field;
