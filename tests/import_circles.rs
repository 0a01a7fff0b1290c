//! No file of a crate imports another that imports it, at any distance.
//!
//! A module and what is below it are one idea, so they may use each other; so may nobody else.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fs;
use std::path::Path;

use warden_tests::{files, root};

/// A module as the names that lead to it; empty for the crate's root.
type Module = Vec<String>;

/// A crate's sources: what each module names, and what it lets others name through it.
#[derive(Default)]
struct Sources {
    named: BTreeMap<Module, Vec<Vec<String>>>,
    imported: BTreeMap<Module, BTreeMap<String, Vec<String>>>,
}

impl Sources {
    fn read(folder: &Path) -> Result<Self, Box<dyn Error>> {
        let mut sources = Self::default();
        for path in files(folder)?.into_iter().filter(|path| path.extension().is_some()) {
            let relative = path.strip_prefix(folder)?.with_extension("");
            let mut module: Module =
                relative.iter().map(|part| part.to_string_lossy().into_owned()).collect();
            if module.last().is_some_and(|last| last == "tests") {
                continue;
            }
            if module == ["lib"] || module == ["main"] {
                module.clear();
            }
            let source = fs::read_to_string(&path)?;
            let source = source.split("\n#[cfg(test)]\nmod tests").next().unwrap_or_default();
            let code: Vec<&str> =
                source.lines().map(|line| line.split("//").next().unwrap_or_default()).collect();
            sources.add(module, &code.join("\n"));
        }
        Ok(sources)
    }

    fn add(&mut self, module: Module, code: &str) {
        let named = self.named.entry(module.clone()).or_default();
        let imported = self.imported.entry(module).or_default();
        let mut rest = String::new();
        for statement in code.split_inclusive(';') {
            let Some((before, tree)) = statement.split_once("use ").filter(|(before, _)| {
                let line = before.rsplit('\n').next().unwrap_or_default().trim();
                line.is_empty() || line.starts_with("pub")
            }) else {
                rest += statement;
                continue;
            };
            rest += before;
            for path in expand(tree.trim_end_matches(';')) {
                if let Some(last) = path.last() {
                    imported.insert(last.clone(), path.clone());
                }
                named.push(path);
            }
        }
        let is_path = |c: char| c.is_alphanumeric() || matches!(c, '_' | ':');
        let paths = rest.split(|c| !is_path(c)).filter(|word| word.contains("::"));
        named.extend(paths.map(|path| path.split("::").map(str::to_owned).collect()));
    }

    /// The module that a path leads to, through what others import under that name.
    fn target(&self, from: &Module, path: &[String], depth: usize) -> Option<Module> {
        let (first, mut rest) = path.split_first()?;
        let mut at = from.clone();
        match first.as_str() {
            "crate" => at.clear(),
            "self" => {}
            "super" => {
                at.pop();
                while let Some((next, more)) = rest.split_first().filter(|(n, _)| *n == "super") {
                    debug_assert_eq!(next, "super");
                    at.pop();
                    rest = more;
                }
            }
            _ => rest = path,
        }
        let began = at.clone();
        while let Some((next, more)) = rest.split_first() {
            let below: Module = at.iter().chain([next]).cloned().collect();
            if !self.named.contains_key(&below) {
                break;
            }
            (at, rest) = (below, more);
        }
        // A bare name of nothing below is of another crate, or a type.
        if at == began && !matches!(first.as_str(), "crate" | "self" | "super") {
            return None;
        }
        let through = rest.first().and_then(|name| self.imported.get(&at)?.get(name));
        match through {
            Some(path) if depth < 8 && path.as_slice() != rest => {
                self.target(&at, path, depth + 1).or(Some(at))
            }
            Some(_) | None => Some(at),
        }
    }

    /// Which modules each module imports, those above and below it apart.
    fn edges(&self) -> BTreeMap<&Module, BTreeSet<Module>> {
        let edges = self.named.iter().map(|(module, paths)| {
            let targets = paths.iter().filter_map(|path| self.target(module, path, 0));
            let others = targets.filter(|to| !to.starts_with(module) && !module.starts_with(to));
            (module, others.collect())
        });
        edges.collect()
    }

    /// Pairs of modules that import each other at any distance, as texts.
    fn circles(&self) -> BTreeSet<String> {
        let edges = self.edges();
        let reach = |from: &Module| {
            let mut reached: BTreeSet<Module> = BTreeSet::new();
            let mut open = vec![from.clone()];
            while let Some(module) = open.pop() {
                for next in edges.get(&module).into_iter().flatten() {
                    if reached.insert(next.clone()) {
                        open.push(next.clone());
                    }
                }
            }
            reached
        };
        let reached: BTreeMap<&Module, BTreeSet<Module>> =
            edges.keys().map(|module| (*module, reach(module))).collect();
        let pairs = edges.iter().flat_map(|(from, to)| to.iter().map(move |to| (*from, to)));
        pairs
            .filter(|(from, to)| reached.get(to).is_some_and(|back| back.contains(*from)))
            .map(|(from, to)| format!("{} imports {}", from.join("::"), to.join("::")))
            .collect()
    }
}

/// The paths of a `use` tree: `a::{b, c::d}` becomes `a::b` and `a::c::d`.
fn expand(tree: &str) -> Vec<Vec<String>> {
    let tree = tree.trim();
    let Some((before, inner)) = tree.split_once('{') else {
        let path = tree.split(" as ").next().unwrap_or_default();
        let parts = path.split("::").map(|part| part.trim().to_owned());
        return vec![parts.filter(|part| !part.is_empty()).collect()];
    };
    let inner = inner.rsplit_once('}').map_or(inner, |(inner, _)| inner);
    let prefix: Vec<String> =
        before.split("::").map(|p| p.trim().to_owned()).filter(|p| !p.is_empty()).collect();
    let (mut branches, mut depth) = (vec![String::new()], 0_i32);
    for c in inner.chars() {
        depth += i32::from(c == '{') - i32::from(c == '}');
        if c == ',' && depth == 0 {
            branches.push(String::new());
        } else if let Some(branch) = branches.last_mut() {
            branch.push(c);
        }
    }
    let branches = branches.iter().filter(|branch| !branch.trim().is_empty());
    let paths = branches.flat_map(|branch| expand(branch));
    paths.map(|path| prefix.iter().cloned().chain(path).collect()).collect()
}

#[test]
fn no_file_imports_one_that_imports_it() -> Result<(), Box<dyn Error>> {
    let mut circles = Vec::new();
    let mut modules = 0;
    for folder in ["crates", "functions"] {
        for crate_folder in fs::read_dir(root().join(folder))? {
            let sources = crate_folder?.path().join("src");
            let read = Sources::read(&sources)?;
            modules += read.edges().values().filter(|to| !to.is_empty()).count();
            let found = read.circles();
            circles.extend(found.into_iter().map(|one| format!("{}: {one}", sources.display())));
        }
    }
    assert!(
        modules > 200,
        "only {modules} modules import anything: the sources are not understood"
    );
    assert!(circles.is_empty(), "{circles:#?}");
    Ok(())
}

#[test]
fn a_circle_is_found_whichever_way_it_is_written() {
    let circles = |files: &[(&str, &str)]| {
        let mut sources = Sources::default();
        for (name, code) in files {
            let module = name.split("::").filter(|part| !part.is_empty()).map(str::to_owned);
            sources.add(module.collect(), code);
        }
        sources.circles()
    };
    let root = ("", "mod a;\nmod b;\nmod c;\npub use b::{self, Thing as B};\nuse a::A;\n");
    let none = [("a", "use crate::b::Thing;\n"), ("b", "use std::fmt;\n"), ("c", "")];
    let direct =
        [("a", "use super::{b::{self, Thing}};\n"), ("b", "use crate::a::A;\n"), ("c", "")];
    let far = [
        ("a", "fn f() { crate::b::g() }\n"),
        ("b", "use super::c::C;\n"),
        ("c", "pub(crate) use crate::A;\n"),
    ];
    for (files, expected) in [(none, 0), (direct, 2), (far, 3)] {
        let mut all = vec![root];
        all.extend(files);
        assert_eq!(circles(&all).len(), expected, "{files:?}: {:?}", circles(&all));
    }
    let parent = [("", "mod a;"), ("a", "mod b;\nuse b::B;\n"), ("a::b", "use super::A;\n")];
    assert!(circles(&parent).is_empty(), "a module and its parent are one idea");
}
