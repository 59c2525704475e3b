//! QR codes, as SVG and as PNG.

use std::fmt::Write;

use qrcode::{Color, EcLevel, QrCode, bits::encode_auto};

/// Light modules around the code, which readers need (ISO/IEC 18004 §9.1).
const MARGIN: usize = 4;
/// Pixels of a module in the PNG.
const PIXELS: usize = 8;

/// The modules of a code with its margin.
pub(super) struct Qr {
    side: usize,
    /// Row by row, `side` of them each.
    dark: Vec<bool>,
}

impl Qr {
    /// None when `text` is longer than a code holds, which is 2,331 bytes.
    pub(super) fn of(text: &str) -> Option<Self> {
        Self::at_level(text, EcLevel::M, usize::MAX)
    }

    /// For a long text: fewer modules, of which less may be hidden. None when more than `side` of them
    /// would stand beside each other, which is known before the code is made.
    pub(super) fn dense(text: &str, side: usize) -> Option<Self> {
        Self::at_level(text, EcLevel::L, side)
    }

    fn at_level(text: &str, level: EcLevel, most: usize) -> Option<Self> {
        let bits = encode_auto(text.as_bytes(), level).ok()?;
        let side = usize::try_from(bits.version().width()).ok()? + 2 * MARGIN;
        if side > most {
            return None;
        }
        let code = QrCode::with_bits(bits, level).ok()?;
        let mut dark = vec![false; side * MARGIN];
        for row in code.to_colors().chunks(code.width()) {
            let margin = [false; MARGIN];
            dark.extend(margin);
            dark.extend(row.iter().map(|color| *color == Color::Dark));
            dark.extend(margin);
        }
        dark.resize(side * side, false);
        Some(Self { side, dark })
    }

    /// Modules, with the margin.
    pub(super) fn side(&self) -> usize {
        self.side
    }

    /// The dark modules as the path of an SVG; each is 1 wide.
    pub(super) fn path(&self) -> String {
        let side = self.side;
        let mut path = String::new();
        for (y, row) in self.dark.chunks(side).enumerate() {
            let mut x = 0;
            for run in row.chunk_by(|one, next| one == next) {
                if run.first() == Some(&true) {
                    // Writing into a string cannot fail.
                    let _ = write!(path, "M{x} {y}h{0}v1h-{0}z", run.len());
                }
                x += run.len();
            }
        }
        path
    }

    /// Black on white whatever the page's colours: many readers do not see the inverse.
    pub(super) fn svg(&self) -> String {
        let (side, path) = (self.side, self.path());
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {side} {side}\" \
             shape-rendering=\"crispEdges\"><path fill=\"#fff\" d=\"M0 0h{side}v{side}H0z\"/>\
             <path d=\"{path}\"/></svg>"
        )
    }

    /// One bit a pixel, eight pixels a module.
    pub(super) fn png(&self) -> Option<Vec<u8>> {
        let pixels = self.side * PIXELS;
        let size = u32::try_from(pixels).ok()?;
        let mut rows = Vec::with_capacity(pixels * pixels / 8);
        for row in self.dark.chunks(self.side) {
            // A module is a byte wide: all its pixels are light, or none.
            let line: Vec<u8> = row.iter().map(|dark| if *dark { 0 } else { 0xff }).collect();
            for _ in 0..PIXELS {
                rows.extend_from_slice(&line);
            }
        }
        let mut file = Vec::new();
        let mut encoder = png::Encoder::new(&mut file, size, size);
        encoder.set_color(png::ColorType::Grayscale);
        encoder.set_depth(png::BitDepth::One);
        let mut writer = encoder.write_header().ok()?;
        writer.write_image_data(&rows).ok()?;
        writer.finish().ok()?;
        Some(file)
    }
}

#[cfg(test)]
mod tests {
    use rqrr::PreparedImage;

    use super::*;

    const LINK: &str = "https://share.verona.lit/s/7K3QXM2NP8";

    /// What a camera would read from a picture of `side` pixels.
    fn read(side: usize, is_dark: impl Fn(usize, usize) -> bool) -> String {
        let shade = |x, y| if is_dark(x, y) { 0 } else { 255 };
        let mut image = PreparedImage::prepare_from_greyscale(side, side, shade);
        image.detect_grids()[0].decode().unwrap().1
    }

    #[test]
    fn a_code_in_svg_is_read_back() {
        let code = Qr::of(LINK).unwrap();
        let svg = code.svg();
        let path = svg.rsplit_once("d=\"").unwrap().1;
        let mut dark = vec![vec![false; code.side]; code.side];
        for run in path.split('M').skip(1) {
            let mut numbers = run.split(|symbol: char| !symbol.is_ascii_digit());
            let mut next = || numbers.next().unwrap().parse::<usize>().unwrap();
            let (x, y, length) = (next(), next(), next());
            dark[y][x..x + length].fill(true);
        }
        assert_eq!(read(code.side * 8, |x, y| dark[y / 8][x / 8]), LINK);
        assert!(svg.len() < 8_000, "{}", svg.len());
    }

    #[test]
    fn a_code_in_png_is_read_back() {
        let file = Qr::of(LINK).unwrap().png().unwrap();
        assert!(file.len() < 2_000, "{}", file.len());
        let mut reader = png::Decoder::new(std::io::Cursor::new(file)).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let info = reader.next_frame(&mut pixels).unwrap();
        let is_dark =
            |x: usize, y: usize| pixels[y * info.line_size + x / 8] >> (7 - x % 8) & 1 == 0;
        assert_eq!(read(info.width as usize, is_dark), LINK);
    }

    #[test]
    fn what_no_code_holds_is_none() {
        assert!(Qr::of(&"x".repeat(3000)).is_none());
    }

    #[test]
    fn a_dense_code_has_no_more_modules_than_it_may() {
        // ISO/IEC 18004: version 15, of 77 modules, holds 520 bytes at level L.
        assert_eq!(Qr::dense(&"x".repeat(520), 85).unwrap().side(), 85);
        assert!(Qr::dense(&"x".repeat(521), 85).is_none());
    }
}
