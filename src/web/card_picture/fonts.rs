//! Drawing with the fonts of this machine, and which of them a text is drawn with.

use std::sync::Arc;

use resvg::{
    tiny_skia::{Pixmap, Transform},
    usvg::{
        Error, Font, FontFamily, FontResolver, ImageHrefResolver, ImageKind, Options, Tree,
        fontdb::{Database, Family, ID, Query, Stretch, Style, Weight},
    },
};

use super::portrait;

/// The most bytes of a picture: what clients fetch unasked.
const BYTES_MAX: usize = 512 * 1024;
/// Pixels in either direction that a template may ask for.
const SIDE_MAX: f32 = 2400.0;

/// Tried in this order where a template names none that is there: they have Chinese, and Latin
/// letters that go with it; then what most machines have.
const FAMILIES: [&str; 7] = [
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "WenQuanYi Micro Hei",
    "Noto Sans",
    "DejaVu Sans",
    "Liberation Sans",
    "FreeSans",
];

/// All of them.
#[derive(Debug, Clone)]
pub(super) struct Fonts(Arc<Database>);

impl Fonts {
    /// None when there is not a single one.
    pub(super) fn of_this_machine() -> Option<Self> {
        let mut fonts = Database::new();
        fonts.load_system_fonts();
        (!fonts.is_empty()).then(|| Self(Arc::new(fonts)))
    }

    /// SVG as PNG.
    ///
    /// # Errors
    /// Why it is no picture.
    pub(super) fn draw(&self, svg: &str) -> Result<Vec<u8>, String> {
        let tree = self.tree(svg).map_err(|error| error.to_string())?;
        let size = tree.size();
        if size.width() > SIDE_MAX || size.height() > SIDE_MAX {
            return Err(format!("more than {SIDE_MAX} pixels in one direction"));
        }
        let size = size.to_int_size();
        let mut pixels = Pixmap::new(size.width(), size.height()).ok_or("it has no size")?;
        resvg::render(&tree, Transform::identity(), &mut pixels.as_mut());
        let file = pixels.encode_png().map_err(|error| error.to_string())?;
        if file.len() > BYTES_MAX {
            return Err(format!("it has more than {BYTES_MAX} bytes"));
        }
        Ok(file)
    }

    /// What SVG draws, and with which of the fonts.
    ///
    /// # Errors
    /// When it is no SVG.
    pub(super) fn tree(&self, svg: &str) -> Result<Tree, Error> {
        let options = Options {
            image_href_resolver: ImageHrefResolver {
                // What `portrait` wrote, and nothing else, from nowhere else.
                resolve_data: Box::new(|media, data, _| {
                    (media == portrait::MEDIA).then_some(ImageKind::PNG(data))
                }),
                resolve_string: Box::new(|_, _| None),
            },
            font_resolver: resolver(),
            fontdb: Arc::clone(&self.0),
            ..Options::default()
        };
        Tree::from_str(svg, &options)
    }
}

/// Chooses fonts without a word to the log, in which texts of cards have no place.
fn resolver() -> FontResolver<'static> {
    FontResolver {
        select_font: Box::new(|wanted, fonts| chosen(wanted, fonts)),
        select_fallback: Box::new(|symbol, used, fonts| having(symbol, used, fonts)),
    }
}

fn chosen(wanted: &Font, fonts: &Database) -> Option<ID> {
    let named = wanted.families().iter().filter_map(|family| match family {
        FontFamily::Named(name) => Some(Family::Name(name)),
        _ => None,
    });
    let families: Vec<Family<'_>> = named.chain(FAMILIES.map(Family::Name)).collect();
    let (weight, stretch) = (Weight(wanted.weight()), Stretch::Normal);
    let query = Query { families: &families, weight, stretch, style: Style::Normal };
    fonts.query(&query).or_else(|| fonts.faces().next().map(|face| face.id))
}

/// The face for a letter that the first one lacks: of the same weight, and of a family that goes
/// with the others, as far as there is one.
fn having(symbol: char, used: &[ID], fonts: &Database) -> Option<ID> {
    let first = fonts.face(*used.first()?)?;
    let likeness = |id: &ID| {
        let face = fonts.face(*id)?;
        let families = face.families.iter().map(|(name, _)| name.as_str());
        let known = families.filter_map(|name| FAMILIES.iter().position(|it| *it == name)).min();
        let upright = face.style == Style::Normal && face.stretch == Stretch::Normal;
        let weight = u16::MAX - face.weight.0.abs_diff(first.weight.0);
        Some((
            !face.monospaced,
            upright,
            known.is_some(),
            weight,
            known.map(|at| FAMILIES.len() - at),
        ))
    };
    let faces = fonts.faces().map(|face| face.id);
    faces.filter(|id| !used.contains(id) && has(*id, symbol, fonts)).max_by_key(likeness)
}

fn has(id: ID, symbol: char, fonts: &Database) -> bool {
    let found = fonts.with_face_data(id, |data, index| {
        skrifa::FontRef::from_index(data, index)
            .is_ok_and(|font| skrifa::MetadataProvider::charmap(&font).map(symbol).is_some())
    });
    found.unwrap_or(false)
}
