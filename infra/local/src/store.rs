//! The store without the service: the embedded one served alone, for functions that run elsewhere, and the tables made
//! at any endpoint.

use kernelci::{
    connection::DynamoDb,
    store::{MadeTable, Store, StoreOptions, create_tables},
};

use crate::{
    data::DataFolder,
    embedded::Embedded,
    options::Options,
    start::{Failure, interrupted, say},
    template::{TEMPLATE, Template},
};

/// Serves the embedded store until Ctrl-C, with the tables of the template.
///
/// # Errors
/// The data cannot be opened, or the address not be listened on.
pub async fn serve(options: &Options) -> Result<(), Failure> {
    let folder = options.data_folder().map(DataFolder::take).transpose()?;
    let embedded = Embedded::start_at(folder.as_ref().map(DataFolder::store).as_deref(), options.listen)?;
    let store = Store::new(DynamoDb::local(&embedded.endpoint()), StoreOptions::local());
    create_tables(&store, &Template::read(TEMPLATE)?.tables).await?;
    store.count_what_is_there().await?;
    say(&format!("DynamoDB on {}   (Ctrl-C stops it)", embedded.endpoint()));
    interrupted().await
}

/// Makes the tables of the template at an endpoint, and says which of them are new.
///
/// # Errors
/// The endpoint cannot be reached, or refuses.
pub async fn make_tables(endpoint: &str, prefix: &str) -> Result<(), Failure> {
    let options = StoreOptions { table_prefix: prefix.to_owned(), ..StoreOptions::local() };
    let store = Store::new(DynamoDb::at(endpoint), options);
    let made = create_tables(&store, &Template::read(TEMPLATE)?.tables).await?;
    store.count_what_is_there().await?;
    for MadeTable { name, is_new } in made {
        say(&if is_new { format!("{name} made") } else { format!("{name} was there") });
    }
    Ok(())
}
