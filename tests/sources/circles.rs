//! Files of a crate import each other one way.
//!
//! A file imports another if it names something that the other one defines; what a module
//! re-exports counts for the file that defines it. Of two modules side by side, each with all that
//! is inside it, at most one uses the other, however many modules lie between. A module and the
//! modules inside it are one unit: either may use the other.

#![expect(
    clippy::indexing_slicing,
    clippy::string_slice,
    reason = "a fault of the search should stop the test"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use warden_tests::root;

use crate::{Result, members, production_files, short, without_tests};

/// A module's path from the crate's root: `["guard", "window"]`. The root's own is empty.
type ModulePath = Vec<String>;

/// One file of a crate.
struct Module {
    tokens: Vec<Token>,
    /// What `use` brings in, by the name that it has in this file.
    names: BTreeMap<String, Vec<String>>,
    /// The part of `names` that others see.
    exports: BTreeMap<String, Vec<String>>,
    /// Paths that stand in `use` declarations.
    used: Vec<Vec<String>>,
}

#[derive(Debug, Clone, PartialEq)]
enum Token {
    Word(String),
    /// `::`
    Separator,
    Other(char),
}

struct Crate {
    modules: BTreeMap<ModulePath, Module>,
}

impl Crate {
    fn read(member: &str) -> Result<Self> {
        let source = format!("{member}/src");
        let is_library = root().join(&source).join("lib.rs").is_file();
        let mut modules = BTreeMap::new();
        for path in production_files(&source)? {
            let file = short(&path);
            let inside = file.strip_prefix(&format!("{source}/")).unwrap_or(&file);
            let inside = inside.strip_suffix(".rs").unwrap_or(inside);
            // A binary beside a library imports it as any other crate does.
            if is_library && (inside == "main" || inside.starts_with("bin/")) {
                continue;
            }
            let mut parts: ModulePath = inside.split('/').map(str::to_owned).collect();
            if parts.len() == 1 && matches!(inside, "lib" | "main") {
                parts.clear();
            } else if parts.last().is_some_and(|last| last == "mod") {
                parts.pop();
            }
            let text = fs::read_to_string(&path)?;
            modules.insert(parts, Module::read(without_tests(&text)));
        }
        Ok(Self { modules })
    }

    /// The path from the crate's root of what `path` means in `module`; `None` for what another
    /// crate defines.
    fn absolute(&self, module: &ModulePath, path: &[String]) -> Option<ModulePath> {
        let (first, rest) = path.split_first()?;
        let mut start = module.clone();
        match first.as_str() {
            "crate" => start.clear(),
            "self" => {}
            "super" => {
                start.pop();
                let supers = rest.iter().take_while(|word| *word == "super").count();
                start.truncate(start.len().saturating_sub(supers));
                return Some([start, rest.get(supers..)?.to_vec()].concat());
            }
            name => {
                start.push(name.to_owned());
                if !self.modules.contains_key(&start) {
                    return None;
                }
            }
        }
        Some([start, rest.to_vec()].concat())
    }

    /// The module that defines what `path` names, seen through re-exports.
    fn definer(&self, path: &ModulePath, depth: usize) -> Option<ModulePath> {
        let length = (0..=path.len()).rev().find(|n| self.modules.contains_key(&path[..*n]))?;
        let holder = path[..length].to_vec();
        let exported = path.get(length).and_then(|name| self.modules[&holder].exports.get(name));
        let Some(exported) = exported.filter(|_| depth < 10) else { return Some(holder) };
        let behind = self.absolute(&holder, exported)?;
        self.definer(&[behind, path[length + 1..].to_vec()].concat(), depth + 1)
    }

    /// The modules that each module imports, those around it and inside it left out.
    fn imports(&self) -> BTreeMap<&ModulePath, BTreeSet<ModulePath>> {
        let mut edges = BTreeMap::new();
        for (path, module) in &self.modules {
            let found = module
                .paths()
                .iter()
                .filter_map(|used| self.definer(&self.absolute(path, used)?, 0))
                .filter(|other| !other.starts_with(path) && !path.starts_with(other))
                .collect();
            edges.insert(path, found);
        }
        edges
    }
}

impl Module {
    fn read(text: &str) -> Self {
        let tokens = tokens(text);
        let mut module = Self {
            names: BTreeMap::new(),
            exports: BTreeMap::new(),
            used: Vec::new(),
            tokens: Vec::new(),
        };
        let mut at = 0;
        while at < tokens.len() {
            if !is_word(tokens.get(at), "use") {
                at += 1;
                continue;
            }
            let before = at.checked_sub(1).and_then(|last| tokens.get(last));
            let is_public = is_word(before, "pub") || before == Some(&Token::Other(')'));
            at += 1;
            for (path, name) in tree(&tokens, &mut at, &[]) {
                if is_public {
                    module.exports.insert(name.clone(), path.clone());
                }
                module.names.insert(name, path.clone());
                module.used.push(path);
            }
        }
        module.tokens = tokens;
        module
    }

    /// Every path in the file that may lead to another module of the crate.
    fn paths(&self) -> Vec<Vec<String>> {
        let mut found = self.used.clone();
        let tokens = &self.tokens;
        for (at, token) in tokens.iter().enumerate() {
            let Token::Word(first) = token else { continue };
            let follows = at > 0 && tokens[at - 1] == Token::Separator;
            if follows || tokens.get(at + 1) != Some(&Token::Separator) {
                continue;
            }
            let mut path = match self.names.get(first) {
                Some(path) => path.clone(),
                None if matches!(first.as_str(), "crate" | "super" | "self") => vec![first.clone()],
                None => continue,
            };
            let mut next = at + 1;
            while let (Some(Token::Separator), Some(Token::Word(word))) =
                (tokens.get(next), tokens.get(next + 1))
            {
                path.push(word.clone());
                next += 2;
            }
            found.push(path);
        }
        found
    }
}

/// The words and separators of a source, without comments and the contents of strings.
fn tokens(text: &str) -> Vec<Token> {
    let code: Vec<&str> = text.lines().map(|line| line.split("//").next().unwrap_or("")).collect();
    let code = code.join("\n");
    let mut found = Vec::new();
    let mut rest = code.as_str();
    while let Some(first) = rest.chars().next() {
        if first.is_alphabetic() || first == '_' {
            let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(rest.len());
            found.push(Token::Word(rest[..end].to_owned()));
            rest = &rest[end..];
        } else if let Some(after) = rest.strip_prefix("::") {
            found.push(Token::Separator);
            rest = after;
        } else {
            if !first.is_whitespace() {
                found.push(Token::Other(first));
            }
            rest = &rest[first.len_utf8()..];
        }
    }
    found
}

/// The leaves of a `use` tree from `at` on: the path of each, and its name in the file.
fn tree(tokens: &[Token], at: &mut usize, prefix: &[String]) -> Vec<(Vec<String>, String)> {
    let mut path = prefix.to_vec();
    loop {
        match tokens.get(*at) {
            Some(Token::Word(word)) if word == "as" => {
                *at += 1;
                let Some(Token::Word(name)) = tokens.get(*at) else { return Vec::new() };
                *at += 1;
                return vec![(path, name.clone())];
            }
            Some(Token::Word(word)) => {
                path.push(word.clone());
                *at += 1;
            }
            Some(Token::Separator) => *at += 1,
            Some(Token::Other('{')) => {
                *at += 1;
                let mut leaves = Vec::new();
                while *at < tokens.len() && tokens[*at] != Token::Other('}') {
                    leaves.extend(tree(tokens, at, &path));
                    if tokens.get(*at) == Some(&Token::Other(',')) {
                        *at += 1;
                    }
                }
                *at += 1;
                return leaves;
            }
            _ => {
                // `a::b::{self}` names the module b.
                if path.last().is_some_and(|last| last == "self") && path.len() > 1 {
                    path.pop();
                }
                let name = path.last().cloned().unwrap_or_default();
                // The star of a glob import, which names nothing.
                if tokens.get(*at) == Some(&Token::Other('*')) {
                    *at += 1;
                }
                return vec![(path, name)];
            }
        }
    }
}

fn is_word(token: Option<&Token>, word: &str) -> bool {
    matches!(token, Some(Token::Word(found)) if found == word)
}

/// The groups of nodes that reach each other.
fn circles<N: Ord + Clone>(edges: &BTreeMap<N, BTreeSet<N>>) -> BTreeSet<BTreeSet<N>> {
    let reach = |start: &N| {
        let (mut seen, mut open) = (BTreeSet::new(), vec![start.clone()]);
        while let Some(node) = open.pop() {
            for next in edges.get(&node).into_iter().flatten() {
                if seen.insert(next.clone()) {
                    open.push(next.clone());
                }
            }
        }
        seen
    };
    let reached: BTreeMap<&N, BTreeSet<N>> = edges.keys().map(|node| (node, reach(node))).collect();
    let mut groups = BTreeSet::new();
    for (node, seen) in &reached {
        if seen.contains(*node) {
            let mutual = |other: &&N| reached.get(*other).is_some_and(|back| back.contains(*node));
            groups.insert(seen.iter().filter(mutual).cloned().collect());
        }
    }
    groups
}

#[test]
fn modules_side_by_side_use_each_other_one_way() -> Result {
    let mut bad = Vec::new();
    let mut seen = 0;
    for member in members()? {
        let krate = Crate::read(&member)?;
        // An import counts for the two modules below the closest one that holds both files.
        let mut edges: BTreeMap<ModulePath, BTreeSet<ModulePath>> = BTreeMap::new();
        for (from, imported) in krate.imports() {
            for to in imported {
                seen += 1;
                let shared = from.iter().zip(&to).take_while(|(a, b)| a == b).count();
                edges.entry(to[..=shared].to_vec()).or_default();
                edges.entry(from[..=shared].to_vec()).or_default().insert(to[..=shared].to_vec());
            }
        }
        for circle in circles(&edges) {
            let names = circle.iter().map(|path| path.join("::"));
            bad.push(format!("{member}: {}", names.collect::<Vec<_>>().join(", ")));
        }
    }
    assert!(seen > 500, "only {seen} imports were found: the search is broken");
    assert!(bad.is_empty(), "modules that use each other in a circle: {bad:#?}");
    Ok(())
}

#[test]
fn imports_are_seen_through_groups_names_and_re_exports() {
    let module = |text: &str| Module::read(text);
    let path =
        |names: &str| names.split("::").filter(|n| !n.is_empty()).map(str::to_owned).collect();
    let krate = Crate {
        modules: BTreeMap::from([
            (path(""), module("pub use a::{One, Two as Three};")),
            (path("a"), module("use super::b; fn f() { b::inner::g() } // crate::c::h()")),
            (path("b"), module("pub(crate) mod inner;")),
            (path("b::inner"), module("use crate::{Three, c::Four};")),
            (path("c"), module("const TEXT: u8 = crate::a::LENGTH;")),
        ]),
    };
    let imports = krate.imports();
    let of = |name: &str| imports[&path(name)].iter().cloned().collect::<Vec<ModulePath>>();
    assert_eq!(of("a"), [path("b"), path("b::inner")]);
    assert_eq!(of("b::inner"), [path("a"), path("c")]);
    assert_eq!(of("c"), [path("a")]);
}
