//! Whom somebody waits for, and how he gives them up; and who wants to hear nothing.

use super::{
    call::{After, Answer, GivenUp},
    run::{At, Done},
};
use crate::{
    domain::{address::Address, phone, text::shorten},
    ops::{
        erase, invitation,
        invites::{self, Awaited},
    },
    render::{invites::Invites, told::Told},
    store::db::Result,
};

/// The most lines.
const LINES: usize = 30;

impl At<'_> {
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

    /// Waits no more for the one who has been looked for.
    pub(super) async fn cancel(&mut self) -> Done {
        let Some(given) = self.call.one("which") else {
            return Ok(self.refusing(Invites::NothingToCancel));
        };
        let Some(GivenUp { whom, asked }) = &self.call.found else {
            let given = &shorten(given, 40);
            return Ok(self.refusing(Invites::NoSuch { given }));
        };
        invites::withdraw(self.tx, &self.caller.jid, whom, *asked).await?;
        let told = Invites::GivenUp { who: whom.shown() };
        Ok((Answer::Done(told.in_lang(self.lang)), After::Nothing))
    }

    /// The one of those who are awaited who was named: by the number in the list, or by address.
    pub(super) async fn awaited_one(&mut self) -> Result<Option<Address>> {
        let Some(given) = self.call.one("which") else { return Ok(None) };
        let all = self.awaited().await?;
        let number = given.trim_start_matches(['#', '＃']).parse::<usize>().ok();
        let place = number.and_then(|number| number.checked_sub(1));
        let by_number = place.and_then(|place| all.get(place));
        let by_address = || {
            let address = phone::number(given, self.desk.region)
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
        let (all, read) = invites::list(self.tx, self.world.now, &self.caller.jid).await?;
        self.read += read;
        Ok(all)
    }

    pub(super) async fn stop(&mut self) -> Done {
        let jid = &self.caller.jid;
        erase::leave(self.tx, self.world, jid.as_str()).await?;
        invitation::stop(self.tx, self.world, &Address::Xmpp(jid.clone())).await?;
        Ok((Answer::Done(Invites::Stopped.in_lang(self.lang)), After::Left))
    }
}
