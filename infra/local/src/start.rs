//! Starting and stopping: the store, the files, the worker and the server of one process.

use std::{io::Write, net::SocketAddr, process::ExitCode, sync::Arc};

use kernelci::{
    auth::MasterKeySource,
    clock::Clock,
    domain::cleanup::Rule,
    identifiers::Identifiers,
    mail::Outgoing,
    services::{Limits, Services},
    storage::Folder,
    store::{Store, StoreOptions, create_tables},
    token::MasterKey,
};
use tokio::{
    net::TcpListener,
    sync::{Notify, watch},
};
use tracing_subscriber::{
    Layer,
    filter::{LevelFilter, Targets},
    layer::SubscriberExt,
    util::SubscriberInitExt,
};

use crate::{
    bounds::Bounds,
    data::DataFolder,
    demo, handles, load,
    options::{Command, Options},
    outbox::Outbox,
    router::Router,
    server::Server,
    sqlite::Sqlite,
    store,
    template::{TEMPLATE, Template},
    upkeep, worker,
};

/// Why the process cannot do what it should.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Does what the command line says; what goes wrong is one line on the standard error.
pub fn run(options: Options) -> ExitCode {
    log_to_standard_error();
    let done =
        tokio::runtime::Runtime::new().map_err(Failure::from).and_then(|runtime| runtime.block_on(execute(options)));
    match done {
        Ok(status) => status,
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "kernelci-local: {error}");
            ExitCode::FAILURE
        }
    }
}

fn log_to_standard_error() {
    let level = std::env::var("RUST_LOG").ok().and_then(|text| text.parse().ok()).unwrap_or(LevelFilter::WARN);
    // The embedded store warns of every condition that does not hold, which is what conditions are for.
    let targets = Targets::new().with_default(level).with_target("dynoxide", LevelFilter::ERROR);
    let lines = tracing_subscriber::fmt::layer().with_writer(std::io::stderr).with_target(false);
    tracing_subscriber::registry().with(lines.with_filter(targets)).init();
}

/// The exit status of `load` where documents were refused.
const REFUSED: u8 = 3;

async fn execute(options: Options) -> Result<ExitCode, Failure> {
    let machine = || Machine::start(&options);
    match &options.command {
        Some(Command::Load { file, collection }) => {
            let source = load::Source { path: file.clone(), collection: collection.clone() };
            if load::run(&machine().await?.services, source).await? > 0 {
                return Ok(ExitCode::from(REFUSED));
            }
            Ok(())
        }
        Some(Command::Demo) => {
            let machine = machine().await?;
            say("Making sample data ..");
            let token = demo::make(&machine.services).await?;
            machine.serve(options.listen, Some(&token)).await
        }
        Some(Command::Store) => store::serve(&options).await,
        Some(Command::Tables { endpoint, prefix }) => store::make_tables(endpoint, prefix).await,
        None => machine().await?.serve(options.listen, None).await,
    }
    .map(|()| ExitCode::SUCCESS)
}

/// Everything of one process but the listening socket.
pub struct Machine {
    /// What the functions need.
    pub services: Services,
    /// What connections may take.
    pub bounds: Bounds,
    router: Router,
    rules: Vec<Rule>,
    wake_worker: Arc<Notify>,
    key_hint: String,
    // Dropped in this order: the store before the folder that it lies in.
    _store: OpenStore,
    _folder: Option<DataFolder>,
    _temporary: Option<tempfile::TempDir>,
}

/// The embedded engine, which lets go of its file when the process is through with it, whoever may still hold its services.
struct OpenStore(Arc<Sqlite>);

impl Drop for OpenStore {
    fn drop(&mut self) {
        self.0.close();
    }
}

impl Machine {
    /// Opens the data and makes the tables that the template declares.
    ///
    /// # Errors
    /// The data cannot be opened.
    pub async fn start(options: &Options) -> Result<Self, Failure> {
        let template = Template::read(TEMPLATE)?;
        let router = Router::new(&template)?;
        let given_key = options.master_key.as_deref().and_then(MasterKey::new);
        let (folder, temporary) = match options.data_folder() {
            None => (None, Some(tempfile::Builder::new().prefix("kernelci-").tempdir()?)),
            Some(folder) => (Some(DataFolder::take(folder)?), None),
        };
        let (master_key, key_hint) = match (given_key, &folder) {
            (Some(key), _) => (Some(key), "$KERNELCI_MASTER_KEY".to_owned()),
            (None, Some(folder)) => (folder.master_key()?, format!("$(cat {})", folder.master_key_file().display())),
            (None, None) => {
                let key = uuid::Uuid::new_v4().to_string();
                (MasterKey::new(&key), key)
            }
        };
        let engine = Arc::new(match &folder {
            Some(folder) => Sqlite::open(&folder.store())?,
            None => Sqlite::in_memory()?,
        });
        let files = match (&folder, &temporary) {
            (Some(folder), _) => folder.files(),
            (None, Some(temporary)) => temporary.path().to_owned(),
            (None, None) => std::env::temp_dir(),
        };
        // No path of a caller leads to a name that begins so.
        let outbox = folder.as_ref().map_or_else(|| files.join(".kernelci-outbox"), DataFolder::outbox);
        let open = OpenStore(Arc::clone(&engine));
        let store = Store::on(engine, StoreOptions::local());
        create_tables(&store, &template.tables).await?;
        store.count_what_is_there().await?;
        let limits = Limits { upload: options.max_upload_bytes(), ..Limits::LOCAL };
        let bounds = Bounds { connections_per_address: options.connections_per_address, ..Bounds::LOCAL };
        let wake_worker = Arc::new(Notify::new());
        let services = Services {
            store,
            files: Some(Arc::new(Folder::open(files)?)),
            files_url: String::new(),
            public_url: options.public_url.as_ref().map(|url| url.trim_end_matches('/').to_owned()).unwrap_or_default(),
            clock: options.now.map_or(Clock::System, Clock::starting_at),
            identifiers: Identifiers,
            master_key: master_key.map(|key| Arc::new(key) as Arc<dyn MasterKeySource>),
            mail: Some(Outgoing {
                mailer: match &options.smtp {
                    Some(smtp) => Arc::new(smtp.clone()),
                    None => Arc::new(Outbox::new(outbox)),
                },
                sender: options.mail_from.clone(),
                dashboard: options.dashboard.as_ref().map(|url| url.trim_end_matches('/').to_owned()),
            }),
            limits,
            wake_worker: Some(Arc::clone(&wake_worker)),
        };
        Ok(Self {
            services,
            bounds: handles::fitting(bounds, handles::raise()),
            router,
            rules: options.keep.clone(),
            wake_worker,
            key_hint,
            _store: open,
            _folder: folder,
            _temporary: temporary,
        })
    }

    /// Serves until Ctrl-C.
    ///
    /// # Errors
    /// The address cannot be listened on.
    pub async fn serve(self, address: SocketAddr, token: Option<&str>) -> Result<(), Failure> {
        let listener =
            TcpListener::bind(address).await.map_err(|error| format!("{address} cannot be listened on: {error}"))?;
        let address = listener.local_addr()?;
        greet(address, &self.key_hint, token);
        let (stop, stopped) = watch::channel(false);
        let mut running = tokio::spawn(self.run(listener, stopped));
        tokio::select! {
            ended = &mut running => return Ok(ended?),
            interrupted = interrupted() => interrupted?,
        }
        say("Stopping: what has begun is ended first. Press Ctrl-C again to stop at once.");
        let _ = stop.send(true);
        tokio::select! {
            ended = running => ended?,
            again = interrupted() => again?,
        }
        Ok(())
    }

    /// Answers requests and does tasks until `stop` says so, and then ends what it has begun.
    pub async fn run(mut self, listener: TcpListener, stop: watch::Receiver<bool>) {
        if self.services.public_url.is_empty() {
            self.services.public_url = listener.local_addr().map(listening_url).unwrap_or_default();
        }
        let server = Server::new(self.router.clone(), self.services.clone(), self.bounds);
        let worker = worker::work(self.services.clone(), Arc::clone(&self.wake_worker), stop.clone());
        let upkeep = upkeep::keep(self.services.clone(), self.rules.clone(), stop.clone());
        tokio::join!(server.run(listener, stop), worker, upkeep);
    }
}

/// The address of a server that listens there. All addresses of a machine have no name of their own; its own one does.
fn listening_url(address: SocketAddr) -> String {
    match address.ip().is_unspecified() {
        true => format!("http://localhost:{}", address.port()),
        false => format!("http://{address}"),
    }
}

/// Waits for Ctrl-C, or for what else asks a process to end.
///
/// # Errors
/// Signals cannot be waited for.
pub async fn interrupted() -> Result<(), Failure> {
    #[cfg(unix)]
    {
        let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
        tokio::select! {
            done = tokio::signal::ctrl_c() => done?,
            _ = terminate.recv() => {}
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await?;
    Ok(())
}

fn greet(address: SocketAddr, key: &str, token: Option<&str>) {
    say(&format!("Kernel CI API v1 on http://{address}   (Ctrl-C stops it)"));
    match token {
        Some(token) => {
            say("\nThis token may read, write, delete and upload:");
            say(&format!("  curl -H 'Authorization: {token}' 'http://{address}/job?sort=created_on&limit=5'"));
        }
        None => {
            say("\nMake the first token (its value is in the answer, and nowhere else):");
            say(&format!("  curl -H \"Authorization: {key}\" -H 'Content-Type: application/json' \\"));
            say(&format!("       -d '{{\"email\": \"me@example.org\", \"admin\": 1}}' http://{address}/token"));
        }
    }
    say("\nThis needs none:");
    say(&format!("  curl http://{address}/version"));
}

/// Writes a line for the one who started the process.
pub fn say(line: &str) {
    let mut output = std::io::stdout().lock();
    let _ = writeln!(output, "{line}").and_then(|()| output.flush());
}
