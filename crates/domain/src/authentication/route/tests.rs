use super::is_region;

#[test]
fn regions_are_distinguished_from_other_labels() {
    for label in ["us-east-1", "ap-southeast-2", "us-gov-west-1", "me-central-1"] {
        assert!(is_region(label), "{label}");
    }
    for label in ["a8-30", "smtp-out", "amazonses", "eu-west", "eu-west-x", "", "a-b-1"] {
        assert!(!is_region(label), "{label}");
    }
}
