//! Tokens as services hand them out.

use proptest::prelude::*;

use super::{LONGEST, MOST, decode};

/// Writes the layers as `name=text`, but for the first.
fn layers(text: &str) -> Vec<String> {
    decode(text)
        .into_iter()
        .skip(1)
        .map(|layer| {
            format!(
                "{}{}={}",
                " ".repeat(layer.depth - 1),
                layer.name,
                layer.text
            )
        })
        .collect()
}

#[test]
fn each_wrapping_is_taken_off() {
    let check = |text: &str, expected: &[&str]| assert_eq!(layers(text), expected, "{text}");
    check("Y3Vyc29yOnYyOjAwMDEw", &["base64=cursor:v2:00010"]);
    check(
        "eyJvIjoyNX0",
        &[
            "base64 without padding={\"o\":25}",
            " JSON={\n  \"o\": 25\n}",
        ],
    );
    check(
        "eyJvIjoyNX0=",
        &["base64={\"o\":25}", " JSON={\n  \"o\": 25\n}"],
    );
    check("Pz8_Pz8-", &["base64url=????>"].map(|_| "base64url=?????>"));
    check(
        "Y3Vyc29yOnYyOpHOAA==",
        &["base64=63 75 72 73 6f 72 3a 76 32 3a 91 ce 00"],
    );
    check(
        "https://x.example/v2/list?limit=2&cursor=eyJvIjoyNX0%3D",
        &[
            "URL=https://x.example/v2/list",
            "query `limit`=2",
            "query `cursor`=eyJvIjoyNX0=",
            " base64={\"o\":25}",
            "  JSON={\n  \"o\": 25\n}",
        ],
    );
    check(
        "/wiki/api?cursor=abc",
        &["URL=/wiki/api", "query `cursor`=abc"],
    );
    check(
        "gid://shopify/Order/1700000000",
        &[
            "gid application=shopify",
            "gid type=Order",
            "gid id=1700000000",
            " epoch seconds=2023-11-14 22:13:20 UTC",
        ],
    );
    check(
        "1700000000123",
        &["epoch milliseconds=2023-11-14 22:13:20 UTC"],
    );
    check("48656c6c6f21", &["hex=Hello!"]);
    check("a%3Db", &["percent-encoded=a=b"]);
    check(
        "\"eyJvIjoyNX0=\"",
        &[
            "JSON string=eyJvIjoyNX0=",
            " base64={\"o\":25}",
            "  JSON={\n  \"o\": 25\n}",
        ],
    );
    check(
        "eyJhbGciOiJIUzI1NiJ9.eyJleHAiOjE3MDAwMDAwMDB9.AQID",
        &[
            "JWT header={\"alg\":\"HS256\"}",
            " JSON={\n  \"alg\": \"HS256\"\n}",
            "JWT claims={\"exp\":1700000000}",
            " JSON={\n  \"exp\": 1700000000\n}",
            " JSON `.exp`=1700000000",
            "  epoch seconds=2023-11-14 22:13:20 UTC",
            "JWT signature, not verified=01 02 03",
        ],
    );
}

#[test]
fn words_and_numbers_are_left_alone() {
    for text in [
        "",
        "after",
        "repository",
        "12",
        "4711",
        "hello world",
        "2026-05-01",
        "deadline",
    ] {
        assert!(layers(text).is_empty(), "{text}: {:?}", layers(text));
    }
}

proptest! {
    #[test]
    fn nothing_is_too_odd(text in any::<String>(), wraps in 0usize..20) {
        use base64::Engine as _;
        let mut text = text;
        for _ in 0..wraps {
            text = base64::engine::general_purpose::STANDARD.encode(&text);
        }
        prop_assert!(decode(&text).len() <= MOST);
        prop_assert!(decode(&"A".repeat(LONGEST + 1)).len() == 1);
    }
}
