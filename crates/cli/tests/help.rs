//! The help of every command teaches by examples and fits a terminal of 80 columns.

use clap::{Command, CommandFactory};
use ses_warden::Cli;

/// Every command, with its full name.
fn commands() -> Vec<(String, Command)> {
    let mut found = Vec::new();
    let mut open = vec![("ses-warden".to_owned(), Cli::command())];
    while let Some((name, command)) = open.pop() {
        let below = command.get_subcommands().cloned();
        open.extend(below.map(|sub| (format!("{name} {}", sub.get_name()), sub)));
        found.push((name, command));
    }
    found
}

fn is_leaf(command: &Command) -> bool {
    !command.has_subcommands()
}

#[test]
fn every_command_shows_two_examples_of_itself() {
    for (name, command) in commands().iter().filter(|(_, command)| is_leaf(command)) {
        let text = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        let examples =
            text.lines().filter(|line| line.starts_with("  ") && line.contains(name.as_str()));
        assert!(examples.count() >= 2, "{name}: {text}");
    }
}

#[test]
fn no_example_is_broken_at_80_columns() {
    for (name, command) in commands() {
        let text = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        for line in text.lines().filter(|line| line.starts_with("  ")) {
            assert!(line.len() <= 80, "{name}: {line}");
        }
    }
}

/// clap breaks lines that are too long, so a paragraph has to be one line.
#[test]
fn paragraphs_below_the_options_are_left_to_the_terminal() {
    for (name, command) in commands() {
        let text = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        for pair in lines.windows(2) {
            if let [first, next] = pair
                && !first.is_empty()
                && !first.starts_with(' ')
                && !next.starts_with(' ')
            {
                let is_whole = first.ends_with(['.', ':']) || next.is_empty();
                assert!(is_whole, "{name}: {first}");
            }
        }
    }
}

#[test]
fn every_command_takes_the_options_of_every_command() {
    for (name, command) in commands().iter().filter(|(_, command)| is_leaf(command)) {
        let words: Vec<&str> = name.split(' ').collect();
        for option in ["--output=json", "--region=eu-west-1", "--quiet", "--no-color", "--json"] {
            for at in [1, words.len()] {
                let mut line = words.clone();
                line.insert(at, option);
                let error = Cli::command().try_get_matches_from(line).err();
                let kind = error.map(|error| error.kind());
                assert_ne!(kind, Some(clap::error::ErrorKind::UnknownArgument), "{name} {option}");
            }
        }
        assert!(command.get_about().is_some(), "{name}");
    }
}

/// An empty variable of a script must not end in a call to nowhere.
#[test]
fn empty_places_are_usage_errors() {
    for option in ["--region=", "--profile=", "--endpoint-url="] {
        let error = Cli::command().try_get_matches_from(["ses-warden", "status", option]).err();
        assert!(error.is_some_and(|error| error.exit_code() == 2), "{option}");
    }
}
