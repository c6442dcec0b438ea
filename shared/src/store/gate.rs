//! Reads that wait until the caller is authorized.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use tokio::sync::watch;

use super::StoreError;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Admission {
    Undecided,
    Granted,
    Refused,
}

/// Holds back the reads of a request while its caller is not known. One read of one item by its key passes before.
#[derive(Debug, Clone)]
pub struct Gate {
    admission: Arc<watch::Sender<Admission>>,
    has_read_one: Arc<AtomicBool>,
}

impl Gate {
    /// A gate that is shut until [`Gate::grant`].
    pub fn shut() -> Self {
        Self { admission: Arc::new(watch::Sender::new(Admission::Undecided)), has_read_one: Arc::default() }
    }

    /// The caller is authorized: what waits goes on.
    pub fn grant(&self) {
        self.admission.send_replace(Admission::Granted);
    }

    /// The caller is refused: what waits fails.
    pub fn refuse(&self) {
        self.admission.send_replace(Admission::Refused);
    }

    /// Waits until a read may be sent.
    ///
    /// # Errors
    /// The caller was refused.
    pub(super) async fn pass(&self, is_one_item: bool) -> Result<(), StoreError> {
        if is_one_item && !self.has_read_one.swap(true, Ordering::Relaxed) {
            return Ok(());
        }
        let mut admission = self.admission.subscribe();
        let decided = admission.wait_for(|admission| *admission != Admission::Undecided).await;
        match decided.as_deref() {
            Ok(Admission::Granted) => Ok(()),
            _ => Err(StoreError::Failed("the caller of the request was refused".to_owned())),
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt;

    use super::*;

    #[tokio::test]
    async fn one_item_passes_and_everything_else_waits() {
        let gate = Gate::shut();
        assert!(gate.pass(false).now_or_never().is_none());
        assert!(gate.pass(true).now_or_never().unwrap().is_ok());
        assert!(gate.pass(true).now_or_never().is_none());
        gate.grant();
        assert!(gate.pass(true).await.is_ok() && gate.pass(false).await.is_ok());
        gate.refuse();
        assert!(gate.pass(false).await.is_err());
    }
}
