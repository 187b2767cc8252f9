//! The command line: what was asked for, and one line on standard error when it cannot be done.
//!
//! Exit codes: 0 done, 1 failed, 2 the command line or the configuration cannot be used.

mod account;
mod asking;
mod backup;
mod check_config;
mod dns;
mod export;
mod import;
mod invite;
mod manual;
mod noting;
mod probe;
mod process;
mod progress;
mod restore;
mod serve;

use std::{env, io, net::IpAddr, path::PathBuf, process::ExitCode};

use clap::{Args, CommandFactory, Parser, Subcommand};
use clap_complete::Shell;

use account::AccountCommand;
use import::ImportCommand;
use invite::InviteCommand;
use probe::Probe;

use crate::config::{ConfigError, Sources};

#[derive(Parser)]
#[command(
    name = "firekeeper",
    version,
    about = "Answers the administration APIs of XMPP servers",
    after_help = "Exit codes: 0 done, 1 failed, 2 the command line or the configuration cannot be used."
)]
struct Arguments {
    #[command(flatten)]
    settings: Settings,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Args)]
struct Settings {
    /// Configuration file; without it `config.toml` of the working directory, if there is one
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// One setting, such as `--set http.listen=127.0.0.1:8080`; counts before file and environment
    #[arg(long = "set", global = true, value_name = "SECTION.KEY=VALUE")]
    set: Vec<String>,
    /// The demonstration: domain example.org, made-up accounts with known passwords, a data directory of its own
    #[arg(long, global = true)]
    demo: bool,
}

#[derive(Subcommand)]
enum Command {
    /// Run the service (also without a command)
    Serve,
    /// Read and check the configuration, show what is not at its default, change nothing
    CheckConfig,
    /// Print the DNS records that clients need to find the service, as lines of a zone file
    Dns {
        /// An address of this machine as clients reach it; may be given more than once
        #[arg(long, value_name = "IP")]
        address: Vec<IpAddr>,
    },
    /// Make, list, change and remove accounts, whether or not the service runs
    #[command(subcommand)]
    Account(AccountCommand),
    /// Invite newcomers to make an account, whether or not the service runs
    #[command(subcommand)]
    Invite(InviteCommand),
    /// Write a copy of the whole database into a new file, and uploaded files into FILE.uploads, whether or not the
    /// service runs
    Backup {
        file: PathBuf,
        /// Leave out the files that people have uploaded
        #[arg(long)]
        without_uploads: bool,
    },
    /// Replace the database and uploaded files by a backup, while no service runs; the former ones are kept
    Restore {
        file: PathBuf,
        /// Verify the backup and change nothing
        #[arg(long)]
        dry_run: bool,
    },
    /// Write everything into FILE.xml (people, XEP-0227) and FILE.jsonl, or into two files in a folder
    Export {
        /// A name that ends in .xml, or a folder
        file: PathBuf,
    },
    /// Load people and their data into the database while no service runs, all or nothing
    Import(ImportCommand),
    /// Ask the running service, without credentials; the exit code is 0 or 1
    Probe { probe: Probe },
    /// Write the script that completes this command line in a shell to standard output
    Completions { shell: Shell },
    /// Write the manual pages into a folder
    Man { folder: PathBuf },
    /// Show the version
    Version,
}

impl Settings {
    fn sources(self) -> Sources {
        Sources {
            file: self.config,
            demo: self.demo,
            environment: env::vars_os().collect(),
            settings: self.set,
        }
    }
}

/// Runs the program with the arguments and the environment of the process.
pub fn main() -> ExitCode {
    let arguments = Arguments::parse();
    process::keep_files_private();
    let sources = arguments.settings.sources();
    let done = match arguments.command.unwrap_or(Command::Serve) {
        Command::Serve => serve::run(&sources),
        Command::CheckConfig => check_config::run(&sources),
        Command::Dns { address } => dns::run(&sources, &address),
        Command::Account(command) => account::run(&sources, command),
        Command::Invite(command) => invite::run(&sources, command),
        Command::Backup { file, without_uploads } => backup::run(&sources, &file, without_uploads),
        Command::Restore { file, dry_run } => restore::run(&sources, &file, dry_run),
        Command::Export { file } => export::run(&sources, &file),
        Command::Import(command) => import::run(&sources, command),
        Command::Probe { probe } => probe::run(&sources, probe),
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Arguments::command(), "firekeeper", &mut io::stdout());
            Ok(())
        }
        Command::Man { folder } => manual::write(Arguments::command(), &folder),
        Command::Version => {
            println!("firekeeper {}", env!("CARGO_PKG_VERSION"));
            Ok(())
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("firekeeper: {error:#}");
            ExitCode::from(if error.is::<ConfigError>() { 2 } else { 1 })
        }
    }
}
