//! The log line of each request, as the service writes it: the work that it asked of the store.

use std::{
    fs::File,
    io::{BufRead, BufReader},
    sync::Mutex,
    time::Duration,
};

use kernelci::store::WorkDone;
use serde_json::Value as Json;
use tempfile::NamedTempFile;
use tracing_subscriber::{Layer, filter::LevelFilter, fmt, layer::SubscriberExt, util::SubscriberInitExt};

/// The log of this process.
pub struct Log {
    lines: BufReader<File>,
    _file: NamedTempFile,
}

impl Log {
    /// Begins to keep what is logged from now on.
    ///
    /// # Panics
    /// It is kept already, or there is no room for it.
    pub fn start() -> Self {
        let file = NamedTempFile::new().unwrap();
        let (writer, reader) = (file.reopen().unwrap(), file.reopen().unwrap());
        let lines = fmt::layer().json().with_writer(Mutex::new(writer)).with_filter(LevelFilter::INFO);
        tracing_subscriber::registry().with(lines).init();
        Self { lines: BufReader::new(reader), _file: file }
    }

    /// What the next request that was answered asked of the store, and the time that it took.
    ///
    /// # Panics
    /// None was.
    pub fn request(&mut self) -> (WorkDone, Duration) {
        loop {
            let mut line = String::new();
            assert_ne!(self.lines.read_line(&mut line).unwrap(), 0, "no request was logged");
            let line: Json = serde_json::from_str(&line).unwrap();
            let fields = &line["fields"];
            if fields["message"] != "request" {
                continue;
            }
            let whole = |name: &str| fields[name].as_u64().unwrap();
            let units = |name: &str| fields[name].as_f64().unwrap();
            let work = WorkDone {
                requests: whole("store_requests"),
                items_read: whole("items_read"),
                read_units: units("read_units"),
                write_units: units("write_units"),
            };
            return (work, Duration::from_micros(whole("microseconds")));
        }
    }
}
