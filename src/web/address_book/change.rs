//! What forms of the page of collected cards do.

use axum::{
    body::Body,
    extract::{Path, State, rejection::PathRejection},
    http::HeaderMap,
    response::Response,
};

use super::{
    address_books::Change,
    state::{Pages, SentForm, one, sorry, to},
    view::{self, Amiss},
    visit::set_cookie,
};
use crate::{
    card::collected::NotDone,
    web::{
        body::{CARD_FORM, FEW},
        layout::{Nothing, in_time, notice},
        reader::Reader,
    },
};

pub(super) async fn close(
    State(pages): State<Pages>,
    reader: Reader,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let closed = async {
        // What is closed can be closed however fast it is asked for.
        let (visit, _) = pages.form(&headers, body, FEW).await?;
        in_time(pages.books.close(visit.session)).await
    };
    let why = closed.await.err().unwrap_or(Nothing::Shut);
    let mut response = notice(&pages.site, &reader, why);
    set_cookie(&mut response, &pages.site, "", 0);
    response
}

pub(super) async fn edit(
    State(pages): State<Pages>,
    reader: Reader,
    headers: HeaderMap,
    handle: Result<Path<i64>, PathRejection>,
    body: Body,
) -> Response {
    let changed = async {
        let (visit, SentForm { form, too_fast }) = pages.form(&headers, body, CARD_FORM).await?;
        let it = one(&pages, &visit, handle).await?;
        let wanted = match (too_fast, view::changes(&it.card, |part| form.one(part))) {
            (Some(after), _) => Err(Amiss::NotDone(NotDone::TooFast { after })),
            (None, wanted) => wanted,
        };
        let done = match wanted {
            Ok(parts) => {
                let change = Change::Edit(it.handle, parts);
                let done = in_time(pages.books.change(visit.session, change)).await?;
                done.ok_or(Nothing::Shut)?.map_err(Amiss::NotDone)
            }
            Err(why) => Err(why),
        };
        Ok(match done {
            Ok(_) => to(&pages.site, &reader, &format!("/card/{}", it.handle)),
            Err(why) => {
                let typed = |part: &str| form.one(part);
                view::refused(&pages.site, &reader, &visit.word, &it, &why, &typed)
            }
        })
    };
    changed.await.unwrap_or_else(|why| sorry(&pages.site, &reader, why))
}

pub(super) async fn delete(
    State(pages): State<Pages>,
    reader: Reader,
    headers: HeaderMap,
    handle: Result<Path<i64>, PathRejection>,
    body: Body,
) -> Response {
    let deleted = async {
        let (visit, sent) = pages.form(&headers, body, FEW).await?;
        let form = sent.in_measure()?;
        let Path(handle) = handle.map_err(|_| Nothing::Astray)?;
        let change = Change::Delete(handle, form.one("now").is_some());
        let deleted =
            in_time(pages.books.change(visit.session, change)).await?.ok_or(Nothing::Shut)?;
        if let Err(NotDone::TooFast { after }) = deleted {
            return Err(Nothing::TooFast { after });
        }
        Ok(to(&pages.site, &reader, ""))
    };
    deleted.await.unwrap_or_else(|why| sorry(&pages.site, &reader, why))
}

pub(super) async fn undo(
    State(pages): State<Pages>,
    reader: Reader,
    headers: HeaderMap,
    body: Body,
) -> Response {
    let undone = async {
        let (visit, sent) = pages.form(&headers, body, FEW).await?;
        let form = sent.in_measure()?;
        let handle = form.one("card").and_then(|it| it.parse().ok());
        let change = Change::Undo(handle);
        let undone =
            in_time(pages.books.change(visit.session, change)).await?.ok_or(Nothing::Shut)?;
        let path = match undone {
            Err(NotDone::TooFast { after }) => return Err(Nothing::TooFast { after }),
            Ok(Some(handle)) => format!("/card/{handle}"),
            Ok(None) | Err(_) => String::new(),
        };
        Ok(to(&pages.site, &reader, &path))
    };
    undone.await.unwrap_or_else(|why| sorry(&pages.site, &reader, why))
}
