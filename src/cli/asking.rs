//! A request of the command line: sent to the running service; when none runs, done here on the data directory, which is
//! locked meanwhile.

use std::ops::ControlFlow;

use anyhow::bail;
use tokio::runtime;

use crate::{
    admin::Caller,
    app,
    config::Config,
    control::{Client, Reply, Request, operator, perform},
    data_dir::DataDir,
    domain::progress::Progress,
    exchange_dir::ExchangeDir,
    start,
};

/// Whether there must be a data directory.
pub enum Directory {
    Existing,
    MadeIfMissing,
}

/// Has `request` done. `take` gets what is told beside that, and gives the request for the next page of a list.
pub fn ask(
    config: &Config,
    directory: Directory,
    request: Request,
    take: impl FnMut(Reply) -> anyhow::Result<Option<Request>>,
) -> anyhow::Result<()> {
    let path = &config.server.data_dir;
    if let Some(mut service) = Client::connect(path)? {
        return converse(request, |request| Ok(service.send(&request, |_| ())?), take);
    }
    let data_dir = match directory {
        Directory::MadeIfMissing => DataDir::open(path)?,
        Directory::Existing => DataDir::open_existing(path)?,
    };
    let runtime = runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()?;
    let opened = runtime.block_on(start::open(config, &data_dir, app::clock(), app::random()))?;
    let session = opened
        .admin
        .session(Caller::operator(operator::name(operator::current())));
    let exchange = ExchangeDir::new(&config.server.exchange_dir);
    let perform = |request| {
        let progress: Progress = Box::new(|_| ControlFlow::Continue(()));
        Ok(runtime.block_on(perform(&session, &exchange, request, progress)))
    };
    let done = converse(request, perform, take);
    runtime.block_on(opened.embedded.close());
    done
}

fn converse(
    mut request: Request,
    mut send: impl FnMut(Request) -> anyhow::Result<Reply>,
    mut take: impl FnMut(Reply) -> anyhow::Result<Option<Request>>,
) -> anyhow::Result<()> {
    loop {
        request = match send(request)? {
            Reply::Done => return Ok(()),
            Reply::Failed { reason } => bail!("{reason}"),
            reply => match take(reply)? {
                Some(next) => next,
                None => return Ok(()),
            },
        };
    }
}
