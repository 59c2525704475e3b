mod invitation;
mod mail_address;
mod note;
mod proof;
mod store;
mod store_account_link;
mod typed_address;
