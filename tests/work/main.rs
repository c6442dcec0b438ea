//! The work of requests in the units of DynamoDB. The figures are exact and independent of the machine.

include!("modules.rs");
