//! `import …`: loads data into the database while no service runs, all of it or nothing.

use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::{Args, Subcommand, ValueEnum};

use super::{noting::record, progress::Bar};
use crate::{
    app,
    config::{Config, Sources},
    data_dir::DataDir,
    domain::clock::now_in_milliseconds,
    transfer::{
        csv,
        loading::{Existing, Loading, Site, check_schema},
        openfire, portable,
        summary::Summary,
    },
};

#[derive(Args)]
#[command(subcommand_negates_reqs = true, subcommand_precedence_over_arg = true)]
pub struct ImportCommand {
    #[command(subcommand)]
    from: Option<Source>,
    /// A table of users (.csv), or what `export` wrote (.xml, or a folder)
    #[arg(required = true)]
    file: Option<PathBuf>,
    #[command(flatten)]
    options: Options,
}

#[derive(Subcommand)]
enum Source {
    /// The rows of an Openfire database: its .script, or what mysqldump or pg_dump --inserts wrote
    Openfire { file: PathBuf },
}

/// What a file holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Format {
    Csv,
    /// What `export` wrote, or XEP-0227 of another server.
    Portable,
    Openfire,
}

#[derive(Args)]
struct Options {
    /// Do everything but keep nothing of it
    #[arg(long, global = true)]
    dry_run: bool,
    /// What becomes of what is in the database already
    #[arg(long, global = true, value_enum, default_value_t = ExistingChoice::Refuse)]
    existing: ExistingChoice,
}

#[derive(Clone, Copy, ValueEnum)]
enum ExistingChoice {
    /// Import nothing
    Refuse,
    /// Leave it as it is
    Keep,
    /// Take it from the file
    Replace,
}

pub fn run(sources: &Sources, command: ImportCommand) -> anyhow::Result<()> {
    let (format, file) = match (command.from, command.file) {
        (Some(Source::Openfire { file }), _) => (Format::Openfire, file),
        (None, Some(file)) => (format_of(&file)?, file),
        (None, None) => bail!("name a file"),
    };
    let options = command.options;
    let config = Config::load(sources)?;
    let site = Site {
        domain: config.server.domain.clone(),
        hosts: config.server.hosts.clone(),
        iterations: config.accounts.scram_iterations,
    };
    let dry_run = options.dry_run;
    let data_dir = data_dir(&config, dry_run)?;
    if let (true, Some(data_dir)) = (dry_run, &data_dir) {
        check_schema(data_dir)?;
    }
    let bar = Bar::new("import");
    let loaded = load(&bar, data_dir.as_ref(), (format, &file), &site, &options);
    if let (Format::Portable, Some(data_dir), false) = (format, &data_dir, dry_run)
        && let Err(cause) = portable::remove_unwanted(&file, data_dir)
    {
        eprintln!("firekeeper: uploaded files that were not imported are left over: {cause}");
    }
    let summary = loaded?;
    drop(bar);
    println!("{summary}");
    if dry_run {
        println!("nothing was changed: this was a dry run");
    }
    Ok(())
}

/// Loads the file, for good unless it is a dry run.
fn load(
    bar: &Bar,
    data_dir: Option<&DataDir>,
    (format, file): (Format, &Path),
    site: &Site,
    options: &Options,
) -> anyhow::Result<Summary> {
    let tell = bar.teller();
    let now = now_in_milliseconds(&*app::clock());
    let mut loading = Loading::begin(data_dir, site, options.existing.into(), Summary::new(tell), now)?;
    let random = app::random();
    match format {
        Format::Csv => csv::import(&mut loading, file, site, &*random, bar.progress())?,
        Format::Portable => {
            let kept_in = data_dir.filter(|_| !options.dry_run);
            portable::import(&mut loading, file, kept_in, site, &*random, bar.progress())?;
        }
        Format::Openfire => openfire::import(&mut loading, file, site, &*random, bar.progress())?,
    }
    let record = (!options.dry_run).then(|| record("imported", file, now));
    Ok(loading.finish(record)?)
}

fn format_of(file: &Path) -> anyhow::Result<Format> {
    let kind = file.extension().and_then(|kind| kind.to_str());
    match kind.map(str::to_ascii_lowercase).as_deref() {
        Some("csv") => Ok(Format::Csv),
        Some("xml") => Ok(Format::Portable),
        _ if file.is_dir() => Ok(Format::Portable),
        _ => bail!(
            "{}: this is neither users.csv nor an export (.xml, or a folder); for a database of Openfire write `import \
             openfire FILE`",
            file.display()
        ),
    }
}

/// The data directory, locked. A dry run makes none.
fn data_dir(config: &Config, dry_run: bool) -> anyhow::Result<Option<DataDir>> {
    let path = &config.server.data_dir;
    if !dry_run {
        return Ok(Some(DataDir::open(path)?));
    }
    if !path.exists() {
        return Ok(None);
    }
    let data_dir = DataDir::open(path)?;
    Ok(data_dir.database().exists().then_some(data_dir))
}

impl From<ExistingChoice> for Existing {
    fn from(choice: ExistingChoice) -> Self {
        match choice {
            ExistingChoice::Refuse => Self::Refuse,
            ExistingChoice::Keep => Self::Keep,
            ExistingChoice::Replace => Self::Replace,
        }
    }
}
