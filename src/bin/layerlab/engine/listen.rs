//! Doors: addresses on which callers come in.

use std::rc::Rc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::task::spawn_local;

use super::board::Board;
use super::http::serve;
use super::options::Address;

/// Bytes of a request's head, and how many lines it may have.
const HEAD: usize = 64 << 10;
const LINES: usize = 100;
/// How long a caller may take over a request's head.
const PATIENCE: Duration = Duration::from_secs(30);
/// The pause after a caller could not be let in: no descriptors are left, say.
pub const PAUSE: Duration = Duration::from_millis(50);

/// Opens a door and lets callers in for ever; says where it is.
pub async fn open(address: &Address, board: Rc<Board>) -> Result<String, String> {
    match address {
        Address::Tcp(address) => {
            let listener = TcpListener::bind(address).await.map_err(|error| format!("tcp://{address}: {error}"))?;
            let place = listener.local_addr().map_err(|error| error.to_string())?;
            spawn_local(accept(listener, board));
            Ok(format!("tcp://{place}"))
        }
        #[cfg(unix)]
        Address::Unix(path) => {
            let listener = super::unix::bind(path).await.map_err(|error| format!("unix:{path}: {error}"))?;
            spawn_local(super::unix::accept(listener, board));
            Ok(format!("unix://{path}"))
        }
        #[cfg(not(unix))]
        Address::Unix(path) => Err(format!("unix:{path}: this system has no such sockets")),
    }
}

async fn accept(listener: TcpListener, board: Rc<Board>) {
    loop {
        match listener.accept().await {
            Ok((stream, _)) => {
                let _ = stream.set_nodelay(true);
                talk(stream, board.clone());
            }
            Err(_) => tokio::time::sleep(PAUSE).await,
        }
    }
}

/// Answers a caller's requests until it leaves.
pub fn talk(stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static, board: Rc<Board>) {
    spawn_local(async move {
        let service = service_fn(|request| serve(board.clone(), request));
        let mut server = http1::Builder::new();
        server.timer(TokioTimer::new()).header_read_timeout(PATIENCE).max_headers(LINES).max_buf_size(HEAD);
        // What goes wrong with a connection concerns nobody else.
        let _ = server.serve_connection(TokioIo::new(stream), service).with_upgrades().await;
    });
}
