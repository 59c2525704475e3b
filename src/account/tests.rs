mod store;
mod store_contact;
