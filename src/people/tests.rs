mod consent;
mod notice;
mod quiet;
mod report;
mod store;
