mod archive;
mod erase;
mod store;
mod store_export;
