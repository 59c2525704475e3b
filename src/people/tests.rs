mod block;
mod consent;
mod notice;
mod question;
mod quiet;
mod report;
mod store;
