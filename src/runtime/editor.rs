//! The user's editor and pager, run in the terminal on a private file that is removed afterwards.

use std::io::{self, BufWriter, Write as _};
use std::path::Path;
use std::process::{Command, ExitStatus};

use crate::app::effect::{Draft, DraftFormat, Outside, Program};
use crate::json::document::Kind;
use crate::json::pretty;
use crate::text;

/// Writes the value to a private file and runs the program on it until it ends. Blocks. Returns the command that was run.
pub(super) fn show(value: &Outside) -> io::Result<String> {
    let document = &value.document;
    let kind = value.node.map(|node| document.kind(node));
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
    match (value.node, kind) {
        (Some(node), Some(Kind::String)) => {
            out.write_all(safe_lines(&document.plain(node)).as_bytes())?
        }
        (Some(node), _) => pretty::write(document, node, &mut out)?,
        // A body that is not JSON.
        (None, _) => {
            let body = document.body().joined();
            out.write_all(safe_lines(&String::from_utf8_lossy(&body)).as_bytes())?;
        }
    }
    out.flush()?;
    drop(out);
    run(value.program, file.path()).map(|(program, _)| program)
}

/// Writes a text to a private file and runs the user's editor on it until it ends. Blocks. Returns the text that the editor has
/// left; nothing if it ended with an error, which is how editors say that nothing is to be taken.
pub(super) fn edit(draft: &Draft) -> io::Result<Option<String>> {
    let suffix = match draft.format {
        DraftFormat::Text => ".txt",
        DraftFormat::Json => ".json",
    };
    let mut file = tempfile::Builder::new()
        .prefix("airscope-")
        .suffix(suffix)
        .tempfile()?;
    file.as_file_mut().write_all(draft.text.as_bytes())?;
    let (_, status) = run(Program::Editor, file.path())?;
    if !status.success() {
        return Ok(None);
    }
    // By its path: many editors put a new file in place of the former one.
    let left = std::fs::read_to_string(file.path()).map_err(|error| {
        let words = format!("what the editor left could not be read: {error}");
        io::Error::new(io::ErrorKind::InvalidData, words)
    })?;
    Ok(Some(left))
}

/// Runs the program on a file until it ends. Returns the command that was run, and how it ended.
fn run(program: Program, path: &Path) -> io::Result<(String, ExitStatus)> {
    let program = command(program, &|name| std::env::var(name).ok());
    // The variable may hold arguments, so a shell splits it.
    let mut command = Command::new("sh");
    command
        .arg("-c")
        .arg(format!("{program} \"$1\""))
        .arg("sh")
        .arg(path);
    // Not this program's own input, which is a pipe or a non-blocking terminal.
    command.stdin(super::keyboard::for_programs()?);
    remove_secrets(&mut command);
    let status = command.status()?;
    match status.code() {
        Some(127) => Err(io::Error::new(
            io::ErrorKind::NotFound,
            format!("`{program}` is not there"),
        )),
        Some(_) | None => Ok((program, status)),
    }
}

/// Removes the variables that hold secrets from the environment that a program inherits.
pub(super) fn remove_secrets(command: &mut Command) {
    for name in ["AIRBYTE_CLIENT_SECRET", "AIRBYTE_APPLICATION_TOKEN"] {
        command.env_remove(name);
    }
}

/// Returns the command that the environment chooses, or the usual one.
fn command(program: Program, variable: &dyn Fn(&str) -> Option<String>) -> String {
    let (names, default): (&[&str], _) = match program {
        Program::Editor => (&["VISUAL", "EDITOR"], "vi"),
        Program::Pager => (&["PAGER"], "less"),
    };
    let chosen = names
        .iter()
        .find_map(|name| variable(name).filter(|value| !value.trim().is_empty()));
    chosen.unwrap_or_else(|| default.to_owned())
}

/// Escapes all that could drive a terminal, except line breaks and tabs.
fn safe_lines(text: &str) -> String {
    text::safe_but(text, &['\n', '\t'])
}

#[cfg(test)]
mod tests {
    use super::{command, safe_lines};
    use crate::app::effect::Program;

    #[test]
    fn variables_choose_the_program() {
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
        assert_eq!(
            safe_lines("a\tb\n\u{1b}[2J\u{202e}"),
            "a\tb\n\\u001b[2J\\u202e"
        );
    }
}
