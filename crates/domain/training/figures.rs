//! The zones of the second reader, and the page that says how good it is.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use warden_domain::bounce::training::ReaderModel;

use super::Unseen;
use super::corpus::Result;

/// In cross-validation less than one of so many texts that are surely the recipient is not.
const ONE_WRONG_OF: usize = 200;

/// In cross-validation less than one of so many texts that are surely not the recipient is.
/// The address of such a text is kept, which harms less than to suppress one wrongly.
const ONE_KEPT_OF: usize = 15;

/// A zone begins no nearer to the middle than this, whatever the figures allow.
const FARTHEST: (u16, u16) = (500, 900);

fn permille(unseen: &Unseen<'_>) -> u16 {
    let rounded = (unseen.probability * 1_000.0).round();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 1,000")]
    let whole = rounded as u16;
    whole
}

/// The widest zones with so few wrong answers: at most the first limit is surely not the
/// recipient, at least the second surely is.
pub(crate) fn limits(unseen: &[Unseen<'_>]) -> (u16, u16) {
    let is_sure = |limit: u16| {
        let zone = || unseen.iter().filter(|u| permille(u) >= limit);
        zone().filter(|u| !u.example.is_recipient).count() * ONE_WRONG_OF < zone().count()
    };
    let is_surely_not = |limit: u16| {
        let zone = || unseen.iter().filter(|u| permille(u) <= limit);
        zone().filter(|u| u.example.is_recipient).count() * ONE_KEPT_OF < zone().count()
    };
    let (low, high) = FARTHEST;
    let high = (high..=1_000).find(|limit| is_sure(*limit)).unwrap_or(1_001);
    let low = (0..=low).rev().find(|limit| is_surely_not(*limit)).unwrap_or(0);
    (low, high)
}

/// `rules/reader.md`.
pub(crate) fn page(
    unseen: &[Unseen<'_>],
    (low, high): (u16, u16),
    model: ReaderModel<'_>,
    bytes: usize,
) -> Result<String> {
    let publishers: BTreeSet<&str> = unseen.iter().map(|u| u.example.publisher.as_str()).collect();
    let mut out = String::from("# Figures of the second reader\n\n");
    writeln!(
        out,
        "`make train` writes this page and `reader.bin` ({bytes} bytes); the texts have the hash \
         `{:016x}`.\n\n{} distinct texts of {} publishers, {} of them about the recipient (gone, \
         disabled or domain gone). Each text was read by a model that had seen no text of its \
         publisher. Texts labelled `unknown` count as not about the recipient.\n",
        model.trained_on(),
        unseen.len(),
        publishers.len(),
        unseen.iter().filter(|u| u.example.is_recipient).count(),
    )?;
    zones(&mut out, unseen, low, high)?;
    reliability(&mut out, unseen)?;
    Ok(out)
}

fn zones(out: &mut String, unseen: &[Unseen<'_>], low: u16, high: u16) -> Result {
    writeln!(out, "| zone | probability | texts | about the recipient | unknown | other |")?;
    writeln!(out, "|---|---|---:|---:|---:|---:|")?;
    let zone = |permille: u16| match permille {
        p if p >= high => 0,
        p if p <= low => 2,
        _ => 1,
    };
    let rows = [
        ("surely the recipient", format!("at least {}", shown(high))),
        ("between", String::from("between")),
        ("surely not the recipient", format!("at most {}", shown(low))),
    ];
    for (at, (name, range)) in rows.into_iter().enumerate() {
        let inside = || unseen.iter().filter(|u| zone(permille(u)) == at);
        let recipient = inside().filter(|u| u.example.is_recipient).count();
        let unknown = inside().filter(|u| !u.example.is_recipient && u.example.target > 0.0);
        let (all, unknown) = (inside().count(), unknown.count());
        let other = all - recipient - unknown;
        writeln!(out, "| {name} | {range} | {all} | {recipient} | {unknown} | {other} |")?;
    }
    out.push('\n');
    Ok(())
}

fn reliability(out: &mut String, unseen: &[Unseen<'_>]) -> Result {
    writeln!(out, "Calibration: of the texts that got a probability, so many are about the")?;
    writeln!(out, "recipient.\n\n| probability | texts | mean | about the recipient |")?;
    writeln!(out, "|---|---:|---:|---:|")?;
    for tenth in 0..10_u16 {
        let inside = || unseen.iter().filter(|u| (permille(u) / 100).min(9) == tenth);
        let all = inside().count();
        if all == 0 {
            continue;
        }
        let count = f64::from(u32::try_from(all)?);
        let mean = inside().map(|u| u.probability).sum::<f64>() / count;
        let true_ones = inside().filter(|u| u.example.is_recipient).count();
        let share = f64::from(u32::try_from(true_ones)?) / count;
        writeln!(
            out,
            "| {} to {} | {all} | {mean:.2} | {share:.2} |",
            shown(100 * tenth),
            shown(100 * (tenth + 1)),
        )?;
    }
    Ok(())
}

fn shown(permille: u16) -> String {
    format!("{:.3}", f64::from(permille) / 1_000.0)
}
