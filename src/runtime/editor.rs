//! Other programs in our terminal: the editor and the pager, on a private file that is gone afterwards.

use std::io::{self, BufWriter, Write as _};
use std::process::Command;

use crate::app::effect::{Outside, Program};
use crate::json::document::Kind;
use crate::json::pretty;
use crate::text::push_safe;

/// Writes the value to a private file and runs the program on it until it ends. Blocks. Returns what was run.
pub(super) fn show(outside: &Outside) -> io::Result<String> {
    let document = &outside.document;
    let kind = outside.node.map(|node| document.kind(node));
    let suffix = if matches!(kind, Some(Kind::String) | None) {
        ".txt"
    } else {
        ".json"
    };
    let mut file = tempfile::Builder::new()
        .prefix("airscope-")
        .suffix(suffix)
        .tempfile()?;
    let mut out = BufWriter::new(file.as_file_mut());
    match (outside.node, kind) {
        (Some(node), Some(Kind::String)) => {
            out.write_all(lines(&document.plain(node)).as_bytes())?
        }
        (Some(node), _) => pretty::write(document, node, &mut out)?,
        // A body that is no JSON.
        (None, _) => {
            let body = document.body().joined();
            out.write_all(lines(&String::from_utf8_lossy(&body)).as_bytes())?;
        }
    }
    out.flush()?;
    drop(out);
    let program = command(outside.program, &|name| std::env::var(name).ok());
    // The variable may hold arguments, as the shell reads them.
    let mut command = Command::new("sh");
    command
        .arg("-c")
        .arg(format!("{program} \"$1\""))
        .arg("sh")
        .arg(file.path());
    // Neither what is piped into us nor a terminal that does not wait is for it.
    command.stdin(super::keyboard::for_programs()?);
    remove_secrets(&mut command);
    let status = command.status()?;
    match status.code() {
        Some(127) => Err(io::Error::new(
            io::ErrorKind::NotFound,
            format!("`{program}` is not there"),
        )),
        Some(_) | None => Ok(program),
    }
}

/// Lets a program that we start inherit none of our secrets.
pub(super) fn remove_secrets(command: &mut Command) {
    for name in ["AIRBYTE_CLIENT_SECRET", "AIRBYTE_APPLICATION_TOKEN"] {
        command.env_remove(name);
    }
}

/// Returns the command of the user's choice.
fn command(program: Program, variable: &dyn Fn(&str) -> Option<String>) -> String {
    let (names, usual): (&[&str], _) = match program {
        Program::Editor => (&["VISUAL", "EDITOR"], "vi"),
        Program::Pager => (&["PAGER"], "less"),
    };
    let set = names
        .iter()
        .find_map(|name| variable(name).filter(|value| !value.trim().is_empty()));
    set.unwrap_or_else(|| usual.to_owned())
}

/// Keeps line breaks and tabs; whatever else could drive a terminal is escaped.
fn lines(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '\n' | '\t' => out.push(character),
            _ => push_safe(&mut out, character),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{command, lines};
    use crate::app::effect::Program;

    #[test]
    fn the_users_own_programs_go_first() {
        let set = |name: &str| match name {
            "EDITOR" => Some("code -w".to_owned()),
            "VISUAL" => Some(" ".to_owned()),
            _ => None,
        };
        assert_eq!(command(Program::Editor, &set), "code -w");
        assert_eq!(command(Program::Pager, &set), "less");
    }

    #[test]
    fn text_for_a_pager_cannot_drive_the_terminal() {
        assert_eq!(lines("a\tb\n\u{1b}[2J\u{202e}"), "a\tb\n\\u001b[2J\\u202e");
    }
}
