//! Where keys go.

/// The panes of the screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pane {
    /// The connector list.
    Connectors,
    /// The form.
    Request,
    /// The reply.
    Reply,
}

impl Pane {
    /// The panes in the order of Tab.
    pub const ALL: [Pane; 3] = [Pane::Connectors, Pane::Request, Pane::Reply];

    /// Returns the pane's name as its title shows it.
    pub fn name(self) -> &'static str {
        match self {
            Pane::Connectors => "Connectors",
            Pane::Request => "Request",
            Pane::Reply => "Reply",
        }
    }
}

/// Where a binding holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// Even while text is typed.
    Always,
    /// Wherever no text is typed.
    Everywhere,
    /// In the connector list.
    Connectors,
    /// In the form.
    Request,
    /// In the reply.
    Reply,
    /// After `y`.
    CopyPrefix,
    /// After `z`.
    FoldPrefix,
}

impl Place {
    /// Every place, in the order of the manual.
    pub const ALL: [Place; 7] = [
        Place::Always,
        Place::Everywhere,
        Place::Connectors,
        Place::Request,
        Place::Reply,
        Place::CopyPrefix,
        Place::FoldPrefix,
    ];

    /// Returns the place's name in the manual.
    pub fn name(self) -> &'static str {
        match self {
            Place::Always => "Always, even while typing",
            Place::Everywhere => "Everywhere",
            Place::Connectors => "Connectors",
            Place::Request => "Request",
            Place::Reply => "Reply",
            Place::CopyPrefix => "Copy, after y",
            Place::FoldPrefix => "Folds, after z",
        }
    }
}
