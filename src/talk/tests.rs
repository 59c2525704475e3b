mod store;
mod waiting;
