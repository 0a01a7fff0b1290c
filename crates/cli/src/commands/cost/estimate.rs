//! The arithmetic of a month. All amounts are US dollars.

use serde::Serialize;

use crate::frame::prices::Prices;

/// What is sent, and what is kept about it.
#[derive(Debug, Clone, Serialize)]
pub struct Traffic {
    /// SES events a month.
    pub events: u64,
    /// Sender domains.
    pub domains: u64,
    /// Domains that get series of their own; the others share one more.
    pub max_domains: u64,
    /// Configuration sets that carry each domain's mail.
    pub sets_per_domain: u64,
    /// Configuration sets that the stack watches.
    pub watched_sets: u64,
    /// Kinds of fault that each domain's bounces show.
    pub faults: u64,
    /// Mailbox providers that each domain writes to.
    pub providers: u64,
    /// Whether the metric set is `full`.
    pub full: bool,
    /// Alarms of each domain.
    pub alarms_per_domain: u64,
}

/// One cost of counting; nothing where a design has no such part.
#[derive(Debug, Clone, Serialize)]
pub struct CostLine {
    /// What it is for.
    pub name: String,
    /// This design.
    pub ours: Option<f64>,
    /// SNS invokes a function for each event, which calls PutMetricData.
    pub call_per_event: Option<f64>,
    /// SNS invokes a function for each event, which logs in embedded metric format.
    pub emf_logs: Option<f64>,
}

/// A part that only this design has.
#[derive(Debug, Clone, Serialize)]
pub struct CostPart {
    /// What it is.
    pub name: String,
    /// What it costs.
    pub dollars: f64,
}

/// A month.
#[derive(Debug, Clone, Serialize)]
pub struct Estimate {
    /// What it is about.
    pub traffic: Traffic,
    /// Series that are written.
    pub series: u64,
    /// Costs of counting, by part.
    pub counting: Vec<CostLine>,
    /// Their sum.
    pub together: CostLine,
    /// What else a stack costs.
    pub rest: Vec<CostPart>,
    /// What would come on top.
    pub adds: Vec<CostPart>,
}

impl Traffic {
    /// Series of one domain in the set `essential`: five of its own, three for each
    /// configuration set, one for each kind of fault, and three of those that are
    /// written now and then (`DeliveryDelay`, `BounceUndetermined`, `RescueCandidate`).
    pub fn essential_series_per_domain(&self) -> u64 {
        5 + 3 * self.sets_per_domain + self.faults + 3
    }

    /// What `full` adds: opens, clicks, preferences and delivery times, and three
    /// for each provider.
    pub fn full_series_per_domain(&self) -> u64 {
        4 + 3 * self.providers
    }

    /// All series: those of the domains, five of all mail together, and two reasons
    /// of messages that were ignored.
    pub fn series(&self) -> u64 {
        let full = if self.full { self.full_series_per_domain() } else { 0 };
        7 + self.counted_domains() * (self.essential_series_per_domain() + full)
    }

    /// What a series can have as its domain: those below the cap, and `other` for the
    /// rest.
    fn counted_domains(&self) -> u64 {
        if self.domains > self.max_domains { self.max_domains + 1 } else { self.domains }
    }
}

impl Estimate {
    /// Counts with the prices and assumptions given.
    pub fn new(traffic: &Traffic, prices: &Prices) -> Self {
        let counting = counting(traffic, prices);
        let sum = |of: fn(&CostLine) -> Option<f64>| Some(counting.iter().filter_map(of).sum());
        let together = CostLine {
            name: "together".to_owned(),
            ours: sum(|line| line.ours),
            call_per_event: sum(|line| line.call_per_event),
            emf_logs: sum(|line| line.emf_logs),
        };
        Self {
            traffic: traffic.clone(),
            series: traffic.series(),
            rest: rest(traffic, prices),
            adds: adds(traffic, prices),
            counting,
            together,
        }
    }
}

fn counting(traffic: &Traffic, prices: &Prices) -> Vec<CostLine> {
    let model = &prices.model;
    let memory = &model.memory_mb;
    let events = traffic.events as f64;
    // Mail that comes all day makes as many batches as pollers begin; much more mail
    // fills them.
    let begun = events.min(model.batches_per_minute * model.minutes_per_month);
    let batches = begun.max(events / model.events_per_batch);
    let millis_of_batch =
        if batches > 0.0 { model.call_ms + events / batches * model.event_ms } else { 0.0 };
    let polls = model.idle_polls_per_minute * model.minutes_per_month;
    let requests = events + (2.0 * events / model.messages_per_request).max(polls);
    let per_thousand = prices.cloudwatch.put_metric_data_per_thousand;
    let each = |name: &str, ours, call_per_event, emf_logs| CostLine {
        name: name.to_owned(),
        ours,
        call_per_event,
        emf_logs,
    };
    let publishes = Some(events / 1e6 * prices.sns.publishes_per_million);
    let series = Some(prices.series(traffic.series()));
    vec![
        each("SNS: publishing", publishes, publishes, publishes),
        each("SQS: one queue", Some(requests / 1e6 * prices.sqs.requests_per_million), None, None),
        each(
            "Lambda",
            Some(prices.invocations(batches, millis_of_batch, memory.metrics)),
            Some(prices.invocations(events, model.invocation_ms + model.call_ms, memory.rival)),
            Some(prices.invocations(events, model.invocation_ms, memory.rival)),
        ),
        each(
            "PutMetricData",
            Some(batches / 1e3 * per_thousand),
            Some(events / 1e3 * per_thousand),
            None,
        ),
        each(
            "logs",
            Some(prices.logs(batches * (model.platform_log_bytes + model.batch_log_bytes))),
            Some(prices.logs(events * model.platform_log_bytes)),
            Some(prices.logs(events * (model.platform_log_bytes + model.emf_bytes))),
        ),
        each(&format!("series in CloudWatch: {}", traffic.series()), series, series, series),
    ]
}

fn rest(traffic: &Traffic, prices: &Prices) -> Vec<CostPart> {
    let model = &prices.model;
    let feedback = traffic.events as f64 * model.feedback_share;
    let polls = model.idle_polls_per_minute * model.minutes_per_month;
    let queue = (feedback + polls) / 1e6 * prices.sqs.requests_per_million;
    let suppress =
        prices.invocations(feedback, model.suppress_seconds * 1e3, model.memory_mb.suppress);
    let batches = feedback.min(model.batches_per_minute * model.minutes_per_month);
    let counts = batches / 1e3 * prices.cloudwatch.put_metric_data_per_thousand
        + model.suppress_series
            * (prices.series(traffic.series() + 1) - prices.series(traffic.series()));
    let guard = prices.invocations(model.guard_runs, model.guard_ms, model.memory_mb.guard);
    let alarms = traffic.domains * traffic.alarms_per_domain;
    let sets = match traffic.watched_sets {
        1 => "the watched configuration set".to_owned(),
        n => format!("each of {n} watched configuration sets"),
    };
    vec![
        part("suppress, its queue and its counts", queue + suppress + counts),
        part("guard, every five minutes", guard),
        part(
            "alarms: account and the warden itself",
            model.stack_alarm_metrics * prices.cloudwatch.alarm_per_metric,
        ),
        part(
            &format!("alarms: 4 for {sets}"),
            4.0 * traffic.watched_sets as f64 * prices.cloudwatch.alarm_per_metric,
        ),
        part(
            &format!("alarms: {} for each domain", traffic.alarms_per_domain),
            alarms as f64 * prices.domain_alarm(),
        ),
        part("dashboard", prices.cloudwatch.dashboard),
    ]
}

fn adds(traffic: &Traffic, prices: &Prices) -> Vec<CostPart> {
    let more = |change: fn(&mut Traffic)| {
        let mut changed = traffic.clone();
        change(&mut changed);
        prices.series(changed.series()) - prices.series(traffic.series())
    };
    let alarms = traffic.alarms_per_domain as f64 * prices.domain_alarm();
    let mut adds = vec![
        part("one domain more, and its alarms", more(|t| t.domains += 1) + alarms),
        part("one alarm more for a domain", prices.domain_alarm()),
    ];
    if !traffic.full {
        adds.push(part("MetricSet=full instead of essential", more(|t| t.full = true)));
    }
    adds.push(part("one configuration set more for each domain", more(|t| t.sets_per_domain += 1)));
    adds
}

fn part(name: &str, dollars: f64) -> CostPart {
    CostPart { name: name.to_owned(), dollars }
}
