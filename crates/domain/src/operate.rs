//! What an operator decides in an incident: whether sending may go on, who used stolen credentials,
//! how to restrict new ones, and what becomes of messages that no function could handle.

pub mod dead_letter;
pub mod evidence;
pub mod refusal;
pub mod restriction;
pub mod resume;
pub mod rotation;
