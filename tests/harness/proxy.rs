//! A bad network: a TCP proxy between the component and whatever it talks to.

use std::{
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{ReadHalf, WriteHalf},
    },
    sync::watch,
    task::{JoinHandle, JoinSet},
};

/// Which way bytes go through the proxy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Way {
    /// From the one who connected.
    Up,
    /// To the one who connected.
    Down,
}

/// What the network does, to open connections and to new ones.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Fault {
    /// Nothing wrong.
    Pass,
    /// Takes connections and bytes and gives nothing back; nobody learns of anything. A connection
    /// that has lived through it is reset as soon as the fault is over: its bytes are gone.
    Blackhole,
    /// Takes no bytes, loses none: all flows on when the fault is over.
    Stall,
    /// Every connection ends with RST.
    Reset,
    /// Each chunk arrives that much later.
    Delay(Duration),
    /// So many bytes a second each way.
    Throttle(u32),
    /// So many more bytes that way, then both ends see the connection closed. Happens once; after it
    /// the fault is [`Fault::Pass`].
    CutAfter(Way, usize),
}

/// A listening proxy. Dropping it closes it and all that goes through it.
pub(crate) struct Proxy {
    address: SocketAddr,
    fault: watch::Sender<Fault>,
    taken: Arc<AtomicUsize>,
    listener: JoinHandle<()>,
}

impl Proxy {
    /// Starts one in front of `target`.
    pub(crate) async fn start(target: SocketAddr) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let fault = watch::Sender::new(Fault::Pass);
        let taken = Arc::<AtomicUsize>::default();
        let (faults, count) = (fault.clone(), taken.clone());
        let listener = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((near, _)) = listener.accept().await {
                count.fetch_add(1, Ordering::Relaxed);
                connections.spawn(carry(near, target, faults.clone()));
                while connections.try_join_next().is_some() {}
            }
        });
        Self { address, fault, taken, listener }
    }

    /// Where to connect instead of to the target.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Changes the network from now on.
    pub(crate) fn set(&self, fault: Fault) {
        self.fault.send_replace(fault);
    }

    /// What the network does now: [`Fault::Pass`] again once a cut has happened.
    pub(crate) fn fault(&self) -> Fault {
        *self.fault.borrow()
    }

    /// How many connections it has taken so far.
    pub(crate) fn connections(&self) -> usize {
        self.taken.load(Ordering::Relaxed)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        self.listener.abort();
    }
}

/// How a connection ends when not by itself.
enum Broken {
    Closed,
    Reset,
}

async fn carry(mut near: TcpStream, target: SocketAddr, fault: watch::Sender<Fault>) {
    let _ = near.set_nodelay(true);
    let Ok(mut far) = TcpStream::connect(target).await else {
        let _ = near.set_zero_linger();
        return;
    };
    let _ = far.set_nodelay(true);
    let ((near_read, near_write), (far_read, far_write)) = (near.split(), far.split());
    let ended = tokio::try_join!(
        pump(Way::Up, near_read, far_write, &fault),
        pump(Way::Down, far_read, near_write, &fault),
    );
    if matches!(ended, Err(Broken::Reset)) {
        let _ = near.set_zero_linger();
        let _ = far.set_zero_linger();
    }
}

/// Moves bytes one way until their source ends, and then ends the other side.
async fn pump(
    way: Way,
    mut from: ReadHalf<'_>,
    mut to: WriteHalf<'_>,
    network: &watch::Sender<Fault>,
) -> Result<(), Broken> {
    let mut faults = network.subscribe();
    let mut buffer = vec![0; 16 * 1024];
    let mut lost = false;
    loop {
        let fault = *faults.borrow_and_update();
        match fault {
            Fault::Reset => return Err(Broken::Reset),
            Fault::Blackhole => lost = true,
            _ if lost => return Err(Broken::Reset),
            _ => {}
        }
        let length = tokio::select! {
            biased;
            changed = faults.changed() => {
                changed.map_err(|_| Broken::Closed)?;
                continue;
            }
            read = from.read(&mut buffer), if fault != Fault::Stall => read.unwrap_or(0),
        };
        if lost && length == 0 {
            until_over(&mut faults).await?;
            return Err(Broken::Reset);
        }
        if lost {
            continue;
        }
        if length == 0 {
            return to.shutdown().await.map_err(|_| Broken::Closed);
        }
        let chunk = &buffer[..length];
        match fault {
            Fault::Delay(by) => {
                tokio::time::sleep(by).await;
                write(&mut to, chunk).await?;
            }
            Fault::Throttle(rate) => drip(&mut to, chunk, rate, &mut faults).await?,
            Fault::CutAfter(cut, left) if cut == way => {
                write(&mut to, &chunk[..length.min(left)]).await?;
                if length >= left {
                    network.send_replace(Fault::Pass);
                    return Err(Broken::Closed);
                }
                network.send_replace(Fault::CutAfter(cut, left - length));
            }
            _ => write(&mut to, chunk).await?,
        }
    }
}

/// Writes `rate` bytes a second, in ten steps a second or a byte at a time. A change of the fault
/// lets the rest go at once.
async fn drip(
    to: &mut WriteHalf<'_>,
    chunk: &[u8],
    rate: u32,
    faults: &mut watch::Receiver<Fault>,
) -> Result<(), Broken> {
    let step = (rate as usize / 10).max(1);
    let mut rest = chunk;
    while !rest.is_empty() {
        let (now, later) = rest.split_at(step.min(rest.len()));
        write(to, now).await?;
        rest = later;
        let pause = Duration::from_secs(now.len() as u64) / rate.max(1);
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            changed = faults.changed() => {
                changed.map_err(|_| Broken::Closed)?;
                faults.mark_changed();
                return write(to, rest).await;
            }
        }
    }
    Ok(())
}

async fn until_over(faults: &mut watch::Receiver<Fault>) -> Result<(), Broken> {
    let over = faults.wait_for(|fault| *fault != Fault::Blackhole).await;
    over.map(drop).map_err(|_| Broken::Closed)
}

async fn write(to: &mut WriteHalf<'_>, bytes: &[u8]) -> Result<(), Broken> {
    to.write_all(bytes).await.map_err(|_| Broken::Closed)
}
