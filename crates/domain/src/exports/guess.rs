//! Provider and kind of a file: from its own columns if they are certain, otherwise from what a
//! person says where it is not.

use super::document::{Container, Document};
use super::source::{ExportKind, Hint, Provider};
use super::{ReadError, listed};

/// The kind of a file.
pub(super) fn kind(document: &Document<'_>, hint: &Hint) -> Result<ExportKind, ReadError> {
    let names = document.names();
    let found = || listed(document.noun(), names.iter().map(String::as_str));
    // Mailgun's own links say which list it is.
    if let (Some(given), Some(named)) = (hint.kind(), mailgun_list(document))
        && given != named
    {
        return Err(ReadError::Contradiction { given, shape: named, found: found() });
    }
    let shapes = shapes(document, &names);
    let kind = chosen(&shapes, hint).map_err(|open| match open {
        Open::Kinds(provider, kinds) => ReadError::KindNeeded { provider, kinds },
        Open::Contradiction(given, shape) => {
            ReadError::Contradiction { given, shape, found: found() }
        }
        Open::Everything => ReadError::UnknownSource { found: found() },
    })?;
    let wanted = kind.address_columns();
    let has_address = names.is_empty()
        || names.iter().any(|name| wanted.contains(&name.as_str()))
        || (kind == ExportKind::MailgunAllowlist && names.iter().any(|name| name == "domain"));
    if !has_address {
        let wanted = wanted.join(" or ");
        return Err(ReadError::NoAddressColumn { kind, wanted, found: found() });
    }
    Ok(kind)
}

enum Open {
    /// The provider is certain, the kind is one of these.
    Kinds(Provider, Vec<ExportKind>),
    /// What was said, and what the file is.
    Contradiction(ExportKind, ExportKind),
    Everything,
}

fn chosen(shapes: &[ExportKind], hint: &Hint) -> Result<ExportKind, Open> {
    let fitting: Vec<ExportKind> =
        shapes.iter().copied().filter(|kind| hint.admits(*kind)).collect();
    if let [kind] = fitting.as_slice() {
        return Ok(*kind);
    }
    if let [first, ..] = fitting.as_slice() {
        let is_one_provider = fitting.iter().all(|kind| kind.provider() == first.provider());
        let open = Open::Kinds(first.provider(), fitting.clone());
        return Err(if is_one_provider { open } else { Open::Everything });
    }
    // Nothing that was said fits the file's shape, or it has none that is known.
    if let Some(given) = hint.kind() {
        return match shapes.iter().find(|shape| !may_be(**shape, given)) {
            Some(shape) => Err(Open::Contradiction(given, *shape)),
            None => Ok(given),
        };
    }
    let of_provider: Vec<ExportKind> =
        ExportKind::ALL.iter().copied().filter(|kind| hint.admits(*kind)).collect();
    match (hint.provider, shapes.first(), of_provider.first()) {
        (Some(_), Some(shape), Some(given)) if !may_be(*shape, *given) => {
            Err(Open::Contradiction(*given, *shape))
        }
        (Some(Provider::Ses), _, _) => Ok(ExportKind::SesList),
        (Some(_), _, Some(kind)) if of_provider.len() == 1 => Ok(*kind),
        (Some(provider), _, _) => Err(Open::Kinds(provider, of_provider)),
        (None, _, _) => Err(Open::Everything),
    }
}

/// Whether a file of the one shape may be what a person says it is. A word that contradicts the
/// file's own columns is not believed.
fn may_be(shape: ExportKind, given: ExportKind) -> bool {
    // Only an address and a time: any list of that provider's may look like this.
    let is_bare =
        [ExportKind::SendGridUnsubscribes, ExportKind::MailgunComplaints].contains(&shape);
    let says_little = is_bare && shape.provider() == given.provider();
    // Read more strictly than invalid addresses are.
    let is_stricter =
        shape == ExportKind::SendGridInvalidEmails && given == ExportKind::SendGridBounces;
    let is_ses = shape.provider() == Provider::Ses && given.provider() == Provider::Ses;
    says_little || is_stricter || is_ses
}

/// What a file with these columns can be; nothing where that is not certain.
fn shapes(document: &Document<'_>, names: &[String]) -> Vec<ExportKind> {
    if let Some(container) = document.container {
        return of_container(container, document, names);
    }
    if let Some((address, reason)) = document.first_without_headings() {
        let is_reason = |word: &str| ["BOUNCE", "COMPLAINT"].contains(&word);
        let is_import = address.contains('@') && reason.as_deref().is_some_and(is_reason);
        return if is_import { vec![ExportKind::SesImportCsv] } else { Vec::new() };
    }
    of_names(names)
}

fn of_container(
    container: Container,
    document: &Document<'_>,
    names: &[String],
) -> Vec<ExportKind> {
    let has = |name: &str| names.iter().any(|known| known == name);
    let is_empty = document.is_without_rows();
    match container {
        Container::Summaries => vec![ExportKind::SesList],
        Container::Entry => vec![ExportKind::SesGet],
        Container::Suppressions => vec![ExportKind::PostmarkSuppressions],
        Container::Bounces => vec![ExportKind::PostmarkBounces],
        Container::Results if is_empty || has("recipient") => {
            vec![ExportKind::SparkPostSuppressionList]
        }
        Container::Contacts if is_empty || has("email") => vec![ExportKind::BrevoBlockedContacts],
        Container::Data if is_empty || has("origin") || is_object_list(document) => {
            vec![ExportKind::ResendSuppressions]
        }
        Container::Items => match mailgun_list(document) {
            Some(kind) => vec![kind],
            None if is_empty => vec![ExportKind::MailgunUnsubscribes],
            None => of_names(names),
        },
        Container::Results | Container::Contacts | Container::Data => Vec::new(),
    }
}

fn is_object_list(document: &Document<'_>) -> bool {
    document.pages.iter().any(|page| page.is_object_list)
}

/// The list that Mailgun's own links name.
fn mailgun_list(document: &Document<'_>) -> Option<ExportKind> {
    let list = document.pages.iter().find_map(|page| page.list.as_deref())?;
    match list {
        "bounces" => Some(ExportKind::MailgunBounces),
        "complaints" => Some(ExportKind::MailgunComplaints),
        "unsubscribes" => Some(ExportKind::MailgunUnsubscribes),
        "whitelists" | "allowlists" => Some(ExportKind::MailgunAllowlist),
        _ => None,
    }
}

fn of_names(names: &[String]) -> Vec<ExportKind> {
    let has = |name: &str| names.iter().any(|known| known == name);
    let any = |wanted: &[&str]| wanted.iter().any(|name| has(name));
    let only = |allowed: &[&str]| names.iter().all(|name| allowed.contains(&name.as_str()));
    if has("emailaddress") && has("suppressionreason") {
        return vec![ExportKind::PostmarkSuppressions];
    }
    if has("emailaddress") && has("reason") {
        return vec![if has("lastupdatetime") {
            ExportKind::SesList
        } else {
            ExportKind::SesImportJson
        }];
    }
    if has("recipient")
        && any(&["source", "type", "description", "transactional", "nontransactional"])
    {
        return vec![ExportKind::SparkPostSuppressionList];
    }
    if has("address") {
        return of_mailgun(&any, &only);
    }
    if !has("email") || any(&["sgeventid", "sgmessageid"]) {
        return Vec::new();
    }
    if has("event") && any(&["hardbounce", "errorrelatedto", "blocked", "mjcampaignid"]) {
        return vec![ExportKind::MailjetEvents];
    }
    if has("bouncedat") || (has("typecode") && has("type")) {
        return vec![ExportKind::PostmarkBounces];
    }
    if has("origin") {
        return vec![ExportKind::ResendSuppressions];
    }
    if any(&["blockedat", "reason.code"]) {
        return vec![ExportKind::BrevoBlockedContacts];
    }
    if has("reason") && any(&["detail", "lasteventat", "expiresat"]) {
        return vec![ExportKind::MandrillRejects];
    }
    if has("status") && has("reason") {
        return vec![ExportKind::SendGridBounces, ExportKind::SendGridBlocks];
    }
    if has("reason") && has("created") && only(&["email", "reason", "created"]) {
        return vec![ExportKind::SendGridInvalidEmails];
    }
    if has("ip") && has("created") && only(&["email", "ip", "created"]) {
        return vec![ExportKind::SendGridSpamReports];
    }
    if has("created") && only(&["email", "created"]) {
        return vec![ExportKind::SendGridUnsubscribes];
    }
    Vec::new()
}

fn of_mailgun(any: &dyn Fn(&[&str]) -> bool, only: &dyn Fn(&[&str]) -> bool) -> Vec<ExportKind> {
    if any(&["code", "error"]) {
        vec![ExportKind::MailgunBounces]
    } else if any(&["tag", "tags"]) {
        vec![ExportKind::MailgunUnsubscribes]
    } else if any(&["domain"]) {
        vec![ExportKind::MailgunAllowlist]
    } else if any(&["createdat"]) && only(&["address", "createdat"]) {
        vec![ExportKind::MailgunComplaints]
    } else {
        Vec::new()
    }
}
