//! The oracle: a sender who knows what was accepted, and an inbox that knows what came. Neither
//! uses any of the program's own code.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, MutexGuard},
    time::Duration,
};

use minidom::Element;
use tokio::time::{Instant, sleep, timeout};

use crate::{
    harness::{PATIENCE, client::Client, component::Component, wire::CLIENT},
    stanzas::{DOMAIN, NS, comment_of, goblet, send},
};

/// How long an answer may take before the sender asks again. The component waits 5 s for its
/// database before it refuses.
const ANSWER: Duration = Duration::from_secs(8);
/// How long the sender waits after a refusal that says "later".
const PAUSE: Duration = Duration::from_millis(100);
/// How long everything may take to come, once all is well again: a retry waits up to 6 s, another
/// up to 36 s.
const ARRIVAL: Duration = Duration::from_mins(1);

/// Sends shares without end, each under an id of its own, and asks again under the same id until
/// it was accepted. The comment of a share is its id.
pub(super) struct Sender {
    name: &'static str,
    to: Vec<String>,
    width: usize,
    books: Mutex<Books>,
}

#[derive(Default)]
struct Books {
    submitted: usize,
    requests: usize,
    /// Submitted and not answered.
    open: BTreeSet<String>,
    /// Submit id to share id.
    accepted: BTreeMap<String, String>,
    refused: BTreeMap<String, usize>,
}

impl Sender {
    /// Who sends to these bare JIDs, four shares at a time. Names sort as they are sent.
    pub(super) fn new(name: &'static str, to: &[&str]) -> Self {
        let to = to.iter().map(|&to| to.to_owned()).collect();
        Self { name, to, width: 4, books: Mutex::default() }
    }

    /// One share at a time.
    pub(super) fn one_by_one(self) -> Self {
        Self { width: 1, ..self }
    }

    /// Sends until `until`, or until the connection ends. What has no answer then stays open.
    pub(super) async fn send(&self, client: &Client, until: impl Future<Output = ()>) {
        let left = Mutex::new(self.books().open.clone());
        let workers = (0..self.width).map(|_| async {
            loop {
                let id =
                    left.lock().expect("one thread").pop_first().unwrap_or_else(|| self.next());
                if !self.submit(client, &id).await {
                    return;
                }
            }
        });
        let workers = futures_util::future::join_all(workers);
        tokio::select! {
            () = until => {}
            _ = workers => {}
        }
    }

    /// Sends this many more shares, and waits until they are accepted.
    pub(super) async fn send_some(&self, client: &Client, some: usize) {
        for _ in 0..some {
            let id = self.next();
            assert!(self.submit(client, &id).await, "the connection ended");
        }
    }

    /// Asks until everything open is accepted.
    pub(super) async fn finish(&self, client: &Client) {
        let open = self.books().open.clone();
        let all = async {
            for id in &open {
                assert!(self.submit(client, id).await, "the connection ended at {id}");
            }
        };
        let done = timeout(2 * PATIENCE, all).await;
        assert!(
            done.is_ok(),
            "not accepted: {:?}; refused: {:?}",
            self.books().open,
            self.refused()
        );
    }

    /// How many shares were accepted.
    pub(super) fn accepted(&self) -> usize {
        self.books().accepted.len()
    }

    /// The refusals so far, by condition.
    pub(super) fn refused(&self) -> BTreeMap<String, usize> {
        self.books().refused.clone()
    }

    fn next(&self) -> String {
        let mut books = self.books();
        let id = format!("{}-{:05}", self.name, books.submitted);
        books.submitted += 1;
        books.open.insert(id.clone());
        id
    }

    /// Asks under `id` until it is accepted; false when the connection ends first.
    async fn submit(&self, client: &Client, id: &str) -> bool {
        let to: Vec<&str> = self.to.iter().map(String::as_str).collect();
        let payload = send(id, id, &goblet(), &to);
        loop {
            let request = {
                let mut books = self.books();
                books.requests += 1;
                format!("{id}/{}", books.requests)
            };
            let iq = format!("<iq type='set' id='{request}' to='{DOMAIN}'>{payload}</iq>");
            if client.send(&iq).await.is_err() {
                return false;
            }
            let answers = |it: &Element| it.is("iq", CLIENT) && it.attr("id") == Some(&request);
            match client.recv_until(answers, ANSWER).await {
                Some(answer) if answer.attr("type") == Some("result") => {
                    self.accept(id, &answer);
                    return true;
                }
                Some(error) => {
                    self.refuse(&error);
                    sleep(PAUSE).await;
                }
                None if client.closed(Duration::ZERO).await => return false,
                None => {}
            }
        }
    }

    fn accept(&self, id: &str, answer: &Element) {
        let sent = answer.get_child("sent", NS).expect("<sent/>");
        assert_eq!(sent.attr("id"), Some(id));
        let share = sent.attr("share").expect("a share id").to_owned();
        let mut books = self.books();
        books.open.remove(id);
        let before = books.accepted.insert(id.to_owned(), share.clone());
        assert!(before.is_none_or(|before| before == share), "{id} is two shares");
    }

    /// Only what says "later", or that the component is away just now, may be asked again.
    fn refuse(&self, iq: &Element) {
        let error = iq.get_child("error", CLIENT).expect("an error");
        let condition = error.children().next().map(Element::name).unwrap_or_default().to_owned();
        let is_later = error.attr("type") == Some("wait") || condition.starts_with("remote-server");
        // Prosody says this while the component's connection is there and its handshake is not.
        assert!(is_later || condition == "service-unavailable", "{}", String::from(iq));
        if condition == "resource-constraint" {
            assert!(error.has_child("retry", NS), "{}", String::from(iq));
        }
        *self.books().refused.entry(condition).or_default() += 1;
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().expect("no test died here")
    }
}

/// Every share that came to one person, over all of his logins.
#[derive(Default)]
pub(super) struct Inbox {
    /// Share id to the ids of the messages that brought it.
    copies: BTreeMap<String, Vec<String>>,
    /// Comments, in the order of their first coming.
    pub(super) order: Vec<String>,
}

impl Inbox {
    /// Takes what has come, until everything accepted is here and nothing more is on its way.
    pub(super) async fn fill(&mut self, client: &Client, sender: &Sender, component: &Component) {
        let start = Instant::now();
        while !self.missing(sender).is_empty() {
            let left = ARRIVAL.saturating_sub(start.elapsed());
            let Some(message) = client.recv_until(is_share, left).await else {
                panic!(
                    "lost: {:?}\nbooks:\n{}\nlog:\n{}",
                    self.missing(sender),
                    component.audit().1,
                    component.log()
                );
            };
            self.put(&message);
        }
        // What the server has for the client comes before its answer.
        client.request("get", "localhost", "<ping xmlns='urn:xmpp:ping'/>").await;
        self.take(client).await;
    }

    /// Takes what has come. To be done before a client is given up.
    pub(super) async fn take(&mut self, client: &Client) {
        while let Some(message) = client.recv_until(is_share, Duration::ZERO).await {
            self.put(&message);
        }
    }

    /// Nothing is lost, nothing was made up, nothing came more than `most` times, and copies are
    /// one message. Answers how many copies there were.
    pub(super) fn verify(&self, sender: &Sender, most: usize) -> usize {
        let books = sender.books();
        assert!(books.open.is_empty(), "without an answer: {:?}", books.open);
        assert_eq!(books.accepted.len(), books.submitted);
        let accepted: BTreeSet<&String> = books.accepted.values().collect();
        let received: BTreeSet<&String> = self.copies.keys().collect();
        assert_eq!(accepted, received, "accepted is received");
        for (share, copies) in &self.copies {
            assert!(copies.len() <= most, "{share} came {} times", copies.len());
            assert!(copies.windows(2).all(|two| two[0] == two[1]), "copies of {share}: {copies:?}");
        }
        let more = self.copies.values().map(|copies| copies.len() - 1).sum();
        eprintln!(
            "{}: {} accepted, {more} copies, refused {:?}",
            sender.name,
            books.accepted.len(),
            books.refused
        );
        more
    }

    fn put(&mut self, message: &Element) {
        let share =
            message.get_child("share", NS).and_then(|it| it.attr("id")).expect("a share id");
        let id = message.attr("id").expect("a message id").to_owned();
        let copies = self.copies.entry(share.to_owned()).or_default();
        if copies.is_empty() {
            self.order.push(comment_of(message).expect("a comment"));
        }
        copies.push(id);
    }

    fn missing(&self, sender: &Sender) -> Vec<String> {
        let books = sender.books();
        let lost = books.accepted.iter().filter(|(_, share)| !self.copies.contains_key(*share));
        lost.map(|(id, _)| id.clone()).collect()
    }
}

fn is_share(it: &Element) -> bool {
    it.is("message", CLIENT) && it.attr("type") != Some("error") && it.has_child("share", NS)
}
