//! What a chaincode says on its chat stream, while one transaction of it is under way on a ledger.

use crate::golden::InMemory;
use crate::grpc::Stream;
use crate::{Target, pieces};
use bytes::Bytes;
use parking_lot::Mutex;
use prost::Message;
use selvedge_interface::{Input, Level, Response, Transaction};
use selvedge_ledger::{
    Access, CollectionNames, CollectionSource, HostOptions, Outside, SimulationError, Simulator,
    StateDatabase, TransactionHost,
};
use selvedge_protos::protos::{
    self, ChaincodeId, ChaincodeMessage, ChaincodeSpec, DelState, GetHistoryForKey, GetQueryResult,
    GetState, GetStateByRange, GetStateMetadata, GetStateMultiple, PutState, PutStateMetadata,
    QueryMetadata, QueryStateClose, QueryStateNext, StateMetadata, WriteBatchState, WriteRecord,
    chaincode_message::Type,
};
use selvedge_runtime::Call;
use selvedge_stream::{ChaincodeSupport, SupportOptions};
use std::sync::{Arc, LazyLock};
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;

pub(crate) const TARGET: Target = Target {
    name: "chat",
    run,
    seeds,
};

const ID: &str = "cc_1:00";
const CHANNEL: &str = "golden";
const TX: &str = "tx";
const PATH: &str = "/protos.ChaincodeSupport/Register";

/// First byte of a piece that is a whole message; in others it is the type of a message of the transaction.
const WHOLE: u8 = 0x80;

static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap()
});
static SUPPORT: LazyLock<Arc<ChaincodeSupport>> = LazyLock::new(|| {
    let mut options = SupportOptions::new("127.0.0.1:1", "Org1MSP");
    options.dev_mode = true;
    ChaincodeSupport::new(options, RUNTIME.handle().clone())
});
static LEDGER: LazyLock<InMemory> =
    LazyLock::new(|| InMemory::recorded(20, StateDatabase::CouchDb));
/// One chaincode registers at a time.
static TURN: Mutex<()> = Mutex::new(());

/// The first byte says whether the chaincode registers properly; then come its messages.
fn run(data: &[u8]) {
    let Some((first, messages)) = data.split_first() else {
        return;
    };
    let _turn = TURN.lock();
    let messages: Vec<_> = pieces::cut(messages).into_iter().map(message).collect();
    RUNTIME.block_on(async {
        match first % 4 {
            0 => unregistered(&messages).await,
            _ => registered(&messages).await,
        }
    });
}

fn message(piece: &[u8]) -> Vec<u8> {
    match piece.split_first() {
        Some((&(WHOLE..), rest)) => rest.to_vec(),
        Some((kind, payload)) => of_transaction(i32::from(*kind), payload).encode_to_vec(),
        None => Vec::new(),
    }
}

fn of_transaction(kind: i32, payload: &[u8]) -> ChaincodeMessage {
    ChaincodeMessage {
        r#type: kind,
        txid: TX.to_owned(),
        channel_id: CHANNEL.to_owned(),
        payload: Bytes::copy_from_slice(payload),
        ..ChaincodeMessage::default()
    }
}

async fn unregistered(messages: &[Vec<u8>]) {
    let stream = Stream::open(&mut SUPPORT.server(false), PATH).await;
    messages.iter().for_each(|message| stream.send(message));
    stream.end::<ChaincodeMessage>().await;
}

async fn registered(messages: &[Vec<u8>]) {
    let mut stream = Stream::open(&mut SUPPORT.server(false), PATH).await;
    let id = ChaincodeId {
        name: ID.to_owned(),
        ..ChaincodeId::default()
    };
    let register = ChaincodeMessage {
        r#type: Type::Register.into(),
        payload: id.encode_to_vec().into(),
        ..ChaincodeMessage::default()
    };
    stream.send(&register.encode_to_vec());
    for expected in [Type::Registered, Type::Ready] {
        let answer: ChaincodeMessage = stream.next().await.unwrap();
        assert_eq!(answer.r#type(), expected);
    }
    let executed = execute();
    let call: ChaincodeMessage = stream.next().await.unwrap();
    assert_eq!(call.r#type(), Type::Transaction);
    messages.iter().for_each(|message| stream.send(message));
    stream.end::<ChaincodeMessage>().await;
    executed.await.unwrap();
}

/// The peer's side of the transaction. It ends with the stream at the latest.
fn execute() -> JoinHandle<()> {
    let chaincode = SUPPORT.registered(ID).unwrap();
    let simulator = LEDGER.ledger.simulator(TX, Arc::new(Collections));
    let transaction = Transaction {
        tx_id: TX.to_owned(),
        channel_id: CHANNEL.to_owned(),
        ..Transaction::default()
    };
    let host = TransactionHost::new(
        Arc::new(Mutex::new(simulator)),
        "kv",
        Arc::new(transaction),
        Alone,
        HostOptions::default(),
    );
    let input = Input {
        args: vec!["run".into()],
        is_init: false,
    };
    let call = Call {
        time_limit: Duration::from_secs(60),
        ..Call::new("kv", input)
    };
    tokio::task::spawn_blocking(move || {
        let _ = chaincode.execute(call, Box::new(host));
    })
}

struct Collections;

impl CollectionSource for Collections {
    fn collections(
        &self,
        _: &mut Simulator,
        _: &str,
    ) -> Result<Option<CollectionNames>, SimulationError> {
        Ok(Some(["c".to_owned()].into()))
    }
}

/// No other chaincode is there.
struct Alone;

impl Outside for Alone {
    fn invoke_chaincode(&mut self, name: &str, _: &str, _: Vec<Bytes>) -> Response {
        Response::error(format!("no {name}"))
    }

    fn access(&mut self, _: &mut Simulator, _: &str, collection: &str) -> Result<Access, String> {
        Ok(Access {
            read: true,
            write: collection == "c",
        })
    }

    fn set_event(&mut self, _: &str, _: Bytes) {}

    fn log(&mut self, _: Level, _: &str) {}
}

/// A message of the transaction, as a piece.
fn piece(kind: Type, payload: &impl Message) -> Vec<u8> {
    let mut piece = vec![u8::try_from(kind as i32).unwrap()];
    piece.extend(payload.encode_to_vec());
    piece
}

fn conversation(pieces: &[Vec<u8>]) -> Vec<u8> {
    let mut seed = vec![1];
    seed.extend(pieces::join(pieces));
    seed
}

fn seeds() -> Vec<Vec<u8>> {
    let completed = piece(
        Type::Completed,
        &protos::Response {
            status: 200,
            message: "m".to_owned(),
            payload: "p".into(),
        },
    );
    let with = |mut pieces: Vec<Vec<u8>>| {
        pieces.push(completed.clone());
        conversation(&pieces)
    };
    let mut whole = vec![WHOLE];
    whole.extend(of_transaction(Type::GetState as i32, b"\x0a\x01a").encode_to_vec());
    let mut unregistered = vec![0];
    unregistered.extend(pieces::join(&[&whole]));
    vec![
        with(keys()),
        with(private()),
        with(queries()),
        with(batches()),
        with(vec![whole]),
        unregistered,
    ]
}

fn keys() -> Vec<Vec<u8>> {
    let (key, collection) = ("a".to_owned(), String::new());
    let entry = StateMetadata {
        metakey: "VALIDATION_PARAMETER".to_owned(),
        value: "policy".into(),
    };
    let callee = ChaincodeSpec {
        chaincode_id: Some(ChaincodeId {
            name: "other/elsewhere".to_owned(),
            ..ChaincodeId::default()
        }),
        input: Some(protos::ChaincodeInput::default()),
        ..ChaincodeSpec::default()
    };
    vec![
        piece(
            Type::GetState,
            &GetState {
                key: key.clone(),
                collection: collection.clone(),
            },
        ),
        piece(
            Type::PutState,
            &PutState {
                key: key.clone(),
                value: "v".into(),
                collection: collection.clone(),
            },
        ),
        piece(
            Type::DelState,
            &DelState {
                key: key.clone(),
                collection: collection.clone(),
            },
        ),
        piece(
            Type::GetStateMetadata,
            &GetStateMetadata {
                key: key.clone(),
                collection: collection.clone(),
            },
        ),
        piece(
            Type::PutStateMetadata,
            &PutStateMetadata {
                key,
                collection,
                metadata: Some(entry),
            },
        ),
        piece(Type::InvokeChaincode, &callee),
    ]
}

fn private() -> Vec<Vec<u8>> {
    let (key, collection) = ("a".to_owned(), "c".to_owned());
    let get = GetState {
        key: key.clone(),
        collection: collection.clone(),
    };
    let delete = DelState {
        key: key.clone(),
        collection: collection.clone(),
    };
    vec![
        piece(Type::GetState, &get),
        piece(Type::GetPrivateDataHash, &get),
        piece(
            Type::PutState,
            &PutState {
                key,
                value: "v".into(),
                collection,
            },
        ),
        piece(Type::PurgePrivateData, &delete),
        piece(Type::DelState, &delete),
    ]
}

fn queries() -> Vec<Vec<u8>> {
    let page = QueryMetadata {
        page_size: 2,
        bookmark: String::new(),
    };
    let range = GetStateByRange {
        start_key: "a".to_owned(),
        end_key: "z".to_owned(),
        ..GetStateByRange::default()
    };
    let paged = GetStateByRange {
        metadata: page.encode_to_vec().into(),
        ..range.clone()
    };
    let query = r#"{"selector":{"a":{"$gt":null}}}"#.to_owned();
    vec![
        piece(Type::GetStateByRange, &range),
        piece(Type::QueryStateNext, &QueryStateNext { id: "1".to_owned() }),
        piece(
            Type::QueryStateClose,
            &QueryStateClose { id: "1".to_owned() },
        ),
        piece(Type::GetStateByRange, &paged),
        piece(
            Type::GetQueryResult,
            &GetQueryResult {
                query,
                ..GetQueryResult::default()
            },
        ),
        piece(
            Type::GetHistoryForKey,
            &GetHistoryForKey {
                key: "a".to_owned(),
            },
        ),
        piece(Type::Keepalive, &protos::Response::default()),
    ]
}

fn batches() -> Vec<Vec<u8>> {
    let record = |kind: Type| WriteRecord {
        key: "a".to_owned(),
        value: "v".into(),
        r#type: kind as i32,
        ..WriteRecord::default()
    };
    let rec = [
        Type::PutState,
        Type::DelState,
        Type::PutStateMetadata,
        Type::PurgePrivateData,
    ];
    let keys = vec!["a".to_owned(), "b".to_owned()];
    vec![
        piece(
            Type::GetStateMultiple,
            &GetStateMultiple {
                keys,
                ..GetStateMultiple::default()
            },
        ),
        piece(
            Type::WriteBatchState,
            &WriteBatchState {
                rec: rec.map(record).into(),
            },
        ),
    ]
}
