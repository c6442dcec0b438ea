//! `PUT /upload/{path}`: stores the body as a file.

use kernelci::{
    domain::upload,
    error::Error,
    http::{Function, Reply, Request, storage_path},
    storage::{FileStorage, Stored},
};

/// The function that the router and Lambda call.
pub const FUNCTION: Function = Function {
    name: "upload-put",
    handle: |request, services| Box::pin(async move { handle(request, services.files()?, &services.files_url).await }),
};

/// Answers a request.
///
/// # Errors
/// The path is invalid, or the storage fails; then nothing is stored.
pub async fn handle(request: &Request, files: &dyn FileStorage, files_url: &str) -> Result<Reply, Error> {
    let path = upload::path_of_file(&storage_path(&request.raw_path, "/upload"))?;
    let file = upload::receive_file(files, path.clone(), request.pieces()).await?;
    let outcome = file.store().await;
    let stored = match outcome.stored {
        Ok(stored) => stored,
        Err(error) => return Err(error),
    };
    let (result, name) = (vec![upload::answered(&outcome)], path.file_name());
    Ok(match stored {
        Stored::Replaced => Reply::done_with(format!("File '{name}' replaced with new content"), result),
        Stored::New => {
            let files_url = if files_url.is_empty() { request.origin() + "/storage" } else { files_url.to_owned() };
            Reply::created(upload::location(&files_url, &path), Some(format!("File '{name}' saved")), result)
        }
    })
}
