//! `[cards]`: templates of the operator's own.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::{check, invalid::Invalid, source::Source};
use crate::domain::card_template::{Folder, NAME_MAX, Named, is_name};

/// What a template says of itself, if it says something.
const ABOUT: &str = "template.toml";
/// Endings of the files that a template may have; others in its folder are not read.
const ENDINGS: [&str; 4] = ["txt", "html", "svg", "css"];
/// Bytes of a file, and how many a template may have.
const FILE_MAX: u64 = 256 * 1024;
const FILES_MAX: usize = 32;
/// Templates in the folder.
const TEMPLATES_MAX: usize = 50;

/// `[cards]`
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Default)]
pub struct Cards {
    /// The folder in which there is one for each template of the operator's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub templates: Option<PathBuf>,
    /// What was found there, in the order of the names.
    #[serde(skip)]
    pub found: Vec<Folder>,
}

/// `template.toml`
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct About {
    /// What people are told in English.
    name: Option<String>,
    /// The same in Chinese.
    name_zh: Option<String>,
}

impl Cards {
    pub(super) fn read(source: &Source) -> Result<Self, Invalid> {
        let read = |path: String| {
            check::not_empty(path.clone())?;
            let path = PathBuf::from(path);
            let found = folders(&path)?;
            Ok(Self { templates: Some(path), found })
        };
        Ok(source.optional("cards.templates", read)?.unwrap_or_default())
    }
}

fn folders(path: &Path) -> Result<Vec<Folder>, String> {
    let mut found = Vec::new();
    for entry in entries(path)? {
        let name = entry.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if !entry.is_dir() || name.starts_with('.') {
            continue;
        }
        if !is_name(&name) {
            return Err(format!(
                "the template {} is called by other than a to z, 0 to 9 and hyphens, {NAME_MAX} \
                 at most",
                entry.display()
            ));
        }
        found.push(folder(&entry, name)?);
    }
    if found.len() > TEMPLATES_MAX {
        return Err(format!("{} has more than {TEMPLATES_MAX} templates", path.display()));
    }
    Ok(found)
}

fn folder(path: &Path, name: String) -> Result<Folder, String> {
    let mut files = BTreeMap::new();
    let mut about = About { name: None, name_zh: None };
    for entry in entries(path)? {
        let file = entry.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let ending = entry.extension().unwrap_or_default().to_string_lossy();
        if file == ABOUT {
            let wrong = |error: toml::de::Error| {
                format!("{}: {}", entry.display(), error.message().replace('\n', " "))
            };
            about = toml::from_str(&text(&entry)?).map_err(wrong)?;
        } else if ENDINGS.contains(&&*ending) && !file.starts_with('.') {
            files.insert(file, text(&entry)?);
        }
    }
    if files.len() > FILES_MAX {
        return Err(format!("{} has more than {FILES_MAX} files", path.display()));
    }
    let english = about.name.unwrap_or_else(|| name.clone());
    let chinese = about.name_zh.unwrap_or_else(|| english.clone());
    Ok(Folder { place: path.display().to_string(), named: Named { name, english, chinese }, files })
}

/// What is in a folder, in the order of the names.
fn entries(path: &Path) -> Result<Vec<PathBuf>, String> {
    let cannot = |error| format!("cannot read the folder {}: {error}", path.display());
    let entries = fs::read_dir(path).map_err(cannot)?;
    let mut paths =
        entries.map(|it| it.map(|it| it.path())).collect::<Result<Vec<_>, _>>().map_err(cannot)?;
    paths.sort_unstable();
    Ok(paths)
}

fn text(path: &Path) -> Result<String, String> {
    let cannot = |error| format!("cannot read {}: {error}", path.display());
    if fs::metadata(path).map_err(cannot)?.len() > FILE_MAX {
        return Err(format!("{} has more than {FILE_MAX} bytes", path.display()));
    }
    fs::read_to_string(path).map_err(cannot)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_of_templates_is_read_with_its_titles() {
        let dir = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = dir.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        write("readme.txt", "not a template");
        write("acme/card.svg", "<svg/>");
        write("acme/template.toml", "name = \"Acme\"\nname_zh = \"某公司\"");
        write("acme/notes.md", "not read");
        write("bare/card.txt", "x");
        let found = folders(dir.path()).unwrap();
        let names: Vec<_> = found.iter().map(|it| it.named.clone()).collect();
        let called = |name: &str, english: &str, chinese: &str| Named {
            name: name.into(),
            english: english.into(),
            chinese: chinese.into(),
        };
        assert_eq!(names, [called("acme", "Acme", "某公司"), called("bare", "bare", "bare")]);
        assert_eq!(found[0].files.keys().collect::<Vec<_>>(), ["card.svg"]);
        write("acme/template.toml", "title = 1");
        let error = folders(dir.path()).unwrap_err();
        assert!(error.contains("acme/template.toml: unknown field `title`"), "{error}");
        write("Not a name/card.txt", "x");
        assert!(folders(dir.path()).unwrap_err().contains("Not a name"));
        assert!(folders(&dir.path().join("none")).unwrap_err().contains("cannot read the folder"));
    }
}
