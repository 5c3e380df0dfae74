//! Unit tests of the pane, without a runtime and without a screen.
