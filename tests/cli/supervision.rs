//! The service under a supervisor: what it tells on the notification socket, and sockets that it is started with.

use std::{
    net::TcpListener,
    os::{fd::OwnedFd, unix::net::UnixDatagram},
    process::{Command, Stdio},
    time::Duration,
};

use super::place::{Place, assert_fails, get, wait_until};

/// The supervisor's end of the notification socket.
struct Supervisor(UnixDatagram);

impl Supervisor {
    fn new(place: &Place) -> Self {
        let socket = UnixDatagram::bind(place.path().join("notify")).unwrap();
        socket.set_read_timeout(Some(Duration::from_mins(1))).unwrap();
        Self(socket)
    }

    fn hears(&self) -> String {
        let mut message = [0; 256];
        let length = self.0.recv(&mut message).expect("the service tells nothing");
        String::from_utf8(message[..length].to_vec()).unwrap()
    }

    /// What it hears beside signs of life.
    fn hears_news(&self) -> String {
        loop {
            let message = self.hears();
            if message != "WATCHDOG=1\n" {
                return message;
            }
        }
    }
}

#[test]
fn the_supervisor_hears_of_ready_reloading_and_stopping() {
    let place = Place::new();
    let supervisor = Supervisor::new(&place);
    let socket = place.path().join("notify");
    let service = place.serve_with(&["serve"], |command| {
        command.env("NOTIFY_SOCKET", &socket);
    });
    assert_eq!(supervisor.hears(), "READY=1\n");
    service.signal("-HUP");
    let reloading = supervisor.hears();
    let time = reloading.strip_prefix("RELOADING=1\nMONOTONIC_USEC=").unwrap();
    assert!(time.trim_end().parse::<u64>().is_ok(), "{reloading}");
    assert_eq!(supervisor.hears(), "READY=1\n");
    assert_eq!(service.stop(), Some(0));
    assert_eq!(supervisor.hears(), "STOPPING=1\n");
}

#[test]
fn the_watchdog_is_fed_as_long_as_the_service_is_alive() {
    let place = Place::new();
    let supervisor = Supervisor::new(&place);
    let socket = place.path().join("notify");
    let service = place.serve_with(&["serve"], |command| {
        command.env("NOTIFY_SOCKET", &socket).env("WATCHDOG_USEC", "100000");
    });
    while supervisor.hears() != "READY=1\n" {}
    for _ in 0..5 {
        assert_eq!(supervisor.hears(), "WATCHDOG=1\n");
    }
    service.signal("-TERM");
    assert_eq!(supervisor.hears_news(), "STOPPING=1\n");
}

/// The command behind a shell that passes two sockets, as sd_listen_fds(3) says, and then becomes the program: so
/// `LISTEN_PID` is right.
fn with_sockets(command: &Command, names: &str, sockets: [TcpListener; 2]) -> Command {
    let mut shell = Command::new("sh");
    let become_the_program = "exec 3<&0 4<&1 0</dev/null 1>&2; LISTEN_PID=$$ exec \"$0\" \"$@\"";
    shell.args(["-c", become_the_program]).arg(command.get_program());
    shell.args(command.get_args()).env_clear();
    for (name, value) in command.get_envs() {
        shell.env(name, value.unwrap_or_default());
    }
    shell.current_dir(command.get_current_dir().unwrap());
    shell.env("LISTEN_FDS", "2").env("LISTEN_FDNAMES", names);
    let [first, second] = sockets.map(|socket| Stdio::from(OwnedFd::from(socket)));
    shell.stdin(first).stdout(second);
    shell
}

fn sockets() -> [TcpListener; 2] {
    [(); 2].map(|()| TcpListener::bind("127.0.0.1:0").unwrap())
}

#[test]
fn passed_sockets_stand_in_the_place_of_settings() {
    let place = Place::new();
    let sockets = sockets();
    let [http, xmpp] = [0, 1].map(|index| sockets[index].local_addr().unwrap().to_string());
    let service = place.serve_with(&["serve"], |command| {
        *command = with_sockets(
            command,
            "http.listen:xmpp.listen",
            sockets.each_ref().map(|s| s.try_clone().unwrap()),
        );
    });
    drop(sockets);
    assert_eq!(place.address(), http);
    assert_eq!(get(&http, "/plugins/restapi/v1/system/liveness", ""), 200);
    for line in [
        format!("setting=\"http.listen\" address={http}"),
        format!("setting=\"xmpp.listen\" address={xmpp}"),
    ] {
        // The listeners open one after the other.
        wait_until(&line, || service.log().contains(&line));
    }
    assert_eq!(service.stop(), Some(0));
}

#[test]
fn several_sockets_may_stand_in_the_place_of_one_setting() {
    let place = Place::new();
    let sockets = sockets();
    let addresses = [0, 1].map(|index| sockets[index].local_addr().unwrap().to_string());
    let _service = place.serve_with(&["serve"], |command| {
        *command = with_sockets(command, "http.listen:http.listen", sockets);
    });
    for address in addresses {
        assert_eq!(get(&address, "/plugins/restapi/v1/system/liveness", ""), 200);
    }
}

#[test]
fn a_socket_without_use_stops_the_start() {
    let place = Place::new();
    let output = |names: &str, arguments: &[&str]| {
        let mut command = with_sockets(&place.command(arguments), names, sockets());
        command.output().unwrap()
    };
    let unknown = output("http.listen:gopher", &["serve", "--set", "log.level=error"]);
    assert_fails(&unknown, 1, &["gopher", "FileDescriptorName", "xmpp.tls_listen"]);
    let off = ["serve", "--set", "log.level=error", "--set", "xmpp.listen="];
    assert_fails(
        &output("http.listen:xmpp.listen", &off),
        1,
        &["xmpp.listen", "not empty"],
    );
}
