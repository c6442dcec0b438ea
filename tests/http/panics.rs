//! A handler that panics.

use bytes::Bytes;
use kernelci::http::{Function, serve};
use kernelci_local::events::event;
use kernelci_tests::machine;

#[tokio::test(flavor = "multi_thread")]
async fn a_panic_is_answered_500_and_the_next_request_is_served() {
    const BROKEN: Function =
        Function { name: "version-get", handle: |_, _| Box::pin(async { panic!("an internal secret") }) };
    let machine = machine(&[]).await;
    for function in [BROKEN, version_get::FUNCTION, BROKEN] {
        let request = http::Request::builder().uri("/version").body(()).unwrap();
        let event = event(request.into_parts().0, Bytes::new(), [127, 0, 0, 1].into());
        let answer = serve(function, &machine.services, event).await;
        let is_broken = std::ptr::fn_addr_eq(function.handle, BROKEN.handle);
        assert_eq!(answer.status(), if is_broken { 500 } else { 200 });
        let lambda_http::Body::Text(text) = answer.body() else { panic!("the body is not text") };
        let json: serde_json::Value = serde_json::from_str(text).unwrap();
        assert_eq!(json["code"], answer.status().as_u16());
        assert!(!text.contains("secret"), "{text}");
    }
}
