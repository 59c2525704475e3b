//! The XMPP server's end of a component's stream (XEP-0114), played by the test itself: what no
//! real server can be made to do, such as to answer nothing, or to send what it should not.

use std::net::SocketAddr;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpSocket, TcpStream},
};

use super::server::COMPONENT;

/// Where the component connects to.
pub(crate) struct Upstream {
    listener: TcpListener,
}

impl Upstream {
    /// Listens; `buffer`: so many bytes of what it sends may be with the system.
    pub(crate) fn listen(buffer: u32) -> Self {
        let socket = TcpSocket::new_v4().expect("a socket");
        // Those that are accepted inherit it.
        socket.set_send_buffer_size(buffer).expect("a buffer");
        socket.bind("127.0.0.1:0".parse().expect("an address")).expect("a free port");
        Self { listener: socket.listen(8).expect("a listener") }
    }

    /// Its address.
    pub(crate) fn address(&self) -> SocketAddr {
        self.listener.local_addr().expect("an address")
    }

    /// Takes the next connection, and says nothing.
    pub(crate) async fn connection(&self) -> TcpStream {
        let (socket, _) = self.listener.accept().await.expect("a connection");
        socket.set_nodelay(true).expect("no delay");
        socket
    }

    /// Takes the next connection through the handshake; any secret will do.
    pub(crate) async fn stream(&self) -> TcpStream {
        let mut socket = self.connection().await;
        until(&mut socket, &format!("to='{COMPONENT}'>")).await;
        let header = format!(
            "<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept' \
             xmlns:stream='http://etherx.jabber.org/streams' id='1' from='{COMPONENT}'>"
        );
        socket.write_all(header.as_bytes()).await.expect("sent");
        until(&mut socket, "</handshake>").await;
        socket.write_all(b"<handshake/>").await.expect("sent");
        socket
    }
}

/// Reads up to `mark` and nothing behind it.
async fn until(socket: &mut TcpStream, mark: &str) {
    let mut seen = Vec::new();
    while !seen.ends_with(mark.as_bytes()) {
        seen.push(socket.read_u8().await.expect("more from the component"));
    }
}
