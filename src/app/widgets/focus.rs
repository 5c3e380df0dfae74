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

    /// Returns the pane that follows.
    pub fn next(self) -> Pane {
        match self {
            Pane::Connectors => Pane::Request,
            Pane::Request => Pane::Reply,
            Pane::Reply => Pane::Connectors,
        }
    }

    /// Returns the pane that this one follows.
    pub fn previous(self) -> Pane {
        self.next().next()
    }

    /// Returns the context of the pane's own keys.
    pub fn key_context(self) -> KeyContext {
        match self {
            Pane::Connectors => KeyContext::Connectors,
            Pane::Request => KeyContext::Request,
            Pane::Reply => KeyContext::Reply,
        }
    }

    /// Returns the pane's name as its title shows it.
    pub fn name(self) -> &'static str {
        match self {
            Pane::Connectors => "Connectors",
            Pane::Request => "Request",
            Pane::Reply => "Reply",
        }
    }
}

/// Where a key binding holds.
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
    /// Every context, in the order of the manual.
    pub const ALL: [KeyContext; 7] = [
        KeyContext::Always,
        KeyContext::Everywhere,
        KeyContext::Connectors,
        KeyContext::Request,
        KeyContext::Reply,
        KeyContext::CopyPrefix,
        KeyContext::FoldPrefix,
    ];

    /// Returns the context's name in the manual.
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

/// Which pane has the keys, and what a key means there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Focus {
    /// The pane that has the keys.
    pub pane: Pane,
    /// Whether it is shown alone.
    pub zoomed: bool,
    /// The context of a prefix key that waits for its second key.
    pub prefix: Option<KeyContext>,
}

impl Focus {
    /// Gives the keys to a pane.
    pub fn on(pane: Pane) -> Focus {
        Focus {
            pane,
            zoomed: false,
            prefix: None,
        }
    }
}
