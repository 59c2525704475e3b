//! Whom somebody waits for, and how they stop waiting; and who wants to hear nothing.

use super::{
    answer::{After, Answer, Question},
    command::{Context, Done, GivenUp},
    field,
};
use crate::{
    chat::{choice::Choice, table::leave::SURE},
    db::Result,
    domain::{address::Address, phone, text::shorten},
    invite::{
        invitation,
        list::{self, Awaited},
        say::Invites,
    },
    leave::erase,
    say::{command::Told, voice::who},
    share::history,
};

/// The most lines.
const LINES: usize = 30;
/// Of so many things that somebody sent or was sent last, the last sender is looked for.
const LOOKED_AT: i64 = 20;

/// The place in the list that somebody names; no phone number is as short.
fn place(given: &str) -> Option<usize> {
    given.trim_start_matches(['#', '＃']).parse::<u16>().ok().map(usize::from)
}

impl Context<'_> {
    pub(super) async fn invites(&mut self) -> Done {
        let all = self.awaited().await?;
        if all.is_empty() {
            return Ok((Answer::Done(Invites::Nobody.in_lang(self.lang)), After::Nothing));
        }
        let line = |(number, it): (usize, &Awaited)| {
            let (who, since) = (it.address.shown(), it.since);
            let told = if it.has_accepted {
                Invites::Accepted { number, who, since }
            } else {
                Invites::Waiting { number, who, since }
            };
            told.in_lang(self.lang)
        };
        let mut lines: Vec<String> = (1..).zip(&all).take(LINES).map(line).collect();
        if all.len() > LINES {
            lines.push(Told::AndMorePeople(all.len() - LINES).in_lang(self.lang));
        }
        Ok((Answer::Done(lines.join("\n")), After::Nothing))
    }

    /// Waits no more for the one who has been looked for. By a number they are asked about first: it may
    /// have been another one's when the list was shown.
    pub(super) async fn cancel(&mut self) -> Done {
        let Some(given) = self.call.one("which") else {
            return Ok(self.refusing(Invites::NothingToCancel));
        };
        let Some(GivenUp { whom, asked }) = &self.call.found else {
            let given = &shorten(given, 40);
            return Ok(self.refusing(Invites::NoSuch { given }));
        };
        if place(given).is_some() {
            let options = vec![(whom.to_string(), whom.shown().to_owned())];
            let (text, instead_of) = (Invites::GiveUp.in_lang(self.lang), given.to_owned());
            let numbers = Vec::new();
            let question = Question { var: "which", instead_of, text, options, numbers };
            return Ok((Answer::Ask(question), After::Nothing));
        }
        list::withdraw(self.tx, self.world, &self.caller.jid, whom, *asked).await?;
        let told = Invites::GivenUp { who: whom.shown() };
        Ok((Answer::Done(told.in_lang(self.lang)), After::Nothing))
    }

    /// The one of those who are awaited who was named: by the number in the list, or by address.
    pub(super) async fn awaited_one(&mut self) -> Result<Option<Address>> {
        let Some(given) = self.call.one("which") else { return Ok(None) };
        let all = self.awaited().await?;
        let by_number = place(given).and_then(|number| all.get(number.checked_sub(1)?));
        let by_address = || {
            let address = phone::number(given, self.info.region)
                .or_else(|| Address::parse(given).or_else(|_| Address::from_uri(given)).ok());
            all.iter().find(|it| {
                address.as_ref().is_some_and(|address| it.address == *address)
                    || it.address.shown() == given
            })
        };
        let found = by_number.or_else(by_address).filter(|it| !it.has_accepted);
        Ok(found.map(|it| it.address.clone()))
    }

    pub(super) fn refusing(&self, told: Invites<'_>) -> (Answer, After) {
        (Answer::Refused(told.in_lang(self.lang)), After::Nothing)
    }

    async fn awaited(&mut self) -> Result<Vec<Awaited>> {
        let (all, read) = list::list(self.tx, self.world.now, &self.caller.jid).await?;
        self.read += read;
        Ok(all)
    }

    /// Anybody who has joined is asked, for that is also what strangers tell people to answer.
    pub(super) async fn stop(&mut self) -> Done {
        let jid = &self.caller.jid;
        if self.tx.account(jid.as_str()).await?.is_some() {
            match self.call.one("sure") {
                Some("1") => {}
                Some(_) => return Ok(self.refuse(&Told::Cancelled)),
                None => return self.ask_stop().await,
            }
        }
        erase::leave(self.tx, self.world, jid.as_str()).await?;
        invitation::stop(self.tx, self.world, &Address::Xmpp(jid.clone())).await?;
        Ok((Answer::Done(Invites::Stopped.in_lang(self.lang)), After::Left))
    }

    async fn ask_stop(&mut self) -> Done {
        let last = history::list(self.tx, &self.caller.jid, 0, LOOKED_AT).await?;
        let last = last.into_iter().find_map(|it| it.from);
        let mut text = Invites::SureStop.in_lang(self.lang);
        if let Some(from) = last {
            let (who, jid) = (&who(from.nick.as_deref(), &from.jid), from.jid.as_str());
            text.push('\n');
            text.push_str(&Invites::OrRefuse { who, jid }.in_lang(self.lang));
        }
        let option = |it: &Choice| (it.value.to_owned(), it.label.in_lang(self.lang).to_owned());
        let options = SURE.iter().map(option).collect();
        let (instead_of, numbers) = (String::new(), Vec::new());
        let question = Question { var: field::SURE, instead_of, text, options, numbers };
        Ok((Answer::Ask(question), After::Nothing))
    }
}
