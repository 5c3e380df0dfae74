//! The system's program for a file or an address.

use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::editor::without_secrets;
use crate::domain::failure::{Failure, FailureKind};
use crate::text;

/// Hands a file or an address to the system's program, which goes on by itself. Returns what was opened.
pub(super) fn open(opener: Option<&Path>, target: &str) -> Result<String, Failure> {
    let mut child = begin(opener, target)?;
    // It is waited for so that nothing of it is left; how it ends is its own business.
    std::thread::spawn(move || child.wait());
    Ok(target.to_owned())
}

fn begin(opener: Option<&Path>, target: &str) -> Result<Child, Failure> {
    let usual = if cfg!(target_os = "macos") {
        "open"
    } else {
        "xdg-open"
    };
    let program = opener.unwrap_or(Path::new(usual));
    // A name that begins with a dash would be taken for an option.
    let word = if target.starts_with('-') {
        format!("./{target}")
    } else {
        target.to_owned()
    };
    let mut command = Command::new(program);
    command
        .arg(word)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    without_secrets(&mut command);
    command.spawn().map_err(|error| {
        let (shown, program) = (text::safe(target), program.display().to_string());
        Failure::new(
            FailureKind::File,
            format!(
                "Could not open `{shown}` with `{}`: {error}",
                text::safe(&program)
            ),
        )
        .hint("y copies it, to be opened elsewhere.")
    })
}

#[cfg(test)]
mod tests {
    use super::{begin, open};
    use std::path::Path;

    #[test]
    fn what_is_opened_is_one_word_and_no_option() {
        let folder = tempfile::tempdir().unwrap();
        let target = folder.path().join("a b; touch c");
        assert!(
            begin(Some(Path::new("touch")), target.to_str().unwrap())
                .unwrap()
                .wait()
                .unwrap()
                .success()
        );
        assert!(target.exists() && std::fs::read_dir(folder.path()).unwrap().count() == 1);
        assert!(
            !begin(Some(Path::new("cat")), "--version")
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
}
