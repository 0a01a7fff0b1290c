//! S3: the one bucket.

use serde_json::{Value, json};

use crate::{Answer, Call, World, text};

impl World {
    pub(super) fn answer_about_objects(&mut self, call: &Call) -> Option<Answer> {
        let body = &call.body;
        Some(match call.operation.as_str() {
            "PutObject" => self.put_object(body),
            "GetObject" if self.odd_objects.contains_key(&text(body, "@path")) => {
                self.odd_objects[&text(body, "@path")].clone()
            }
            "GetObject" => match self.objects.get(&text(body, "@path")) {
                Some(content) => Answer::Ok(json!({ "@body": content, "@etag": etag(content) })),
                None => Answer::error(404, "NoSuchKey"),
            },
            "DeleteObject" => {
                self.objects.remove(&text(body, "@path"));
                Answer::Ok(json!({}))
            }
            "ListObjectsV2" => self.list_objects(&body["@query"]),
            _ => return None,
        })
    }

    fn put_object(&mut self, body: &Value) -> Answer {
        let key = text(body, "@path");
        let held = self.objects.get(&key).map(|content| etag(content));
        let fits = match (body["@if_none_match"].as_str(), body["@if_match"].as_str()) {
            (Some(_), _) => held.is_none(),
            (None, Some(version)) => held.as_deref() == Some(version),
            (None, None) => true,
        };
        if !fits {
            return Answer::error(412, "PreconditionFailed");
        }
        self.objects.insert(key, text(body, "@body"));
        Answer::Ok(json!({ "@body": "", "@etag": "\"new\"" }))
    }

    fn list_objects(&self, query: &Value) -> Answer {
        let (prefix, start) =
            (text(query, "prefix"), text(query, "continuation-token").parse().unwrap_or(0));
        let all: Vec<&String> =
            self.objects.keys().filter(|key| key.starts_with(&prefix)).collect();
        let page: Vec<&&String> = all.iter().skip(start).take(self.page_size).collect();
        let end = start + page.len();
        let next = (end < all.len()).then(|| end.to_string());
        Answer::Ok(json!({ "keys": page, "next": next }))
    }
}

fn etag(content: &str) -> String {
    format!("\"{}-{}\"", content.len(), content.bytes().map(u64::from).sum::<u64>())
}
