//! Starts the function.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    kernelci::lambda::run(bisect_post::FUNCTION).await
}
