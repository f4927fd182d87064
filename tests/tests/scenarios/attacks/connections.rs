use super::node::Node;
use super::wire::connected;
use crate::harness::{Net, PATIENCE, block_on};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Half of them begin, and none goes on.
pub(super) fn unfinished(net: &Net, node: &Node) {
    let open = block_on(async {
        let mut open = Vec::new();
        for number in 0..2000 {
            let mut stream = TcpStream::connect(&node.address).await.unwrap();
            if number % 2 == 0 {
                // A record of TLS that announces more than comes.
                let _ = stream
                    .write_all(&[0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3])
                    .await;
            }
            open.push(stream);
        }
        open
    });
    node.answers(net);
    block_on(end(open));
}

/// Connections of HTTP/2 on which nothing is ever said: the peer ends them.
pub(super) fn silent(net: &Net, node: &Node) {
    let open = block_on(async {
        let mut open = Vec::new();
        for _ in 0..1000 {
            open.push(connected(node).await);
        }
        open
    });
    node.answers(net);
    block_on(end(open));
}

/// What the peer has not ended after a while fails the test.
async fn end<S: tokio::io::AsyncRead + Unpin>(open: Vec<S>) {
    for mut stream in open {
        let rest = async {
            let mut rest = Vec::new();
            // However it ends.
            let _ = stream.read_to_end(&mut rest).await;
        };
        tokio::time::timeout(PATIENCE, rest)
            .await
            .expect("the peer waits for a client that says nothing");
    }
}
