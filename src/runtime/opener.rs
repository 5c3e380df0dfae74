//! The system's program for a file or an address, started beside this one.

use std::io::ErrorKind;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::editor::remove_secrets;
use crate::domain::failure::{Failure, FailureKind};
use crate::text;

/// Opens a file or an address with `opener`, or with the system's program. Returns what was opened.
///
/// The program runs on by itself; its exit code is not examined.
pub(super) fn open(opener: Option<&Path>, target: &str) -> Result<String, Failure> {
    let mut child = spawn(opener, target)?;
    // Waiting removes the entry of the ended process from the system's table. It needs no count among the tasks: no
    // message follows, and where the thread cannot be started the entry goes with this program.
    let _ = std::thread::Builder::new()
        .name("opener".to_owned())
        .spawn(move || child.wait());
    Ok(target.to_owned())
}

/// Starts the first program that is installed.
fn spawn(opener: Option<&Path>, target: &str) -> Result<Child, Failure> {
    let mut first_error = None;
    for mut command in commands(opener, target) {
        match command.spawn() {
            Ok(child) => return Ok(child),
            Err(error) => {
                let is_missing = error.kind() == ErrorKind::NotFound;
                first_error.get_or_insert_with(|| could_not_open(target, &command, &error));
                if !is_missing {
                    break;
                }
            }
        }
    }
    Err(first_error.unwrap_or_else(|| {
        Failure::new(
            FailureKind::File,
            format!("Could not open `{}`", text::safe(target)),
        )
        .hint(HINT)
    }))
}

/// Returns the commands to try, in this order. None of them inherits a secret or the terminal.
fn commands(opener: Option<&Path>, target: &str) -> Vec<Command> {
    // A name that begins with a dash would be taken for an option.
    let argument = if target.starts_with('-') {
        format!("./{target}")
    } else {
        target.to_owned()
    };
    let mut commands = match opener {
        Some(opener) => {
            let mut command = Command::new(opener);
            command.arg(argument);
            vec![command]
        }
        None => open::commands(argument),
    };
    for command in &mut commands {
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        remove_secrets(command);
    }
    commands
}

const HINT: &str = "y copies it, to be opened elsewhere.";

fn could_not_open(target: &str, command: &Command, error: &std::io::Error) -> Failure {
    let program = command.get_program().to_string_lossy();
    Failure::new(
        FailureKind::File,
        format!(
            "Could not open `{}` with `{}`: {error}",
            text::safe(target),
            text::safe(&program)
        ),
    )
    .hint(HINT)
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;
    use std::path::Path;

    use super::{commands, open, spawn};

    #[test]
    fn the_target_is_one_argument_and_no_option() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("a b; touch c");
        assert!(
            spawn(Some(Path::new("touch")), target.to_str().unwrap())
                .unwrap()
                .wait()
                .unwrap()
                .success()
        );
        assert!(target.exists() && std::fs::read_dir(folder.path()).unwrap().count() == 1);
        assert!(
            !spawn(Some(Path::new("cat")), "--version")
                .unwrap()
                .wait()
                .unwrap()
                .success()
        );
        let failure = open(Some(Path::new("/no/such/program")), "https://x.example/").unwrap_err();
        assert!(
            failure
                .summary
                .starts_with("Could not open `https://x.example/` with `/no/such/program`"),
            "{}",
            failure.summary
        );
    }

    #[test]
    fn no_program_of_the_system_inherits_a_secret_or_takes_the_target_for_an_option() {
        for opener in [None, Some(Path::new("touch"))] {
            let commands = commands(opener, "--version");
            assert!(!commands.is_empty());
            for command in commands {
                for name in ["AIRBYTE_CLIENT_SECRET", "AIRBYTE_APPLICATION_TOKEN"] {
                    let is_removed = command
                        .get_envs()
                        .any(|own| own == (OsStr::new(name), None));
                    assert!(is_removed, "{command:?} inherits {name}");
                }
                assert!(
                    command.get_args().all(|argument| argument != "--version"),
                    "{command:?}"
                );
            }
        }
    }
}
