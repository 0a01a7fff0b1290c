//! `ses-warden simulate`: what thresholds are worth.

mod page;

use std::fs;
use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use warden_domain::finding::quoted;
use warden_simulate::table::{self, TableStyle};
use warden_simulate::{PlayOptions, World, picture, play, sensitivity};

use crate::frame::output::{self, Documents, FormatOptions};
use crate::frame::terminal;

/// Send invented, seeded traffic through guard's decision code and other policies, and say how soon
/// each warns of and pauses what it must, and how often it pauses what it must not
///
/// The other policies are AWS's documented sample (Reputation.BounceRate of the account, averaged
/// over an hour), SES's own limits, a plain bounce rate with a minimum number of mails, a credible
/// bound over the day's mail, and a rule of two windows. Figures are multiples of what no policy
/// can prevent. The command sends and changes nothing.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  ses-warden simulate
  ses-warden simulate --seed 7 --runs 50 --years 20 --report report.html
  ses-warden simulate --sensitivity --runs 10 --years 2
  ses-warden simulate --scenarios my-scenarios --json")]
pub struct Args {
    #[command(flatten)]
    format: FormatOptions,

    /// Print the tables as Markdown
    #[arg(long, conflicts_with_all = ["json", "output"])]
    markdown: bool,

    /// Seed of all random numbers; the same gives the same results
    #[arg(long, value_name = "N", default_value_t = PlayOptions::default().seed)]
    seed: u64,

    /// Incidents of each scenario and volume
    #[arg(long, value_name = "N", default_value_t = PlayOptions::default().runs,
        value_parser = clap::value_parser!(u32).range(1..))]
    runs: u32,

    /// Years of each scenario and volume in which false pauses are counted
    #[arg(long, value_name = "N", default_value_t = PlayOptions::default().years,
        value_parser = clap::value_parser!(u32).range(1..))]
    years: u32,

    /// Folder with model.toml and one file for each scenario, instead of the built-in ones
    #[arg(long, value_name = "DIR")]
    scenarios: Option<PathBuf>,

    /// Also write a page with charts
    #[arg(long, value_name = "FILE.html")]
    report: Option<PathBuf>,

    /// Also write the picture of the README
    #[arg(long, value_name = "FILE.svg")]
    picture: Option<PathBuf>,

    /// Also play the tests that were tried and not taken; years then take five times as long
    #[arg(long)]
    tried: bool,

    /// Play everything ten times, each time with another assumption changed (delays, lag, noise,
    /// the volume that AWS measures), and print how the results move
    #[arg(long, conflicts_with_all = ["json", "output", "report", "picture", "tried"])]
    sensitivity: bool,

    /// Write the built-in scenarios into this folder, so that you can change them, and simulate
    /// nothing
    #[arg(long, value_name = "DIR",
        conflicts_with_all =
            ["scenarios", "report", "picture", "json", "output", "markdown", "tried", "sensitivity"])]
    write_scenarios: Option<PathBuf>,
}

/// Runs the simulation and prints its results.
///
/// # Errors
/// When a file cannot be read or written, or a scenario makes no sense.
pub fn run(args: &Args, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    if let Some(folder) = &args.write_scenarios {
        let failed = || format!("{} cannot be written", output::path(folder));
        fs::create_dir_all(folder).with_context(failed)?;
        for (name, text) in warden_simulate::model::BUILT_IN {
            let path = folder.join(name);
            // Scenarios that somebody changed must not be overwritten.
            fs::File::create_new(&path)
                .and_then(|mut file| file.write_all(text.as_bytes()))
                .with_context(|| format!("{} cannot be written", output::path(&path)))?;
        }
        return Ok(ExitCode::SUCCESS);
    }
    let mut world = match &args.scenarios {
        Some(folder) => World::read(folder)?,
        None => World::built_in()?,
    };
    world.model.play.tried |= args.tried;
    let options = PlayOptions { seed: args.seed, runs: args.runs, years: args.years };
    let style = if args.markdown {
        TableStyle::Markdown
    } else {
        TableStyle::Terminal { columns: terminal::width().unwrap_or(100) }
    };
    if args.sensitivity {
        let variations = sensitivity::play_all(&world, &options);
        write!(out, "{}", table::render_sensitivity(&variations, style))?;
        out.flush()?;
        return Ok(ExitCode::SUCCESS);
    }
    let results = play(&world, &options);
    if let Some(path) = &args.report {
        fs::write(path, page::render(&results, &command(args, &options))?)
            .with_context(|| format!("{} cannot be written", output::path(path)))?;
    }
    if let Some(path) = &args.picture {
        let picture = picture::render(&results)
            .context("the picture needs the scenario stolen-credentials")?;
        fs::write(path, picture)
            .with_context(|| format!("{} cannot be written", output::path(path)))?;
    }
    if !args.format.is_table() {
        Documents::one(args.format.format(), &results, out)?;
    } else {
        write!(out, "{}", table::render(&results, style))?;
    }
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

/// The command that gives the same results again.
fn command(args: &Args, options: &PlayOptions) -> String {
    let PlayOptions { seed, runs, years } = options;
    let mut words = format!("ses-warden simulate --seed {seed} --runs {runs} --years {years}");
    if let Some(folder) = &args.scenarios {
        words += &format!(" --scenarios {}", quoted(&output::path(folder)));
    }
    if args.tried {
        words += " --tried";
    }
    words
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Debug, Parser)]
    struct JsonLine {
        #[command(flatten)]
        args: Args,
    }

    fn simulate(arguments: &[&str]) -> anyhow::Result<String> {
        let line = JsonLine::try_parse_from([&["simulate"], arguments].concat())?;
        let mut out = Vec::new();
        run(&line.args, &mut out)?;
        Ok(String::from_utf8(out)?)
    }

    /// The model and one quick scenario.
    fn folder(name: &str) -> String {
        let folder = std::env::temp_dir().join(format!("ses-warden-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        let path = folder.to_str().unwrap().to_owned();
        simulate(&["--write-scenarios", &path]).unwrap();
        for entry in fs::read_dir(&folder).unwrap() {
            let entry = entry.unwrap();
            let file = entry.file_name();
            if file != "model.toml" && file != "22-purchased-list.toml" {
                fs::remove_file(entry.path()).unwrap();
            }
        }
        path
    }

    #[test]
    fn prints_tables_markdown_or_json_and_writes_a_report() {
        let folder = folder("outputs");
        let report = format!("{folder}/report.html");
        let quick = ["--scenarios", &folder, "--runs", "1", "--years", "1"];
        let text = simulate(&[&quick[..], &["--report", &report]].concat()).unwrap();
        assert!(text.contains("multiples of the floor") && text.contains("Purchased list"));
        assert!(fs::read_to_string(&report).unwrap().contains("</html>"));
        let markdown = simulate(&[&quick[..], &["--markdown"]].concat()).unwrap();
        assert!(markdown.contains("### In all\n") && markdown.contains("|---"));
        let json = simulate(&[&quick[..], &["--json", "--seed", "9"]].concat()).unwrap();
        let json: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(json["options"]["seed"], 9);
        assert_eq!(json["rows"][0]["policies"][0]["policy"], "ses_warden");
        assert_eq!(json["rows"][0]["policies"][2]["incident"]["runs"], 1);
        let few = ["--scenarios", &folder, "--runs", "1", "--years", "1", "--sensitivity"];
        assert!(simulate(&few).unwrap().contains("V is a tenth"));
        let picture = format!("{folder}/picture.svg");
        let error = simulate(&[&quick[..], &["--picture", &picture]].concat()).unwrap_err();
        assert!(error.to_string().contains("stolen-credentials"), "{error}");
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn a_persons_own_scenarios_are_not_written_over() {
        let folder = folder("kept");
        let model = format!("{folder}/model.toml");
        fs::write(&model, "mine").unwrap();
        assert!(simulate(&["--write-scenarios", &folder]).is_err());
        assert_eq!(fs::read_to_string(&model).unwrap(), "mine");
        let error = format!("{:#}", simulate(&["--scenarios", &folder]).unwrap_err());
        assert!(error.starts_with("model.toml: "), "{error}");
        assert_eq!(error.matches("TOML parse error").count(), 1, "{error}");
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn nothing_is_played_zero_times() {
        for arguments in [["--runs", "0"], ["--years", "0"]] {
            assert!(JsonLine::try_parse_from([&["simulate"], &arguments[..]].concat()).is_err());
        }
    }
}
