//! What a database kept of mail addresses before `0039_spelling`, as they were written, is found by
//! whoever asks for them in small letters.

use std::collections::BTreeSet;

use crate::{
    db::{Connection, Db, Tx},
    domain::{
        address::Address,
        clock::Millis,
        delivery::State,
        id::{DeliveryId, ShareId},
        invitation::State as Stands,
        letter::{Kind, Letter, LetterId},
        note::{Carries, Kind as Said, Note, NoteNo},
        unfinished::Unfinished,
    },
    invite::store::{InvitationRow, NewInvitation},
    outbox::{store::NewDelivery, store_note::NewNotice},
    tests::{
        END, NOW, delivery,
        harness::{place, postgres},
        keep, row,
    },
};
use sqlx::AssertSqlSafe;
use uuid::Uuid;

const AT: &str = "mailto:Olivia@x.org";
const SMALL: &str = "mailto:olivia@x.org";

#[tokio::test]
async fn a_database_from_before_is_found_in_small_letters_on_sqlite() {
    let folder = place::folder("store-");
    let url = format!("sqlite:{}", folder.path().join("tradepost.db").display());
    from_before(&url).await;
}

#[tokio::test]
async fn a_database_from_before_is_found_in_small_letters_on_postgresql() {
    from_before(&postgres::database().await).await;
}

async fn from_before(url: &str) {
    let db = Db::open(url).await.unwrap();
    let mut tx = db.write().await.unwrap();
    fill(&mut tx).await;
    run(&mut tx, "DELETE FROM _sqlx_migrations WHERE version = 39").await;
    tx.commit().await.unwrap();
    db.close().await;
    let db = Db::open(url).await.unwrap();
    let mut tx = db.write().await.unwrap();
    look(&mut tx).await;
    drop(tx);
    db.close().await;
}

fn invitation(n: u128, inviter: &str, address: &str) -> NewInvitation {
    let (inviter, address) = (inviter.to_owned(), address.to_owned());
    let made = Millis(NOW.0 + i64::try_from(n).unwrap());
    NewInvitation { id: Uuid::from_u128(n), inviter, address, made }
}

/// Whom a share goes to that is held for a mailbox.
fn held(n: u128, rcpt: &str) -> NewDelivery {
    NewDelivery { address: Some(rcpt.to_owned()), ..delivery(n, rcpt, State::Held, END) }
}

/// As the version before kept it.
async fn fill(tx: &mut Tx) {
    for jid in ["juliet@x", "romeo@x", "olivia@x", "viola@x"] {
        tx.insert_account(jid, "en", NOW).await.unwrap();
    }
    // Hers, which somebody else has shown by another spelling before; and one that nobody else has.
    tx.put_contact("mailto:OLIVIA@x.org", "viola@x", NOW).await.unwrap();
    tx.put_contact(AT, "olivia@x", END).await.unwrap();
    tx.put_contact("mailto:Viola@x.org", "viola@x", NOW).await.unwrap();
    tx.put_contact("tel:+390455550100", "viola@x", NOW).await.unwrap();
    let letter = Letter {
        to: Address::Mail("Olivia@x.org".to_owned()),
        account: "olivia@x".to_owned(),
        kind: Kind::Code,
        subject: String::new(),
        text: String::new(),
        stop: None,
        life: std::time::Duration::from_mins(10),
    };
    tx.insert_letter(LetterId(Uuid::from_u128(1)), &letter, NOW).await.unwrap();
    // Three spellings of one mailbox by one inviter, of which the first stands for all; two by
    // another, one of them in small letters.
    let wanted = [
        invitation(1, "juliet@x", AT),
        invitation(2, "juliet@x", "mailto:oLivia@x.org"),
        invitation(3, "juliet@x", "mailto:olIvia@x.org"),
        invitation(4, "romeo@x", AT),
        invitation(5, "romeo@x", SMALL),
        invitation(6, "romeo@x", "romeo@y"),
    ];
    tx.insert_invitations(&wanted).await.unwrap();
    // Held, what came already, and one share to two spellings.
    keep(tx, &[held(1, AT), held(2, "mailto:oLivia@x.org"), held(3, "mailto:Maria@x.org")]).await;
    let typed = Some(AT.to_owned());
    keep(tx, &[NewDelivery { address: typed, ..delivery(4, "olivia@x", State::Handed, END) }])
        .await;
    let share = ShareId(Uuid::from_u128(1));
    tx.insert_deliveries(&[NewDelivery { share, ..held(5, "mailto:oLIVIA@x.org") }]).await.unwrap();
    // What was said to whoever has it, and that they have come.
    let note = Note { author: "juliet@x".into(), text: "well?".into(), ..Note::default() };
    let carries = Carries::Note(tx.insert_note(share, &note).await.unwrap());
    let about = DeliveryId(Uuid::from_u128(1));
    let notice = NewDelivery { share, ..delivery(6, AT, State::Held, END) };
    tx.insert_notices(&[NewNotice { delivery: notice, carries, about }]).await.unwrap();
    let note = Note { author: AT.into(), kind: Said::Joined, ..Note::default() };
    let carries = Carries::Note(tx.insert_note(share, &note).await.unwrap());
    let author = AT.to_owned();
    let notice = NewDelivery { share, author, ..delivery(7, "juliet@x", State::Parked, END) };
    tx.insert_notices(&[NewNotice { delivery: notice, carries, about }]).await.unwrap();
    // What is gone on with.
    let given_up = format!("{} {AT}", Uuid::from_u128(9));
    for (account, kind, other) in [
        (AT, Unfinished::Left, "1 n5"),
        ("olivia@x", Unfinished::Noted, AT),
        ("juliet@x", Unfinished::GivenUp, given_up.as_str()),
        ("juliet@x", Unfinished::Deleted, "mailto:My Card"),
    ] {
        tx.put_unfinished(account, kind, other, NOW, END).await.unwrap();
    }
}

async fn look(tx: &mut Tx) {
    let own = tx.contact(SMALL).await.unwrap().expect("whoever has shown it last has it");
    assert_eq!((own.account.as_str(), own.proved_at), ("olivia@x", END.0));
    let violas = tx.contacts_of("viola@x").await.unwrap();
    let violas: BTreeSet<&str> = violas.iter().map(|it| it.address.as_str()).collect();
    assert_eq!(violas, BTreeSet::from(["mailto:viola@x.org", "tel:+390455550100"]));
    assert_eq!(tx.letters_to(SMALL, Kind::Code, Millis(0)).await.unwrap(), 1);

    let invited = |rows: Vec<InvitationRow>| -> BTreeSet<(u128, String)> {
        rows.into_iter().map(|row| (row.id.as_u128(), row.address)).collect()
    };
    let juliets = invited(tx.invitations_of("juliet@x", 9).await.unwrap());
    let kept = [(1, SMALL), (2, "mailto:oLivia@x.org"), (3, "mailto:olIvia@x.org")];
    assert_eq!(juliets, kept.map(|(id, to)| (id, to.to_owned())).into(), "its link still works");
    let romeos = invited(tx.invitations_of("romeo@x", 9).await.unwrap());
    let kept = [(4, AT), (5, SMALL), (6, "romeo@y")];
    assert_eq!(romeos, kept.map(|(id, to)| (id, to.to_owned())).into());
    assert!(tx.set_invitation("juliet@x", SMALL, Stands::Told).await.unwrap());

    for (n, rcpt) in [
        (1, SMALL),
        (2, SMALL),
        (3, "mailto:maria@x.org"),
        (4, "olivia@x"),
        (5, "mailto:oLIVIA@x.org"), // The same share as the first.
        (6, SMALL),
        (7, "juliet@x"),
    ] {
        assert_eq!(row(tx, n).await.rcpt, rcpt, "{n}");
    }
    let ids: Vec<DeliveryId> = (1..=7).map(|n| DeliveryId(Uuid::from_u128(n))).collect();
    let typed: BTreeSet<(u128, String)> =
        tx.typed(&ids).await.unwrap().into_iter().map(|(id, to)| (id.as_u128(), to)).collect();
    let small = [(1, SMALL), (2, SMALL), (3, "mailto:maria@x.org"), (4, SMALL), (5, SMALL)];
    assert_eq!(typed, small.map(|(id, to)| (id, to.to_owned())).into());
    let notes = tx.notes(&[NoteNo(1), NoteNo(2)]).await.unwrap();
    let authors: BTreeSet<&str> = notes.iter().map(|it| it.author.as_str()).collect();
    assert_eq!(authors, BTreeSet::from(["juliet@x", SMALL]));
    assert!(tx.first_held("juliet@x", SMALL).await.unwrap().is_some());

    let mut unfinished = BTreeSet::new();
    while let Some((account, kind, other, _)) = tx.take_unfinished(Millis(0), END).await.unwrap() {
        unfinished.insert((kind, account, other));
    }
    let given_up = format!("{} {SMALL}", Uuid::from_u128(9));
    let mut expected = vec![
        (Unfinished::Left, SMALL, "1 n5"),
        (Unfinished::Noted, "olivia@x", SMALL),
        (Unfinished::GivenUp, "juliet@x", given_up.as_str()),
        (Unfinished::Deleted, "juliet@x", "mailto:My Card"),
        // What was held for it by other spellings goes to whoever has it.
        (Unfinished::Proved, "olivia@x", SMALL),
    ];
    expected.extend(SPELT.map(|(small, spelt)| (Unfinished::Respelt, small, spelt)));
    let expected = expected.into_iter();
    let expected = expected.map(|(kind, who, it)| (kind.code(), who.to_owned(), it.to_owned()));
    assert_eq!(unfinished, expected.collect());
}

/// Each spelling of what may be known by hashes, behind its small letters.
const SPELT: [(&str, &str); 5] = [
    (SMALL, AT),
    (SMALL, "mailto:oLivia@x.org"),
    (SMALL, "mailto:olIvia@x.org"),
    (SMALL, "mailto:oLIVIA@x.org"),
    ("mailto:maria@x.org", "mailto:Maria@x.org"),
];

async fn run(tx: &mut Tx, text: &str) {
    let text = sqlx::raw_sql(AssertSqlSafe(text.to_owned()));
    match &mut tx.connection {
        Connection::Sqlite(tx) => text.execute(&mut **tx).await.map(drop),
        Connection::Postgres(tx) => text.execute(&mut **tx).await.map(drop),
    }
    .unwrap();
}
