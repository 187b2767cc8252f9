//! The page that explains an invitation to people without a client (XEP-0379 §3.3).

use super::server::Server;
use super::support::service::Settings;
use super::support::wire::{Answer, Request};

const FILES: [(&str, &str); 3] = [
    ("/invite", "text/html"),
    ("/invite/page.css", "text/css"),
    ("/invite/page.js", "text/javascript"),
];

fn inviting() -> Server {
    Server::start_with(Settings::demo().with("xmpp.invitations", "administrators"))
}

fn get(server: &Server, path: &str) -> Answer {
    server.0.send(&Request::get(path)).expect("an answer")
}

#[test]
fn the_page_is_complete_and_asks_nobody_else() {
    let server = inviting();
    let mut page = String::new();
    for (path, content_type) in FILES {
        let answer = get(&server, path);
        assert_eq!(answer.status, 200, "{path}");
        let found = answer.header("Content-Type").expect("a type");
        assert!(found.starts_with(content_type), "{path}: {found}");
        let policy = answer.header("Content-Security-Policy").expect("a policy");
        assert!(policy.starts_with("default-src 'none'; script-src 'self'"), "{policy}");
        assert_eq!(answer.header("Referrer-Policy").as_deref(), Some("no-referrer"));
        assert!(!answer.text().contains("http"), "{path} leads elsewhere");
        page.push_str(&answer.text());
    }
    for (path, _) in &FILES[1..] {
        assert!(page.contains(&format!("\"{}\"", &path[1..])), "{path} is not used");
    }
    for id in page.split("getElementById(\"").skip(1) {
        let (id, _) = id.split_once('"').expect("an id");
        assert!(page.contains(&format!("id=\"{id}\"")), "the page has no {id}");
    }
}

#[test]
fn the_page_is_for_reading() {
    let server = inviting();
    let head = server.0.send(&Request::new("HEAD", "/invite")).expect("an answer");
    assert_eq!((head.status, head.body.len()), (200, 0));
    let post = server.0.send(&Request::new("POST", "/invite")).expect("an answer");
    assert_eq!(post.status, 405);
    assert_eq!(get(&server, "/invite/other").status, 404);
}

#[test]
fn there_is_no_page_where_nobody_invites() {
    let server = Server::start();
    for (path, _) in FILES {
        assert_eq!(get(&server, path).status, 404, "{path}");
    }
}
