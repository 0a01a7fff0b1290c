//! One table of DynamoDB with the text keys `pk` and `sk`, secrets, and the outputs of a stack.

use serde_json::{Map, Value, json};

use crate::{Answer, Call, World, text};

impl World {
    pub(super) fn answer_about_items(&mut self, call: &Call) -> Option<Answer> {
        let body = &call.body;
        Some(match call.operation.as_str() {
            "PutItem" => self.put_item(body),
            "UpdateItem" => self.update_item(body),
            "Query" => self.query(body),
            "BatchGetItem" => self.batch_get(body),
            "BatchWriteItem" => self.batch_write(body),
            "GetSecretValue" => match self.secrets.get(&text(body, "SecretId")) {
                Some(secret) => Answer::Ok(json!({ "SecretString": secret })),
                None => Answer::error(400, "ResourceNotFoundException"),
            },
            "DescribeStacks"
                if !self.outputs.is_empty() && text(body, "StackName") == "ses-warden" =>
            {
                let output = |(key, value): (&String, &String)| {
                    format!(
                        "<member><OutputKey>{key}</OutputKey><OutputValue>{value}</OutputValue></member>"
                    )
                };
                let outputs: String = self.outputs.iter().map(output).collect();
                Answer::Ok(json!({ "@xml": format!(
                    "<Stacks><member><StackName>ses-warden</StackName>\
                     <CreationTime>2026-10-01T00:00:00Z</CreationTime>\
                     <StackStatus>CREATE_COMPLETE</StackStatus>\
                     <Outputs>{outputs}</Outputs></member></Stacks>"
                )}))
            }
            _ => return None,
        })
    }

    /// Items of one partition, in their order: names of the fields and their values as texts.
    pub fn items(&self, partition: &str) -> Vec<Map<String, Value>> {
        let all = self.table.iter().filter(|((pk, _), _)| pk == partition);
        all.filter_map(|(_, item)| item.as_object().map(plain)).collect()
    }

    fn put_item(&mut self, body: &Value) -> Answer {
        let item = &body["Item"];
        let key = (text(&item["pk"], "S"), text(&item["sk"], "S"));
        let old = self.table.get(&key);
        let holds = match body["ConditionExpression"].as_str() {
            None => true,
            Some("attribute_not_exists(pk)") => old.is_none(),
            Some("#version = :expected") => {
                let name = text(&body["ExpressionAttributeNames"], "#version");
                let expected = &body["ExpressionAttributeValues"][":expected"];
                old.is_some_and(|old| old[&name] == *expected)
            }
            Some(other) => panic!("the fake knows no condition {other}"),
        };
        if !holds {
            return Answer::error(400, "ConditionalCheckFailedException");
        }
        self.table.insert(key, item.clone());
        Answer::Ok(json!({}))
    }

    /// Sets numbers, one of which (`#n`) may only grow.
    fn update_item(&mut self, body: &Value) -> Answer {
        let key = (text(&body["Key"]["pk"], "S"), text(&body["Key"]["sk"], "S"));
        let lower = "attribute_not_exists(#n) OR #n < :n";
        let must_exist = match body["ConditionExpression"].as_str() {
            Some(condition) if condition == lower => false,
            Some(condition) if condition == format!("attribute_exists(pk) AND ({lower})") => true,
            other => panic!("the fake knows no condition {other:?}"),
        };
        let name = |short: &str| text(&body["ExpressionAttributeNames"], short);
        let value = |short: &str| body["ExpressionAttributeValues"][short].clone();
        let number = |value: &Value| value["N"].as_str().and_then(|n| n.parse::<i64>().ok());
        let old = self.table.get(&key);
        let held = old.and_then(|old| number(&old[&name("#n")]));
        if (must_exist && old.is_none()) || held >= number(&value(":n")) {
            return Answer::error(400, "ConditionalCheckFailedException");
        }
        let expression = text(body, "UpdateExpression");
        let item = self.table.entry(key).or_insert_with(|| body["Key"].clone());
        for part in expression.trim_start_matches("SET ").split(", ") {
            match part.split_once(" = ") {
                Some((short, given)) => item[&name(short)] = value(given),
                None => panic!("the fake knows no update {expression}"),
            }
        }
        Answer::Ok(json!({}))
    }

    fn batch_get(&self, body: &Value) -> Answer {
        let mut responses = Map::new();
        for (table, wanted) in body["RequestItems"].as_object().into_iter().flatten() {
            let keys = wanted["Keys"].as_array().into_iter().flatten();
            let keys: Vec<_> = keys.map(|k| (text(&k["pk"], "S"), text(&k["sk"], "S"))).collect();
            let distinct: std::collections::BTreeSet<_> = keys.iter().collect();
            if distinct.len() < keys.len() || keys.len() > 100 {
                return Answer::error(400, "ValidationException");
            }
            let items: Vec<&Value> = keys.iter().filter_map(|key| self.table.get(key)).collect();
            responses.insert(table.clone(), json!(items));
        }
        Answer::Ok(json!({ "Responses": responses, "UnprocessedKeys": {} }))
    }

    fn query(&self, body: &Value) -> Answer {
        let value = |name: &str| text(&body["ExpressionAttributeValues"][name], "S");
        let (pk, from) = (value(":pk"), value(":from"));
        match body["KeyConditionExpression"].as_str() {
            Some("pk = :pk" | "pk = :pk AND sk >= :from") => {}
            other => panic!("the fake knows no condition {other:?}"),
        }
        let mut found: Vec<(&String, &Value)> = self
            .table
            .iter()
            .filter(|((item, sk), _)| *item == pk && *sk >= from)
            .map(|((_, sk), item)| (sk, item))
            .collect();
        let forward = body["ScanIndexForward"].as_bool().unwrap_or(true);
        if !forward {
            found.reverse();
        }
        if let Some(start) = body["ExclusiveStartKey"]["sk"]["S"].as_str() {
            found.retain(|(sk, _)| if forward { sk.as_str() > start } else { sk.as_str() < start });
        }
        let limit = body["Limit"].as_u64().map_or(usize::MAX, |limit| limit as usize);
        let page = limit.min(self.page_size).min(found.len());
        let mut answer = json!({ "Count": page,
            "Items": found[..page].iter().map(|(_, item)| item).collect::<Vec<_>>() });
        if page < found.len()
            && let Some((sk, _)) = found[..page].last()
        {
            answer["LastEvaluatedKey"] = json!({ "pk": { "S": pk }, "sk": { "S": sk } });
        }
        Answer::Ok(answer)
    }

    fn batch_write(&mut self, body: &Value) -> Answer {
        let mut undone = Map::new();
        for (table, writes) in body["RequestItems"].as_object().into_iter().flatten() {
            for (place, write) in writes.as_array().into_iter().flatten().enumerate() {
                if place < self.batch_writes {
                    let key = &write["DeleteRequest"]["Key"];
                    self.table.remove(&(text(&key["pk"], "S"), text(&key["sk"], "S")));
                } else if let Some(left) =
                    undone.entry(table.clone()).or_insert_with(|| json!([])).as_array_mut()
                {
                    left.push(write.clone());
                }
            }
        }
        Answer::Ok(json!({ "UnprocessedItems": undone }))
    }
}

fn plain(item: &Map<String, Value>) -> Map<String, Value> {
    let value = |value: &Value| value["S"].as_str().or(value["N"].as_str()).map(str::to_owned);
    item.iter().map(|(name, field)| (name.clone(), json!(value(field)))).collect()
}
