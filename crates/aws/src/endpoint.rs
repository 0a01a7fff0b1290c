//! Host names of the services that are called without an SDK of their own.

use aws_types::SdkConfig;
use aws_types::region::Region;

/// How names of Regions begin, and how host names of their partition end: as usual, and for IPv6.
/// The first one that fits counts.
const PARTITIONS: [(&str, &str, &str); 7] = [
    ("cn-", "amazonaws.com.cn", "api.amazonwebservices.com.cn"),
    ("eusc-", "amazonaws.eu", "api.amazonwebservices.eu"),
    ("us-iso-", "c2s.ic.gov", "api.aws.ic.gov"),
    ("us-isob-", "sc2s.sgov.gov", "api.aws.scloud"),
    ("us-isof-", "csp.hci.ic.gov", "api.aws.hci.ic.gov"),
    ("eu-isoe-", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk"),
    ("", "amazonaws.com", "api.aws"),
];

/// Returns the address of a service in the configuration's Region.
pub(crate) fn of_service(sdk: &SdkConfig, service: &str) -> String {
    let (region, usual, for_ipv6) = region(sdk);
    let suffix = if sdk.use_dual_stack() == Some(true) { for_ipv6 } else { usual };
    // There the usual hosts are those with FIPS.
    let is_fips = region.starts_with("us-gov-") && matches!(service, "dynamodb" | "cloudtrail");
    let fips = if sdk.use_fips() == Some(true) && !is_fips { "-fips" } else { "" };
    format!("https://{service}{fips}.{region}.{suffix}")
}

/// Returns the address of a bucket in the configuration's Region.
pub(crate) fn of_bucket(sdk: &SdkConfig, bucket: &str) -> String {
    let (region, suffix, _) = region(sdk);
    let fips = if sdk.use_fips() == Some(true) { "-fips" } else { "" };
    let dual_stack = if sdk.use_dual_stack() == Some(true) { ".dualstack" } else { "" };
    let host = format!("s3{fips}{dual_stack}.{region}.{suffix}");
    // A name with dots has no certificate as a host.
    if bucket.contains('.') {
        format!("https://{host}/{bucket}")
    } else {
        format!("https://{bucket}.{host}")
    }
}

fn region(sdk: &SdkConfig) -> (&str, &'static str, &'static str) {
    let region = sdk.region().map(Region::as_ref).unwrap_or_default();
    let partition = PARTITIONS.iter().find(|(start, ..)| region.starts_with(start));
    let (usual, for_ipv6) =
        partition.map_or(("amazonaws.com", "api.aws"), |(_, usual, for_ipv6)| (*usual, *for_ipv6));
    (region, usual, for_ipv6)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sdk(region: &'static str, fips: bool, dual_stack: bool) -> SdkConfig {
        let region = Region::new(region);
        SdkConfig::builder().region(region).use_fips(fips).use_dual_stack(dual_stack).build()
    }

    #[test]
    fn a_service_has_a_host_in_each_partition() {
        for (service, region, fips, dual_stack, wanted) in [
            ("dynamodb", "eu-central-1", false, false, "dynamodb.eu-central-1.amazonaws.com"),
            ("dynamodb", "eu-central-1", true, false, "dynamodb-fips.eu-central-1.amazonaws.com"),
            ("dynamodb", "eu-central-1", false, true, "dynamodb.eu-central-1.api.aws"),
            ("dynamodb", "us-gov-west-1", true, false, "dynamodb.us-gov-west-1.amazonaws.com"),
            (
                "secretsmanager",
                "us-gov-west-1",
                true,
                false,
                "secretsmanager-fips.us-gov-west-1.amazonaws.com",
            ),
            ("cloudtrail", "cn-north-1", false, false, "cloudtrail.cn-north-1.amazonaws.com.cn"),
            ("dynamodb", "eusc-de-east-1", false, false, "dynamodb.eusc-de-east-1.amazonaws.eu"),
            ("dynamodb", "us-isob-east-1", false, false, "dynamodb.us-isob-east-1.sc2s.sgov.gov"),
        ] {
            let found = of_service(&sdk(region, fips, dual_stack), service);
            assert_eq!(found, format!("https://{wanted}"));
        }
    }

    #[test]
    fn a_bucket_with_dots_is_named_in_the_path() {
        for (bucket, fips, dual_stack, wanted) in [
            ("imports", false, false, "imports.s3.eu-west-1.amazonaws.com"),
            ("im.ports", false, false, "s3.eu-west-1.amazonaws.com/im.ports"),
            ("imports", true, true, "imports.s3-fips.dualstack.eu-west-1.amazonaws.com"),
        ] {
            let found = of_bucket(&sdk("eu-west-1", fips, dual_stack), bucket);
            assert_eq!(found, format!("https://{wanted}"));
        }
    }
}
