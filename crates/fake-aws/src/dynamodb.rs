//! One table of DynamoDB with the text keys `pk` and `sk`, secrets, and the outputs of a stack.

use serde_json::{Map, Value, json};

use crate::world::text;
use crate::{Answer, Call, World};

impl World {
    pub(super) fn answer_about_items(&mut self, call: &Call) -> Option<Answer> {
        let body = &call.body;
        Some(match call.operation.as_str() {
            "PutItem" => self.put_item(body),
            "Query" => self.query(body),
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
        if !self.item_writes.is_empty()
            && let Some(answer) = self.item_writes.remove(0)
        {
            return answer;
        }
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
