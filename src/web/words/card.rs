//! What the page of a card says.

use super::Words;
use crate::domain::lang::Lang;

impl Words {
    /// `Business card of Juliet Capulet`
    pub(in crate::web) fn card_of(&self, name: &str) -> String {
        match self.lang {
            Lang::En => format!("Business card of {name}"),
            Lang::Zh => format!("{name} 的名片"),
        }
    }

    /// What stands for the picture of a card.
    pub(in crate::web) fn card_picture(&self, name: &str) -> String {
        match self.lang {
            Lang::En => format!("The card of {name} as a picture"),
            Lang::Zh => format!("{name} 的名片图片"),
        }
    }

    /// Who gave a card, and when; `third`: the giver passed on somebody else's.
    pub(in crate::web) fn given(&self, nick: Option<&str>, third: bool, moment: &str) -> String {
        let day = self.day(moment).unwrap_or_default();
        match (self.lang, nick, third) {
            (Lang::En, None, _) => format!("Given on {day}"),
            (Lang::En, Some(nick), false) => format!("{nick} gave this card on {day}"),
            (Lang::En, Some(nick), true) => format!("{nick} passed this card on, on {day}"),
            (Lang::Zh, None, _) => format!("递出于{day}"),
            (Lang::Zh, Some(nick), false) => format!("{nick} 于{day}递出这张名片"),
            (Lang::Zh, Some(nick), true) => format!("{nick} 于{day}转来这张名片"),
        }
    }

    /// Until when the page stands, and who sees it.
    pub(in crate::web) fn card_closes(&self, moment: &str) -> String {
        let day = self.day(moment).unwrap_or_default();
        match self.lang {
            Lang::En => {
                format!("This page closes on {day}. Whoever has its address can see it.")
            }
            Lang::Zh => format!("本页将于{day}关闭。知道网址的人都能看到。"),
        }
    }
}
