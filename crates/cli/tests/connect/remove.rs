//! `remove`, after which the account is as it was.

use super::account::{Account, small, to};
use super::wire::Answer;
use super::{FEEDBACK, Result, command, counts, of, place, run};

const WHOLE: &str = "--default-set a@mail.test=bare --default-set example.com=metered";

#[test]
fn the_account_is_as_before() -> Result {
    let wire = small();
    let before = Account::of(&wire.world());
    counts(&wire, &format!("apply --yes {WHOLE}"))?;
    assert_ne!(Account::of(&wire.world()), before);
    // 2 destinations, 2 switches, 3 tags of sets, 2 default sets and their tags, 20 alarms.
    let removed = counts(&wire, "remove --yes")?;
    assert_eq!(removed, of([("leave", 1), ("remove", 2 + 2 + 3 + 4 + 20)]));
    assert_eq!(Account::of(&wire.world()), before);
    assert_eq!(counts(&wire, "remove --yes")?, of([("leave", 1)]));
    Ok(())
}

#[test]
fn only_what_is_ours_goes() -> Result {
    let wire = small();
    counts(&wire, &format!("apply --yes {WHOLE}"))?;
    {
        let mut world = wire.world();
        // Somebody chose another default set meanwhile, and another stack came to `bare`.
        world.default_sets.insert("a@mail.test".into(), "theirs".into());
        let arn = "arn:aws:ses:eu-central-1:111122223333:configuration-set/bare";
        let tags = world.tags.get_mut(arn).ok_or("no tags")?;
        tags.insert("ses-warden:connect/post".into(), "destination".into());
        // Somebody's own alarm below our prefix, and one of ours that lost its tag.
        let name = "mail/domain/example.com/bounce/warn";
        let arn = format!("arn:aws:cloudwatch:eu-central-1:111122223333:alarm:{name}");
        world.tags.remove(&arn);
    }
    let said = String::from_utf8(run(&wire, "remove --yes")?.stdout)?;
    for word in [
        "another stack is connected to this set",
        "it is not the one that connect put",
        "somebody else made it; it still publishes to the feedback topic",
    ] {
        assert!(said.contains(word), "{word}: {said}");
    }
    let world = wire.world();
    assert_eq!(world.default_sets["a@mail.test"], "theirs");
    assert!(!world.default_sets.contains_key("example.com"));
    assert!(world.set_setups["bare"].reputation_metrics);
    assert!(world.set_setups["bare"].destinations.is_empty());
    assert!(world.set_setups["theirs"].destinations.contains_key("to-warden"));
    let names: Vec<&str> = world.alarms.iter().map(|alarm| alarm.name.as_str()).collect();
    assert_eq!(names, ["mail/domain/example.com/bounce/warn"]);
    Ok(())
}

#[test]
fn part_of_it_can_be_removed() -> Result {
    let wire = small();
    counts(&wire, &format!("apply --yes {WHOLE}"))?;
    assert_eq!(counts(&wire, "remove --yes --no-sets")?, of([("remove", 8)]));
    // Destination, switch, tag, four alarms; default set and tag of the one identity.
    assert_eq!(counts(&wire, "remove --yes --no-domains --set bare")?, of([("remove", 9)]));
    let world = wire.world();
    assert_eq!(world.default_sets["example.com"], "metered");
    assert_eq!(world.default_sets["a@mail.test"], "metered");
    assert!(world.set_setups["metered"].destinations.contains_key("mail-feedback"));
    Ok(())
}

#[test]
fn alarms_of_a_deleted_set_go_too_and_its_identity_when_named() -> Result {
    let wire = small();
    counts(&wire, &format!("apply --yes {WHOLE}"))?;
    {
        let mut world = wire.world();
        for set in ["bare", "metered"] {
            world.sets.remove(set);
            world.set_setups.remove(set);
        }
    }
    counts(&wire, "remove --yes --identity a@mail.test")?;
    let world = wire.world();
    assert!(world.alarms.is_empty());
    // What it was before is deleted as well.
    assert!(!world.default_sets.contains_key("a@mail.test"));
    assert!(world.ses_tags("identity/a@mail.test").is_empty());
    Ok(())
}

#[test]
fn without_the_stack_the_way_out_is_named() -> Result {
    let wire = small();
    let before = Account::of(&wire.world());
    counts(&wire, "apply --yes")?;
    wire.script("DescribeStacks", [Answer::error(400, "ValidationError")]);
    let output = command(&wire.environment(), "remove --yes --stack mail").output()?;
    assert_eq!(output.status.code(), Some(5));
    let said = String::from_utf8(output.stderr)?;
    assert!(said.contains("give --prefix mail/ and --feedback-topic ARN"), "{said}");
    let line = format!("remove --yes --stack mail --prefix mail/ --feedback-topic {FEEDBACK}");
    let output = command(&wire.environment(), &line).output()?;
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(Account::of(&wire.world()), before);
    Ok(())
}

/// The tag is what the next run finds the rest by.
#[test]
fn the_tag_stays_while_anything_of_it_is_left() -> Result {
    let wire = small();
    let before = Account::of(&wire.world());
    counts(&wire, &format!("apply --yes {WHOLE}"))?;
    for operation in [
        "DeleteConfigurationSetEventDestination",
        "PutConfigurationSetReputationOptions",
        "PutEmailIdentityConfigurationSetAttributes",
        "UntagResource",
        "DeleteAlarms",
    ] {
        wire.script(operation, [Answer::error(403, "AccessDeniedException")]);
        let output = run(&wire, "remove --yes")?;
        assert_eq!(output.status.code(), Some(1), "{operation}");
        wire.unscript();
        assert_ne!(Account::of(&wire.world()), before, "{operation}");
        let removed = run(&wire, "remove --yes")?;
        assert!(removed.status.success(), "{operation}");
        assert_eq!(Account::of(&wire.world()), before, "{operation}");
        counts(&wire, &format!("apply --yes {WHOLE}"))?;
    }
    Ok(())
}

#[test]
fn nothing_to_remove_is_said() -> Result {
    let wire = small();
    let output =
        command(&wire.environment(), &format!("remove --set bare {}", place())).output()?;
    assert!(output.status.success());
    let said = String::from_utf8(output.stdout)?;
    assert!(said.contains("connect made nothing for the stack mail that is still there"), "{said}");
    wire.world().add_set("x").destinations.insert("mail-feedback".into(), to(FEEDBACK, &["SEND"]));
    assert_eq!(counts(&wire, "remove --yes")?, of([("leave", 2)]), "a name alone is no proof");
    Ok(())
}
