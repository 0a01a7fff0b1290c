//! Services that take an operation's name in a header and its members as JSON: DynamoDB, Secrets
//! Manager and CloudTrail.

use serde_json::{Value, json};

use crate::error::{CallError, Class};
use crate::service::{Request, Service};

/// Such a service.
#[derive(Debug, Clone)]
pub(crate) struct JsonService {
    pub(crate) service: Service,
    pub(crate) api: &'static Api,
}

/// What such a service is called.
#[derive(Debug)]
pub(crate) struct Api {
    /// In host names and signatures.
    pub(crate) name: &'static str,
    /// In the settings of SDKs.
    pub(crate) id: &'static str,
    /// Before the operation's name.
    pub(crate) target: &'static str,
    pub(crate) content_type: &'static str,
}

pub(crate) static CLOUDTRAIL: Api = Api {
    name: "cloudtrail",
    id: "CloudTrail",
    target: "CloudTrail_20131101",
    content_type: "application/x-amz-json-1.1",
};
pub(crate) static DYNAMODB: Api = Api {
    name: "dynamodb",
    id: "DynamoDB",
    target: "DynamoDB_20120810",
    content_type: "application/x-amz-json-1.0",
};
pub(crate) static SECRETS_MANAGER: Api = Api {
    name: "secretsmanager",
    id: "Secrets Manager",
    target: "secretsmanager",
    content_type: "application/x-amz-json-1.1",
};

impl JsonService {
    /// Makes the call and returns its answer, which is an object.
    ///
    /// # Errors
    /// [`CallError`], also for an answer that is no JSON object.
    pub(crate) async fn call(
        &self,
        operation: &'static str,
        members: &Value,
    ) -> Result<Value, CallError> {
        let headers = vec![
            ("content-type", self.api.content_type.to_owned()),
            ("x-amz-target", format!("{}.{operation}", self.api.target)),
        ];
        let body = members.to_string().into_bytes();
        let request = Request { method: "POST", path: "/".to_owned(), headers, body };
        let answer = self.service.call(operation, request).await?;
        let answer = match answer.body.bytes().unwrap_or_default() {
            [] => Ok(json!({})),
            body => serde_json::from_slice(body),
        };
        answer.ok().filter(Value::is_object).ok_or_else(|| {
            CallError::new(operation, Class::Temporary, "an answer that cannot be read")
        })
    }
}
