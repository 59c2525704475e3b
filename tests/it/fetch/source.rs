//! A shop's server of pictures, as good and as bad as they come, on loopback.

use std::{
    io::Cursor,
    net::SocketAddr,
    sync::{Arc, LazyLock, Mutex},
};

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};

/// Asks an HTTP server of ours; status, head and body.
pub(crate) async fn ask(to: SocketAddr, method: &str, path: &str) -> (u16, String, Vec<u8>) {
    let mut socket = TcpStream::connect(to).await.expect("a listener");
    let request = format!("{method} {path} HTTP/1.0\r\nHost: {to}\r\n\r\n");
    socket.write_all(request.as_bytes()).await.expect("sent");
    let mut bytes = Vec::new();
    socket.read_to_end(&mut bytes).await.expect("an answer");
    let end = bytes.windows(4).position(|it| it == b"\r\n\r\n").expect("a head");
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let status = head.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status");
    (status, head, bytes.split_off(end + 4))
}

/// A card as a telephone writes it.
const CARD: &str = "BEGIN:VCARD\r\nVERSION:3.0\r\nN:Capulet;Juliet;;;\r\nFN:Juliet Capulet\r\n\
                    TEL;TYPE=CELL:+39 333 123 4567\r\nEMAIL:juliet@capulet.example\r\nEND:VCARD\r\n";

/// A PNG of 1280 by 960.
pub(crate) fn picture() -> Vec<u8> {
    static PICTURE: LazyLock<Vec<u8>> = LazyLock::new(|| {
        let it = RgbImage::from_fn(1280, 960, |x, y| {
            let part = |n: u32| u8::try_from(n % 256).expect("a byte");
            Rgb([part(x / 8), part(y / 8), part((x + y) / 16)])
        });
        let mut bytes = Cursor::new(Vec::new());
        DynamicImage::from(it).write_to(&mut bytes, ImageFormat::Png).expect("a PNG");
        bytes.into_inner()
    });
    PICTURE.clone()
}

/// A PNG of a few kilobytes that becomes a picture of 4096 by 4096, which one can see through.
fn bomb() -> Vec<u8> {
    static BOMB: LazyLock<Vec<u8>> = LazyLock::new(|| {
        let it = image::RgbaImage::from_pixel(4096, 4096, image::Rgba([9, 99, 199, 254]));
        let mut bytes = Cursor::new(Vec::new());
        DynamicImage::from(it).write_to(&mut bytes, ImageFormat::Png).expect("a PNG");
        bytes.into_inner()
    });
    BOMB.clone()
}

/// The server. Dropping it ends it.
pub(crate) struct Source {
    pub(crate) address: SocketAddr,
    heads: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<()>,
}

impl Source {
    pub(crate) async fn start() -> Self {
        Self::on("127.0.0.1:0").await.expect("a free port")
    }

    /// On an address of one's own choice.
    pub(crate) async fn on(address: &str) -> std::io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let heads = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&heads);
        let task = tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                let seen = Arc::clone(&seen);
                tokio::spawn(async move { serve(socket, address, &seen).await });
            }
        });
        Ok(Self { address, heads, task })
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// How many requests came.
    pub(crate) fn asked(&self) -> usize {
        self.heads().len()
    }

    /// What they said.
    pub(crate) fn heads(&self) -> Vec<String> {
        self.heads.lock().expect("no test died here").clone()
    }
}

impl Drop for Source {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Answers one request as its path says. Whatever the other side does to it is its own business.
pub(crate) async fn serve(
    socket: impl AsyncRead + AsyncWrite + Unpin,
    us: SocketAddr,
    seen: &Mutex<Vec<String>>,
) {
    let mut socket = BufReader::new(socket);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        match socket.read_line(&mut head).await {
            Ok(n) if n > 0 => {}
            _ => return,
        }
    }
    let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
    let path = path.split('?').next().unwrap_or_default();
    seen.lock().expect("no test died here").push(head.clone());
    let _ = answer(&mut socket, path, us).await;
    let _ = socket.shutdown().await;
}

async fn answer(
    to: &mut (impl AsyncWrite + Unpin),
    path: &str,
    us: SocketAddr,
) -> std::io::Result<()> {
    let elsewhere = |place: &str| format!("302 Found\r\nLocation: {place}\r\nContent-Length: 0");
    let typed = |kind: &str| format!("200 OK\r\nContent-Type: {kind}");
    let (head, body) = match path {
        "/picture" | "/picture.vcf" | "/me.png" => (typed("image/png"), picture()),
        "/bomb" => (typed("image/png"), bomb()),
        "/goblet" => (typed("image/jpeg"), include_bytes!("../../browser/goblet.jpg").to_vec()),
        "/parameters" => (typed("Image/PNG; charset=binary"), picture()),
        "/juliet.vcf" => (typed("text/vcard; charset=utf-8"), CARD.as_bytes().to_vec()),
        "/upload.vcf" => (typed("application/octet-stream"), CARD.as_bytes().to_vec()),
        "/two.vcf" => (typed("text/vcard"), CARD.repeat(2).into_bytes()),
        "/large.vcf" => (typed("text/vcard"), CARD.repeat(9_000).into_bytes()),
        "/html" => (typed("text/html"), b"<html>".to_vec()),
        "/svg" => (typed("image/svg+xml"), b"<svg/>".to_vec()),
        "/untyped" => ("200 OK".to_owned(), picture()),
        "/packed" => (typed("image/png") + "\r\nContent-Encoding: gzip", picture()),
        "/large" => (typed("image/png") + "\r\nContent-Length: 999999999", vec![0; 64]),
        "/endless" => {
            to.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\n").await?;
            loop {
                to.write_all(&[0; 8_192]).await?;
            }
        }
        "/drip" => {
            to.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\n\r\n").await?;
            loop {
                to.write_all(&[0]).await?;
                to.flush().await?;
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            }
        }
        "/head" => {
            to.write_all(b"HTTP/1.1 200 OK\r\n").await?;
            loop {
                to.write_all(b"X-More: more\r\n").await?;
            }
        }
        "/never" => std::future::pending().await,
        "/cut" => (typed("image/png") + "\r\nContent-Length: 5000", vec![0; 64]),
        "/busy" => ("503 Busy\r\nContent-Length: 0".to_owned(), Vec::new()),
        "/loop" => (elsewhere("/loop"), Vec::new()),
        "/nowhere" => ("302 Found\r\nContent-Length: 0".to_owned(), Vec::new()),
        "/once" => (elsewhere("/picture"), Vec::new()),
        "/twice" => (elsewhere("/once"), Vec::new()),
        "/thrice" => (elsewhere(&format!("http://{us}/twice")), Vec::new()),
        "/four-times" => (elsewhere("/thrice"), Vec::new()),
        "/literal" => (elsewhere(&format!("http://127.0.0.2:{}/picture", us.port())), Vec::new()),
        "/spelt" => (elsewhere(&format!("http://0x7f.2:{}/picture", us.port())), Vec::new()),
        "/metadata" => (elsewhere("http://169.254.169.254/latest/meta-data"), Vec::new()),
        "/file" => (elsewhere("file:///etc/passwd"), Vec::new()),
        "/again" => (elsewhere(&format!("http://shop.lit:{}/picture", us.port())), Vec::new()),
        "/user" => (elsewhere(&format!("http://u:p@{us}/picture")), Vec::new()),
        _ => ("404 Not Found\r\nContent-Length: 0".to_owned(), Vec::new()),
    };
    to.write_all(format!("HTTP/1.1 {head}\r\nConnection: close\r\n\r\n").as_bytes()).await?;
    to.write_all(&body).await?;
    to.flush().await
}
