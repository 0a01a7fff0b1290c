//! The data files.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::{fs, io};

use warden_simulate::World;
use warden_simulate::model::BUILT_IN;

fn here(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// A folder of its own for each test, with the files that come with the crate.
fn copy(name: &str) -> io::Result<PathBuf> {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder)?;
    for (file, text) in BUILT_IN {
        fs::write(folder.join(file), text)?;
    }
    Ok(folder)
}

#[test]
fn every_file_of_the_folder_comes_with_the_crate() {
    let on_disk: BTreeSet<String> = fs::read_dir(here("scenarios"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(on_disk, BUILT_IN.iter().map(|(name, _)| (*name).to_owned()).collect());
    let (built_in, read) = (World::built_in().unwrap(), World::read(&here("scenarios")).unwrap());
    assert_eq!(format!("{:?}", built_in.scenarios), format!("{:?}", read.scenarios));
}

#[test]
fn a_folder_of_ones_own_replaces_them() {
    let folder = copy("own").unwrap();
    for (file, _) in BUILT_IN.iter().filter(|(file, _)| *file != "model.toml") {
        fs::remove_file(folder.join(file)).unwrap();
    }
    let own =
        fs::read_to_string(here("scenarios/10-clean.toml")).unwrap().replace("Clean list", "Ours");
    fs::write(folder.join("7-our-mail.toml"), own).unwrap();
    fs::write(folder.join("notes.txt"), "not a scenario").unwrap();
    let world = World::read(&folder).unwrap();
    assert_eq!(
        world.scenarios.iter().map(|s| (s.name.as_str(), s.title.as_str())).collect::<Vec<_>>(),
        [("our-mail", "Ours")]
    );
}

#[test]
fn what_makes_no_sense_is_refused_with_the_name_of_the_file() {
    let cases = [
        ("10-clean.toml", "bounce = 0.008", "bounce = 1.2", "a rate is a fraction"),
        ("10-clean.toml", "bounce = 0.008", "bounce = nan", "a rate is a fraction"),
        ("10-clean.toml", "soft =", "sofd =", "unknown field"),
        ("10-clean.toml", "\"office\"", "\"moon\"", "there is no shape moon"),
        ("10-clean.toml", "volumes = [200,", "volumes = [-1,", "a volume lies"),
        ("13-bad-day.toml", "every_days = 30\n", "", "needs every_days"),
        ("22-purchased-list.toml", "hours = 8", "hours = 0", "are positive"),
        ("23-slow-decay.toml", "step_minutes = 15", "step_minutes = 7", "a step is"),
        ("model.toml", "share = 0.85", "share = 0.8", "the shares must make 1"),
        ("model.toml", "window_minutes = 60", "window_minutes = 0", "windows are"),
        ("model.toml", "floor = 10000", "floor = 0", "above 0"),
        ("model.toml", "[plain]", "[warden.bounce.fast]\nminutes = 7\n[plain]", "warden: windows"),
    ];
    for (file, from, to, reason) in cases {
        let folder = copy("wrong").unwrap();
        let text = fs::read_to_string(folder.join(file)).unwrap();
        assert!(text.contains(from), "{file}: {from}");
        fs::write(folder.join(file), text.replacen(from, to, 1)).unwrap();
        let error = World::read(&folder).unwrap_err().to_string();
        assert!(error.contains(file) && error.contains(reason), "{file}, {to}: {error}");
    }
    let folder = copy("without-model").unwrap();
    fs::remove_file(folder.join("model.toml")).unwrap();
    assert_eq!(World::read(&folder).unwrap_err().to_string(), "model.toml: is missing");
    assert!(
        World::read(&folder.join("nowhere")).unwrap_err().to_string().contains("cannot be read")
    );
}
