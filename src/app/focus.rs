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
pub enum KeyContext {
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

impl KeyContext {
    /// Every place, in the order of the manual.
    pub const ALL: [KeyContext; 7] = [
        KeyContext::Always,
        KeyContext::Everywhere,
        KeyContext::Connectors,
        KeyContext::Request,
        KeyContext::Reply,
        KeyContext::CopyPrefix,
        KeyContext::FoldPrefix,
    ];

    /// Returns the place's name in the manual.
    pub fn name(self) -> &'static str {
        match self {
            KeyContext::Always => "Always, even while typing",
            KeyContext::Everywhere => "Everywhere",
            KeyContext::Connectors => "Connectors",
            KeyContext::Request => "Request",
            KeyContext::Reply => "Reply",
            KeyContext::CopyPrefix => "Copy, after y",
            KeyContext::FoldPrefix => "Folds, after z",
        }
    }
}
