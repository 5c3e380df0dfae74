//! Colours: the terminal's own, each with one meaning; or none at all.
//!
//! There are three levels of text: the terminal's default, faint (SGR 2) for what need not be read, and borders. Colour 8 and the other bright
//! colours are never used: in some palettes they are the background. Words that must be read have the default colour;
//! a colour stands on a sign, a key, a title or a piece of JSON. `tests/it/contrast.rs` holds that on six palettes.

use ratatui::style::{Color, Modifier, Style};

use crate::app::widgets::notice::Tone;
use crate::json::rows::Role;

/// Which colours are used. Meaning never rests on them alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Theme {
    /// The terminal's own colours, without the bright ones.
    Sixteen,
    /// No colours, for `NO_COLOR`: only bold, dim and reversed.
    Plain,
}

impl Theme {
    fn colour(self, colour: Color) -> Style {
        match self {
            Theme::Sixteen => Style::new().fg(colour),
            Theme::Plain => Style::new(),
        }
    }

    /// What has the focus.
    pub(super) fn accent(self) -> Style {
        self.colour(Color::Cyan)
    }

    /// What need not be read.
    pub(super) fn dim(self) -> Style {
        // Of what is below, the border of a title for instance, no colour stays: a faint colour can hardly be read.
        Style::new().fg(Color::Reset).add_modifier(Modifier::DIM)
    }

    /// What changes data or cannot be undone.
    pub(super) fn danger(self) -> Style {
        self.colour(Color::Red).add_modifier(Modifier::BOLD)
    }

    /// The border of a pane.
    pub(super) fn border(self, focused: bool) -> Style {
        if focused {
            // A wall that is shared was drawn faint before.
            self.accent().remove_modifier(Modifier::DIM)
        } else {
            self.dim()
        }
    }

    /// What stands out without having the focus: what is chosen, what is marked.
    pub(super) fn strong(self) -> Style {
        Style::new().add_modifier(Modifier::BOLD)
    }

    /// The part of a wall that says where one is.
    pub(super) fn thumb(self) -> Style {
        self.strong()
    }

    /// What is below a popup: without colour, so that nothing of it stands out.
    pub(super) fn behind(self) -> Style {
        Style::reset().add_modifier(Modifier::DIM)
    }

    /// The name in a pane's title.
    pub(super) fn title(self, focused: bool) -> Style {
        if focused {
            self.accent().add_modifier(Modifier::BOLD)
        } else {
            Style::new()
        }
    }

    /// What is changed of the styles in the selected row of the pane that has the focus: nothing of it is faint.
    pub(super) fn selected(self) -> Style {
        Style::new()
            .add_modifier(Modifier::BOLD)
            .remove_modifier(Modifier::DIM)
    }

    /// The selected cell of a table; the mark of the selected row.
    pub(super) fn cell(self) -> Style {
        // Default colours: a colour that can be read on the background need not be one that can be read on.
        Style::new().add_modifier(Modifier::BOLD | Modifier::REVERSED)
    }

    /// A key that can be pressed.
    pub(super) fn hint(self) -> Style {
        self.colour(Color::Cyan)
    }

    /// A match of a search inside of a text of another style.
    pub(super) fn matched_in(self, style: Style) -> Style {
        let bold = style.add_modifier & Modifier::BOLD;
        if style.add_modifier.contains(Modifier::REVERSED) {
            style.add_modifier(Modifier::UNDERLINED)
        } else {
            Style::new().add_modifier(Modifier::REVERSED | bold)
        }
    }

    /// The words of a warning. Yellow is no colour for words: on white it can hardly be read.
    pub(super) fn warning(self) -> Style {
        self.strong()
    }

    /// The sign of a warning.
    pub(super) fn warning_sign(self) -> Style {
        self.colour(Color::Yellow).add_modifier(Modifier::BOLD)
    }

    /// The sign of a notice and its style. The words beside it have the default colour.
    pub(super) fn tone(self, tone: Tone) -> (&'static str, Style) {
        match tone {
            Tone::Done => ("✓", self.colour(Color::Green)),
            Tone::Info => ("·", Style::new()),
            Tone::Warning => ("!", self.warning_sign()),
            Tone::Error => ("✗", self.danger()),
        }
    }

    /// A piece of a JSON row.
    pub(super) fn role(self, role: Role) -> Style {
        match role {
            Role::Key => Style::new(),
            Role::Index | Role::Punctuation | Role::Note => self.dim(),
            Role::String => self.colour(Color::Green),
            Role::Number | Role::Literal => self.colour(Color::Magenta),
            Role::Cut => self.warning(),
            Role::Bad => self.danger(),
        }
    }
}
