//! Text from the service never drives the terminal.

use crate::support::Journey;

/// What a screen may hold: no control, no bidi mark, no zero-width character.
fn assert_harmless(screen: &str, when: &str) {
    for character in screen.chars().filter(|character| *character != '\n') {
        assert!(airscope::domain::text::is_harmless(character), "{when}: {character:?} is on the screen:\n{screen}");
    }
}

#[tokio::test]
async fn no_view_shows_what_could_drive_a_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let mut journey = Journey::preset("hostile-text", "github issues list per_page=10", folder.path()).await;
    for keys in ["<F5>", "zR", "jjjj", "<Enter>", "<Esc>", "t", "t", "t", "t", "/title<Enter>", "?", "<Esc>", "yp", "yy", "s", "b"] {
        journey.keys(keys).await;
        assert_harmless(&journey.screen(), keys);
    }
}

#[tokio::test]
async fn wide_text_keeps_the_columns() {
    let folder = tempfile::tempdir().unwrap();
    let mut journey = Journey::preset("wide-unicode", "github issues list per_page=10", folder.path()).await;
    journey.keys("<F5>zR").await;
    let screen = journey.screen();
    for line in screen.lines().skip(1).take(34) {
        assert_eq!(airscope::domain::text::width(line), 120, "{line}");
    }
}
