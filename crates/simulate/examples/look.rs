//! t
fn main() {
    let world = match std::env::args().nth(1) {
        Some(d) => warden_simulate::World::read(d.as_ref()).unwrap(),
        None => warden_simulate::World::built_in().unwrap(),
    };
    let t = std::time::Instant::now();
    let r = warden_simulate::play(&world, &Default::default());
    for row in &r.rows {
        print!("{:<32} {:>9} ", row.scenario, row.volume);
        for p in row.policies.iter().take(3) {
            match &p.incident {
                Some(i) => print!(
                    " | {:.1}/y {}/{} {:.0}m bad {:.0} x{:.1}",
                    p.pauses_a_year,
                    i.paused,
                    i.runs,
                    i.median_minutes.unwrap_or(-1.0),
                    i.bad_mails,
                    i.times_fewer_than_aws_sample
                ),
                None => print!(" | {:.1}/y", p.pauses_a_year),
            }
        }
        println!();
    }
    for s in &r.summary {
        println!("{s:?}");
    }
    println!("{:?}", t.elapsed());
}
