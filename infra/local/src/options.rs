//! The command line.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
};

use clap::{Parser, Subcommand};
use kernelci::{domain::cleanup::Rule, mail::Address, time::Timestamp};

use crate::{bounds::Bounds, smtp::Smtp};

/// Serves the Kernel CI API v1 on this machine.
#[derive(Debug, Clone, Parser)]
#[command(version, args_conflicts_with_subcommands = false)]
pub struct Options {
    /// The folder of the documents and files, kept between runs [default: data; the demo's are not kept]
    #[arg(long, global = true, value_name = "DIR")]
    pub data: Option<PathBuf>,

    /// Keep documents and files in a temporary folder: nothing is left behind
    #[arg(long, global = true, conflicts_with = "data")]
    pub memory: bool,

    /// The address to listen on; port 0 takes any free one
    #[arg(long, global = true, value_name = "ADDR", default_value = "127.0.0.1:8888")]
    pub listen: SocketAddr,

    /// The key that may manage tokens; by default one is made and kept in the data folder
    #[arg(long, global = true, value_name = "KEY", env = "KERNELCI_MASTER_KEY", hide_env_values = true)]
    pub master_key: Option<String>,

    /// The key that clients of the store alone sign with; by default one is made and kept in the data folder
    #[arg(long, global = true, value_name = "KEY", env = "KERNELCI_STORE_KEY", hide_env_values = true)]
    pub store_key: Option<String>,

    /// Let the clock stand at this time (RFC 3339) at the start, and run on
    #[arg(long, global = true, value_name = "TIME", value_parser = time)]
    pub now: Option<Timestamp>,

    /// Whom mails are from
    #[arg(long, global = true, value_name = "ADDRESS", default_value = "Kernel CI <kernelci@localhost>", value_parser = address)]
    pub mail_from: Address,

    /// The server that mails are handed over to, smtp://HOST[:PORT][?tls=required] or smtps://HOST, with USER:PASSWORD@
    /// before the host; by default they are kept in the folder outbox
    #[arg(long, global = true, value_name = "URL", env = "KERNELCI_SMTP", hide_env_values = true)]
    pub smtp: Option<Smtp>,

    /// The address of the pages about jobs and builds, for the links in mails; by default they lead to the API
    #[arg(long, global = true, value_name = "URL")]
    pub dashboard: Option<String>,

    /// The address at which people reach this server, for the links in mails; by default the one that it listens on
    #[arg(long, global = true, value_name = "URL", env = "KERNELCI_PUBLIC_URL", value_parser = web_address)]
    pub public_url: Option<String>,

    /// The maximum of one upload in MiB
    #[arg(long, global = true, value_name = "MIB", env = "KERNELCI_MAX_UPLOAD", default_value_t = 256, value_parser = clap::value_parser!(u32).range(1..))]
    pub max_upload: u32,

    /// Delete what is older than so many days, such as job=90; repeatable, or with commas between
    #[arg(long, global = true, value_name = "NAME=DAYS", env = "KERNELCI_KEEP", value_delimiter = ',')]
    pub keep: Vec<Rule>,

    /// The most connections of one address at once; others are answered 503. More where a proxy stands in front
    #[arg(long, global = true, value_name = "COUNT", default_value_t = Bounds::LOCAL.connections_per_address)]
    pub connections_per_address: usize,

    /// What to do; by default, serve
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// A tool beside the server.
#[derive(Debug, Clone, Subcommand)]
pub enum Command {
    /// Serve sample data, in a temporary folder unless --data is given
    Demo,
    /// Read documents into the store: extended JSON, {collection: [documents]}, or what mongoexport and mongodump write,
    /// compressed or not. Exits with status 3 where documents were refused
    Load {
        /// The file, or the folder of mongodump
        file: PathBuf,
        /// The collection of a file of mongoexport; by default the one that the file is named after
        #[arg(long, value_name = "NAME")]
        collection: Option<String>,
    },
    /// Serve the embedded store alone on a port, in the place of DynamoDB, for functions that sign with its key
    Store,
    /// Make the tables and indexes at an endpoint of DynamoDB, where they are not there yet
    Tables {
        /// The endpoint; credentials and region are those of the environment
        #[arg(long, value_name = "URL")]
        endpoint: String,
        /// What the tables' names begin with
        #[arg(long, value_name = "PREFIX", default_value = "kernelci-")]
        prefix: String,
    },
}

impl Options {
    /// The maximum of one upload in bytes.
    pub fn max_upload_bytes(&self) -> usize {
        usize::try_from(u64::from(self.max_upload) << 20).unwrap_or(usize::MAX)
    }

    /// The data folder; `None` where nothing is kept.
    pub fn data_folder(&self) -> Option<&Path> {
        match (&self.data, &self.command) {
            (Some(folder), _) => Some(folder),
            (None, Some(Command::Demo)) => None,
            (None, _) => (!self.memory).then_some(Path::new("data")),
        }
    }
}

fn address(text: &str) -> Result<Address, String> {
    Address::parse(text).map_err(|wrong| format!("it {wrong}"))
}

fn web_address(text: &str) -> Result<String, String> {
    match text.starts_with("http://") || text.starts_with("https://") {
        true => Ok(text.to_owned()),
        false => Err("not an address such as https://ci.example.org".to_owned()),
    }
}

fn time(text: &str) -> Result<Timestamp, String> {
    Timestamp::parse_rfc3339(text).ok_or_else(|| "not a time such as 2020-04-12T10:30:00Z".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_stand_before_or_after_a_subcommand() {
        let all = ["--data", "d", "--listen", "127.0.0.1:1", "--master-key", "k", "--now", "2020-04-12T10:30:00Z"];
        let name = ["kernelci-local"];
        for command in [vec!["demo"], vec!["load", "f.json"]] {
            for line in [[&name[..], &all, &command].concat(), [&name[..], &command, &all].concat()] {
                let options = Options::try_parse_from(&line).unwrap();
                assert_eq!(options.data_folder(), Some(Path::new("d")), "{line:?}");
                assert_eq!(options.listen.port(), 1);
                assert_eq!(options.master_key.as_deref(), Some("k"));
                assert_eq!(options.now, Timestamp::parse_rfc3339("2020-04-12T10:30:00Z"));
            }
        }
    }

    #[test]
    fn rules_of_cleanup_are_repeated_or_separated_by_commas() {
        let keep = |line: &[&str]| Options::try_parse_from(line).map(|options| options.keep);
        let expected = vec!["job=90".parse().unwrap(), "boot=30".parse().unwrap()];
        assert_eq!(keep(&["k", "--keep", "job=90", "--keep", "boot=30"]).unwrap(), expected);
        assert_eq!(keep(&["k", "--keep", "job=90,boot=30"]).unwrap(), expected);
        assert_eq!(keep(&["k"]).unwrap(), Vec::new());
        assert!(keep(&["k", "--keep", "jobs=90"]).is_err());
    }

    #[test]
    fn uploads_have_a_limit_that_an_option_sets() {
        let limit = |line: &[&str]| Options::try_parse_from(line).map(|options| options.max_upload_bytes());
        assert_eq!(limit(&["k"]).unwrap(), 256 * 1024 * 1024);
        assert_eq!(limit(&["k", "--max-upload", "2048"]).unwrap(), 2048 * 1024 * 1024);
        assert!(limit(&["k", "--max-upload", "0"]).is_err());
    }

    #[test]
    fn nothing_is_kept_in_memory_nor_of_the_demo() {
        let folder = |line: &[&str]| Options::try_parse_from(line).unwrap().data_folder().map(Path::to_owned);
        assert_eq!(folder(&["k"]), Some(PathBuf::from("data")));
        assert_eq!(folder(&["k", "--memory"]), None);
        assert_eq!(folder(&["k", "demo"]), None);
        assert_eq!(folder(&["k", "demo", "--data", "data"]), Some(PathBuf::from("data")));
        assert!(Options::try_parse_from(["k", "--memory", "--data", "d"]).is_err());
    }
}
