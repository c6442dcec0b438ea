//! Starts the function.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    kernelci::lambda::run_with_master_key(token_put::FUNCTION).await
}
