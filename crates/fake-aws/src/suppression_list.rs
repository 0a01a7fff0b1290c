//! SES's suppression lists, import jobs and tenants.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::{Answer, Call, World, text};

impl World {
    pub(super) fn answer_about_suppression(&mut self, call: &Call) -> Option<Answer> {
        let body = &call.body;
        Some(match call.operation.as_str() {
            "PutSuppressedDestination" if !self.production_access => {
                Answer::error(400, "BadRequestException")
            }
            "PutSuppressedDestination" => {
                self.list(call).insert(text(body, "EmailAddress"), text(body, "Reason"));
                Answer::Ok(json!({}))
            }
            "GetSuppressedDestination" => self.suppressed_destination(call, &text(body, "@path")),
            "DeleteSuppressedDestination" => match self.list(call).remove(&text(body, "@path")) {
                Some(_) => Answer::Ok(json!({})),
                None => Answer::error(404, "NotFoundException"),
            },
            "ListSuppressedDestinations" => self.listed(call),
            "CreateImportJob" if !self.production_access => {
                Answer::error(400, "BadRequestException")
            }
            "CreateImportJob" => self.create_job(body),
            "GetImportJob" => self.carry_out(call),
            "GetTenant" => {
                let name = text(body, "TenantName");
                if let Some(answer) = self.odd_tenants.get(&name) {
                    return Some(answer.clone());
                }
                let scope = if self.tenants.contains_key(&name) { "TENANT" } else { "ACCOUNT" };
                Answer::Ok(
                    json!({ "Tenant": { "TenantName": name, "TenantId": "tn-1", "TenantArn": "arn",
                    "SuppressionAttributes": { "SuppressionScope": scope } } }),
                )
            }
            _ => return None,
        })
    }

    /// The list that a call is about.
    fn list(&mut self, call: &Call) -> &mut BTreeMap<String, String> {
        let tenant = [&call.body, &call.body["@query"]].map(|part| text(part, "TenantName"));
        if let Some(tenant) = tenant.into_iter().find(|tenant| !tenant.is_empty()) {
            return self.tenants.entry(tenant).or_default();
        }
        match call.signed_for.split('/').next().unwrap_or_default() {
            "eu-central-1" => &mut self.suppressed,
            region => self.elsewhere.entry(region.to_owned()).or_default(),
        }
    }

    /// One page of the addresses of one reason, between two dates where such are given.
    fn listed(&mut self, call: &Call) -> Answer {
        let (size, query) = (self.page_size, &call.body["@query"]);
        let start = text(query, "NextToken").parse().unwrap_or(0);
        let reason = text(query, "Reason");
        let second = |name: &str| {
            query[name]
                .as_str()
                .map(|text| text.parse::<jiff::Timestamp>().expect("a date").as_second())
        };
        let (from, to) = (second("StartDate"), second("EndDate"));
        let origins = self.origins.clone();
        let updated = |address: &String| origins.get(address).map_or(1_790_000_000, |o| o.1);
        let all: Vec<String> = self
            .list(call)
            .iter()
            .filter(|(_, listed)| **listed == reason)
            .map(|(address, _)| address.clone())
            .filter(|address| from.is_none_or(|from| updated(address) >= from))
            .filter(|address| to.is_none_or(|to| updated(address) <= to))
            .collect();
        let page: Vec<Value> = all
            .iter()
            .skip(start)
            .take(size)
            .map(|address| {
                json!({ "EmailAddress": address, "Reason": reason,
                    "LastUpdateTime": updated(address) })
            })
            .collect();
        let next = (start + page.len() < all.len()).then(|| (start + page.len()).to_string());
        Answer::Ok(json!({ "SuppressedDestinationSummaries": page, "NextToken": next }))
    }

    fn suppressed_destination(&mut self, call: &Call, address: &str) -> Answer {
        // SES takes such an address in the body and chokes on it in the path.
        if address.contains('/') {
            return Answer::error(400, "BadRequestException");
        }
        match self.list(call).get(address).cloned() {
            Some(reason) => {
                let mut entry = json!({ "EmailAddress": address, "Reason": reason,
                    "LastUpdateTime": 1_790_000_000 });
                if let Some((message_id, at)) = self.origins.get(address) {
                    entry["LastUpdateTime"] = json!(at);
                    entry["Attributes"] = json!({ "MessageId": message_id, "FeedbackId": "own" });
                }
                Answer::Ok(json!({ "SuppressedDestination": entry }))
            }
            None => Answer::error(404, "NotFoundException"),
        }
    }

    fn create_job(&mut self, body: &Value) -> Answer {
        let url = text(&body["ImportDataSource"], "S3Url");
        let key = url
            .strip_prefix("s3://")
            .and_then(|rest| rest.split_once('/'))
            .map(|(_, key)| key.to_owned());
        let id = format!("job-{}", self.jobs.len() + 1);
        self.jobs.insert(id.clone(), key.unwrap_or_default());
        Answer::Ok(json!({ "JobId": id }))
    }

    fn carry_out(&mut self, call: &Call) -> Answer {
        let id = text(&call.body, "@path");
        let Some(key) = self.jobs.get(&id) else { return Answer::error(404, "NotFoundException") };
        let Some(content) = self.objects.get(key).cloned() else {
            return Answer::Ok(
                json!({ "JobId": id, "JobStatus": "FAILED", "FailureInfo": { "ErrorMessage": "no object" } }),
            );
        };
        let lines: Vec<Value> =
            content.lines().map(|line| serde_json::from_str(line).expect("JSON lines")).collect();
        for line in &lines {
            // A job that deletes has no reasons in its file.
            if line.get("reason").is_some() {
                self.list(call).insert(text(line, "emailAddress"), text(line, "reason"));
            } else {
                self.list(call).remove(&text(line, "emailAddress"));
            }
        }
        Answer::Ok(
            json!({ "JobId": id, "JobStatus": "COMPLETED", "ProcessedRecordsCount": lines.len(), "FailedRecordsCount": 0 }),
        )
    }
}
