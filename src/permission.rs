//! Who may read our files (`threats` 18): the database and what lies beside it are their owner's
//! alone, secrets their owner's and a group's. A tool; it imports nothing of ours.

use std::{
    fs::{self, File, Metadata, OpenOptions},
    io::{self, ErrorKind},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
};

/// What SQLite writes beside its file, and the lock of ours.
const BESIDE: [&str; 4] = ["-wal", "-shm", "-journal", ".lock"];
/// Group and others may do nothing with it.
const PRIVATE: u32 = 0o600;

/// Why a file is not used.
#[derive(Debug, thiserror::Error)]
#[expect(missing_docs, reason = "the texts say it")]
pub enum Unsafe {
    #[error("{} can be read by others on this machine; run chmod 600 {}", .0.display(), .0.display())]
    OpenToOthers(PathBuf),
    #[error(
        "{} can be read by everyone on this machine; run chmod o-rwx {}",
        .0.display(),
        .0.display()
    )]
    OpenToEveryone(PathBuf),
    #[error("{} is a symbolic link; name the file itself", .0.display())]
    Link(PathBuf),
    #[error("{} is not a file", .0.display())]
    NoFile(PathBuf),
    #[error("cannot open {}: {}", .0.display(), .1)]
    Io(PathBuf, #[source] io::Error),
    #[error("cannot read {}: {}", .0.display(), .1)]
    Read(PathBuf, #[source] io::Error),
}

/// Looks at the database in `file` and at everything beside it, as far as it is there.
///
/// # Errors
/// When one of them can be read or written by anybody else, or is no file.
pub fn check(file: &Path) -> Result<(), Unsafe> {
    for path in all(file) {
        let found = match fs::symlink_metadata(&path) {
            Ok(found) => found,
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            Err(error) => return Err(Unsafe::Io(path, error)),
        };
        if found.is_symlink() {
            return Err(Unsafe::Link(path));
        }
        if !found.is_file() {
            return Err(Unsafe::NoFile(path));
        }
        if mode(&found) & 0o066 != 0 {
            return Err(Unsafe::OpenToOthers(path));
        }
    }
    Ok(())
}

/// The same, and makes `file` if it is not there, for its owner alone, whatever the umask. SQLite
/// gives what it writes beside a file the mode of that file.
///
/// # Errors
/// As [`check`], or when it cannot be made.
pub fn prepare(file: &Path) -> Result<(), Unsafe> {
    check(file)?;
    open(file).map(drop)
}

/// Opens a file for writing, and makes it for its owner alone if it is not there.
///
/// # Errors
/// When it cannot be made or opened.
pub fn open(file: &Path) -> Result<File, Unsafe> {
    let cannot = |error| Unsafe::Io(file.to_owned(), error);
    // What is made is new: no link is followed.
    let new = OpenOptions::new().write(true).create_new(true).mode(PRIVATE).open(file);
    match new {
        Ok(new) => Ok(new),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            OpenOptions::new().write(true).open(file).map_err(cannot)
        }
        Err(error) => Err(cannot(error)),
    }
}

/// What to say of the folder of `file` when others may write to it: they could put files of theirs
/// in the place of ours.
#[must_use]
pub fn folder_warning(file: &Path) -> Option<String> {
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    let found = fs::metadata(folder).ok()?;
    let is_open = mode(&found) & 0o022 != 0;
    is_open.then(|| {
        format!(
            "others on this machine can write to {}, where the database lies; run chmod go-w on it, \
             or put the database elsewhere",
            folder.display()
        )
    })
}

/// Opens a secret that its owner and group may read, and nobody else.
///
/// # Errors
/// When it cannot be opened, is no file, or everybody may read it.
pub fn secret(path: &Path) -> Result<File, Unsafe> {
    let cannot = |error| Unsafe::Read(path.to_owned(), error);
    // Before it is opened: opening a pipe would wait for whoever writes into it.
    if !fs::metadata(path).map_err(cannot)?.is_file() {
        return Err(Unsafe::NoFile(path.to_owned()));
    }
    let file = File::open(path).map_err(cannot)?;
    if is_open_to_everyone(&file.metadata().map_err(cannot)?) {
        return Err(Unsafe::OpenToEveryone(path.to_owned()));
    }
    Ok(file)
}

/// Whether everybody on the machine may read it.
#[must_use]
pub fn is_open_to_everyone(found: &Metadata) -> bool {
    mode(found) & 0o004 != 0
}

fn mode(found: &Metadata) -> u32 {
    found.permissions().mode()
}

fn all(file: &Path) -> impl Iterator<Item = PathBuf> {
    let beside = BESIDE.into_iter().map(|end| {
        let mut path = file.as_os_str().to_owned();
        path.push(end);
        PathBuf::from(path)
    });
    [file.to_owned()].into_iter().chain(beside)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn folder() -> tempfile::TempDir {
        tempfile::tempdir().unwrap()
    }

    #[test]
    fn a_database_is_made_for_its_owner_alone() {
        let folder = folder();
        let file = folder.path().join("tradepost.db");
        prepare(&file).unwrap();
        assert_eq!(mode(&fs::metadata(&file).unwrap()) & 0o777, PRIVATE);
        fs::write(&file, "kept").unwrap();
        prepare(&file).unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "kept");
    }

    #[test]
    fn what_others_can_read_is_refused_with_what_to_do() {
        for (end, bits) in
            [("", 0o644), ("", 0o640), ("-wal", 0o604), ("-shm", 0o620), (".lock", 0o644)]
        {
            let folder = folder();
            let file = folder.path().join("tradepost.db");
            prepare(&file).unwrap();
            let path = folder.path().join(format!("tradepost.db{end}"));
            fs::write(&path, "").unwrap();
            fs::set_permissions(&path, fs::Permissions::from_mode(bits)).unwrap();
            let told = check(&file).unwrap_err().to_string();
            assert!(told.ends_with(&format!("run chmod 600 {}", path.display())), "{told}");
            assert!(prepare(&file).is_err());
        }
    }

    #[test]
    fn links_and_what_is_no_file_are_refused() {
        let folder = folder();
        let (file, link) = (folder.path().join("real.db"), folder.path().join("link.db"));
        prepare(&file).unwrap();
        symlink(&file, &link).unwrap();
        assert!(matches!(prepare(&link), Err(Unsafe::Link(_))));
        assert!(matches!(prepare(folder.path()), Err(Unsafe::NoFile(_))));
        symlink(folder.path().join("nowhere"), folder.path().join("real.db-wal")).unwrap();
        assert!(matches!(prepare(&file), Err(Unsafe::Link(_))));
        let socket = folder.path().join("socket.db");
        let _listener = std::os::unix::net::UnixListener::bind(&socket).unwrap();
        assert!(matches!(prepare(&socket), Err(Unsafe::NoFile(_))));
    }

    #[test]
    fn a_folder_that_others_can_write_to_is_warned_about() {
        let folder = folder();
        let file = folder.path().join("tradepost.db");
        assert_eq!(folder_warning(&file), None);
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).unwrap();
        assert!(folder_warning(&file).unwrap().contains("chmod go-w"));
    }
}
