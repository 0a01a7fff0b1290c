//! The tables of the documentation are the command's: same titles, notes and headings, and the
//! README's rows stand in docs/SIMULATION.md byte for byte.

use std::error::Error;
use std::fs;
use std::path::Path;

use warden_simulate::table::{TableStyle, render, render_sensitivity};
use warden_simulate::{PlayOptions, World, play, sensitivity};

type Result<T = ()> = std::result::Result<T, Box<dyn Error>>;

/// An incident has every table; a year would take a minute.
const FEW: PlayOptions = PlayOptions { seed: 1, runs: 1, years: 0 };

fn read(path: &str) -> Result<String> {
    Ok(fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path))?)
}

/// One quick incident, and nothing else.
fn world() -> Result<World> {
    let mut world = World::built_in()?;
    world.model.play.tried = true;
    world.scenarios.retain(|scenario| scenario.name == "purchased-list");
    world.scenarios.iter_mut().for_each(|scenario| scenario.volumes.truncate(1));
    Ok(world)
}

/// A table's words, whatever the widths of its columns are.
fn cells(line: &str) -> Vec<&str> {
    line.split('|').map(str::trim).filter(|cell| !cell.is_empty()).collect()
}

#[test]
fn simulation_has_the_sections_and_columns_that_the_command_prints() -> Result {
    let document = read("docs/SIMULATION.md")?;
    let headings: Vec<Vec<&str>> =
        document.lines().filter(|line| line.starts_with('|')).map(cells).collect();
    let world = world()?;
    let mut printed = render(&play(&world, &FEW), TableStyle::Markdown);
    printed += &render_sensitivity(&sensitivity::play_all(&world, &FEW), TableStyle::Markdown);
    for section in printed.split("### ").skip(1) {
        let mut parts = section.split("\n\n");
        let (title, note) = (parts.next().ok_or("a title")?, parts.next().ok_or("a note")?);
        assert!(document.contains(&format!("\n### {title}\n\n{note}\n")), "{title}");
        let heading = cells(parts.next().and_then(|table| table.lines().next()).ok_or("a table")?);
        assert!(headings.contains(&heading), "{title}: {heading:?}");
    }
    Ok(())
}

#[test]
fn the_tables_of_the_readme_are_those_of_simulation() -> Result {
    let (readme, document) = (read("README.md")?, read("docs/SIMULATION.md")?);
    let part = readme.split("<!-- simulate -->").nth(1).ok_or("no tables")?;
    let part = part.split("<!-- end -->").next().ok_or("no end")?;
    let rows: Vec<&str> = part.lines().filter(|line| line.starts_with('|')).collect();
    assert!(rows.len() > 20, "{}", rows.len());
    for row in rows {
        assert!(document.lines().any(|line| line == row), "{row}");
    }
    Ok(())
}
