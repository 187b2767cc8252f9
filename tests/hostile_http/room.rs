//! More clients than there is room for.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Command, Stdio};

use firekeeper::http::Limits;
use tokio::net::TcpStream;

use super::harness::{Client, GET, Server, limits};

#[tokio::test]
async fn an_idle_connection_makes_room_for_a_new_one() {
    let server = Server::start(Limits {
        max_connections: 4,
        ..limits()
    })
    .await;
    let mut idle = Vec::new();
    for _ in 0..40 {
        let mut client = server.connect_and_send(GET).await;
        assert_eq!(client.answer().await.status, 200);
        idle.push(client);
    }
    assert_eq!(server.connections.refused(), 0);
    server.wait_for_open(4).await;
    assert_eq!(idle[0].rest().await, "");
    let last = idle.last_mut().unwrap();
    last.send(GET).await;
    assert_eq!(last.answer().await.status, 200);
}

#[tokio::test]
async fn silent_connections_do_not_keep_others_out() {
    let server = Server::start(Limits {
        max_connections: 4,
        ..limits()
    })
    .await;
    let mut silent = Vec::new();
    for _ in 0..4 {
        silent.push(server.connect().await);
    }
    server.wait_for_open(4).await;
    server.assert_answers().await;
    assert_eq!(silent[0].rest().await, "");
}

#[tokio::test]
async fn a_connection_at_work_is_not_evicted() {
    let server = Server::start(Limits {
        max_connections: 2,
        ..limits()
    })
    .await;
    let mut first = server.hold().await;
    let mut second = server.hold().await;
    assert_eq!(server.connect_and_send(GET).await.rest().await, "");
    assert_eq!(server.connections.refused(), 1);
    server.release(2);
    assert_eq!(first.answer().await.body, "held");
    assert_eq!(second.answer().await.body, "held");
    server.assert_answers().await;
}

/// Serves until its input ends; started by the next test with few file descriptors.
#[tokio::test]
#[ignore = "a part of running_out_of_file_descriptors_is_no_end"]
async fn serve_for_another_process() {
    let server = Server::start(limits()).await;
    println!("\nlistening on {}", server.address);
    tokio::task::spawn_blocking(|| std::io::read_to_string(std::io::stdin()))
        .await
        .unwrap()
        .unwrap();
}

#[tokio::test]
async fn running_out_of_file_descriptors_is_no_end() {
    let mut child = Command::new("sh")
        .args(["-c", "ulimit -n 40; exec \"$0\" \"$@\""])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "room::serve_for_another_process", "--ignored", "--nocapture"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    let address = lines
        .find_map(|line| line.strip_prefix("listening on ")?.parse::<SocketAddr>().ok())
        .unwrap();
    let mut silent = Vec::new();
    for _ in 0..60 {
        silent.push(TcpStream::connect(address).await.unwrap());
    }
    let mut probe = Client(TcpStream::connect(address).await.unwrap());
    probe.send(GET).await;
    assert_eq!(probe.answer().await.status, 200);
    drop(child.stdin.take());
    assert!(child.wait().unwrap().success());
}
