//! What version 1 of the SES API alone has: the notifications of identities. Requests are forms,
//! answers are XML.

use std::fmt::Write as _;

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::judged;
use crate::app::App;
use crate::identifiers::uuid;
use crate::operation::Operation;
use crate::state::{Identity, NotificationKind};
use crate::wire::{Request, WireError};

const NAMESPACE: &str = "http://ses.amazonaws.com/doc/2010-12-01/";

/// Whether this is a request of version 1: a form posted to the root.
pub(crate) fn is_query(request: &Request) -> bool {
    let kind = request.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    request.method == "POST"
        && request.segments.iter().all(String::is_empty)
        && kind.is_some_and(|kind| kind.starts_with("application/x-www-form-urlencoded"))
}

/// Answers one such request.
pub(crate) async fn answer(app: &App, request: &Request) -> Response {
    let form = request.form();
    let field = |name: &str| {
        let found = form.iter().find(|(key, _)| key == name);
        found.map(|(_, value)| value.as_str()).unwrap_or_default()
    };
    use Operation as Op;
    let operation = match field("Action") {
        "GetIdentityNotificationAttributes" => Op::GetIdentityNotificationAttributes,
        "SetIdentityNotificationTopic" => Op::SetIdentityNotificationTopic,
        "SetIdentityFeedbackForwardingEnabled" => Op::SetIdentityFeedbackForwardingEnabled,
        "SetIdentityHeadersInNotificationsEnabled" => Op::SetIdentityHeadersInNotificationsEnabled,
        other => {
            let message = format!("local-ses does not play {other} of version 1");
            return failure(&WireError::new(StatusCode::BAD_REQUEST, "InvalidAction", message));
        }
    };
    let identity = field("Identity");
    let result = match judged(app, operation, request).await {
        Err(error) => Err(error),
        Ok(()) if operation == Op::GetIdentityNotificationAttributes => {
            let names = form.iter().filter(|(key, _)| key.starts_with("Identities.member."));
            Ok(attributes(app, names.map(|(_, name)| name.as_str())))
        }
        Ok(()) => match check_topic(app, request, operation, &field).await {
            Ok(()) => change(app, operation, identity, &field).map(|()| String::new()),
            Err(error) => Err(error),
        },
    };
    let (response, error) = match result {
        Ok(body) => (success(operation.name(), &body), None),
        Err(error) => (failure(&error), Some(error.code)),
    };
    let status = response.status().as_u16();
    let region = app.region(request);
    app.state().ledger.called(operation, region, identity.to_owned(), status, error);
    response
}

/// The entries of the identities that exist; the others are left out.
fn attributes<'a>(app: &App, names: impl Iterator<Item = &'a str>) -> String {
    let state = app.state();
    let mut entries = String::new();
    for name in names {
        let Some(identity) = state.identities.get(name) else { continue };
        let mut value =
            format!("<ForwardingEnabled>{}</ForwardingEnabled>", identity.forwards_feedback);
        for kind in NotificationKind::ALL {
            let settings = identity.notifications.get(&kind).cloned().unwrap_or_default();
            let kind = kind.name();
            // Writing into a String cannot fail.
            let _ = write!(
                value,
                "<HeadersIn{kind}NotificationsEnabled>{}</HeadersIn{kind}NotificationsEnabled>",
                settings.with_headers
            );
            if let Some(topic) = settings.topic {
                let _ = write!(value, "<{kind}Topic>{}</{kind}Topic>", escaped(&topic));
            }
        }
        let key = escaped(name);
        let _ = write!(entries, "<entry><key>{key}</key><value>{value}</value></entry>");
    }
    format!("<NotificationAttributes>{entries}</NotificationAttributes>")
}

/// A topic that an identity is to notify is checked as one of an event destination is.
async fn check_topic<'a>(
    app: &App,
    request: &Request,
    operation: Operation,
    field: &impl Fn(&str) -> &'a str,
) -> Result<(), WireError> {
    let topic = field("SnsTopic");
    if operation != Operation::SetIdentityNotificationTopic || topic.is_empty() {
        return Ok(());
    }
    let identity = format!("identity/{}", field("Identity"));
    app.check_topic(app.region(request), &identity, topic).await.map_err(|error| {
        if error.status.is_server_error() { error } else { invalid(error.message) }
    })
}

fn invalid(message: String) -> WireError {
    WireError::new(StatusCode::BAD_REQUEST, "InvalidParameterValue", message)
}

fn change<'a>(
    app: &App,
    operation: Operation,
    name: &str,
    field: &impl Fn(&str) -> &'a str,
) -> Result<(), WireError> {
    let mut state = app.state();
    let identity: &mut Identity = state.identities.get_mut(name).ok_or_else(|| {
        let message = format!("Identity {name} is not verified or does not exist.");
        WireError::new(StatusCode::BAD_REQUEST, "MessageRejected", message)
    })?;
    let is_on = field("Enabled") == "true" || field("ForwardingEnabled") == "true";
    if operation == Operation::SetIdentityFeedbackForwardingEnabled {
        identity.forwards_feedback = is_on;
        return Ok(());
    }
    let word = field("NotificationType");
    let kind = NotificationKind::ALL.into_iter().find(|kind| kind.name() == word);
    let kind = kind.ok_or_else(|| {
        invalid(format!(
            "Invalid notification type: {word}. Valid values are: Bounce, Complaint, Delivery."
        ))
    })?;
    let settings = identity.notifications.entry(kind).or_default();
    if operation == Operation::SetIdentityHeadersInNotificationsEnabled {
        settings.with_headers = is_on;
        return Ok(());
    }
    let topic = field("SnsTopic");
    settings.topic = Some(topic.to_owned()).filter(|topic| !topic.is_empty());
    Ok(())
}

fn success(operation: &str, body: &str) -> Response {
    let id = uuid();
    xml(
        StatusCode::OK,
        format!(
            "<{operation}Response xmlns=\"{NAMESPACE}\"><{operation}Result>{body}</{operation}Result>\
             <ResponseMetadata><RequestId>{id}</RequestId></ResponseMetadata></{operation}Response>"
        ),
    )
}

fn failure(error: &WireError) -> Response {
    let WireError { status, code, message } = error;
    let kind = if status.is_server_error() { "Receiver" } else { "Sender" };
    let (message, id) = (escaped(message), uuid());
    xml(
        *status,
        format!(
            "<ErrorResponse xmlns=\"{NAMESPACE}\"><Error><Type>{kind}</Type><Code>{code}</Code>\
             <Message>{message}</Message></Error><RequestId>{id}</RequestId></ErrorResponse>"
        ),
    )
}

fn xml(status: StatusCode, body: String) -> Response {
    (status, [(header::CONTENT_TYPE, "text/xml")], body).into_response()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
