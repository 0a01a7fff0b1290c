//! Which function reads a queue, and how.

use super::super::arn;
use super::super::commands::aws;
use super::super::context::Context;
use super::super::snapshot::Mapping;
use super::Uses;
use crate::finding::Finding;

/// Whether something reads the queue.
pub(super) fn reading(context: &Context<'_>, uses: &Uses<'_>, arn: &str) -> Vec<Finding> {
    let region = context.region();
    let name = arn::name(arn);
    if context.snapshot.mappings.known().is_none() {
        return Vec::new();
    }
    let of_queue: Vec<&Mapping> =
        context.mappings().iter().filter(|mapping| mapping.queue == arn).collect();
    if of_queue.is_empty() {
        let Some(output) = uses.stack.get(arn) else { return Vec::new() };
        let role = output.trim_end_matches("QueueUrl");
        let function = context.outputs().and_then(|o| o.get(&format!("{role}FunctionName")));
        let function = function.map_or("FUNCTION", String::as_str);
        return vec![
            Finding::error("mapping-missing", arn)
                .text(format!(
                    "No event source mapping leads from the queue {name} to the function \
                     {function}: messages wait until they expire."
                ))
                .command(aws(
                    region,
                    &[
                        "lambda",
                        "create-event-source-mapping",
                        "--function-name",
                        function,
                        "--event-source-arn",
                        arn,
                        "--function-response-types",
                        "ReportBatchItemFailures",
                        "--maximum-batching-window-in-seconds",
                        "60",
                        "--batch-size",
                        "500",
                        "--scaling-config",
                        "MaximumConcurrency=2",
                    ],
                )),
        ];
    }
    of_queue.into_iter().flat_map(|mapping| of_mapping(context, arn, mapping)).collect()
}

pub(super) fn of_mapping(context: &Context<'_>, arn: &str, mapping: &Mapping) -> Vec<Finding> {
    let Mapping { id, function, state, last_result, reports_item_failures, .. } = mapping;
    let target = arn::unqualified(function);
    let (name, function) = (arn::name(arn), arn::name(&target));
    let update = |option: &[&str]| {
        let words = ["lambda", "update-event-source-mapping", "--uuid", id];
        aws(context.region(), &[&words, option].concat())
    };
    if matches!(state.as_str(), "Disabled" | "Disabling" | "Deleting") {
        return vec![
            Finding::error("mapping-disabled", arn)
                .found(state)
                .text(format!(
                    "The event source mapping from the queue {name} to {function} is switched off: \
                     messages wait until they expire."
                ))
                .command(update(&["--enabled"])),
        ];
    }
    let mut found = Vec::new();
    if let Some(result) = last_result.as_ref().filter(|text| text.starts_with("PROBLEM")) {
        found.push(Finding::warning("mapping-failing", arn).found(result).text(format!(
            "Lambda could not give the last batch of the queue {name} to {function}. Look at the \
             function's log and at its role."
        )));
    }
    if !reports_item_failures && context.role(&target).is_some() {
        found.push(
            Finding::warning("mapping-without-item-failures", arn)
                .text(format!(
                    "The mapping from the queue {name} to {function} does not report single \
                     failures, so {function} cannot give one message back: it is lost, or its \
                     whole batch comes again."
                ))
                .command(update(&["--function-response-types", "ReportBatchItemFailures"])),
        );
    }
    found
}
