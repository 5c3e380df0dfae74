//! Copying: the desktop's clipboard, and the terminal's (OSC 52), which also works over SSH.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use base64::Engine as _;

use crate::domain::failure::{Failure, FailureKind};
use crate::text;

/// Terminals take at most about this many characters in one sequence.
const LONGEST_SEQUENCE: usize = 74_994;

/// The desktop's clipboard, opened at the first copy and kept open: on some desktops the copied text
/// is lost when the program that owns it ends.
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

/// Whether the terminal was asked to copy, too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TerminalCopy {
    Sent,
    NotSent,
}

/// What the program runs in, as far as it matters to escape sequences.
#[derive(Debug, Clone, Copy)]
enum Multiplexer {
    None,
    Tmux,
    Screen,
}

impl Multiplexer {
    fn of_environment() -> Multiplexer {
        let term = std::env::var("TERM").unwrap_or_default();
        if std::env::var_os("TMUX").is_some() {
            Multiplexer::Tmux
        } else if term.starts_with("screen") {
            Multiplexer::Screen
        } else {
            Multiplexer::None
        }
    }
}

/// Returns the sequence that asks the terminal to copy, in the wrapping that tmux and screen need;
/// `None` if the text is too long for it.
pub(super) fn sequence(text: &str) -> Option<String> {
    wrapped(text, Multiplexer::of_environment())
}

fn wrapped(text: &str, multiplexer: Multiplexer) -> Option<String> {
    // Encoding makes four characters of three bytes.
    if text.len() > LONGEST_SEQUENCE / 4 * 3 {
        return None;
    }
    let encoded = base64::engine::general_purpose::STANDARD.encode(text);
    if encoded.len() > LONGEST_SEQUENCE {
        return None;
    }
    let plain = format!("\x1b]52;c;{encoded}\x07");
    Some(match multiplexer {
        Multiplexer::None => plain,
        Multiplexer::Tmux => format!("\x1bPtmux;\x1b{plain}\x1b\\"),
        // screen takes at most 768 bytes at once.
        Multiplexer::Screen => plain
            .as_bytes()
            .chunks(700)
            .map(|piece| format!("\x1bP{}\x1b\\", String::from_utf8_lossy(piece)))
            .collect(),
    })
}

/// Writes text to a new file that only its owner can read and that is not removed. Returns its path.
pub(super) fn to_file(text: &str) -> std::io::Result<PathBuf> {
    let mut file = tempfile::Builder::new()
        .prefix("airscope-copy-")
        .suffix(".txt")
        .tempfile()?;
    file.write_all(text.as_bytes())?;
    let (_, path) = file.keep().map_err(|error| error.error)?;
    Ok(path)
}

/// Returns which of the clipboards, or else the file, has the text; or why none has. `length` is in characters.
pub(super) fn outcome(
    length: usize,
    desktop: Result<(), String>,
    terminal: TerminalCopy,
    file: Option<&Path>,
) -> Result<String, Failure> {
    let size = text::plural(length as u64, "character");
    if let Some(file) = file {
        return Ok(format!(
            "{size}, too long for the terminal: they are in `{}`",
            text::safe(&file.to_string_lossy())
        ));
    }
    match (desktop, terminal) {
        (Ok(()), TerminalCopy::Sent) => Ok(format!("{size}, to the clipboard and through the terminal")),
        (Ok(()), TerminalCopy::NotSent) => Ok(format!("{size}, to the clipboard")),
        (Err(_), TerminalCopy::Sent) => Ok(format!("{size}, through the terminal (OSC 52)")),
        (Err(error), TerminalCopy::NotSent) => Err(Failure::new(FailureKind::File, format!("Could not copy: {error}"))
            .detail(format!(
                "The terminal takes at most about {LONGEST_SEQUENCE} characters, and the desktop's clipboard cannot be reached."
            ))
            .hint("Save it with s.")),
    }
}

#[cfg(test)]
mod tests {
    use super::{Multiplexer, TerminalCopy, outcome, wrapped};

    #[test]
    fn the_sequence_is_wrapped_as_the_multiplexer_needs() {
        assert_eq!(
            wrapped("hi", Multiplexer::None).as_deref(),
            Some("\x1b]52;c;aGk=\x07")
        );
        assert_eq!(
            wrapped("hi", Multiplexer::Tmux).as_deref(),
            Some("\x1bPtmux;\x1b\x1b]52;c;aGk=\x07\x1b\\")
        );
        assert!(
            wrapped(&"x".repeat(2000), Multiplexer::Screen)
                .unwrap()
                .matches("\x1bP")
                .count()
                > 2
        );
        assert_eq!(wrapped(&"x".repeat(60_000), Multiplexer::None), None);
    }

    #[test]
    fn the_notice_says_which_clipboard_has_the_text() {
        assert_eq!(
            outcome(1, Err("no display".into()), TerminalCopy::Sent, None).unwrap(),
            "1 character, through the terminal (OSC 52)"
        );
        let file = super::to_file("a long text").unwrap();
        let notice = outcome(
            11,
            Err("no display".into()),
            TerminalCopy::NotSent,
            Some(&file),
        )
        .unwrap();
        assert!(
            notice.contains("11 characters, too long for the terminal"),
            "{notice}"
        );
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "a long text");
        std::fs::remove_file(&file).unwrap();
        assert!(outcome(1, Err("no display".into()), TerminalCopy::NotSent, None).is_err());
    }
}
