//! Copying: the desktop's clipboard, and the terminal's (OSC 52), which also works over SSH.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use base64::Engine as _;

use crate::domain::failure::{Failure, FailureKind};
use crate::text;

/// Terminals take at most about this many characters in one sequence.
const LONGEST_SEQUENCE: usize = 74_994;

/// The desktop's clipboard, opened at the first copy and kept: some desktops lose what was copied
/// when its owner goes.
#[derive(Default)]
pub(super) struct Clipboard {
    opened: Option<arboard::Clipboard>,
}

impl Clipboard {
    /// Sets the text. The error is one line.
    pub(super) fn set(&mut self, text: String) -> Result<(), String> {
        let clipboard = match &mut self.opened {
            Some(clipboard) => clipboard,
            None => self
                .opened
                .insert(arboard::Clipboard::new().map_err(|error| error.to_string())?),
        };
        clipboard.set_text(text).map_err(|error| error.to_string())
    }
}

/// Returns the sequence that asks the terminal to copy, in the wrapping that tmux and screen need;
/// `None` if the text is too long for it.
pub(super) fn sequence(text: &str) -> Option<String> {
    wrapped(
        text,
        std::env::var_os("TMUX").is_some(),
        std::env::var("TERM")
            .unwrap_or_default()
            .starts_with("screen"),
    )
}

fn wrapped(text: &str, in_tmux: bool, in_screen: bool) -> Option<String> {
    // Encoding makes four characters of three.
    if text.len() > LONGEST_SEQUENCE / 4 * 3 {
        return None;
    }
    let encoded = base64::engine::general_purpose::STANDARD.encode(text);
    if encoded.len() > LONGEST_SEQUENCE {
        return None;
    }
    let plain = format!("\x1b]52;c;{encoded}\x07");
    Some(if in_tmux {
        format!("\x1bPtmux;\x1b{plain}\x1b\\")
    } else if in_screen {
        // screen takes at most 768 bytes at once.
        let pieces: Vec<String> = plain
            .as_bytes()
            .chunks(700)
            .map(|piece| format!("\x1bP{}\x1b\\", String::from_utf8_lossy(piece)))
            .collect();
        pieces.concat()
    } else {
        plain
    })
}

/// Puts a text into a file that only its owner can read, and that stays. Returns where.
pub(super) fn to_file(text: &str) -> std::io::Result<PathBuf> {
    let mut file = tempfile::Builder::new()
        .prefix("airscope-copy-")
        .suffix(".txt")
        .tempfile()?;
    file.write_all(text.as_bytes())?;
    let (_, path) = file.keep().map_err(|error| error.error)?;
    Ok(path)
}

/// Words the outcome of all ways.
pub(super) fn outcome(
    length: usize,
    native: Result<(), String>,
    sent: bool,
    file: Option<&Path>,
) -> Result<String, Failure> {
    let size = text::plural(length as u64, "character");
    if let Some(file) = file {
        return Ok(format!(
            "{size}, too long for the terminal: they are in `{}`",
            text::safe(&file.to_string_lossy())
        ));
    }
    match (native, sent) {
        (Ok(()), true) => Ok(format!("{size}, to the clipboard and through the terminal")),
        (Ok(()), false) => Ok(format!("{size}, to the clipboard")),
        (Err(_), true) => Ok(format!("{size}, through the terminal (OSC 52)")),
        (Err(error), false) => Err(Failure::new(FailureKind::File, format!("Could not copy: {error}"))
            .detail(format!(
                "The terminal takes at most about {LONGEST_SEQUENCE} characters, and the desktop's clipboard cannot be reached."
            ))
            .hint("Save it with s.")),
    }
}

#[cfg(test)]
mod tests {
    use super::{outcome, wrapped};

    #[test]
    fn terminals_get_it_wrapped_as_they_need() {
        assert_eq!(
            wrapped("hi", false, false).as_deref(),
            Some("\x1b]52;c;aGk=\x07")
        );
        assert_eq!(
            wrapped("hi", true, true).as_deref(),
            Some("\x1bPtmux;\x1b\x1b]52;c;aGk=\x07\x1b\\")
        );
        assert!(
            wrapped(&"x".repeat(2000), false, true)
                .unwrap()
                .matches("\x1bP")
                .count()
                > 2
        );
        assert_eq!(wrapped(&"x".repeat(60_000), false, false), None);
    }

    #[test]
    fn the_notice_says_which_way_worked() {
        assert_eq!(
            outcome(1, Err("no display".into()), true, None).unwrap(),
            "1 character, through the terminal (OSC 52)"
        );
        let file = super::to_file("a long text").unwrap();
        let words = outcome(11, Err("no display".into()), false, Some(&file)).unwrap();
        assert!(
            words.contains("11 characters, too long for the terminal"),
            "{words}"
        );
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "a long text");
        std::fs::remove_file(&file).unwrap();
        assert!(outcome(1, Err("no display".into()), false, None).is_err());
    }
}
