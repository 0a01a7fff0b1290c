//! Amazon resource names, taken apart.

/// `arn:partition:service:region:account:resource`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Arn<'a> {
    pub(super) partition: &'a str,
    pub(super) service: &'a str,
    pub(super) region: &'a str,
    pub(super) account: &'a str,
    /// All that follows, colons included.
    pub(super) resource: &'a str,
}

impl<'a> Arn<'a> {
    /// Returns the parts, or nothing where the text is no ARN.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.splitn(6, ':');
        let is_arn = parts.next() == Some("arn");
        let arn = Self {
            partition: parts.next()?,
            service: parts.next()?,
            region: parts.next()?,
            account: parts.next()?,
            resource: parts.next()?,
        };
        (is_arn && !arn.service.is_empty() && !arn.resource.is_empty()).then_some(arn)
    }
}

/// Returns the ARN of an SQS queue by its URL and the partition and Region it is in.
pub(super) fn of_queue(url: &str, partition: &str, region: &str) -> Option<String> {
    let mut parts = url.trim_end_matches('/').rsplit('/');
    let (name, account) = (parts.next()?, parts.next()?);
    let is_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    (is_account && !name.is_empty())
        .then(|| format!("arn:{partition}:sqs:{region}:{account}:{name}"))
}

/// Returns a function's ARN without a version or alias at its end.
pub(super) fn unqualified(function: &str) -> String {
    match Arn::parse(function).map(|arn| arn.resource) {
        Some(resource) if resource.matches(':').count() > 1 => {
            function.rsplit_once(':').map_or(function, |(arn, _)| arn).to_owned()
        }
        _ => function.to_owned(),
    }
}

/// Returns the last part of an ARN's resource: the name a person knows it by.
pub(super) fn name(arn: &str) -> &str {
    Arn::parse(arn).map_or(arn, |arn| {
        let resource = arn.resource;
        let start = ["function:", "alarm:", "key/", "alias/"]
            .iter()
            .find_map(|prefix| resource.strip_prefix(prefix));
        start.unwrap_or(resource)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arns_come_apart_and_other_texts_do_not() {
        let arn =
            Arn::parse("arn:aws:lambda:eu-west-1:111122223333:function:suppress:live").unwrap();
        assert_eq!((arn.service, arn.region), ("lambda", "eu-west-1"));
        assert_eq!(arn.resource, "function:suppress:live");
        for text in
            ["", "arn", "arn:aws:sns", "arn:aws:sns:r:1", "arn:aws:sns:r:1:", "x:aws:sns:r:1:t"]
        {
            assert_eq!(Arn::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_queue_url_names_its_arn() {
        let arn = "arn:aws:sqs:eu-west-1:111122223333:suppress";
        for url in [
            "https://sqs.eu-west-1.amazonaws.com/111122223333/suppress",
            "http://127.0.0.1:4566/111122223333/suppress/",
        ] {
            assert_eq!(of_queue(url, "aws", "eu-west-1").as_deref(), Some(arn));
        }
        assert_eq!(of_queue("suppress", "aws", "eu-west-1"), None);
        assert_eq!(of_queue("http://example.com/queue/suppress", "aws", "eu-west-1"), None);
    }

    #[test]
    fn names_and_functions_lose_what_surrounds_them() {
        let function = "arn:aws:lambda:eu-west-1:111122223333:function:suppress";
        assert_eq!(unqualified(&format!("{function}:live")), function);
        assert_eq!(unqualified(function), function);
        assert_eq!(name(function), "suppress");
        assert_eq!(name("arn:aws:sns:eu-west-1:111122223333:feedback"), "feedback");
        assert_eq!(name("feedback"), "feedback");
    }
}
