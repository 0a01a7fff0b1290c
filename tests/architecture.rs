//! Rules of this workspace that the compiler does not know: who may import whom, one set of
//! lints, one compilation for builds and tests. Licences are `cargo deny`'s (see `deny.toml`).

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use warden_tests::{files, root};

type Result<T = ()> = std::result::Result<T, Box<dyn Error>>;

/// Imports point from a higher floor to a lower one, never across.
const FLOORS: [(&str, u8); 13] = [
    // What `make bench` compares with: it shares nothing.
    ("bench-floor", 0),
    ("warden-domain", 0),
    ("warden-aws", 1),
    ("warden-lambda", 1),
    ("warden-simulate", 1),
    ("suppress", 2),
    ("metrics", 2),
    ("guard", 2),
    ("ses-warden", 2),
    // Stand-ins for AWS share no code with what is tested against them.
    ("fake-aws", 3),
    ("fake-dns", 3),
    ("local-ses", 3),
    ("warden-tests", 4),
];

/// The output of `cargo metadata` for the workspace and its dependencies.
struct Workspace {
    packages: BTreeMap<String, Package>,
    members: BTreeSet<String>,
}

struct Package {
    name: String,
    manifest: PathBuf,
    dependencies: Vec<Dependency>,
}

struct Dependency {
    id: String,
    only_for_tests: bool,
}

impl Workspace {
    /// For the host's platform alone: offline, cargo knows no others.
    fn read() -> Result<Self> {
        let version = run(Command::new(env!("CARGO")).arg("-vV"))?;
        let host = version
            .lines()
            .find_map(|line| line.strip_prefix("host: "))
            .ok_or("cargo names no host")?;
        let metadata: Value =
            serde_json::from_str(&run(Command::new(env!("CARGO")).current_dir(root()).args([
                "metadata",
                "--format-version",
                "1",
                "--offline",
                "--locked",
                "--filter-platform",
                host,
            ]))?)?;
        let mut packages = BTreeMap::new();
        for package in list(&metadata, "/packages") {
            let found = Package {
                name: text(package, "/name")?,
                manifest: text(package, "/manifest_path")?.into(),
                dependencies: Vec::new(),
            };
            packages.insert(text(package, "/id")?, found);
        }
        for node in list(&metadata, "/resolve/nodes") {
            let package =
                packages.get_mut(&text(node, "/id")?).ok_or("a node without a package")?;
            for dependency in list(node, "/deps") {
                let kinds: Vec<_> =
                    list(dependency, "/dep_kinds").filter_map(|kind| kind.get("kind")).collect();
                let only_for_tests = kinds.iter().all(|kind| kind.as_str() == Some("dev"));
                package
                    .dependencies
                    .push(Dependency { id: text(dependency, "/pkg")?, only_for_tests });
            }
        }
        let members: BTreeSet<String> = list(&metadata, "/workspace_members")
            .filter_map(|id| id.as_str().map(str::to_owned))
            .collect();
        if members.is_empty() || packages.values().all(|package| package.dependencies.is_empty()) {
            return Err("cargo metadata tells nothing".into());
        }
        Ok(Self { packages, members })
    }

    fn members(&self) -> impl Iterator<Item = &Package> {
        self.members.iter().filter_map(|id| self.packages.get(id))
    }

    /// Everything that `name` is built from, at any distance, with one path to each.
    fn reach(&self, name: &str) -> Result<BTreeMap<&str, String>> {
        let start = self
            .packages
            .iter()
            .find(|(_, package)| package.name == name)
            .ok_or("no such package")?;
        let mut reached = BTreeMap::new();
        let mut open = vec![(start.1, name.to_owned())];
        while let Some((package, path)) = open.pop() {
            for dependency in &package.dependencies {
                let next =
                    self.packages.get(&dependency.id).ok_or("a dependency without a package")?;
                if !reached.contains_key(next.name.as_str()) {
                    let path = format!("{path} -> {}", next.name);
                    reached.insert(next.name.as_str(), path.clone());
                    open.push((next, path));
                }
            }
        }
        Ok(reached)
    }
}

#[test]
fn the_domain_reaches_no_runtime_and_no_sdk() -> Result {
    let workspace = Workspace::read()?;
    let reached = workspace.reach("warden-domain")?;
    assert!(reached.contains_key("serde_json"), "the walk ends too early");
    let barred = ["tokio", "hyper", "http", "rustls", "reqwest", "lambda_runtime", "async-trait"];
    let bad: Vec<&String> = reached
        .iter()
        .filter(|(name, _)| {
            barred.contains(name)
                || name.starts_with("aws-")
                || name.starts_with("aws_")
                || name.starts_with("futures")
        })
        .map(|(_, path)| path)
        .collect();
    assert!(bad.is_empty(), "{bad:#?}");
    Ok(())
}

/// No async, no clock, no environment, no I/O: what std would give it anyway.
#[test]
fn the_domain_asks_the_outside_for_nothing() -> Result {
    let barred = [
        "async fn",
        "async move",
        ".await",
        "std::env",
        "env::var",
        "SystemTime",
        "Instant::now",
        "Timestamp::now",
        "Zoned::now",
        "std::fs",
        "std::thread",
        "std::process",
        "std::io",
        "TcpStream",
        "UdpSocket",
        "println!",
        "eprintln!",
        "dbg!",
    ];
    let mut bad = Vec::new();
    let sources = files(&root().join("crates/domain/src"))?;
    assert!(sources.iter().any(|path| path.ends_with("envelope.rs")));
    for path in sources {
        let source = fs::read_to_string(&path)?;
        // Tests at the end of a file may read documents and sources.
        let source = source.split("\n#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        for (number, line) in source.lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            bad.extend(
                barred
                    .iter()
                    .filter(|word| code.contains(**word))
                    .map(|word| format!("{}:{}: {word}", path.display(), number + 1)),
            );
        }
    }
    assert!(bad.is_empty(), "{bad:#?}");
    Ok(())
}

#[test]
fn imports_point_one_way() -> Result {
    let workspace = Workspace::read()?;
    let floor =
        |name: &str| FLOORS.iter().find(|(member, _)| *member == name).map(|(_, floor)| *floor);
    let mut bad = Vec::new();
    for member in workspace.members() {
        let Some(own) = floor(&member.name) else {
            bad.push(format!("{} has no floor in this test yet", member.name));
            continue;
        };
        for dependency in member
            .dependencies
            .iter()
            .filter(|d| workspace.members.contains(&d.id) && !d.only_for_tests)
        {
            let name =
                workspace.packages.get(&dependency.id).map_or("", |package| package.name.as_str());
            let stand_in = is_stand_in(name) && member.name != "warden-tests";
            if floor(name).is_none_or(|below| below >= own) || is_stand_in(&member.name) || stand_in
            {
                bad.push(format!("{} imports {name}", member.name));
            }
        }
    }
    assert!(bad.is_empty(), "{bad:#?}");
    Ok(())
}

fn is_stand_in(name: &str) -> bool {
    name == "fake-aws" || name == "local-ses"
}

#[test]
fn every_member_inherits_lints_edition_licence_and_versions() -> Result {
    let workspace = Workspace::read()?;
    let top = manifest(&root().join("Cargo.toml"))?;
    let unsafe_code = top
        .get("workspace")
        .and_then(|w| w.get("lints")?.get("rust")?.get("unsafe_code")?.as_str());
    assert_eq!(unsafe_code, Some("forbid"));
    let mut bad = Vec::new();
    for member in workspace.members() {
        let manifest = manifest(&member.manifest)?;
        let inherited = |value: Option<&toml::Value>| {
            value.and_then(|v| v.get("workspace")?.as_bool()) == Some(true)
        };
        if !inherited(manifest.get("lints")) {
            bad.push(format!("{}: lints", member.name));
        }
        for key in ["version", "edition", "rust-version", "license", "publish"] {
            if !inherited(manifest.get("package").and_then(|package| package.get(key))) {
                bad.push(format!("{}: {key}", member.name));
            }
        }
        for kind in ["dependencies", "dev-dependencies", "build-dependencies"] {
            for (name, wanted) in
                manifest.get(kind).and_then(toml::Value::as_table).into_iter().flatten()
            {
                if !inherited(Some(wanted)) {
                    bad.push(format!("{}: {kind}.{name}", member.name));
                }
            }
        }
    }
    assert!(bad.is_empty(), "not inherited from the workspace: {bad:#?}");
    Ok(())
}

/// Packages that a build of the workspace compiles with other features than its tests do are
/// compiled twice, with all that is built on them: `make test` after `make run` once took ten
/// minutes for that. `tests/Cargo.toml` turns on what tests turn on.
#[test]
fn builds_and_tests_share_their_features() -> Result {
    let features = |edges: &str| -> Result<BTreeMap<String, BTreeSet<String>>> {
        let tree = run(Command::new(env!("CARGO")).current_dir(root()).args([
            "tree",
            "--workspace",
            "--offline",
            "--locked",
            "--prefix",
            "none",
            "--edges",
            edges,
            "--format",
            "{p}\t{f}",
        ]))?;
        let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for line in tree.lines() {
            if let Some((package, features)) = line.trim_end_matches(" (*)").split_once('\t') {
                found.entry(package.to_owned()).or_default().insert(features.to_owned());
            }
        }
        Ok(found)
    };
    let (build, test) = (features("normal,build")?, features("normal,build,dev")?);
    assert!(build.keys().any(|package| package.starts_with("aws-sdk-sesv2 ")), "{build:?}");
    let bad: Vec<_> = build
        .iter()
        .filter(|(package, features)| test.get(*package) != Some(features))
        .map(|(package, features)| (package, features, test.get(package)))
        .collect();
    assert!(bad.is_empty(), "compiled once for builds and again for tests: {bad:#?}");
    Ok(())
}

fn run(command: &mut Command) -> Result<String> {
    let output = command.output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    Ok(String::from_utf8(output.stdout)?)
}

fn manifest(path: &Path) -> Result<toml::Table> {
    Ok(fs::read_to_string(path)?.parse()?)
}

fn list<'v>(value: &'v Value, pointer: &str) -> impl Iterator<Item = &'v Value> {
    value.pointer(pointer).and_then(Value::as_array).into_iter().flatten()
}

fn text(value: &Value, pointer: &str) -> Result<String> {
    Ok(value
        .pointer(pointer)
        .and_then(Value::as_str)
        .ok_or_else(|| format!("no {pointer}"))?
        .to_owned())
}
