//! XEP-0050: Ad-Hoc Commands: reading a request and writing its answers.

use minidom::Element;
use xmpp_parsers::stanza_error::{DefinedCondition, ErrorType, StanzaError};

use super::form::{self, Given};
use crate::{
    chat::{
        command::Command,
        draft::{Draft, Turn},
    },
    domain::lang::Lang,
    say::texts::{BAD_ACTION, NO_ACTION, NO_SESSION, SESSION_OVER},
    wire::{ns, xml::Writer},
};

/// A `<command/>`.
#[derive(Debug)]
pub struct Request {
    /// Which command.
    pub node: String,
    /// What to do.
    pub action: Action,
    /// Which of those that are open.
    pub session: Option<String>,
    /// What was filled in.
    pub given: Option<Given>,
}

/// What is asked of a command (XEP-0050 §4.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Begin, or go wherever [`Turn::On`] goes.
    Execute,
    /// Forget it.
    Cancel,
    /// A page on or back.
    Turn(Turn),
}

/// Why a request cannot be followed (XEP-0050 §4.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// There is no such action.
    MalformedAction,
    /// It cannot be taken here.
    BadAction,
    /// There is no such session of this asker's.
    BadSession,
    /// It was open too long.
    Expired,
}

impl Request {
    /// Reads one. An action that is not known is told when it is answered.
    ///
    /// # Errors
    /// When it is of no known action.
    pub fn read(command: &Element) -> Result<Self, Fault> {
        let action = match command.attr("action") {
            None | Some("execute") => Action::Execute,
            Some("cancel") => Action::Cancel,
            Some("prev") => Action::Turn(Turn::Back),
            Some("next") => Action::Turn(Turn::On),
            Some("complete") => Action::Turn(Turn::End),
            Some(_) => return Err(Fault::MalformedAction),
        };
        Ok(Self {
            node: command.attr("node").unwrap_or("").to_owned(),
            action,
            session: command.attr("sessionid").map(str::to_owned),
            given: command.get_child("x", ns::DATA_FORMS).and_then(form::submitted),
        })
    }
}

impl Fault {
    /// The `<error/>` of it, with a text for the person.
    #[must_use]
    pub fn error(self, lang: Lang) -> StanzaError {
        let (kind, condition, own, text) = match self {
            Self::MalformedAction => {
                (ErrorType::Modify, DefinedCondition::BadRequest, "malformed-action", NO_ACTION)
            }
            Self::BadAction => {
                (ErrorType::Modify, DefinedCondition::BadRequest, "bad-action", BAD_ACTION)
            }
            Self::BadSession => {
                (ErrorType::Modify, DefinedCondition::BadRequest, "bad-sessionid", NO_SESSION)
            }
            Self::Expired => {
                (ErrorType::Cancel, DefinedCondition::NotAllowed, "session-expired", SESSION_OVER)
            }
        };
        let mut error = StanzaError::new(kind, condition, lang.code(), text.in_lang(lang));
        error.other = Some(Element::builder(own, ns::COMMANDS).build());
        error
    }
}

/// A page to be filled in, with what was wrong before.
#[must_use]
pub fn executing(open: &Draft, session: &str, wrong: Option<&str>) -> String {
    let mut xml = begin(open.call.command, session, "executing", open.lang);
    let goes_on = !open.is_last();
    xml.open("actions").attribute("execute", if goes_on { "next" } else { "complete" });
    if open.page > 0 && open.asked.is_none() {
        xml.open("prev").close("prev");
    }
    if goes_on {
        xml.open("next").close("next");
    }
    if open.may_end() {
        xml.open("complete").close("complete");
    }
    xml.close("actions");
    if let Some(wrong) = wrong {
        note(&mut xml, "error", wrong);
    }
    xml.raw(&form::page(open, wrong)).close("command");
    xml.finish()
}

/// It is done: one line is a note, more are a form.
#[must_use]
pub fn completed(command: &Command, session: &str, lang: Lang, text: &str) -> String {
    let mut xml = begin(command, session, "completed", lang);
    if text.contains('\n') {
        xml.raw(&form::result(command.title.in_lang(lang), text));
    } else {
        note(&mut xml, "info", text);
    }
    xml.close("command");
    xml.finish()
}

/// It was not done, and why.
#[must_use]
pub fn refused(command: &Command, session: &str, lang: Lang, text: &str) -> String {
    let mut xml = begin(command, session, "completed", lang);
    note(&mut xml, "error", text);
    xml.close("command");
    xml.finish()
}

/// It is forgotten.
#[must_use]
pub fn canceled(command: &Command, session: &str, lang: Lang) -> String {
    let mut xml = begin(command, session, "canceled", lang);
    xml.close("command");
    xml.finish()
}

/// The command of this node, if it exists for whoever asks.
#[must_use]
pub fn known(node: &str, is_admin: bool) -> Option<&'static Command> {
    Command::all(is_admin).find(|command| command.node == node)
}

/// The commands, for disco.
#[must_use]
pub fn items(jid: &str, lang: Lang, is_admin: bool) -> String {
    let mut xml = Writer::new();
    xml.open("query").attribute("xmlns", ns::DISCO_ITEMS).attribute("node", ns::COMMANDS);
    for command in Command::all(is_admin) {
        xml.open("item").attribute("jid", jid).attribute("node", command.node);
        xml.attribute("name", command.title.in_lang(lang)).close("item");
    }
    xml.close("query");
    xml.finish()
}

/// Whether a node of disco is one of commands: what is found there is in somebody's language.
#[must_use]
pub fn is_node(node: &str) -> bool {
    node == ns::COMMANDS || Command::of_node(node).is_some()
}

/// What a node of commands is, for disco: the list of them, or one. None when it is neither.
#[must_use]
pub fn info(node: &str, lang: Lang, is_admin: bool) -> Option<String> {
    let (kind, name) = match known(node, is_admin) {
        Some(command) => ("command-node", command.title.in_lang(lang)),
        None if node == ns::COMMANDS => ("command-list", "Tradepost"),
        None => return None,
    };
    let mut xml = Writer::new();
    xml.open("query").attribute("xmlns", ns::DISCO_INFO).attribute("node", node);
    xml.open("identity").attribute("category", "automation").attribute("type", kind);
    xml.attribute("name", name).close("identity");
    for feature in [ns::COMMANDS, ns::DATA_FORMS] {
        xml.open("feature").attribute("var", feature).close("feature");
    }
    xml.close("query");
    Some(xml.finish())
}

fn begin(command: &Command, session: &str, status: &str, lang: Lang) -> Writer {
    let mut xml = Writer::new();
    xml.open("command").attribute("xmlns", ns::COMMANDS).attribute("node", command.node);
    xml.attribute("sessionid", session).attribute("status", status);
    xml.attribute("xml:lang", lang.code());
    xml
}

fn note(xml: &mut Writer, kind: &str, text: &str) {
    xml.open("note").attribute("type", kind).text(text).close("note");
}
