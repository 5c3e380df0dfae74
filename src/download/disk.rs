//! Careful access to the file system: links are not followed, and nothing is replaced.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;

use sha2::{Digest as _, Sha256};

use crate::text;

/// How often a part that another download has locked is tried again, and how long to wait in between.
const TRIES: u32 = 50;
const BETWEEN: Duration = Duration::from_millis(10);

/// Opens an existing part; `None` if there is none. Links are not followed. A lock of another download is waited for a
/// little.
pub(super) fn open_part(path: &Path) -> std::io::Result<Option<File>> {
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    no_links(&mut options);
    let file = match options.open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    if !file.metadata()?.is_file() || links_to(&file)? > 1 {
        // A file with another name may be the user's: it is never written to.
        return Err(ErrorKind::InvalidInput.into());
    }
    for _ in 0..TRIES {
        if !is_held(&file) {
            // The holder of the lock may have named or removed it meanwhile: then it is no part any more.
            return Ok(is_still(path, &file)?.then_some(file));
        }
        std::thread::sleep(BETWEEN);
    }
    Err(ErrorKind::WouldBlock.into())
}

pub(super) fn create_new(path: &Path) -> std::io::Result<File> {
    OpenOptions::new()
        .read(true)
        .write(true)
        .create_new(true)
        .open(path)
}

/// Makes opening a link fail.
fn no_links(options: &mut OpenOptions) {
    // Opening a pipe in its place must not block.
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::custom_flags(
        options,
        (rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::NONBLOCK).bits() as i32,
    );
}

/// Locks a part; returns whether another download has the lock. Without locks in the file system no one has it.
pub(super) fn is_held(file: &File) -> bool {
    matches!(file.try_lock(), Err(TryLockError::WouldBlock))
}

/// Returns whether a path still leads to an open file.
#[cfg(unix)]
fn is_still(path: &Path, file: &File) -> std::io::Result<bool> {
    use std::os::unix::fs::MetadataExt as _;
    let own = file.metadata()?;
    Ok(std::fs::symlink_metadata(path)
        .is_ok_and(|there| (there.dev(), there.ino()) == (own.dev(), own.ino())))
}

/// Returns whether a path still leads to an open file.
#[cfg(not(unix))]
fn is_still(path: &Path, _: &File) -> std::io::Result<bool> {
    Ok(path.exists())
}

/// Returns how many names a file has.
fn links_to(file: &File) -> std::io::Result<u64> {
    #[cfg(unix)]
    {
        Ok(std::os::unix::fs::MetadataExt::nlink(&file.metadata()?))
    }
    #[cfg(not(unix))]
    {
        let _ = file;
        Ok(1)
    }
}

/// Returns the process that holds the lock of a file, where the system reports it (Linux).
pub(super) fn lock_holder(file: &File) -> Option<u32> {
    use std::os::unix::fs::MetadataExt as _;
    let inode = file.metadata().ok()?.ino().to_string();
    let locks = std::fs::read_to_string("/proc/locks").ok()?;
    locks.lines().find_map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let place = words.get(5)?.rsplit(':').next()?;
        (*words.get(1)? == "FLOCK" && place == inode).then(|| words.get(4)?.parse().ok())?
    })
}

/// Opens a file to read and to append to, or creates it. Fails if it is a link or no plain file.
pub(super) fn open_plain(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).append(true).create(true);
    no_links(&mut options);
    let file = options.open(path)?;
    if file.metadata()?.is_file() {
        Ok(file)
    } else {
        Err(ErrorKind::InvalidInput.into())
    }
}

/// Opens a plain file to read it. Fails if it is a link.
pub(super) fn open_to_read(path: &Path) -> std::io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true);
    no_links(&mut options);
    let file = options.open(path)?;
    if file.metadata()?.is_file() {
        Ok(file)
    } else {
        Err(ErrorKind::InvalidInput.into())
    }
}

/// Opens a file a second time, to write in the middle of it; `None` if the path leads to another file now.
pub(super) fn open_inside(path: &Path, same: &File) -> Option<File> {
    let mut options = OpenOptions::new();
    options.write(true);
    no_links(&mut options);
    let file = options.open(path).ok()?;
    let metadata = |file: &File| file.metadata().ok();
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        let identity = |metadata: std::fs::Metadata| (metadata.dev(), metadata.ino());
        (metadata(&file).map(identity)? == metadata(same).map(identity)?).then_some(file)
    }
    #[cfg(not(unix))]
    {
        let _ = (metadata, same);
        None
    }
}

/// Writes bytes at an offset of a file.
pub(super) fn write_at(file: &File, bytes: &[u8], place: u64) -> std::io::Result<()> {
    #[cfg(unix)]
    {
        std::os::unix::fs::FileExt::write_all_at(file, bytes, place)
    }
    #[cfg(not(unix))]
    {
        let _ = (file, bytes, place);
        Err(ErrorKind::Unsupported.into())
    }
}

/// Returns the hash of a plain file of that size; `None` if there is none.
pub(super) fn hash_of(path: &Path, bytes: u64) -> Option<String> {
    let mut options = OpenOptions::new();
    options.read(true);
    no_links(&mut options);
    let mut file = options.open(path).ok()?;
    let metadata = file.metadata().ok()?;
    if !metadata.is_file() || metadata.len() != bytes {
        return None;
    }
    let mut hash = Sha256::new();
    std::io::copy(&mut file, &mut hash).ok()?;
    Some(hexadecimal(&hash.finalize()))
}

pub(super) fn hexadecimal(hash: &[u8]) -> String {
    let digit = |value: u8| char::from_digit(u32::from(value), 16).unwrap_or_default();
    hash.iter()
        .flat_map(|byte| [digit(byte >> 4), digit(byte & 15)])
        .collect()
}

/// Renames without replacing: in one step where the system can, else by a link.
pub(super) fn rename_new(from: &Path, to: &Path) -> std::io::Result<()> {
    #[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
    {
        use rustix::fs::{CWD, RenameFlags, renameat_with};
        match renameat_with(CWD, from, CWD, to, RenameFlags::NOREPLACE) {
            Ok(()) => return Ok(()),
            Err(rustix::io::Errno::EXIST) => return Err(ErrorKind::AlreadyExists.into()),
            // Not every file system can.
            Err(_) => {}
        }
    }
    match std::fs::hard_link(from, to) {
        Ok(()) => std::fs::remove_file(from),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Err(error),
        Err(_) if std::fs::symlink_metadata(to).is_ok() => Err(ErrorKind::AlreadyExists.into()),
        // Some have no links either; a file that is created between the check and the rename would be replaced.
        Err(_) => std::fs::rename(from, to),
    }
}

/// Creates a file without a name: if the process ends, nothing of it stays. `None` where the system or the file system has
/// no such files.
pub(super) fn create_unnamed(folder: &Path) -> Option<File> {
    #[cfg(target_os = "linux")]
    {
        use rustix::fs::{Mode, OFlags};
        let flags = OFlags::TMPFILE | OFlags::RDWR | OFlags::CLOEXEC;
        // Not every kernel applies the user's mask, so the mode itself keeps others from writing.
        rustix::fs::open(folder, flags, Mode::from_raw_mode(0o644))
            .ok()
            .map(File::from)
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = folder;
        None
    }
}

/// Names such a file, which replaces nothing.
pub(super) fn name_unnamed(file: &File, to: &Path) -> std::io::Result<()> {
    #[cfg(target_os = "linux")]
    {
        use rustix::fs::{AtFlags, CWD};
        let own = format!("/proc/self/fd/{}", std::os::fd::AsRawFd::as_raw_fd(file));
        Ok(rustix::fs::linkat(
            CWD,
            own,
            CWD,
            to,
            AtFlags::SYMLINK_FOLLOW,
        )?)
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = (file, to);
        Err(ErrorKind::Unsupported.into())
    }
}

/// Writes a new name in a folder to the disk.
pub(super) fn sync_folder(folder: &Path) {
    // Where folders cannot be synced, the system writes the name later.
    let _ = File::open(folder).and_then(|folder| folder.sync_all());
}

/// Returns the free space for the user in a folder in bytes, where the system reports it.
pub(super) fn free_space(folder: &Path) -> Option<u64> {
    #[cfg(unix)]
    {
        let metadata = rustix::fs::statvfs(folder).ok()?;
        Some(metadata.f_bavail.saturating_mul(metadata.f_frsize))
    }
    #[cfg(not(unix))]
    {
        let _ = folder;
        None
    }
}

pub(super) fn shown(path: &Path) -> String {
    text::safe(&path.display().to_string()).into_owned()
}
