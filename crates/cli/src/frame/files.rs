//! Files that outlive the process.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Writes a file as a whole or not at all: what was there stays until the new content is on the
/// disk.
///
/// # Errors
/// When the folder cannot be written.
pub fn replace(file: &Path, content: &[u8]) -> io::Result<()> {
    let mut name = file.as_os_str().to_owned();
    name.push(".new");
    let new = PathBuf::from(name);
    let mut to = File::create(&new)?;
    to.write_all(content)?;
    to.sync_data()?;
    fs::rename(new, file)
}

/// Where ses-warden keeps what it did: `.local/state/ses-warden` in the person's home.
pub fn state_folder() -> Option<PathBuf> {
    let home = std::env::home_dir().filter(|home| !home.as_os_str().is_empty())?;
    Some(home.join(".local/state/ses-warden"))
}
