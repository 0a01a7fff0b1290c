//! Fifty sets and a hundred domains in one go.

use super::account::Account;
use super::wire::Wire;
use super::{Result, counts, of, run};

#[test]
fn fifty_sets_and_a_hundred_domains() -> Result {
    let wire = Wire::start();
    {
        let mut world = wire.world();
        for n in 0..50 {
            world.add_set(&format!("customer-{n:02}"));
        }
        for n in 0..100 {
            let domain = format!("d{n:02}.example.org");
            world.add_series("Send", &[("Domain", &domain)], 100.0);
            world.identities.insert(domain, "DOMAIN".to_owned());
        }
    }
    let before = Account::of(&wire.world());
    let said = String::from_utf8(run(&wire, "plan")?.stdout)?;
    assert!(said.contains("1100 to create."), "{said}");
    assert_eq!(counts(&wire, "apply --yes")?, of([("create", 50 * 2 + 200 + 800)]));
    assert_eq!(counts(&wire, "plan")?, of([("keep", 1100)]));
    assert_eq!(counts(&wire, "remove --yes")?, of([("remove", 50 * 3 + 1000)]));
    assert_eq!(Account::of(&wire.world()), before);
    Ok(())
}
