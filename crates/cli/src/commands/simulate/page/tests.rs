use warden_simulate::{PlayOptions, World, play};

use super::*;

fn results() -> Results {
    let mut world = World::built_in().unwrap();
    world
        .scenarios
        .retain(|scenario| ["stolen-credentials", "tiny-sender"].contains(&scenario.name.as_str()));
    for scenario in &mut world.scenarios {
        scenario.volumes.truncate(1);
        scenario.title.push_str(" <script>");
    }
    play(&world, &PlayOptions { seed: 1, runs: 1, years: 1 })
}

#[test]
fn the_page_is_filled_and_loads_nothing() {
    let page = render(&results(), "ses-warden simulate --seed 1").unwrap();
    assert!(page.contains("Stolen credentials &#60;script&#62;"));
    assert_eq!(page.matches("<div class=\"rows\"").count(), 3);
    assert!(page.matches("<circle").count() >= 7);
    assert!(page.contains("data-copy=\"ses-warden simulate --seed 1\""));
    assert_eq!(page.matches("<script>").count(), 1, "only the script of the copy buttons");
    for barred in ["src=", "<link", "url(", "http:", "https:", "NaN", "inf%"] {
        assert!(!page.contains(barred), "{barred}");
    }
}

#[test]
fn charts_are_as_wide_as_the_page() {
    let page = render(&results(), "ses-warden simulate").unwrap();
    assert_eq!(page.matches("cx=\"").count(), page.matches("%\" cy=\"50%\"").count());
}

#[test]
fn a_policy_that_missed_incidents_is_an_open_circle() {
    let mut results = results();
    let page = |results: &Results| render(results, "").unwrap();
    let before = page(&results).matches("open\" cx").count();
    for outcome in results.rows.iter_mut().flat_map(|row| &mut row.policies) {
        if let Some(stopped) = &mut outcome.incident {
            stopped.runs += 1;
        }
    }
    let page = page(&results);
    assert!(page.matches("open\" cx").count() > before);
    assert_eq!(page.matches("open\" cx").count(), page.matches("<circle").count());
    assert!(page.contains("not every incident was paused"));
}
