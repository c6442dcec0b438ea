//! Tokens and labs.

use super::{NO_ID, route};
use crate::{
    auth::Access,
    collections::{LAB, TOKEN},
    domain::{lab, token::EMAIL},
    http::{
        cost::Cost,
        operation::{Answers, Body, Endpoint, Failing::Invalid, Parameter},
        route::{Form, Resource},
        verb::Verb,
    },
};

const NEW_TOKEN: Body =
    Body::Keys { schema: "NewToken", collection: &TOKEN, mandatory: &[EMAIL], only: None, values: &[] };
const TOKEN_CHANGES: Body =
    Body::Keys { schema: "TokenChanges", collection: &TOKEN, mandatory: &[], only: None, values: &[] };
const NEW_LAB: Body =
    Body::Keys { schema: "NewLab", collection: &LAB, mandatory: &lab::MANDATORY, only: None, values: &[] };
const LAB_CHANGES: Body =
    Body::Keys { schema: "LabChanges", collection: &LAB, mandatory: &[], only: None, values: &[] };

/// The lab by its name or id, its token, the other labs of that token.
const LAB_WITH_TOKEN: Cost = Cost::readings(2).and(Cost::fixed(2, 2));
/// The name, the token that is named, the writes of the lab and its token.
const NEW_LAB_COST: Cost = Cost::readings(1).and(Cost::fixed(6, 3));
/// The token that is named, the lab and its token again, and their write.
const CHANGED_LAB: Cost = LAB_WITH_TOKEN.and(Cost::fixed(6, 4));
/// The lab and its token again, and their write.
const DELETED_LAB: Cost = LAB_WITH_TOKEN.and(Cost::fixed(4, 2));

const TOKEN_GET: Endpoint = Endpoint { name: "token-get", verb: Verb::Get, access: Access::ReadTokens };
const TOKEN_POST: Endpoint = Endpoint { name: "token-post", verb: Verb::Post, access: Access::ManageTokens };
const TOKEN_PUT: Endpoint = Endpoint { name: "token-put", verb: Verb::Put, access: Access::ManageTokens };
const TOKEN_DELETE: Endpoint = Endpoint { name: "token-delete", verb: Verb::Delete, access: Access::ManageTokens };

/// Tokens.
pub(super) const TOKENS: Resource = Resource {
    paths: &["/token", "/tokens"],
    routes: &[
        route(
            Form::All,
            "",
            &[
                TOKEN_GET.list("Lists tokens", &[&TOKEN]).noting("No answer has the value of a token."),
                TOKEN_POST
                    .write("Makes a token", NEW_TOKEN, Answers::NewToken, Cost::fixed(2, 0))
                    .noting("The value is in this answer and nowhere else."),
                TOKEN_PUT.refused(NO_ID),
                TOKEN_DELETE.refused(NO_ID),
            ],
        ),
        route(
            Form::One,
            "/{path+}",
            &[
                TOKEN_GET.one("Answers the token with a value", &[&TOKEN]).with(Parameter::TokenValue),
                TOKEN_POST
                    .write("Is refused", NEW_TOKEN, Answers::Never, Cost::NOTHING)
                    .with(Parameter::Anything)
                    .noting("The path has an id: to change a token, use PUT."),
                TOKEN_PUT
                    .write("Changes a token", TOKEN_CHANGES, Answers::ChangedToken, Cost::fixed(4, 2))
                    .with(Parameter::Id),
                TOKEN_DELETE.plain("Deletes a token", Answers::Done, Cost::fixed(2, 1)).with(Parameter::Id),
            ],
        ),
    ],
};

const LAB_GET: Endpoint = Endpoint { name: "lab-get", verb: Verb::Get, access: Access::Oversee };
const LAB_POST: Endpoint = Endpoint { name: "lab-post", verb: Verb::Post, access: Access::Administer };
const LAB_PUT: Endpoint = Endpoint { name: "lab-put", verb: Verb::Put, access: Access::Administer };
const LAB_DELETE: Endpoint = Endpoint { name: "lab-delete", verb: Verb::Delete, access: Access::Administer };

/// Labs.
pub(super) const LABS: Resource = Resource {
    paths: &["/lab", "/labs"],
    routes: &[
        route(
            Form::All,
            "",
            &[
                LAB_GET.list("Lists labs", &[&LAB]),
                LAB_POST.write("Makes a lab", NEW_LAB, Answers::NewLab, NEW_LAB_COST).failing(&[Invalid]).noting(
                    "A token is made for it unless `token` names one, by its value or its id. The value is in this \
                        answer and nowhere else.",
                ),
                LAB_PUT.refused(NO_ID),
                LAB_DELETE.refused(NO_ID),
            ],
        ),
        route(
            Form::One,
            "/{name}",
            &[
                LAB_GET
                    .one("Answers one lab", &[&LAB])
                    .with(Parameter::LabName)
                    .costing(Cost::readings(1).and(Cost::DOCUMENT)),
                LAB_POST
                    .write("Is refused", NEW_LAB, Answers::Never, Cost::NOTHING)
                    .with(Parameter::Anything)
                    .noting("The path has an id: to change a lab, use PUT."),
                LAB_PUT
                    .write("Changes a lab", LAB_CHANGES, Answers::Done, CHANGED_LAB)
                    .with(Parameter::LabName)
                    .failing(&[Invalid])
                    .noting("A token that it no longer has expires. A new address of the contact is its token's too."),
                LAB_DELETE
                    .plain("Deletes a lab", Answers::Done, DELETED_LAB)
                    .with(Parameter::LabName)
                    .noting("Its token expires, where that is a lab's."),
            ],
        ),
    ],
};
