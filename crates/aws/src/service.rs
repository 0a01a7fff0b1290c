//! Calls to the services that have no SDK here.
//!
//! An SDK brings code for each of its types and rules for every endpoint, and that of DynamoDB, S3,
//! Secrets Manager or CloudTrail was larger than all of a function's own code. The few calls that
//! are made of them are written here in JSON or in S3's REST. What signs, repeats and limits a
//! call is the same as in the SDKs of the other services.

use aws_runtime::auth::sigv4::{SCHEME_ID, SigV4AuthScheme};
use aws_runtime::auth::{SigV4OperationSigningConfig, SigningOptions};
use aws_runtime::retries::classifiers::AwsErrorCodeClassifier;
use aws_runtime::service_clock_skew::{ServiceClockSkewClassifier, ServiceClockSkewInterceptor};
use aws_smithy_runtime::client::orchestrator::operation::Operation;
use aws_smithy_runtime::client::retries::classifiers::TransientErrorClassifier;
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::auth::static_resolver::{
    StaticAuthSchemeOptionResolver, StaticAuthSchemeOptionResolverParams,
};
use aws_smithy_runtime_api::client::auth::{
    AuthSchemeOptionResolverParams, SharedAuthScheme, SharedAuthSchemeOptionResolver,
};
use aws_smithy_runtime_api::client::behavior_version::BehaviorVersion;
use aws_smithy_runtime_api::client::interceptors::context::{Error, Output};
use aws_smithy_runtime_api::client::orchestrator::{
    HttpRequest, HttpResponse, OrchestratorError, SensitiveOutput,
};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponentsBuilder;
use aws_smithy_runtime_api::client::runtime_plugin::StaticRuntimePlugin;
use aws_smithy_runtime_api::client::ser_de::DeserializeResponse;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::{ConfigBag, FrozenLayer, Layer};
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::SdkConfig;
use aws_types::SigningName;
use aws_types::region::SigningRegion;

use crate::error::CallError;
use crate::service_error::ServiceError;

/// What a service speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// JSON in the body, the operation in a header.
    Json,
    /// S3's own, with errors in XML. The body of an answer is read before it is handed on.
    S3,
    /// The same for objects: the body of a success is handed on as it comes.
    S3Objects,
}

/// A service at one endpoint.
#[derive(Debug, Clone)]
pub(crate) struct Service(Operation<Request, Answer, ServiceError>);

/// A request before it is signed.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) method: &'static str,
    /// Percent-encoded, from the first slash on, with the query.
    pub(crate) path: String,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
}

/// A success.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) etag: Option<String>,
    pub(crate) body: SdkBody,
}

impl Service {
    /// The service that signatures call `name`, with the time-outs, retries and credentials of
    /// `sdk`.
    pub(crate) fn new(
        sdk: &SdkConfig,
        name: &'static str,
        endpoint: &str,
        protocol: Protocol,
    ) -> Self {
        let plugin = StaticRuntimePlugin::new()
            .with_config(config(sdk, name, protocol))
            .with_runtime_components(components(sdk, name));
        let version = sdk.behavior_version().unwrap_or_else(BehaviorVersion::v2026_01_12);
        let retries = sdk.retry_config().cloned().unwrap_or_else(RetryConfig::standard);
        let timeouts = sdk.timeout_config().cloned().unwrap_or_else(TimeoutConfig::disabled);
        let operation = Operation::builder()
            .service_name(name)
            .operation_name("call")
            .behavior_version(version)
            .endpoint_url(endpoint)
            .standard_retry(&retries)
            .timeout_config(timeouts)
            .with_connection_poisoning()
            .runtime_plugin(plugin)
            .serializer(unsigned)
            .deserializer_impl(Reader(protocol));
        Self(operation.build())
    }

    /// Makes the call.
    ///
    /// # Errors
    /// [`CallError`], under the name of that operation.
    pub(crate) async fn call(
        &self,
        operation: &'static str,
        request: Request,
    ) -> Result<Answer, CallError> {
        self.0.invoke(request).await.map_err(|error| CallError::of(operation, &error))
    }
}

fn config(sdk: &SdkConfig, name: &'static str, protocol: Protocol) -> FrozenLayer {
    let mut signing_options = SigningOptions::default();
    if protocol != Protocol::Json {
        // S3 signs keys as they are, and wants the hash of the body in a header.
        signing_options.double_uri_encode = false;
        signing_options.normalize_uri_path = false;
        signing_options.content_sha256_header = true;
    }
    let mut config = Layer::new(name);
    config.store_put(AuthSchemeOptionResolverParams::from(
        StaticAuthSchemeOptionResolverParams::new(),
    ));
    config.store_put(SigV4OperationSigningConfig {
        region: sdk.region().cloned().map(SigningRegion::from),
        name: Some(SigningName::from_static(name)),
        signing_options,
        ..SigV4OperationSigningConfig::default()
    });
    // Secrets and addresses: nothing of an answer goes to a log.
    config.store_put(SensitiveOutput);
    config.freeze()
}

fn components(sdk: &SdkConfig, name: &'static str) -> RuntimeComponentsBuilder {
    let schemes = StaticAuthSchemeOptionResolver::new(vec![SCHEME_ID]);
    let mut components = RuntimeComponentsBuilder::new(name)
        .with_auth_scheme(SharedAuthScheme::new(SigV4AuthScheme::new()))
        .with_auth_scheme_option_resolver(Some(SharedAuthSchemeOptionResolver::new(schemes)))
        .with_interceptor(ServiceClockSkewInterceptor::new())
        .with_retry_classifier(TransientErrorClassifier::<ServiceError>::new())
        .with_retry_classifier(AwsErrorCodeClassifier::<ServiceError>::new())
        .with_retry_classifier(ServiceClockSkewClassifier::<ServiceError>::new())
        .with_http_client(sdk.http_client())
        .with_sleep_impl(sdk.sleep_impl())
        .with_time_source(sdk.time_source());
    if let Some(cache) = sdk.identity_cache() {
        components.set_identity_cache(Some(cache));
    }
    if let Some(credentials) = sdk.credentials_provider() {
        components.set_identity_resolver(SCHEME_ID, credentials);
    }
    components
}

fn unsigned(request: Request) -> Result<HttpRequest, BoxError> {
    let length = request.body.len();
    let mut unsigned = HttpRequest::new(SdkBody::from(request.body));
    unsigned.set_method(request.method)?;
    unsigned.set_uri(request.path)?;
    let headers = unsigned.headers_mut();
    headers.try_insert("user-agent", concat!("ses-warden/", env!("CARGO_PKG_VERSION")))?;
    if length > 0 || request.method == "PUT" {
        headers.try_insert("content-length", length.to_string())?;
    }
    for (name, value) in request.headers {
        headers.try_insert(name, value)?;
    }
    Ok(unsigned)
}

/// Reads answers.
#[derive(Debug)]
struct Reader(Protocol);

impl DeserializeResponse for Reader {
    fn deserialize_streaming_with_config(
        &self,
        response: &mut HttpResponse,
        _: &ConfigBag,
    ) -> Option<Result<Output, OrchestratorError<Error>>> {
        let hands_on = self.0 == Protocol::S3Objects && response.status().is_success();
        hands_on.then(|| {
            let etag = etag(response);
            Ok(Output::erase(Answer { etag, body: response.take_body() }))
        })
    }

    fn deserialize_nonstreaming_with_config(
        &self,
        response: &HttpResponse,
        _: &ConfigBag,
    ) -> Result<Output, OrchestratorError<Error>> {
        let body = response.body().bytes().unwrap_or_default();
        if response.status().is_success() {
            let answer = Answer { etag: etag(response), body: SdkBody::from(body.to_vec()) };
            return Ok(Output::erase(answer));
        }
        let error = match self.0 {
            Protocol::Json => {
                ServiceError::of_json(response.headers().get("x-amzn-errortype"), body)
            }
            Protocol::S3 | Protocol::S3Objects => ServiceError::of_s3(body),
        };
        Err(OrchestratorError::operation(Error::erase(error)))
    }
}

fn etag(response: &HttpResponse) -> Option<String> {
    response.headers().get("etag").map(str::to_owned)
}
