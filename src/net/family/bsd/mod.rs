//! What macOS and the BSDs have of families beyond the common.

pub mod address_form;
