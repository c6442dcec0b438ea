//! `token`: tokens and their rights.

use super::{Collection, Field, Index, Projection};

/// Tokens. The value of a token is stored only as a hash.
pub const TOKEN: Collection = Collection {
    name: "token",
    loaded_as: "api-token",
    identity: &[],
    indexes: &[Index::by_time(Projection::All)],
    fields: &[
        Field::id("_id").filter(),
        Field::date("created_on").filter(),
        Field::text("version").accepted(),
        Field::secret("token"),
        Field::text("email").filter().accepted(),
        Field::text("username").filter().accepted(),
        Field::truth("expired").filter().accepted(),
        Field::date("expires_on").filter().accepted(),
        Field::texts("ip_address").filter().accepted(),
        Field::other("properties"),
        Field::truth("admin").accepted(),
        Field::truth("delete").accepted(),
        Field::truth("get").accepted(),
        Field::truth("ip_restricted").accepted(),
        Field::truth("lab").accepted(),
        Field::truth("post").accepted(),
        Field::truth("superuser").accepted(),
        Field::truth("test_lab").accepted(),
        Field::truth("upload").accepted(),
    ],
};
