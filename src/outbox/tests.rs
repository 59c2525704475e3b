mod delivery;
mod machine;
mod store;
mod store_note;
mod store_stream;
mod store_unfinished;
mod stream;
mod suspect;
