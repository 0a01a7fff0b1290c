//! A name server on loopback, over UDP and TCP.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::{Code, Reply, Zone, wire};

/// How often the threads look whether they must end.
const TICK: Duration = Duration::from_millis(20);
/// A longer reply is cut over UDP, and the client asks again over TCP.
const MOST_UDP: usize = 1232;

/// A running server. It ends when it is dropped.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    ends: Arc<AtomicBool>,
    queries: Arc<AtomicUsize>,
    threads: Vec<JoinHandle<()>>,
}

impl Server {
    /// Serves a zone on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// When no port can be had.
    pub fn start(zone: Zone) -> io::Result<Self> {
        let (udp, tcp) = bind()?;
        let address = udp.local_addr()?;
        udp.set_read_timeout(Some(TICK))?;
        tcp.set_nonblocking(true)?;
        let ends = Arc::new(AtomicBool::new(false));
        let queries = Arc::new(AtomicUsize::new(0));
        let zone = Arc::new(zone);
        let over_udp = {
            let (zone, ends, queries) = (zone.clone(), ends.clone(), queries.clone());
            std::thread::spawn(move || serve_udp(&udp, &zone, &ends, &queries))
        };
        let over_tcp = {
            let ends = ends.clone();
            std::thread::spawn(move || serve_tcp(&tcp, &zone, &ends))
        };
        Ok(Self { address, ends, queries, threads: vec![over_udp, over_tcp] })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Queries that came over UDP.
    pub fn queries(&self) -> usize {
        self.queries.load(Ordering::Relaxed)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            // A panic of the thread shows in the test by itself.
            let _ = thread.join();
        }
    }
}

/// Both protocols on one port.
fn bind() -> io::Result<(UdpSocket, TcpListener)> {
    for _ in 0..20 {
        let udp = UdpSocket::bind("127.0.0.1:0")?;
        if let Ok(tcp) = TcpListener::bind(udp.local_addr()?) {
            return Ok((udp, tcp));
        }
    }
    Err(io::Error::other("no port is free for both UDP and TCP"))
}

fn serve_udp(socket: &UdpSocket, zone: &Zone, ends: &AtomicBool, queries: &AtomicUsize) {
    let mut buffer = [0; 4096];
    while !ends.load(Ordering::Relaxed) {
        let Ok((length, from)) = socket.recv_from(&mut buffer) else { continue };
        queries.fetch_add(1, Ordering::Relaxed);
        let request = buffer.get(..length).unwrap_or_default();
        let Some(mut reply) = answer(request, zone) else { continue };
        if reply.len() > MOST_UDP {
            reply = truncated(request).unwrap_or_default();
        }
        let _ = socket.send_to(&reply, from);
    }
}

fn serve_tcp(listener: &TcpListener, zone: &Zone, ends: &AtomicBool) {
    while !ends.load(Ordering::Relaxed) {
        match listener.accept() {
            // A client that breaks off is no fault of the server's.
            Ok((stream, _)) => drop(serve_stream(stream, zone)),
            Err(_) => std::thread::sleep(TICK),
        }
    }
}

/// Answers the requests of one connection until the client closes it.
fn serve_stream(mut stream: TcpStream, zone: &Zone) -> io::Result<()> {
    stream.set_nonblocking(false)?;
    stream.set_read_timeout(Some(Duration::from_millis(500)))?;
    loop {
        let mut length = [0; 2];
        stream.read_exact(&mut length)?;
        let mut request = vec![0; usize::from(u16::from_be_bytes(length))];
        stream.read_exact(&mut request)?;
        let Some(reply) = answer(&request, zone) else { return Ok(()) };
        let length = u16::try_from(reply.len()).map_err(io::Error::other)?;
        stream.write_all(&length.to_be_bytes())?;
        stream.write_all(&reply)?;
    }
}

/// A reply without records that sends the client to TCP.
fn truncated(request: &[u8]) -> Option<Vec<u8>> {
    let (_, _, end) = wire::question(request)?;
    let empty = Reply { code: Code::NoError, records: Vec::new() };
    let mut reply = wire::reply(request, end, &empty)?;
    *reply.get_mut(2)? |= 0x02;
    Some(reply)
}

fn answer(request: &[u8], zone: &Zone) -> Option<Vec<u8>> {
    let (name, kind, end) = wire::question(request)?;
    wire::reply(request, end, &zone.reply(&name, wire::kind_name(kind)))
}
