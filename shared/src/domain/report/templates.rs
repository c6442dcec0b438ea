//! The templates of mails, and those that somebody put in their place.
//!
//! `NAME.txt` and `NAME.html` in the folder of [`StoragePath::template`], which no upload reaches, replace the ones below
//! of that name, or are used where a request names them. A request that names a template that does not exist in a format
//! gets the one of the report's type in that format.

use minijinja::{AutoEscape, Environment, syntax::SyntaxConfig, value::Serde};

use super::{facts::counted, gather::Content};
use crate::{
    domain::{send::Order, task::TaskError},
    error::Error,
    storage::{FileStorage, StoragePath},
};

/// The longest template, in bytes.
const MAX_LENGTH: usize = 256 * 1024;

/// How much a template may do, in steps of the engine: one that does not end would keep the worker.
const MAX_STEPS: u64 = 5_000_000;

/// The name of what both HTML and text templates build on.
const LAYOUT: &str = "layout";

/// The templates of this service.
const OWN: [(&str, &str); 10] = [
    ("layout.txt", include_str!("templates/layout.txt")),
    ("layout.html", include_str!("templates/layout.html")),
    ("build.txt", include_str!("templates/build.txt")),
    ("build.html", include_str!("templates/build.html")),
    ("boot.txt", include_str!("templates/boot.txt")),
    ("boot.html", include_str!("templates/boot.html")),
    ("test.txt", include_str!("templates/test.txt")),
    ("test.html", include_str!("templates/test.html")),
    ("bisect.txt", include_str!("templates/bisect.txt")),
    ("bisect.html", include_str!("templates/bisect.html")),
];

/// A format of a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Plain text.
    Text,
    /// HTML.
    Html,
}

impl Format {
    const fn ending(self) -> &'static str {
        match self {
            Self::Text => "txt",
            Self::Html => "html",
        }
    }
}

/// Writes a report in a format.
///
/// # Errors
/// The template cannot be used, or the storage fails.
pub async fn render(
    files: &dyn FileStorage,
    order: &Order,
    content: &Content,
    format: Format,
) -> Result<String, TaskError> {
    let file = |name: &str| format!("{name}.{}", format.ending());
    let mut template = None;
    if let Some(name) = order.template.as_deref().map(file) {
        template = find(files, &name).await?.map(|source| (name, source));
    }
    let template = match template {
        Some(template) => template,
        None => required(files, file(order.kind.name())).await?,
    };
    let layout = required(files, file(LAYOUT)).await?;
    let name = template.0.clone();
    write(vec![template, layout], &name, content)
        .map_err(|error| TaskError::Never(format!("the template {name}: {error:#}")))
}

/// The template of a name: the stored one, or else ours.
async fn find(files: &dyn FileStorage, name: &str) -> Result<Option<String>, TaskError> {
    let own = OWN.iter().find(|(known, _)| *known == name).map(|(_, source)| (*source).to_owned());
    Ok(stored(files, name).await?.or(own))
}

async fn required(files: &dyn FileStorage, name: String) -> Result<(String, String), TaskError> {
    match find(files, &name).await? {
        Some(source) => Ok((name, source)),
        None => Err(TaskError::Never(format!("there is no template {name}"))),
    }
}

fn write(sources: Vec<(String, String)>, name: &str, content: &Content) -> Result<String, minijinja::Error> {
    let mut environment = Environment::new();
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    environment.set_fuel(Some(MAX_STEPS));
    environment.set_auto_escape_callback(
        |name| {
            if name.ends_with(".html") { AutoEscape::Html } else { AutoEscape::None }
        },
    );
    environment.add_filter("counted", |count: i64, one: String| counted(count, &one));
    for (name, source) in sources {
        environment.add_template_owned(name, source)?;
    }
    environment.get_template(name)?.render(Serde(content))
}

async fn stored(files: &dyn FileStorage, name: &str) -> Result<Option<String>, TaskError> {
    let path = StoragePath::template(name).map_err(Error::from)?;
    let Some(reading) = files.read(&path).await.map_err(Error::from)? else { return Ok(None) };
    let bytes = reading.all(MAX_LENGTH).await.map_err(Error::from)?;
    let text = String::from_utf8(bytes.to_vec());
    text.map(Some).map_err(|_| TaskError::Never(format!("the template {name} is no UTF-8")))
}
