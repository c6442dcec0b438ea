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
    port::Port,
    signature::StoreKey,
    start::{Failure, interrupted, say},
    template::{TEMPLATE, Template},
};

/// Serves the embedded store on a port until Ctrl-C, with the tables of the template, for those who have its key.
///
/// # Errors
/// The data cannot be opened, or the address not be listened on.
pub async fn serve(options: &Options) -> Result<(), Failure> {
    let folder = options.data_folder().map(DataFolder::take).transpose()?;
    let given = options.store_key.as_deref().and_then(StoreKey::new);
    let (key, shown) = match (given, &folder) {
        (Some(key), _) => (Some(key), "$KERNELCI_STORE_KEY".to_owned()),
        (None, Some(folder)) => (folder.store_key()?, format!("$(cat {})", folder.store_key_file().display())),
        (None, None) => {
            let key = StoreKey::random();
            let shown = key.secret().to_owned();
            (Some(key), shown)
        }
    };
    let key = key.ok_or("the key of the store is empty")?;
    let embedded = Embedded::start(folder.as_ref().map(DataFolder::store).as_deref())?;
    let store = Store::new(embedded.dynamodb(), StoreOptions::local());
    create_tables(&store, &Template::read(TEMPLATE)?.tables).await?;
    store.count_what_is_there().await?;
    let cannot = |error| format!("{} cannot be listened on: {error}", options.listen);
    let port = Port::open(options.listen, key, embedded.requests()).await.map_err(cannot)?;
    say(&format!("DynamoDB on {}   (Ctrl-C stops it)", port.endpoint()));
    say("\nWho has its key reads and writes everything. Clients sign with it:");
    say(&format!("  export AWS_ENDPOINT_URL_DYNAMODB={} AWS_REGION=local", port.endpoint()));
    say(&format!("  export AWS_ACCESS_KEY_ID={} AWS_SECRET_ACCESS_KEY=\"{shown}\"", StoreKey::ID));
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
