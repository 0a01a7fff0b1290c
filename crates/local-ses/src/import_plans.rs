//! Plans, set through the control plane, for how the next import jobs proceed.

use std::collections::BTreeMap;

use serde::Deserialize;

/// How the next jobs proceed; the body of the request.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Plan {
    /// If missing: all Regions.
    pub(crate) region: Option<String>,
    /// Seconds a job spends in PROCESSING before it reads its object.
    pub(crate) seconds: f64,
    /// How long the job takes for a thousand records after that.
    pub(crate) seconds_per_1000_records: f64,
    /// How many of the next jobs end in FAILED.
    pub(crate) fail_next: u32,
    /// How many records at the start of the next job fail although they are valid.
    pub(crate) fail_records_next: usize,
}

impl Default for Plan {
    fn default() -> Self {
        // With these values, 100,000 records take a second.
        Self {
            region: None,
            seconds: 0.0,
            seconds_per_1000_records: 0.01,
            fail_next: 0,
            fail_records_next: 0,
        }
    }
}

/// The plan for all Regions, and the plans for single Regions.
#[derive(Debug, Default)]
pub(crate) struct Plans {
    all: Plan,
    regions: BTreeMap<String, Plan>,
}

/// What a plan means for one job.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Course {
    pub(crate) seconds: f64,
    pub(crate) seconds_per_record: f64,
    pub(crate) shall_fail: bool,
    pub(crate) fail_records: usize,
}

impl Plans {
    /// Stores a plan. A plan for all Regions replaces those for single Regions.
    ///
    /// # Errors
    ///
    /// Returns what is wrong with the plan; the stored plans then stay as they were.
    pub(crate) fn set(&mut self, plan: Plan) -> Result<(), &'static str> {
        if !(0.0..=86_400.0).contains(&plan.seconds)
            || !(0.0..=86_400.0).contains(&plan.seconds_per_1000_records)
        {
            return Err("seconds and seconds_per_1000_records must be 0 to 86400");
        }
        match plan.region.clone() {
            Some(region) => {
                self.regions.insert(region, plan);
            }
            None => *self = Self { all: plan, regions: BTreeMap::new() },
        }
        Ok(())
    }

    /// Returns how the next job of a Region proceeds.
    pub(crate) fn next(&mut self, region: &str) -> Course {
        let plan = self.regions.get_mut(region).unwrap_or(&mut self.all);
        let shall_fail = plan.fail_next > 0;
        plan.fail_next = plan.fail_next.saturating_sub(1);
        // A job that fails completely leaves these failures to the next job.
        let fail_records = if shall_fail { 0 } else { std::mem::take(&mut plan.fail_records_next) };
        Course {
            seconds: plan.seconds,
            seconds_per_record: plan.seconds_per_1000_records / 1000.0,
            shall_fail,
            fail_records,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn plans_are_used_up_job_by_job_and_may_be_of_one_region() {
        let mut plans = Plans::default();
        let plan = |value| serde_json::from_value::<Plan>(value).unwrap();
        plans.set(plan(json!({"fail_next": 1, "fail_records_next": 7}))).unwrap();
        plans.set(plan(json!({"region": "eu-west-1", "seconds": 5.0}))).unwrap();
        let next: Vec<(bool, usize)> = (0..3)
            .map(|_| plans.next("us-east-1"))
            .map(|course| (course.shall_fail, course.fail_records))
            .collect();
        assert_eq!(next, [(true, 0), (false, 7), (false, 0)]);
        assert!(plans.next("eu-west-1").seconds > 4.9);
        plans.set(plan(json!({"seconds": 1.0}))).unwrap();
        assert!(plans.next("eu-west-1").seconds < 1.1);
        assert!(plans.set(plan(json!({"seconds_per_1000_records": -1.0}))).is_err());
    }
}
