//! Files that import each other in a circle can only be understood together.

use std::collections::{BTreeMap, BTreeSet};

use syn::{
    Attribute, Ident, ItemMod, ItemUse, Macro, UseTree, Visibility,
    parse::{ParseStream, Parser},
    visit::{self, Visit},
};

use super::files;

/// The file of a module, as the segments of its path.
type Module = Vec<String>;

#[test]
fn files_import_each_other_in_no_circle() {
    let arrows = arrows();
    assert!(arrows.len() > 300, "this test looks at the wrong folder");
    let circles = circles(&arrows);
    let named: Vec<Vec<String>> =
        circles.iter().map(|circle| circle.iter().map(|it| it.join("::")).collect()).collect();
    assert!(named.is_empty(), "files import each other: {named:?}");
}

#[test]
fn arrows_are_found_in_groups_in_paths_and_in_macros() {
    let modules: BTreeSet<Module> =
        ["a", "a::b", "a::b::c", "d", "e", "f", "g"].map(segments).into_iter().collect();
    let code = "use super::d::{self, D}; pub use c::C; use crate::{e::E as X, std::F};
        pub(super) fn f(_: crate::f::F) { println!(\"{}\", crate::g::G); }
        #[cfg(test)] mod tests { use crate::a::A; }";
    let found = targets(&segments("a::b"), code, &modules);
    let names: Vec<String> = found.iter().map(|it| it.join("::")).collect();
    assert_eq!(
        names,
        ["a", "a::b::c", "e", "f", "g"],
        "`super::d` lies in `a`, which has no file `d`"
    );
}

fn segments(path: &str) -> Module {
    path.split("::").map(str::to_owned).collect()
}

/// Which files each file imports.
pub(super) fn arrows() -> BTreeMap<Module, BTreeSet<Module>> {
    let sources = files("src", ".rs");
    let module = |path: &str| {
        let path = path.strip_prefix("src/").unwrap().strip_suffix(".rs").unwrap();
        path.split('/').map(str::to_owned).collect::<Module>()
    };
    let is_code = |path: &str| !path.contains("/tests") && path != "src/main.rs";
    let sources: Vec<_> = sources.into_iter().filter(|it| is_code(&it.path)).collect();
    let modules: BTreeSet<Module> = sources.iter().map(|it| module(&it.path)).collect();
    let arrow = |path: &str, text: &str| (module(path), targets(&module(path), text, &modules));
    sources.iter().map(|it| arrow(&it.path, &it.text)).collect()
}

/// The files that `code` of the file `of` names.
fn targets(of: &Module, code: &str, modules: &BTreeSet<Module>) -> BTreeSet<Module> {
    let mut seen = Seen { of, modules, found: BTreeSet::new() };
    seen.visit_file(&syn::parse_file(code).unwrap());
    seen.found
}

struct Seen<'a> {
    of: &'a Module,
    modules: &'a BTreeSet<Module>,
    found: BTreeSet<Module>,
}

impl Seen<'_> {
    /// The file in which what `path` names lies, if it is one of ours and another. Whoever imports from
    /// the file above their own folder has an arrow to it.
    fn note(&mut self, path: &[String]) {
        let Some((first, rest)) = path.split_first() else { return };
        let whole: Module = match first.as_str() {
            "crate" => rest.to_vec(),
            "self" => [self.of.as_slice(), rest].concat(),
            "super" => [&self.of[..self.of.len() - 1], rest].concat(),
            _ => [self.of.as_slice(), path].concat(),
        };
        let is_named = matches!(first.as_str(), "crate" | "self" | "super");
        let nearest = (1..=whole.len()).rev().find(|n| self.modules.contains(&whole[..*n]));
        // A first name that is neither of these is a module below this one, or no module of ours.
        if let Some(n) = nearest.filter(|n| is_named || *n > self.of.len())
            && whole[..n] != **self.of
        {
            self.found.insert(whole[..n].to_vec());
        }
    }

    fn note_tree(&mut self, tree: &UseTree, before: &[String]) {
        let with = |name: &Ident| [before, &[name.to_string()]].concat();
        match tree {
            UseTree::Path(path) => self.note_tree(&path.tree, &with(&path.ident)),
            UseTree::Name(name) => self.note(&with(&name.ident)),
            UseTree::Rename(name) => self.note(&with(&name.ident)),
            UseTree::Glob(_) => self.note(before),
            UseTree::Group(group) => {
                group.items.iter().for_each(|tree| self.note_tree(tree, before));
            }
        }
    }
}

impl<'ast> Visit<'ast> for Seen<'_> {
    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        if !is_test(&item.attrs) {
            self.note_tree(&item.tree, &[]);
        }
    }

    fn visit_item_mod(&mut self, item: &'ast ItemMod) {
        if !is_test(&item.attrs) {
            visit::visit_item_mod(self, item);
        }
    }

    /// `pub(super)` says who may import this, and imports nothing.
    fn visit_visibility(&mut self, _: &'ast Visibility) {}

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names: Vec<String> = path.segments.iter().map(|it| it.ident.to_string()).collect();
        if matches!(names.first().map(String::as_str), Some("crate" | "super")) {
            self.note(&names);
        }
        visit::visit_path(self, path);
    }

    /// What is handed to a macro is nothing but words; of `$crate::…` the first is another's.
    fn visit_macro(&mut self, called: &'ast Macro) {
        let text = called.tokens.to_string().replace(' ', "");
        for (at, _) in text.match_indices("crate::") {
            if !text[..at].ends_with('$') {
                let is_of_path = |c: &char| c.is_alphanumeric() || matches!(c, '_' | ':');
                let path: String = text[at..].chars().take_while(is_of_path).collect();
                self.note(&segments(path.trim_end_matches(':')));
            }
        }
    }
}

fn is_test(attributes: &[Attribute]) -> bool {
    let is_test = |stream: ParseStream<'_>| stream.parse::<Ident>().map(|it| it == "test");
    attributes.iter().any(|it| {
        it.path().is_ident("cfg")
            && it
                .meta
                .require_list()
                .is_ok_and(|list| is_test.parse2(list.tokens.clone()).unwrap_or(false))
    })
}

/// The files that reach each other.
fn circles(arrows: &BTreeMap<Module, BTreeSet<Module>>) -> BTreeSet<BTreeSet<Module>> {
    let reached: BTreeMap<&Module, BTreeSet<&Module>> =
        arrows.keys().map(|from| (from, reach(arrows, from))).collect();
    let circle = |from: &Module| -> BTreeSet<Module> {
        let back = |it: &&&Module| reached.get(**it).is_some_and(|its| its.contains(from));
        reached[from].iter().filter(back).map(|it| (*it).clone()).collect()
    };
    arrows.keys().map(circle).filter(|circle| circle.len() > 1).collect()
}

/// The files that `from` reaches by one arrow or more.
fn reach<'a>(
    arrows: &'a BTreeMap<Module, BTreeSet<Module>>,
    from: &Module,
) -> BTreeSet<&'a Module> {
    let (mut found, mut next) = (BTreeSet::new(), vec![from]);
    while let Some(at) = next.pop() {
        for to in arrows.get(at).into_iter().flatten() {
            if found.insert(to) {
                next.push(to);
            }
        }
    }
    found
}
