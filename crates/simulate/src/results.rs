//! Plays every scenario, on all cores, and says what came out.

mod sums;

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use serde::{Deserialize, Serialize};

use crate::model::{Model, PauseJudgement, Scenario, World};
use crate::play::{Ending, Quiet, incident, stream, year};
use crate::policy::{Each, POLICIES, PauseRule};

/// How much is played.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct PlayOptions {
    /// Seed of all random numbers.
    pub seed: u64,
    /// Incidents of each scenario and volume.
    pub runs: u32,
    /// Years of each scenario and volume.
    pub years: u32,
}

impl Default for PlayOptions {
    fn default() -> Self {
        Self { seed: 1, runs: 20, years: 5 }
    }
}

/// All that came out.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Results {
    /// What was played.
    pub options: PlayOptions,
    /// In which world.
    pub model: Model,
    /// One of each scenario and volume.
    pub rows: Vec<ScenarioRow>,
    /// Over all rows, one of each policy.
    pub summary: Vec<Summary>,
}

/// One scenario at one volume.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ScenarioRow {
    /// Name of the scenario.
    pub scenario: String,
    /// Its title.
    pub title: String,
    /// What happens in it.
    pub story: String,
    /// Whether a pause is right.
    pub pause: PauseJudgement,
    /// Whether its incident is there at once, and does not grow over days.
    pub is_sudden: bool,
    /// Mails a day.
    pub volume: f64,
    /// One of each policy, in the order of [`POLICIES`].
    pub policies: Vec<PolicyOutcome>,
}

/// What one policy did in one scenario at one volume.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct PolicyOutcome {
    /// Which.
    pub policy: PauseRule,
    /// Pauses in a year without an incident.
    pub pauses_a_year: f64,
    /// Warnings in such a year, and pauses that came without one.
    pub warnings_a_year: f64,
    /// What it did in the incidents, where the scenario has one.
    pub incident: Option<Stopped>,
}

/// What one policy did in the incidents of a row.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Stopped {
    /// Incidents played.
    pub runs: u32,
    /// The first pause of each.
    pub pause: Reached,
    /// The first warning of each, or the pause where that came without one.
    pub warning: Reached,
    /// Bad mails until the pause of the AWS sample for each one until the pause of this policy. A
    /// lower bound where the sample missed an incident, which then ended by itself.
    pub times_fewer_than_aws_sample: f64,
    /// Bad mails until the pause of the AWS sample for each one until this policy's warning.
    pub warned_times_fewer_than_aws_sample: f64,
    /// Bad mails until the pause for each one that no judge can prevent.
    pub times_the_floor: f64,
    /// The same of the warning.
    pub warned_times_the_floor: f64,
}

/// How soon the incidents of a row were paused, or warned of.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Reached {
    /// In how many incidents.
    pub count: u32,
    /// Median of the minutes from onset, of those.
    pub median_minutes: Option<f64>,
    /// Mean of the mails sent from onset until then, or to the end.
    pub mails: f64,
    /// Mean of those of them that should not have been sent.
    pub bad_mails: f64,
}

/// One policy over all rows.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Summary {
    /// Which.
    pub policy: PauseRule,
    /// Mean of false pauses a year of an account, over the rows in which a pause in
    /// a quiet year is wrong.
    pub false_pauses_a_year: f64,
    /// Rows with a false pause.
    pub rows_with_false_pauses: usize,
    /// Rows in which a pause is wrong.
    pub rows: usize,
    /// Incidents played.
    pub incidents: u32,
    /// Incidents paused.
    pub paused: u32,
    /// Mean bad mails of an incident, over all.
    pub bad_mails: f64,
    /// Geometric mean of how many times fewer bad mails than under the AWS sample.
    pub times_fewer_than_aws_sample: f64,
    /// Mean of warnings a year of an account, as for pauses.
    pub false_warnings_a_year: f64,
    /// Mean bad mails of an incident until the first warning, over all.
    pub warned_bad_mails: f64,
    /// Geometric mean of how many times the floor the bad mails until the pause are, over
    /// incidents that begin at once.
    pub times_the_floor: f64,
    /// Mean bad mails until the pause of an incident that begins at once.
    pub sudden_bad_mails: f64,
    /// Geometric mean of how many times fewer bad mails there are until the warning than until the
    /// pause of the AWS sample, over incidents that grow over days.
    pub decay_warned_times_fewer: f64,
}

enum Task {
    Incident(usize, u32),
    Year(usize, u32),
}

enum Done {
    Incident(Box<Each<Ending>>),
    Year(Each<Quiet>),
}

/// Plays all scenarios at all their volumes.
pub fn play(world: &World, options: &PlayOptions) -> Results {
    let mut world = world.clone();
    if world.model.play.tried {
        // A window of one minute is looked at each minute, in years too.
        world.model.play.year_step_minutes = 1;
    }
    let world = &world;
    let places: Vec<(&Scenario, f64)> = world
        .scenarios
        .iter()
        .flat_map(|scenario| scenario.volumes.iter().map(move |v| (scenario, *v)))
        .collect();
    let mut tasks = Vec::new();
    for (place, (scenario, _)) in places.iter().enumerate() {
        tasks.extend((0..options.years).map(|n| Task::Year(place, n)));
        if scenario.pause == PauseJudgement::Right {
            tasks.extend((0..options.runs).map(|n| Task::Incident(place, n)));
        }
    }
    let run = |task: &Task| {
        let (Task::Incident(place, n) | Task::Year(place, n)) = *task;
        let (scenario, volume) = places.get(place)?;
        let kind = u64::from(matches!(task, Task::Year(..)));
        let rng = stream(options.seed, &scenario.name, &[volume.to_bits(), kind, n.into()]);
        Some((
            place,
            match task {
                Task::Incident(..) => {
                    Done::Incident(Box::new(incident(world, scenario, *volume, rng)))
                }
                Task::Year(..) => Done::Year(year(world, scenario, *volume, rng)),
            },
        ))
    };
    let done = in_parallel(&tasks, run);
    let rows: Vec<ScenarioRow> = places
        .iter()
        .enumerate()
        .map(|(place, (scenario, volume))| {
            let (mut incidents, mut years) = (Vec::new(), Vec::new());
            for (_, done) in done.iter().filter(|(at, _)| *at == place) {
                match done {
                    Done::Incident(endings) => incidents.push(**endings),
                    Done::Year(pauses) => years.push(*pauses),
                }
            }
            sums::row(scenario, *volume, &incidents, &years)
        })
        .collect();
    let summary = POLICIES
        .iter()
        .enumerate()
        .map(|(place, policy)| sums::summarise(*policy, place, &rows))
        .collect();
    Results { options: *options, model: world.model.clone(), rows, summary }
}

/// Answers in the order of the tasks, whichever thread was first.
fn in_parallel<T: Sync, R: Send>(tasks: &[T], run: impl Fn(&T) -> Option<R> + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let answers = Mutex::new(Vec::with_capacity(tasks.len()));
    let threads = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let place = next.fetch_add(1, Ordering::Relaxed);
                    let Some(task) = tasks.get(place) else { break };
                    if let (Some(answer), Ok(mut answers)) = (run(task), answers.lock()) {
                        answers.push((place, answer));
                    }
                }
            });
        }
    });
    let mut answers = answers.into_inner().unwrap_or_default();
    answers.sort_by_key(|(place, _)| *place);
    answers.into_iter().map(|(_, answer)| answer).collect()
}
