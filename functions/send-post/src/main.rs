//! Starts the function.

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    kernelci::lambda::run(send_post::FUNCTION).await
}
