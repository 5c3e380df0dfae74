//! Colours: the terminal's own sixteen, each with one meaning; or none at all.

use ratatui::style::{Color, Modifier, Style};

use crate::app::widgets::notice::Tone;
use crate::json::rows::Role;

/// Which colours are used. Meaning never rests on them alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Theme {
    /// The terminal's sixteen colours.
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
        match self {
            Theme::Sixteen => Style::new().fg(Color::DarkGray),
            Theme::Plain => Style::new().add_modifier(Modifier::DIM),
        }
    }

    /// The border of a pane.
    pub(super) fn border(self, focused: bool) -> Style {
        if focused { self.accent() } else { self.dim() }
    }

    /// The name in a pane's title.
    pub(super) fn title(self, focused: bool) -> Style {
        if focused {
            self.accent().add_modifier(Modifier::BOLD)
        } else {
            Style::new()
        }
    }

    /// The selected row of the pane that has the focus.
    pub(super) fn selected(self) -> Style {
        match self {
            Theme::Sixteen => Style::new().fg(Color::Black).bg(Color::Cyan),
            Theme::Plain => Style::new().add_modifier(Modifier::REVERSED),
        }
    }

    /// A key in the footer, a literal, a hint.
    pub(super) fn hint(self) -> Style {
        self.colour(Color::Cyan)
    }

    /// A match of a search.
    pub(super) fn matched(self) -> Style {
        self.colour(Color::Yellow)
            .add_modifier(Modifier::UNDERLINED)
    }

    /// A match of a search inside of a text of another style.
    pub(super) fn matched_in(self, style: Style) -> Style {
        // What is selected keeps its colours: yellow on cyan is not to be read.
        if style.bg.is_some() || style.add_modifier.contains(Modifier::REVERSED) {
            style.add_modifier(Modifier::UNDERLINED | Modifier::BOLD)
        } else {
            style.patch(self.matched())
        }
    }

    /// The row of the selected cell.
    pub(super) fn current(self) -> Style {
        match self {
            Theme::Sixteen => Style::new().fg(Color::Cyan),
            Theme::Plain => Style::new().add_modifier(Modifier::BOLD),
        }
    }

    /// What changes data.
    pub(super) fn danger(self) -> Style {
        self.colour(Color::Red).add_modifier(Modifier::BOLD)
    }

    /// A warning.
    pub(super) fn warning(self) -> Style {
        self.colour(Color::Yellow)
    }

    /// The sign and the style of a notice.
    pub(super) fn tone(self, tone: Tone) -> (&'static str, Style) {
        match tone {
            Tone::Done => ("✓", self.colour(Color::Green)),
            Tone::Info => ("·", Style::new()),
            Tone::Warning => ("!", self.warning()),
            Tone::Error => ("✗", self.colour(Color::Red)),
        }
    }

    /// A piece of a JSON row.
    pub(super) fn role(self, role: Role) -> Style {
        match role {
            Role::Key => self.colour(Color::LightBlue),
            Role::Index | Role::Punctuation | Role::Note => self.dim(),
            Role::String => self.colour(Color::Green),
            Role::Number => self.colour(Color::Magenta),
            Role::Literal => self.colour(Color::Yellow),
            Role::Cut => self.warning(),
            Role::Bad => self.colour(Color::Red).add_modifier(Modifier::BOLD),
        }
    }
}
