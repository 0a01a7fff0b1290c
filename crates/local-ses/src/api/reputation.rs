//! Publishing the reputation metrics to CloudWatch.

use std::sync::{Arc, Weak};
use std::time::Duration;

use crate::app::App;
use crate::reputation::PublishedRates;

/// Publishes the rates of the account and of each set that has its reputation
/// metrics enabled. What has sent nothing has no rate and is left out.
///
/// # Errors
///
/// Says why CloudWatch did not take them.
pub(crate) async fn publish(app: &App) -> Result<Vec<PublishedRates>, String> {
    let upstream = app.upstream.as_ref().ok_or("there is no upstream to publish to")?;
    let rates = collect(app);
    upstream.put_reputation(&rates).await?;
    Ok(rates)
}

fn collect(app: &App) -> Vec<PublishedRates> {
    let mut state = app.state();
    state.account.sent_since_publication = false;
    let sets = state
        .sets
        .iter()
        .filter(|(_, set)| set.reputation_metrics_enabled)
        .map(|(name, set)| (Some(name.clone()), &set.rates));
    std::iter::once((None, &state.account.rates))
        .chain(sets)
        .filter(|(_, rates)| rates.volume() > 0)
        .map(|(configuration_set, rates)| PublishedRates {
            configuration_set,
            volume: rates.volume(),
            bounce_rate: rates.bounce_rate(),
            complaint_rate: rates.complaint_rate(),
        })
        .collect()
}

/// Publishes from time to time while mail is sent, until the application is gone.
pub(crate) async fn run(app: Weak<App>, period: Duration) {
    loop {
        tokio::time::sleep(period).await;
        let Some(app) = app.upgrade() else {
            return;
        };
        publish_if_sending(&app).await;
    }
}

async fn publish_if_sending(app: &Arc<App>) {
    if !app.state().account.sent_since_publication {
        return;
    }
    if let Err(error) = publish(app).await {
        tracing::warn!(error, "reputation not published");
    }
}
