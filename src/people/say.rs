//! The question about a stranger, and everything that is said about who may show whom something:
//! answers, blocks, complaints, limits. In English and Chinese.

pub(crate) mod question;
mod wait;

use std::time::Duration;

use self::wait::{wait_en, wait_zh};
use crate::domain::{
    clock::Millis,
    lang::Lang,
    report::{A_DAY, Reason, Reported, left},
};

/// A sentence. What goes into it is already one line and clean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Say<'a> {
    /// Asks about a stranger.
    May {
        /// `Juliet (juliet@capulet.lit)`
        who: &'a str,
        /// The number of the question.
        number: i64,
    },
    /// Answers `yes`.
    Let {
        /// About whom.
        who: &'a str,
    },
    /// Answers `no`.
    Refused {
        /// About whom.
        who: &'a str,
    },
    /// Answers `block`.
    Blocked {
        /// Who is blocked now.
        who: &'a str,
    },
    /// Answers a yes or no about somebody who is blocked.
    StillBlocked {
        /// Who is blocked.
        who: &'a str,
        /// What is blocked: the address, or its server.
        by: &'a str,
    },
    /// Answers `unblock`.
    Unblocked {
        /// Who is no longer blocked.
        who: &'a str,
    },
    /// Answers `unblock` of somebody who was not blocked.
    NotBlocked {
        /// Who was not blocked.
        who: &'a str,
    },
    /// Answers `blocks`.
    Blocks {
        /// Who is blocked, a line each; nothing when nobody is.
        list: &'a str,
    },
    /// There is no such question.
    NobodyAsks,
    /// Others who wait for an answer.
    StillAsking {
        /// A line each.
        list: &'a str,
    },
    /// `block` without anybody.
    BlockWhom,
    /// Answers `report`.
    Reported {
        /// About whom.
        who: &'a str,
        /// The address of that person.
        jid: &'a str,
    },
    /// The same about whoever has the number that a share was sent to.
    ReportedOwner {
        /// The number, or the mail address.
        who: &'a str,
        /// The sender's number for the share.
        handle: i64,
    },
    /// Whoever has such a number cannot be blocked: that would say who it is.
    OwnerNotBlocked {
        /// The number, or the mail address.
        who: &'a str,
        /// The sender's number for the share.
        handle: i64,
    },
    /// A complaint about somebody of whom nothing has come.
    NothingCame {
        /// About whom.
        who: &'a str,
    },
    /// More complaints than a day allows.
    TooManyReports {
        /// What a day allows.
        max: i64,
        /// About whom: an address.
        jid: &'a str,
    },
    /// More words beside a complaint than are kept.
    LongReport {
        /// How many characters they have.
        length: usize,
        /// How many are kept.
        max: usize,
    },
    /// More blocks, or the like, than are kept for one person.
    SaidEnough {
        /// How many are.
        max: i64,
    },
    /// A complaint about something that the complainant sent.
    OwnThing,
    /// Answers `reports`: a complaint.
    Report {
        /// Its number.
        no: i64,
        /// When it was made.
        at: Millis,
        /// Who complains.
        reporter: &'a str,
        /// About whom.
        accused: &'a str,
        /// The reason for it.
        reason: Reason,
        /// The share's page or code, or nothing.
        share: &'a str,
        /// What it says in the complainant's own words.
        words: &'a str,
    },
    /// Answers `reports`: somebody who has made several.
    Reporter {
        /// The number of the last.
        no: i64,
        /// When that was.
        at: Millis,
        /// Who complains.
        reporter: &'a str,
        /// How many complaints they have made.
        count: i64,
        /// About whom the last is.
        accused: &'a str,
    },
    /// Answers `reports` when there are none.
    NoReports,
    /// Answers `suspend`.
    Suspended {
        /// Who is suspended.
        who: &'a str,
    },
    /// Answers `unsuspend`.
    Unsuspended {
        /// Who is no longer suspended.
        who: &'a str,
    },
    /// It was so before.
    Already {
        /// Who it is about.
        who: &'a str,
    },
    /// The writer is suspended.
    Barred,
    /// Too much in too short a time.
    TooFast {
        /// When to try again.
        after: Duration,
    },
    /// More new phone numbers than a day allows.
    TooManyNumbers {
        /// What a day allows.
        max: usize,
        /// When to try again; none when they are more than any day allows.
        after: Option<Duration>,
    },
    /// More recipients than an hour allows.
    TooMany {
        /// What an hour allows.
        max: usize,
    },
}

impl<'a> Say<'a> {
    /// What the reporter is told of a complaint about `who`, whose address is `jid`.
    #[must_use]
    pub(crate) fn reported(done: Reported, who: &'a str, jid: &'a str) -> Self {
        match done {
            Reported::New | Reported::Again => Self::Reported { who, jid },
            Reported::NothingCame => Self::NothingCame { who },
            Reported::TooOften => Self::TooManyReports { max: A_DAY, jid },
        }
    }

    /// The sentence in `lang`.
    #[must_use]
    pub(crate) fn in_lang(&self, lang: Lang) -> String {
        match lang {
            Lang::En => self.en(),
            Lang::Zh => self.zh(),
        }
    }

    #[expect(clippy::too_many_lines, reason = "a list of sentences")]
    fn en(&self) -> String {
        match self {
            Self::May { who, number } => {
                let others = if *number > 1 {
                    format!(
                        " Others have asked too; for this one: yes {number}, no {number} or block {number}."
                    )
                } else {
                    String::new()
                };
                format!(
                    "{who} would like to show you something. Do you want to see it?\n\
                     1 yes, 2 no, 3 block. Answer with the word or the number.{others}"
                )
            }
            Self::Let { who } => format!("{who} can show you things from now on."),
            Self::Refused { who } => format!(
                "You will see nothing of {who} but answers to you, and are not asked again for 30 days. They are not told."
            ),
            Self::Blocked { who } => {
                format!("Blocked: {who}. They are not told. To take that back, send: unblock {who}")
            }
            Self::StillBlocked { who, by } => {
                format!("Nothing was changed: {who} is blocked until you send: unblock {by}")
            }
            Self::Unblocked { who } => format!("{who} is not blocked any more."),
            Self::NotBlocked { who } => format!("{who} was not blocked."),
            Self::Blocks { list: "" } => "You have blocked nobody.".to_owned(),
            Self::Blocks { list } => format!("You have blocked:\n{list}"),
            Self::NobodyAsks => {
                "Nobody waits for an answer. Write the address, like: yes romeo@example.org"
                    .to_owned()
            }
            Self::StillAsking { list } => format!("Still waiting for your answer:\n{list}"),
            Self::BlockWhom => {
                "Whom? Write: block romeo@example.org, or a whole server: block example.org"
                    .to_owned()
            }
            Self::Reported { who, jid } => format!(
                "The people who run this service will look at what {who} has sent you. To get nothing more from them, send: block {jid}"
            ),
            Self::ReportedOwner { who, handle } => format!(
                "The people who run this service will look at what the owner of {who} has sent \
                 you. To get no more answers, send: revoke {handle}"
            ),
            Self::OwnerNotBlocked { who, handle } => format!(
                "I do not tell whose {who} is, so I cannot block its owner. To get no more \
                 answers, send: revoke {handle}"
            ),
            Self::NothingCame { who } => format!(
                "Not reported: nothing of {who} has come to you here lately. Report what you were sent by its number, like: report 12"
            ),
            Self::TooManyReports { max, jid } => format!(
                "Not reported: you have made {max} reports in 24 hours, which is the most. Send it again tomorrow; to get nothing more from them now, send: block {jid}"
            ),
            Self::LongReport { length, max } => format!(
                "Not reported: your words have {length} characters, and {max} are the most. Shorten them and send it again."
            ),
            Self::SaidEnough { max } => format!(
                "Not done: you have said that of {max} others, which is the most. Send blocks to see whom you have blocked, take some back with: unblock ADDRESS, or block a whole server."
            ),
            Self::OwnThing => "That is something you sent yourself.".to_owned(),
            Self::Reporter { no, at, reporter, count, accused } => format!(
                "{no}  {} {reporter} has made {count} reports, the last about {accused}; to see them, send: reports {no}",
                day(*at)
            ),
            Self::Report { no, at, reporter, accused, reason, share, words } => join(&[
                &format!(
                    "{no}  {} {accused}: {}, reported by {}",
                    day(*at),
                    reason.token(),
                    left(reporter).map_or_else(
                        || (*reporter).to_owned(),
                        |digits| format!("somebody who has left ({digits})")
                    )
                ),
                share,
                words,
            ]),
            Self::NoReports => "There are no reports.".to_owned(),
            Self::Suspended { who } => {
                format!("{who} can send nothing any more. To take that back, send: unsuspend {who}")
            }
            Self::Unsuspended { who } => format!("{who} can send again."),
            Self::Already { who } => format!("Nothing to do: {who} was so already."),
            Self::Barred => {
                "Not sent: the operator of this service has suspended your account. Ask there."
                    .to_owned()
            }
            Self::TooFast { after } => {
                format!(
                    "That was a lot at once. Please wait {} and send it again.",
                    wait_en(*after)
                )
            }
            Self::TooManyNumbers { max, after: Some(after) } => format!(
                "Not sent: you can write to {max} new phone numbers in a day. Please wait {} and \
                 send it again.",
                wait_en(*after)
            ),
            Self::TooManyNumbers { max, after: None } => format!(
                "Not sent: you can write to {max} new phone numbers in a day. Take fewer of them."
            ),
            Self::TooMany { max } => format!(
                "Not sent: you can send to {max} people in an hour. Take fewer, or share it in parts."
            ),
        }
    }

    fn zh(&self) -> String {
        match self {
            Self::May { who, number } => {
                let others = if *number > 1 {
                    format!(
                        "还有别人也在等你回答；这一位请发送：同意 {number}、拒绝 {number} 或 屏蔽 {number}。"
                    )
                } else {
                    String::new()
                };
                format!(
                    "{who} 想给你看点东西。你想看吗？\n1 同意，2 拒绝，3 屏蔽。回复文字或数字都可以。{others}"
                )
            }
            Self::Let { who } => format!("今后 {who} 可以给你看东西了。"),
            Self::Refused { who } => {
                format!(
                    "除了对你的答复，你不会再看到 {who} 发来的内容，30 天内不再询问。对方不会知道。"
                )
            }
            Self::Blocked { who } => {
                format!("已屏蔽 {who}。对方不会知道。要取消，请发送：取消屏蔽 {who}")
            }
            Self::StillBlocked { who, by } => {
                format!("没有改变：{who} 已被屏蔽。要取消，请发送：取消屏蔽 {by}")
            }
            Self::Unblocked { who } => format!("已不再屏蔽 {who}。"),
            Self::NotBlocked { who } => format!("{who} 没有被屏蔽。"),
            Self::Blocks { list: "" } => "你没有屏蔽任何人。".to_owned(),
            Self::Blocks { list } => format!("你屏蔽了：\n{list}"),
            Self::NobodyAsks => {
                "现在没有人等你回答。请写地址，例如：同意 romeo@example.org".to_owned()
            }
            Self::StillAsking { list } => format!("还在等你回答：\n{list}"),
            Self::BlockWhom => {
                "屏蔽谁？请写：屏蔽 romeo@example.org，或整个服务器：屏蔽 example.org".to_owned()
            }
            Self::Reported { who, jid } => {
                format!("本服务的管理员会查看 {who} 发给你的内容。不想再收到，请发送：屏蔽 {jid}")
            }
            Self::ReportedOwner { who, handle } => format!(
                "本服务的管理员会查看 {who} 的主人发给你的内容。不想再收到答复，请发送：收回 {handle}"
            ),
            Self::OwnerNotBlocked { who, handle } => format!(
                "我不透露 {who} 是谁的，所以不能屏蔽其主人。不想再收到答复，请发送：收回 {handle}"
            ),
            Self::NothingCame { who } => format!(
                "没有举报：最近你没有在这里收到 {who} 的内容。请按编号举报你收到的内容，例如：举报 12"
            ),
            Self::TooManyReports { max, jid } => format!(
                "没有举报：你在 24 小时内已举报 {max} 次，不能再多了。请明天再发；现在就不想再收到，请发送：屏蔽 {jid}"
            ),
            Self::LongReport { length, max } => {
                format!("没有举报：说明有 {length} 个字符，最多 {max} 个。请缩短后再发一次。")
            }
            Self::SaidEnough { max } => format!(
                "没有完成：你已经对 {max} 个地址说过同样的话，不能再多了。发送“屏蔽列表”可以查看你屏蔽了谁，发送“取消屏蔽 地址”可以取消，也可以屏蔽整个服务器。"
            ),
            Self::OwnThing => "这是你自己发出的。".to_owned(),
            Self::Reporter { no, at, reporter, count, accused } => format!(
                "{no}  {} {reporter} 举报了 {count} 次，最近一次是关于 {accused}；查看请发送：举报列表 {no}",
                day(*at)
            ),
            Self::Report { no, at, reporter, accused, reason, share, words } => join(&[
                &format!(
                    "{no}  {} {accused}：{}，举报人 {}",
                    day(*at),
                    reason_zh(*reason),
                    left(reporter).map_or_else(
                        || (*reporter).to_owned(),
                        |digits| format!("已退出的人（{digits}）")
                    )
                ),
                share,
                words,
            ]),
            Self::NoReports => "没有举报。".to_owned(),
            Self::Suspended { who } => {
                format!("{who} 不能再发送了。要取消，请发送：解除停用 {who}")
            }
            Self::Unsuspended { who } => format!("{who} 又可以发送了。"),
            Self::Already { who } => format!("无需操作：{who} 本来就是这样。"),
            Self::Barred => "没有发送：本服务的管理员停用了你的账号，请与管理员联系。".to_owned(),
            Self::TooFast { after } => {
                format!("一下子太多了。请等 {}再发一次。", wait_zh(*after))
            }
            Self::TooManyNumbers { max, after: Some(after) } => format!(
                "没有发送：一天内最多写给 {max} 个新的电话号码。请等 {}再发一次。",
                wait_zh(*after)
            ),
            Self::TooManyNumbers { max, after: None } => {
                format!("没有发送：一天内最多写给 {max} 个新的电话号码。请减少号码。")
            }
            Self::TooMany { max } => {
                format!("没有发送：一小时内最多发给 {max} 人。请减少人数，或分几次分享。")
            }
        }
    }
}

fn join(parts: &[&str]) -> String {
    let given: Vec<&str> = parts.iter().filter(|part| !part.is_empty()).copied().collect();
    given.join(" – ")
}

fn reason_zh(reason: Reason) -> &'static str {
    match reason {
        Reason::Spam => "垃圾信息",
        Reason::Abuse => "辱骂或其他恶意行为",
    }
}

fn day(at: Millis) -> String {
    at.to_string().split('T').next().unwrap_or_default().to_owned()
}
