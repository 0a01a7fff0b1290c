//! The stable codes of `doctor message`, and when each is said.

macro_rules! codes {
    ($($(#[doc = $doc:literal])+ $name:ident = $code:literal,)+) => {
        /// A finding's code. Compound authentication (`compauth=…`) is the one code outside of
        /// this list, because it carries its result.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum MessageCode { $($(#[doc = $doc])+ $name,)+ }

        impl MessageCode {
            /// Every code, with the sentence that says when it is said.
            pub const ALL: &[(Self, &'static str, &'static str)] =
                &[$((Self::$name, $code, concat!($($doc),+)),)+];

            /// Returns the code as it stands in output.
            pub fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)+ }
            }
        }
    };
}

codes! {
    /// SPF passed for MAIL FROM, and that domain aligns with From.
    SpfPassAligned = "spf-pass-aligned",
    /// SPF passed for MAIL FROM, and that domain does not align with From.
    SpfPassNotAligned = "spf-pass-not-aligned",
    /// SPF came out as fail.
    SpfFail = "spf-fail",
    /// SPF came out as softfail.
    SpfSoftfail = "spf-softfail",
    /// SPF came out as none, or as neutral, which counts the same (RFC 7208, section 2.6.2).
    SpfNone = "spf-none",
    /// SPF came out as permerror: the record is broken.
    SpfPermerror = "spf-permerror",
    /// No SPF result was reported, and the MAIL FROM domain aligns or is not known.
    SpfUnknown = "spf-unknown",
    /// No SPF result was reported, and the MAIL FROM domain does not align: SPF cannot help.
    SpfUnknownButCannotAlign = "spf-unknown-but-cannot-align",
    /// The SPF result speaks of the HELO name alone, which DMARC does not count.
    SpfHeloOnly = "spf-helo-only",
    /// A signature passed, and its domain aligns with From.
    DkimPassAligned = "dkim-pass-aligned",
    /// A signature passed, and no passing signature's domain aligns with From.
    DkimPassNotAligned = "dkim-pass-not-aligned",
    /// A signature came out as fail or permerror, or its body hash did not match.
    DkimFail = "dkim-fail",
    /// The receiver says that the message is not signed; without a DKIM result, no signature is there.
    DkimNone = "dkim-none",
    /// The receiver found no usable public key for a signature.
    DkimNoKey = "dkim-no-key",
    /// A signature was past its x= time when the receiver looked.
    DkimExpired = "dkim-expired",
    /// The key is shorter than 1024 bits, or the algorithm is SHA-1 (RFC 8301).
    DkimWeakKey = "dkim-weak-key",
    /// A signature is there that the receiver reported no pass or fail of.
    DkimUnverified = "dkim-unverified",
    /// MAIL FROM is amazonses.com or a subdomain: no custom MAIL FROM domain.
    SesDefaultMailfrom = "ses-default-mailfrom",
    /// All signatures are of amazonses.com, and From is another domain.
    DkimOnlyAmazonses = "dkim-only-amazonses",
    /// The mail is of SES, and a custom MAIL FROM domain would let SPF align.
    SetCustomMailfrom = "set-custom-mailfrom",
    /// The mail is of SES, and no signature of the From domain is there.
    EnableEasyDkim = "enable-easy-dkim",
    /// DMARC passes by DKIM only: SPF does not pass with alignment.
    RestsOnDkimAlone = "rests-on-dkim-alone",
    /// DMARC passes by SPF only: no aligned signature passes, so forwarding breaks it.
    RestsOnSpfAlone = "rests-on-spf-alone",
    /// SES signed with its own domain alone: perhaps only the address is verified, not the domain.
    AddressIdentity = "address-identity",
    /// SES mail with neither aligned MAIL FROM nor signature: the way for who does not own the domain.
    NotDomainOwner = "not-domain-owner",
    /// From is of a mailbox provider that nobody can publish records for.
    UseOwnDomain = "use-own-domain",
    /// SES mail signed by or sent from a customer's domain that does not align with From.
    WrongDomainIdentity = "wrong-domain-identity",
    /// Relaxed alignment would do, but the DMARC record asks for equal names, or must have.
    StrictAlignment = "strict-alignment",
    /// The tree walk of RFC 9989 decided alignment of two different names.
    TreeWalk = "tree-walk",
    /// A forwarder passed the message on.
    Forwarded = "forwarded",
    /// A forwarder rewrote MAIL FROM (SRS).
    Srs = "srs",
    /// A mailing list passed the message on.
    MailingList = "mailing-list",
    /// A filtering service took the message for the receiver.
    InboundGateway = "inbound-gateway",
    /// The receiver reports that the ARC chain passes.
    ArcPass = "arc-pass",
    /// A forwarder, list or gateway explains what failed, and the sender's own part aligns.
    NotSendersFault = "not-senders-fault",
    /// A signature's body hash did not match: something changed the body.
    BodyModified = "body-modified",
    /// Results that the receiver cannot have written were ignored.
    ForgedArIgnored = "forged-ar-ignored",
    /// Ignored results have the receiver's name, in a place that the receiver does not write to.
    ForgedArBelowBoundary = "forged-ar-below-boundary",
    /// Results are there that nobody is known to have written, or not those asked for.
    UntrustedAuthenticationResults = "untrusted-authentication-results",
    /// A comment or quoted string holds something that looks like a passing result.
    CommentInjection = "comment-injection",
    /// Trusted results contradict each other; the worse one counts.
    ConflictingResults = "conflicting-results",
    /// Trusted results do not follow RFC 8601.
    MalformedAuthenticationResults = "malformed-authentication-results",
    /// A result is a word that RFC 8601 does not list for its method.
    NonStandardResult = "non-standard-result",
    /// The receiver's DMARC result does not follow from its SPF and DKIM results.
    ReceiverContradictsOwnResults = "receiver-contradicts-own-results",
    /// There are several From fields, or several addresses in one.
    MultipleFrom = "multiple-from",
    /// No From field names a domain.
    NoFromDomain = "no-from-domain",
    /// A From field does not follow RFC 5322.
    MalformedFrom = "malformed-from",
    /// From is an internationalized domain; it was compared by its A-labels.
    Idn = "idn",
    /// There is no Authentication-Results field, or the receiver checked nothing.
    NoAuthenticationResults = "no-authentication-results",
    /// The From domain has no DMARC record.
    NoDmarcRecord = "no-dmarc-record",
    /// Microsoft found no DMARC record and says what one would have led to.
    Bestguesspass = "bestguesspass",
    /// The receiver could not finish a check: DNS did not answer it.
    Temperror = "temperror",
}
