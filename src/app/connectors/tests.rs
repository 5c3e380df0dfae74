//! Unit tests of the pane, without a runtime and without a screen.

use super::ConnectorsPane;
use crate::app::testing::{act, session};

#[test]
fn without_connectors_nothing_is_selected() {
    let mut pane = ConnectorsPane::default();
    act(&session(), |context| pane.load(context));
    assert_eq!(pane.selected(&session()), None);
}
