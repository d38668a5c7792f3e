//! A small HTTP/1.1 client: requests with bodies whose length is known, over connections that are kept open.
//!
//! A general client would do. This one costs a fifth of it: the one who measures shares the machine with what is measured, and
//! its own cost would be counted as the service's.

use std::io::{self, Error, ErrorKind};
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::Semaphore;

use super::chunked::Chunked;

/// How long a request may take before it counts as failed.
pub(super) const TIMEOUT: Duration = Duration::from_secs(30);
/// After so long without a request a connection is not used again: the service closes one after 30 s unless it is told otherwise, and
/// a request that is under way just then gets no answer.
const IDLE_LIMIT: Duration = Duration::from_secs(20);
/// The longest head of an answer.
const MAX_HEAD_BYTES: usize = 16 << 10;
/// The most header lines of an answer.
const MAX_HEADERS: usize = 64;

/// A service, found.
#[derive(Clone, Debug)]
pub(super) struct Target {
    /// The URL as it was given, without a slash at its end.
    pub(super) url: String,
    /// Host and port, for the `Host` header.
    pub(super) authority: String,
    pub(super) address: SocketAddr,
    /// The header with the key, if the service needs one; ends with a line break.
    pub(super) authorization: String,
    /// Where connections come from, if not from where the system likes.
    pub(super) local: Option<IpAddr>,
}

/// Why a URL is no target.
#[derive(Debug, thiserror::Error)]
pub enum TargetError {
    /// It is not written as it should be.
    #[error("{url} is not the URL of a service: expected http://HOST:PORT (plain HTTP, no path)")]
    Malformed {
        /// What was given.
        url: String,
    },
    /// Its host has no address.
    #[error("the host of {url} cannot be found")]
    Unknown {
        /// What was given.
        url: String,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

impl Target {
    /// Reads a URL and looks its host up.
    pub(super) async fn resolve(url: &str) -> Result<Self, TargetError> {
        let malformed = || TargetError::Malformed { url: url.to_owned() };
        let authority = url.strip_prefix("http://").ok_or_else(malformed)?.trim_end_matches('/');
        if authority.is_empty() || authority.contains(['/', '?', '#', '@', ' ']) {
            return Err(malformed());
        }
        let has_port = authority.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_ok());
        let with_port = if has_port { authority.to_owned() } else { format!("{authority}:80") };
        let unknown = |source| TargetError::Unknown { url: url.to_owned(), source };
        let mut found = tokio::net::lookup_host(&with_port).await.map_err(unknown)?;
        let address = found.next().ok_or_else(malformed)?;
        Ok(Self {
            url: url.trim_end_matches('/').to_owned(),
            authority: authority.to_owned(),
            address,
            local: None,
            authorization: String::new(),
        })
    }

    /// The same with a key.
    pub(super) fn with_key(self, key: Option<&str>) -> Self {
        let authorization = key.map_or(String::new(), |key| format!("authorization: Bearer {key}\r\n"));
        Self { authorization, ..self }
    }

    /// A request, ready to be written.
    pub(super) fn request(&self, method: &str, path: &str, content_type: &str, body: &[u8]) -> Vec<u8> {
        let Self { authority, authorization, .. } = self;
        let mut request = format!("{method} {path} HTTP/1.1\r\nhost: {authority}\r\n{authorization}");
        if !body.is_empty() {
            request.push_str(&format!("content-type: {content_type}\r\n"));
        }
        request.push_str(&format!("content-length: {}\r\n\r\n", body.len()));
        let mut request = request.into_bytes();
        request.extend_from_slice(body);
        request
    }
}

/// The head of an answer.
#[derive(Debug, PartialEq)]
pub(super) struct Head {
    pub(super) status: u16,
    /// How many bytes the head has.
    pub(super) length: usize,
    pub(super) content_length: Option<usize>,
    pub(super) chunked: bool,
    pub(super) keep_alive: bool,
}

/// Reads the head at the beginning of `bytes`; none if it is not all there yet.
pub(super) fn read_head(bytes: &[u8]) -> io::Result<Option<Head>> {
    let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
    let mut response = httparse::Response::new(&mut headers);
    let invalid = |why: String| Error::new(ErrorKind::InvalidData, why);
    let length = match response.parse(bytes).map_err(|e| invalid(format!("the answer is not HTTP/1.1: {e}")))? {
        httparse::Status::Complete(length) => length,
        httparse::Status::Partial if bytes.len() > MAX_HEAD_BYTES => {
            return Err(invalid("the answer's head is too long".to_owned()));
        }
        httparse::Status::Partial => return Ok(None),
    };
    let status = response.code.unwrap_or_default();
    let mut head = Head { status, length, content_length: None, chunked: false, keep_alive: true };
    for header in response.headers.iter() {
        let value = std::str::from_utf8(header.value).unwrap_or_default().trim();
        if header.name.eq_ignore_ascii_case("content-length") {
            head.content_length = Some(value.parse().map_err(|_| invalid("content-length is no number".to_owned()))?);
        } else if header.name.eq_ignore_ascii_case("transfer-encoding") {
            head.chunked = value.eq_ignore_ascii_case("chunked");
        } else if header.name.eq_ignore_ascii_case("connection") {
            head.keep_alive = !value.eq_ignore_ascii_case("close");
        }
    }
    Ok(Some(head))
}

/// An answer, read whole.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) body: Vec<u8>,
}

/// An open connection.
#[derive(Debug)]
pub(super) struct Connection {
    stream: TcpStream,
    read: Vec<u8>,
    keep_alive: bool,
    used_at: Instant,
}

impl Connection {
    pub(super) async fn open(target: &Target) -> io::Result<Self> {
        let stream = match target.local {
            None => TcpStream::connect(target.address).await?,
            Some(local) => {
                let socket = if local.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
                socket.bind(SocketAddr::new(local, 0))?;
                socket.connect(target.address).await?
            }
        };
        stream.set_nodelay(true)?;
        Ok(Self { stream, read: Vec::with_capacity(4 << 10), keep_alive: true, used_at: Instant::now() })
    }

    /// Sends a request and reads the answer to its end.
    pub(super) async fn call(&mut self, request: &[u8]) -> io::Result<Answer> {
        self.stream.write_all(request).await?;
        let head = loop {
            if let Some(head) = read_head(&self.read)? {
                // 100 and the like come before the answer.
                if head.status >= 200 {
                    break head;
                }
                self.read.drain(..head.length);
                continue;
            }
            self.read_more().await?;
        };
        self.read.drain(..head.length);
        self.keep_alive = head.keep_alive;
        let body = if head.status == 204 { Vec::new() } else { self.body(&head).await? };
        Ok(Answer { status: head.status, body })
    }

    async fn body(&mut self, head: &Head) -> io::Result<Vec<u8>> {
        if head.chunked {
            let (mut chunked, mut body) = (Chunked::default(), Vec::new());
            loop {
                chunked.decode(&self.read, &mut body)?;
                self.read.clear();
                if chunked.has_ended() {
                    return Ok(body);
                }
                self.read_more().await?;
            }
        }
        let invalid = || Error::new(ErrorKind::InvalidData, "the answer does not say how long it is");
        let length = head.content_length.ok_or_else(invalid)?;
        while self.read.len() < length {
            self.read_more().await?;
        }
        let rest = self.read.split_off(length);
        Ok(std::mem::replace(&mut self.read, rest))
    }

    async fn read_more(&mut self) -> io::Result<()> {
        self.read.reserve(4 << 10);
        match self.stream.read_buf(&mut self.read).await? {
            0 => Err(Error::new(ErrorKind::UnexpectedEof, "the connection was closed before the answer")),
            _ => Ok(()),
        }
    }
}

/// Connections to one service, kept open between requests.
#[derive(Debug)]
pub(super) struct Connections {
    pub(super) target: Target,
    idle: Mutex<Vec<Connection>>,
    places: Semaphore,
}

impl Connections {
    /// None is open yet; at the most `limit` will be in use at a time.
    pub(super) fn to(target: Target, limit: usize) -> Arc<Self> {
        Arc::new(Self { target, idle: Mutex::default(), places: Semaphore::new(limit) })
    }

    /// Opens as many, so that the first requests do not wait for it.
    pub(super) async fn warm(&self, count: usize) -> io::Result<()> {
        for _ in 0..count {
            let connection = Connection::open(&self.target).await?;
            self.lock().push(connection);
        }
        Ok(())
    }

    /// Sends a request over an idle connection, or a new one.
    pub(super) async fn call(&self, request: &[u8]) -> io::Result<Answer> {
        let _place = self.places.acquire().await.map_err(Error::other)?;
        let mut connection = match self.idle() {
            Some(connection) => connection,
            None => Connection::open(&self.target).await?,
        };
        let timed_out = |_| Error::new(ErrorKind::TimedOut, "no answer in time");
        let answer = tokio::time::timeout(TIMEOUT, connection.call(request)).await.map_err(timed_out)??;
        if connection.keep_alive {
            connection.used_at = Instant::now();
            self.lock().push(connection);
        }
        Ok(answer)
    }

    /// The connection used last, if that is not too long ago. If it is, it is so for all others too.
    fn idle(&self) -> Option<Connection> {
        let mut idle = self.lock();
        let last = idle.pop()?;
        if last.used_at.elapsed() < IDLE_LIMIT {
            return Some(last);
        }
        idle.clear();
        None
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_are_read_whole_or_not_at_all() {
        let text = b"HTTP/1.1 202 Accepted\r\nContent-Length: 12\r\nX-Y: z\r\nconnection: close\r\n\r\n{}";
        for cut in 0..text.len() - 2 {
            assert_eq!(read_head(&text[..cut]).unwrap(), None);
        }
        let head = read_head(text).unwrap().unwrap();
        let expected =
            Head { status: 202, length: text.len() - 2, content_length: Some(12), chunked: false, keep_alive: false };
        assert_eq!(head, expected);
        assert!(read_head(b"SSH-2.0-OpenSSH\r\n").is_err());
        assert!(read_head(b"HTTP/1.1 200 OK\r\ncontent-length: many\r\n\r\n").is_err());
    }

    #[tokio::test]
    async fn only_plain_urls_of_services_are_targets() {
        for url in ["127.0.0.1:8080", "https://127.0.0.1", "http://", "http://127.0.0.1:80/v1", "http://a b"] {
            assert!(matches!(Target::resolve(url).await, Err(TargetError::Malformed { .. })), "{url}");
        }
        let target = Target::resolve("http://127.0.0.1:8080/").await.unwrap();
        assert_eq!((target.authority.as_str(), target.url.as_str()), ("127.0.0.1:8080", "http://127.0.0.1:8080"));
        assert_eq!(Target::resolve("http://127.0.0.1").await.unwrap().address.port(), 80);
    }

    #[tokio::test]
    async fn answers_are_read_to_their_end_and_no_further() {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let serving = tokio::spawn(async move {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut got = vec![0; 1 << 12];
            for answer in [
                "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\ncontent-length: 5\r\n\r\nabcde",
                "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
                "HTTP/1.1 204 No Content\r\n\r\n",
            ] {
                let n = stream.read(&mut got).await.unwrap();
                assert!(String::from_utf8_lossy(&got[..n]).starts_with("POST /x HTTP/1.1\r\nhost: "));
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
        });
        let target = Target::resolve(&url).await.unwrap();
        let connections = Connections::to(target.clone(), 1);
        let request = target.request("POST", "/x", "application/json", b"{}");
        for (status, body) in [(201, "abcde"), (200, "abcde"), (204, "")] {
            let answer = connections.call(&request).await.unwrap();
            assert_eq!((answer.status, answer.body.as_slice()), (status, body.as_bytes()));
        }
        serving.await.unwrap();
    }
}
