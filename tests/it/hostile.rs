//! Text from the service never drives the terminal.

use airscope::app::session::Setup;

use crate::support::{Journey, opened};

/// What a screen may hold: no control, no bidi mark, no zero-width character.
fn assert_harmless(screen: &str, when: &str) {
    for character in screen.chars().filter(|character| *character != '\n') {
        assert!(
            airscope::text::is_harmless(character),
            "{when}: {character:?} is on the screen:\n{screen}"
        );
    }
}

#[tokio::test]
async fn no_view_shows_what_could_drive_a_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let mut journey = Journey::preset(
        "hostile-text",
        "github issues list per_page=10",
        folder.path(),
    )
    .await;
    for keys in [
        "<F5>",
        "zR",
        "jjjj",
        "<Enter>",
        "<Esc>",
        "t",
        "t",
        "t",
        "t",
        "/title<Enter>",
        "?",
        "<Esc>",
        "yp",
        "yy",
        "s",
        "b",
    ] {
        journey.keys(keys).await;
        assert_harmless(&journey.screen(), keys);
    }
}

#[tokio::test]
async fn nor_does_any_other_way_of_reading() {
    let folder = tempfile::tempdir().unwrap();
    let mut journey = Journey::preset(
        "hostile-text",
        "github issues list per_page=10",
        folder.path(),
    )
    .await;
    let strokes = [
        "<F5>",
        "v",
        "jll",
        "<Enter>",
        "O",
        "+",
        "<Esc>",
        "v",
        "jjj",
        "<Enter>",
        "lll",
        "v",
        "F",
        "jj",
        "<Esc>",
        "@",
        "<Esc>",
        "*",
        "&",
        "&",
        "<Esc>",
        "|.",
        "<Enter>",
        "v",
        "v",
        "<Esc>",
        "|.[0].title | error",
        "<Esc>",
        "<Space>",
        "yr",
        "yt",
        "E",
        "<Esc>",
    ];
    for keys in strokes {
        journey.keys(keys).await;
        assert_harmless(&journey.screen(), keys);
    }
    // The same as a file, whose name is no better.
    let file = folder.path().join("a\u{1b}[2J\u{202e}.json");
    std::fs::write(
        &file,
        "{\"k\u{1b}ey\u{202e}\":\"\u{9b}31m\u{200b}\",\"b\":\"\\u001b]0;x\\u0007\"}",
    )
    .unwrap();
    let mut journey = opened(&file, Setup::default()).await;
    for keys in [
        "",
        "<Enter>",
        "<Esc>",
        "v",
        "<Enter>",
        "j",
        "v",
        "yk",
        "yp",
        "yj",
        "yb",
        "F",
        "<Esc>",
        "/re:\u{9b}<Enter>",
        "@key<Enter>",
    ] {
        journey.keys(keys).await;
        assert_harmless(&journey.screen(), keys);
    }
}

#[tokio::test]
async fn wide_text_keeps_the_columns() {
    let folder = tempfile::tempdir().unwrap();
    let mut journey = Journey::preset(
        "wide-unicode",
        "github issues list per_page=10",
        folder.path(),
    )
    .await;
    journey.keys("<F5>zR").await;
    let screen = journey.screen();
    for line in screen.lines().skip(1).take(34) {
        assert_eq!(airscope::text::width(line), 120, "{line}");
    }
}
