//! HTTP/1.1 over a plain socket, exactly as written: any path, any headers, no help and no correction.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

const TIME_LIMIT: Duration = Duration::from_secs(20);
const BODY_LIMIT: u64 = 64 << 20;

#[derive(Clone, Debug)]
pub struct Request {
    pub method: String,
    /// The request target as it goes on the wire; characters up to U+00FF are sent as that byte.
    pub path: String,
    pub headers: Vec<(String, String)>,
    pub body: Option<Vec<u8>>,
}

impl Request {
    pub fn new(method: &str, path: &str) -> Self {
        Self {
            method: method.to_owned(),
            path: path.to_owned(),
            headers: Vec::new(),
            body: None,
        }
    }

    pub fn get(path: &str) -> Self {
        Self::new("GET", path)
    }

    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    #[must_use]
    pub fn body(mut self, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = Some(body.into());
        self.header("Content-Type", content_type)
    }

    fn has(&self, name: &str) -> bool {
        self.headers.iter().any(|(own, _)| own.eq_ignore_ascii_case(name))
    }
}

#[derive(Clone, Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Answer {
    /// The value of a header, several of one name joined with a comma, as HTTP reads them.
    pub fn header(&self, name: &str) -> Option<String> {
        let values: Vec<_> = self
            .headers
            .iter()
            .filter(|(own, _)| own.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
            .collect();
        (!values.is_empty()).then(|| values.join(", "))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
}

/// Sends one request on a connection of its own and reads the answer to its end.
pub fn exchange(port: u16, request: &Request) -> io::Result<Answer> {
    Connection::open(port)?.exchange(&request.clone().header("Connection", "close"))
}

/// A connection for one request after the other.
pub struct Connection {
    port: u16,
    socket: BufReader<TcpStream>,
}

impl Connection {
    pub fn open(port: u16) -> io::Result<Self> {
        let socket = TcpStream::connect(("127.0.0.1", port))?;
        socket.set_nodelay(true)?;
        socket.set_read_timeout(Some(TIME_LIMIT))?;
        socket.set_write_timeout(Some(TIME_LIMIT))?;
        Ok(Self {
            port,
            socket: BufReader::new(socket),
        })
    }

    pub fn exchange(&mut self, request: &Request) -> io::Result<Answer> {
        self.send(&bytes(request, self.port))?;
        self.receive(&request.method)
    }

    /// Writes bytes as they are, part of a request or several.
    pub fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.socket.get_mut().write_all(bytes)
    }

    /// Reads the answer to a request with that method.
    pub fn receive(&mut self, method: &str) -> io::Result<Answer> {
        read_answer(&mut self.socket, method)
    }
}

fn bytes(request: &Request, port: u16) -> Vec<u8> {
    let mut head = format!("{} {} HTTP/1.1\r\n", request.method, request.path);
    if !request.has("host") {
        head.extend(["Host: 127.0.0.1:", &port.to_string(), "\r\n"]);
    }
    for (name, value) in &request.headers {
        head.extend([name, ": ", value, "\r\n"]);
    }
    if !request.has("content-length") {
        match &request.body {
            Some(_) if request.has("transfer-encoding") => {}
            Some(body) => head.extend(["Content-Length: ", &body.len().to_string(), "\r\n"]),
            None if matches!(request.method.as_str(), "POST" | "PUT") => {
                head += "Content-Length: 0\r\n";
            }
            None => {}
        }
    }
    head += "\r\n";
    let mut bytes: Vec<u8> = head.chars().flat_map(latin1).collect();
    bytes.extend_from_slice(request.body.as_deref().unwrap_or_default());
    bytes
}

fn latin1(character: char) -> Vec<u8> {
    match u8::try_from(character) {
        Ok(byte) => vec![byte],
        Err(_) => character.to_string().into_bytes(),
    }
}

fn read_answer(from: &mut impl BufRead, method: &str) -> io::Result<Answer> {
    let (status, headers) = loop {
        let (status, headers) = read_head(from)?;
        if status != 100 {
            break (status, headers);
        }
    };
    let mut answer = Answer {
        status,
        headers,
        body: Vec::new(),
    };
    if method == "HEAD" || status < 200 || matches!(status, 204 | 304) {
        return Ok(answer);
    }
    let chunked = answer
        .header("transfer-encoding")
        .is_some_and(|value| value.eq_ignore_ascii_case("chunked"));
    if chunked {
        answer.body = read_chunks(from)?;
    } else if let Some(length) = answer.header("content-length") {
        let length = length.trim().parse().map_err(broken)?;
        let mut body = vec![0; length];
        from.read_exact(&mut body)?;
        answer.body = body;
    } else {
        from.take(BODY_LIMIT).read_to_end(&mut answer.body)?;
    }
    Ok(answer)
}

type Head = (u16, Vec<(String, String)>);

fn read_head(from: &mut impl BufRead) -> io::Result<Head> {
    let line = read_line(from)?;
    let status = line
        .strip_prefix("HTTP/1.")
        .and_then(|rest| rest.split(' ').nth(1))
        .and_then(|status| status.parse().ok())
        .ok_or_else(|| broken(format!("status line {line:?}")))?;
    let mut headers = Vec::new();
    loop {
        let line = read_line(from)?;
        if line.is_empty() {
            return Ok((status, headers));
        }
        let (name, value) = line
            .split_once(':')
            .ok_or_else(|| broken(format!("header line {line:?}")))?;
        headers.push((name.to_owned(), value.trim().to_owned()));
    }
}

fn read_line(from: &mut impl BufRead) -> io::Result<String> {
    let mut line = Vec::new();
    from.take(1 << 20).read_until(b'\n', &mut line)?;
    if line.pop() != Some(b'\n') {
        return Err(broken("the connection ended within the head"));
    }
    if line.last() == Some(&b'\r') {
        line.pop();
    }
    Ok(line.into_iter().map(char::from).collect())
}

fn read_chunks(from: &mut impl BufRead) -> io::Result<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let line = read_line(from)?;
        let size = line.split(';').next().unwrap_or_default().trim();
        let size = usize::from_str_radix(size, 16).map_err(broken)?;
        if size == 0 {
            while !read_line(from)?.is_empty() {}
            return Ok(body);
        }
        let start = body.len();
        body.resize(start + size, 0);
        from.read_exact(&mut body[start..])?;
        read_line(from)?;
    }
}

fn broken(what: impl ToString) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, what.to_string())
}
