//! Filtering gateways, by the names of their hosts and by the header fields that they add.

/// Filtering services by the domain of their hosts.
pub(super) const GATEWAYS: [(&str, &str); 19] = [
    ("pphosted.com", "Proofpoint"),
    ("ppops.net", "Proofpoint"),
    ("ppe-hosted.com", "Proofpoint"),
    ("gpphosted.com", "Proofpoint"),
    ("mimecast.com", "Mimecast"),
    ("mimecast.org", "Mimecast"),
    ("mimecast.co.za", "Mimecast"),
    ("barracudanetworks.com", "Barracuda"),
    ("barracuda.com", "Barracuda"),
    ("cudamail.com", "Barracuda"),
    ("iphmx.com", "Cisco Secure Email"),
    ("messagelabs.com", "Symantec Email Security"),
    ("mailcontrol.com", "Forcepoint"),
    ("hornetsecurity.com", "Hornetsecurity"),
    ("antispameurope.com", "Hornetsecurity"),
    ("antispamcloud.com", "SpamExperts"),
    ("trendmicro.com", "Trend Micro"),
    ("fireeyecloud.com", "Trellix"),
    ("sophos.com", "Sophos"),
];

/// Header fields that such services add.
pub(super) const GATEWAY_FIELDS: [(&str, &str); 7] = [
    ("x-proofpoint-", "Proofpoint"),
    ("x-mimecast-", "Mimecast"),
    ("x-barracuda-", "Barracuda"),
    ("x-bess-", "Barracuda"),
    ("x-ironport-", "Cisco Secure Email"),
    ("x-sophos-", "Sophos"),
    ("x-tm-as-", "Trend Micro"),
];
