//! The page of the configuration says what the code does.

use super::*;

const PAGE: &str = include_str!("../../../docs/configuration.md");

/// A row of a table in `docs/configuration.md`: what stands between marks of code in its first two
/// cells, and whether nothing but that stands in the second.
fn row(line: &'static str) -> Option<(Vec<&'static str>, Vec<&'static str>, bool)> {
    let mut cells = line.strip_prefix("| ")?.split(" | ");
    let (keys, default) = (cells.next()?, cells.next()?);
    let codes = |cell: &'static str| cell.split('`').skip(1).step_by(2).collect::<Vec<&str>>();
    let is_key = keys.starts_with('`') && keys.contains('.');
    let is_bare = default.split('`').step_by(2).all(|it| it.is_empty() || it == ", ");
    is_key.then(|| (codes(keys), codes(default), is_bare))
}

#[test]
fn the_page_of_configuration_has_every_key_and_its_default() {
    let table: toml::Table = toml::from_str(&all_switched_on()).unwrap();
    let rows: Vec<_> = PAGE.lines().filter_map(row).collect();
    let keys: Vec<&str> = rows.iter().flat_map(|(keys, _, _)| keys.iter().copied()).collect();
    assert_eq!(keys.len(), source::paths().count(), "each key once: {keys:?}");
    let keys: BTreeSet<String> = keys.into_iter().map(str::to_owned).collect();
    assert_eq!(keys, source::paths().collect());
    let mut compared = 0;
    for (keys, default, _) in rows.iter().filter(|(_, _, is_bare)| *is_bare) {
        for key in keys {
            let (section, name) = key.split_once('.').unwrap();
            let shown = match &table[section][name] {
                toml::Value::String(text) => vec![text.clone()],
                toml::Value::Array(all) => {
                    all.iter().map(|it| it.as_str().unwrap().to_owned()).collect()
                }
                value => vec![value.to_string()],
            };
            assert_eq!(*default, shown, "the default of {key}");
            compared += 1;
        }
    }
    assert!(compared > 35, "only {compared} defaults are compared");
}
