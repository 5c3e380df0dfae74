//! Opens files to write to: created new, without following links; existing files are refused unless this program is known to
//! have written them. Streams (`-`, `/dev/stdout`, pipes) are written to as they are.

pub mod lenient;

use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read as _, Write};
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

use crate::domain::failure::{Failure, FailureCode, FailureKind};
use crate::text;

/// Returns the flags with which a link at the end of a path is not followed, and a pipe does not block.
fn careful() -> i32 {
    (rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK).bits() as i32
}

/// What identifies a file: device and inode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity {
    /// The device.
    pub device: u64,
    /// The inode.
    pub inode: u64,
}

impl Identity {
    /// Returns the identity of an open file.
    pub fn of(file: &File) -> std::io::Result<Identity> {
        let about = file.metadata()?;
        Ok(Identity {
            device: about.dev(),
            inode: about.ino(),
        })
    }
}

/// Returns whether a path names a stream: standard output or error, an open descriptor, a pipe, a device.
pub fn is_stream(path: &Path) -> bool {
    let is_named = Stream::of(path).is_some();
    is_named
        || std::fs::metadata(path)
            .is_ok_and(|about| about.file_type().is_fifo() || about.file_type().is_char_device())
}

/// Opens a stream to write to. An open descriptor keeps its position in the file.
pub fn open_stream(path: &Path) -> Result<Box<dyn Write + Send>, Failure> {
    Ok(match Stream::of(path) {
        Some(Stream::Output) => Box::new(std::io::stdout()),
        Some(Stream::Error) => Box::new(std::io::stderr()),
        Some(Stream::Descriptor(number)) => {
            Box::new(duplicate(number, path).map_err(|error| failed(path, "opened", &error))?)
        }
        None => Box::new(
            OpenOptions::new()
                .write(true)
                .open(path)
                .map_err(|error| failed(path, "opened", &error))?,
        ),
    })
}

/// A stream that is known by its name.
enum Stream {
    Output,
    Error,
    Descriptor(i32),
}

impl Stream {
    fn of(path: &Path) -> Option<Stream> {
        if path == Path::new("-") || path == Path::new("/dev/stdout") {
            return Some(Stream::Output);
        }
        if path == Path::new("/dev/stderr") {
            return Some(Stream::Error);
        }
        let number = path.strip_prefix("/dev/fd").ok()?.to_str()?;
        let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
        match number.parse().ok().filter(|_| is_number)? {
            1 => Some(Stream::Output),
            2 => Some(Stream::Error),
            number => Some(Stream::Descriptor(number)),
        }
    }
}

/// Duplicates a descriptor that this process inherited, with its position in the file: Linux would open the file of the path
/// again, at its beginning. Descriptors of this process itself, connections among them, are marked close-on-exec, and are
/// refused.
#[cfg(target_os = "linux")]
fn duplicate(number: i32, _path: &Path) -> std::io::Result<File> {
    use rustix::process::{PidfdFlags, PidfdGetfdFlags, getpid, pidfd_getfd, pidfd_open};
    let about = std::fs::read_to_string(format!("/proc/self/fdinfo/{number}"))?;
    let flags = about
        .lines()
        .find_map(|line| u32::from_str_radix(line.strip_prefix("flags:")?.trim(), 8).ok());
    if flags.is_none_or(|flags| flags & rustix::fs::OFlags::CLOEXEC.bits() != 0) {
        return Err(ErrorKind::NotFound.into());
    }
    let own = pidfd_open(getpid(), PidfdFlags::empty())?;
    Ok(pidfd_getfd(own, number, PidfdGetfdFlags::empty())?.into())
}

/// Duplicates a descriptor of this process: here, opening its path does that.
#[cfg(not(target_os = "linux"))]
fn duplicate(_number: i32, path: &Path) -> std::io::Result<File> {
    OpenOptions::new().write(true).open(path)
}

/// Returns whether a path leads to the file that is open, itself and not by a link.
pub fn leads_to(path: &Path, own: &File) -> std::io::Result<bool> {
    match std::fs::symlink_metadata(path) {
        Ok(about) => Ok(Identity {
            device: about.dev(),
            inode: about.ino(),
        } == Identity::of(own)?),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Removes a file, if the path still leads to the one that is open.
pub fn remove_own(path: &Path, own: &File) -> std::io::Result<()> {
    if leads_to(path, own)? {
        std::fs::remove_file(path)
    } else {
        Ok(())
    }
}

/// Exchanges two files in one step; fails where the system cannot.
#[cfg(target_os = "linux")]
pub fn exchange(one: &Path, other: &Path) -> std::io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    Ok(renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE)?)
}

/// Exchanges two files in one step; fails where the system cannot.
#[cfg(not(target_os = "linux"))]
pub fn exchange(_one: &Path, _other: &Path) -> std::io::Result<()> {
    Err(ErrorKind::Unsupported.into())
}

/// Creates a new file. Anything that exists, a link too, is refused.
pub fn create_new(path: &Path) -> Result<File, Failure> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create_new(true)
        .custom_flags(careful())
        .open(path)
        .map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists => taken(path),
            _ => failed(path, "made", &error),
        })
}

/// Reads a small text from a plain file that is no link, of at most `most` bytes. `None` for anything else, without blocking.
pub fn read_small(path: &Path, most: u64) -> Option<String> {
    let file = open_plain(path, OpenOptions::new().read(true)).ok()?;
    (file.metadata().ok()?.len() <= most).then_some(())?;
    let mut text = String::new();
    file.take(most).read_to_string(&mut text).ok()?;
    Some(text)
}

/// Opens an existing file. Fails if it is a link or no plain file.
pub fn open_plain(path: &Path, options: &mut OpenOptions) -> Result<File, Failure> {
    let file = options
        .custom_flags(careful())
        .open(path)
        .map_err(|error| failed(path, "opened", &error))?;
    let about = file
        .metadata()
        .map_err(|error| failed(path, "opened", &error))?;
    if about.is_file() {
        Ok(file)
    } else {
        Err(Failure::new(
            FailureKind::Input,
            format!("`{}` is no plain file", shown(path)),
        ))
    }
}

/// Opens a file to append to, or creates it. An existing one must be a plain file that is empty or whose first line
/// `is_ours`.
pub fn append(path: &Path, is_ours: impl Fn(&str) -> bool) -> Result<File, Failure> {
    if std::fs::symlink_metadata(path).is_err() {
        return create_new(path);
    }
    let mut file = open_plain(path, OpenOptions::new().read(true).append(true))?;
    let mut first = vec![0; LONGEST_FIRST];
    let mut length = 0;
    while length < first.len() {
        match file
            .read(&mut first[length..])
            .map_err(|error| failed(path, "read", &error))?
        {
            0 => break,
            more => length += more,
        }
    }
    let first = String::from_utf8_lossy(&first[..length]);
    let line = first.split('\n').next().unwrap_or_default();
    if length == 0 || is_ours(line) {
        Ok(file)
    } else {
        Err(taken(path))
    }
}

/// How much of a file is read to recognize it, in bytes.
const LONGEST_FIRST: usize = 4096;

/// Writes a whole new file, or replaces one that this program wrote.
pub fn write_whole(path: &Path, text: &str, replaces: Replaces) -> Result<(), Failure> {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
        .unwrap_or(Path::new("."));
    let mut file = tempfile::Builder::new()
        .prefix(".airscope-")
        .suffix(".part")
        .tempfile_in(folder)
        .map_err(|error| failed(path, "made", &error))?;
    file.write_all(text.as_bytes())
        .and_then(|()| file.as_file().sync_all())
        .map_err(|error| failed(path, "written", &error))?;
    match replaces {
        Replaces::Nothing => file.persist_noclobber(path).map(drop),
        Replaces::Own => file.persist(path).map(drop),
    }
    .map_err(|error| match error.error.kind() {
        ErrorKind::AlreadyExists => taken(path),
        _ => failed(path, "written", &error.error),
    })
}

/// What a file may replace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replaces {
    /// Nothing: an existing file is refused.
    Nothing,
    /// A file of this program, which the caller has inspected.
    Own,
}

/// Returns whether a path names standard output.
pub fn is_stdout(path: &Path) -> bool {
    matches!(Stream::of(path), Some(Stream::Output))
}

/// Refuses two outputs that are one file, each with the name of its flag. Streams are exempt; standard output and standard
/// error, where they are files, are not.
pub fn all_distinct(outputs: &[(&str, &Path)]) -> Result<(), Failure> {
    let places: Vec<(&str, &Path, Place)> = outputs
        .iter()
        .filter(|(_, path)| !is_stream(path))
        .map(|(flag, path)| (*flag, *path, Place::of(path)))
        .collect();
    for (at, (flag, path, place)) in places.iter().enumerate() {
        if let Some((other, ..)) = places[..at].iter().find(|(_, _, own)| own == place) {
            return Err(Failure::new(
                FailureKind::Input,
                format!("{other} and {flag} are one file, `{}`", shown(path)),
            )
            .hint("Give each a name of its own."));
        }
        for (stream, name) in [
            ("/dev/stdout", "standard output"),
            ("/dev/stderr", "standard error"),
        ] {
            let file = std::fs::metadata(stream)
                .ok()
                .filter(std::fs::Metadata::is_file);
            if file.is_some_and(|about| {
                *place
                    == Place::There(Identity {
                        device: about.dev(),
                        inode: about.ino(),
                    })
            }) {
                return Err(Failure::new(
                    FailureKind::Input,
                    format!("{flag} and {name} are one file, `{}`", shown(path)),
                )
                .hint("Give each a name of its own."));
            }
        }
    }
    Ok(())
}

/// Where a file is, or will be.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    There(Identity),
    /// Its folder, without links, and its name.
    NotYet(PathBuf, Option<std::ffi::OsString>),
}

impl Place {
    fn of(path: &Path) -> Place {
        match std::fs::metadata(path) {
            Ok(about) => Place::There(Identity {
                device: about.dev(),
                inode: about.ino(),
            }),
            Err(_) => {
                let folder = path
                    .parent()
                    .filter(|folder| !folder.as_os_str().is_empty())
                    .unwrap_or(Path::new("."));
                let folder = std::fs::canonicalize(folder).unwrap_or_else(|_| folder.to_owned());
                Place::NotYet(folder, path.file_name().map(std::ffi::OsStr::to_owned))
            }
        }
    }
}

/// Returns the failure that a file exists already.
pub fn taken(path: &Path) -> Failure {
    Failure::new(
        FailureKind::Input,
        format!("`{}` is there already", shown(path)),
    )
    .code(FailureCode::FileExists)
    .hint("Choose another name: existing files are never replaced.")
}

fn failed(path: &Path, deed: &str, error: &std::io::Error) -> Failure {
    let shown = shown(path);
    // The error of a link that is not followed has no kind of its own.
    if std::fs::symlink_metadata(path).is_ok_and(|about| about.is_symlink()) {
        return Failure::new(
            FailureKind::Input,
            format!("`{shown}` is a link, which is not followed"),
        )
        .hint("Name the file itself.");
    }
    if path.is_dir() {
        return Failure::new(FailureKind::Input, format!("`{shown}` is a folder"))
            .hint("Name a file in it.");
    }
    Failure::new(
        FailureKind::File,
        format!("`{shown}` could not be {deed}: {error}"),
    )
    .caused_by(error)
}

fn shown(path: &Path) -> String {
    text::safe(&path.to_string_lossy()).into_owned()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{all_distinct, append, create_new, is_stream, remove_own};

    #[test]
    fn one_file_by_two_names_is_seen_before_it_is_there_and_after() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::os::unix::fs::symlink(folder.path(), at("alias")).unwrap();
        let check = |one: &str, other: &str| {
            all_distinct(&[("--output", &at(one)), ("--ledger", &at(other))]).is_ok()
        };
        assert!(
            !check("o", "o") && !check("o", "./o") && !check("o", "alias/o") && check("o", "p")
        );
        std::fs::write(at("o"), "x").unwrap();
        std::fs::hard_link(at("o"), at("hard")).unwrap();
        std::os::unix::fs::symlink(at("o"), at("soft")).unwrap();
        assert!(
            !check("o", "hard") && !check("o", "soft") && !check("o", "alias/o") && check("o", "p")
        );
        assert!(
            all_distinct(&[("--output", Path::new("-")), ("--ledger", Path::new("-"))]).is_ok()
        );
    }

    #[test]
    fn what_is_there_is_refused_unless_it_is_ours() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let ours = |line: &str| line == "ours";
        drop(append(&path, ours).unwrap());
        std::fs::write(&path, "ours\nmore\n").unwrap();
        assert!(append(&path, ours).is_ok());
        std::fs::write(&path, "theirs\n").unwrap();
        assert!(
            append(&path, ours)
                .unwrap_err()
                .summary
                .contains("is there already")
        );
        assert!(create_new(&path).is_err() && std::fs::read(&path).unwrap() == b"theirs\n");
        let link = folder.path().join("link");
        std::os::unix::fs::symlink(folder.path().join("nowhere"), &link).unwrap();
        assert!(
            create_new(&link).is_err()
                && append(&link, ours)
                    .unwrap_err()
                    .summary
                    .contains("is a link")
        );
        assert!(
            is_stream(Path::new("/dev/null"))
                && is_stream(Path::new("/dev/fd/1"))
                && !is_stream(&path)
        );
        for no in [
            "/dev/fd",
            "/dev/fd/",
            "/dev/fd/../x",
            "/dev/fd/1/x",
            "/dev/fd/+1",
            "/dev/fd/99999999999",
        ] {
            assert!(!is_stream(Path::new(no)), "{no}");
        }
    }

    #[test]
    fn only_the_file_that_is_open_is_removed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("own");
        let own = create_new(&path).unwrap();
        std::fs::rename(&path, folder.path().join("moved")).unwrap();
        remove_own(&path, &own).unwrap();
        std::fs::write(&path, "theirs").unwrap();
        remove_own(&path, &own).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"theirs");
        remove_own(&folder.path().join("moved"), &own).unwrap();
        assert!(!folder.path().join("moved").exists());
    }
}
