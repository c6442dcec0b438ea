//! What requests cost, in DynamoDB's own terms. The figures are exact, and do not depend on the machine.

include!("modules.rs");
