//! The bytes of an activated stream, both ways. A side is read only as fast as the other one takes it.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, split};

/// Bytes that are held for one direction.
const BUFFER: usize = 16 * 1024;

/// Passes on until both sides have closed, one of them breaks, or nothing moves for `idle` (up to twice as long).
pub async fn run<S: AsyncRead + AsyncWrite>(one: S, other: S, idle: Duration) {
    let ((from_one, to_one), (from_other, to_other)) = (split(one), split(other));
    let moved = AtomicU64::new(0);
    let both = async { tokio::try_join!(pass(from_one, to_other, &moved), pass(from_other, to_one, &moved)) };
    tokio::select! {
        _done_or_broken = both => {}
        () = standstill(&moved, idle) => {}
    }
}

async fn pass(mut from: impl AsyncRead + Unpin, mut to: impl AsyncWrite + Unpin, moved: &AtomicU64) -> io::Result<()> {
    let mut buffer = vec![0; BUFFER];
    loop {
        let length = from.read(&mut buffer).await?;
        if length == 0 {
            return to.shutdown().await;
        }
        to.write_all(&buffer[..length]).await?;
        moved.fetch_add(1, Ordering::Relaxed);
    }
}

async fn standstill(moved: &AtomicU64, idle: Duration) {
    let mut before = None;
    loop {
        let now = Some(moved.load(Ordering::Relaxed));
        if now == before {
            return;
        }
        before = now;
        tokio::time::sleep(idle).await;
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::duplex;

    use super::*;

    const LONG: Duration = Duration::from_secs(3600);

    #[tokio::test]
    async fn bytes_pass_both_ways_and_one_side_may_close_before_the_other() {
        let ((mut jane, one), (mut john, other)) = (duplex(8), duplex(8));
        let stream = tokio::spawn(run(one, other, LONG));
        jane.write_all(b"a file").await.unwrap();
        jane.shutdown().await.unwrap();
        let mut got = String::new();
        john.read_to_string(&mut got).await.unwrap();
        assert_eq!(got, "a file");
        john.write_all(b"thanks").await.unwrap();
        drop(john);
        got.clear();
        jane.read_to_string(&mut got).await.unwrap();
        assert_eq!(got, "thanks");
        stream.await.unwrap();
    }

    #[tokio::test]
    async fn who_sends_waits_for_who_does_not_read() {
        let ((mut jane, one), (_john, other)) = (duplex(8), duplex(8));
        let stream = run(one, other, LONG);
        let file = vec![7; 3 * BUFFER];
        let sending = jane.write_all(&file);
        tokio::select! {
            biased;
            () = stream => panic!("the stream ends"),
            _ = sending => panic!("all of it is held"),
            () = async { for _ in 0..10_000 { tokio::task::yield_now().await } } => {}
        }
    }
}
