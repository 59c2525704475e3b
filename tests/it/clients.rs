//! Real clients of other people: what a share looks like there, and what can be done with it.
//!
//! Reading order: [`converse`], [`page`], [`card`] and [`voice`] in a browser, [`profanity`] in a terminal, and
//! [`lint`] for the clients that run on no test machine.

mod card;
mod cards;
mod converse;
mod invitation;
mod lint;
mod page;
mod profanity;
mod voice;

use crate::{
    harness::{
        browser::Window,
        client::Client,
        server::{Kind, Server, Setup},
    },
    stanzas::{DOMAIN, pictured, send},
};

/// Where the picture of the goblet is, and how large.
const PICTURE: (&str, &str) = ("https://shop.verona.lit/i/goblet.jpg", "8470");

/// A Prosody, the only server here that takes browsers, for Romeo and Juliet.
async fn verona() -> Server {
    let users = ["romeo", "juliet"].map(String::from).to_vec();
    Server::start_with(Kind::Prosody, Setup { users, ..Setup::default() }).await
}

/// Lets the window see the picture, as if the shop were there.
async fn open_shop(window: &Window) {
    window.serve(PICTURE.0, "goblet.jpg").await;
}

/// Sends the goblet with its picture, and gives the reference code.
async fn share_pictured(client: &Client, id: &str, comment: &str, to: &str) -> String {
    let share = send(id, comment, &pictured(PICTURE.0, PICTURE.1), &[to]);
    let answer = client.request("set", DOMAIN, &share).await;
    let sent = answer.children().next().and_then(|sent| sent.attr("ref"));
    sent.unwrap_or_else(|| panic!("{}", String::from(&answer))).to_owned()
}
