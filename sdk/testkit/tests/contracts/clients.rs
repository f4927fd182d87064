//! A typed client for contracts, generated from the metadata of the one that is called.

use expect_test::expect_file;
use selvedge_sdk::prelude::*;
use selvedge_testkit::Network;
use selvedge_tools::{Interface, rust};

mod depot_client;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, Schema)]
#[serde(rename_all = "lowercase")]
pub enum Grade {
    Low,
    High,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, Schema)]
#[serde(rename_all = "camelCase")]
pub struct Parcel {
    pub id: String,
    #[serde(rename = "type")]
    pub kind: String,
    pub weight_grams: u32,
    pub grade: Grade,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    pub inner: Vec<Parcel>,
}

const PARCELS: Records<String, Parcel> = Records::plain();

#[derive(Default)]
pub struct Depot;

/// Parcels by id.
#[contract]
impl Depot {
    /// Keeps a parcel.
    #[transaction]
    fn store(&self, tx: &Tx, parcel: Parcel) -> Result<(), SdkError> {
        PARCELS.put(tx, &parcel.id, &parcel)
    }

    #[transaction]
    fn find(&self, view: &View, id: String) -> Result<Parcel, SdkError> {
        PARCELS
            .get(view, &id)?
            .ok_or_else(|| SdkError::new(404, format!("no parcel {id}")))
    }

    #[transaction]
    fn of_grade(&self, view: &View, grade: Grade, most: u8) -> Result<Vec<String>, SdkError> {
        let mut found = Vec::new();
        for row in PARCELS.range(view, ..)? {
            let (id, parcel) = row?;
            if parcel.grade == grade && found.len() < usize::from(most) {
                found.push(id);
            }
        }
        Ok(found)
    }

    #[transaction]
    fn on(&self, view: &View) -> Time {
        view.time()
    }
}

#[derive(Default)]
pub struct Echo;

#[contract(name = "echo")]
impl Echo {
    #[transaction]
    fn bytes(&self, _: &View, bytes: Bytes, big: u64, yes: bool, float: f64) -> Bytes {
        [bytes.as_ref(), format!("{big}{yes}{float}").as_bytes()]
            .concat()
            .into()
    }
}

selvedge_sdk::chaincode!(Depot, Echo);

mod carrier {
    use super::depot_client::{self, DepotClient, DepotQueries, EchoClient};
    use selvedge_sdk::prelude::*;

    #[derive(Default)]
    pub struct Carrier;

    #[contract]
    impl Carrier {
        #[transaction]
        fn deliver(&self, tx: &Tx, id: String) -> Result<Time, SdkError> {
            let depot = DepotClient::on(tx, "depot");
            depot.store(depot_client::Parcel {
                grade: depot_client::ParcelGrade::High,
                id,
                inner: Vec::new(),
                note: None,
                r#type: "box".to_owned(),
                weight_grams: 5,
            })?;
            depot.on_()
        }

        #[transaction]
        fn kind(&self, view: &View, id: String) -> Result<String, SdkError> {
            let depot = DepotQueries::on_channel(view, view.channel(), "depot");
            Ok(depot.find(&id)?.r#type)
        }

        #[transaction]
        fn high(&self, tx: &Tx) -> Result<Vec<String>, SdkError> {
            DepotClient::on(tx, "depot").of_grade(depot_client::ParcelGrade::High, 1)
        }

        #[transaction]
        fn echo(&self, tx: &Tx) -> Result<Bytes, SdkError> {
            let bytes = Bytes::from_static(b"\xff");
            EchoClient::on(tx, "depot").bytes(bytes, u64::MAX, true, 1.5)
        }
    }

    selvedge_sdk::chaincode!(Carrier);
}

#[test]
fn one_contract_calls_another_by_its_client() {
    let network = Network::new();
    network.deploy("depot", CHAINCODE);
    let carrier = network.deploy("carrier", carrier::CHAINCODE);
    let ann = network.client("Org1MSP", "ann");
    assert_eq!(
        carrier.call(&ann, "Kind", ("p1",)).refusal(),
        Some((404, "no parcel p1"))
    );
    let delivered = carrier.submit(&ann, "Deliver", ("p1",));
    assert!(
        delivered.rwset().contains("write p1 = "),
        "{}",
        delivered.rwset()
    );
    carrier.submit(&ann, "Deliver", ("p2",));
    assert_eq!(carrier.call(&ann, "Kind", ("p1",)).text(), "box");
    assert_eq!(carrier.call(&ann, "High", ()).text(), r#"["p1"]"#);
    let echoed = carrier.call(&ann, "Echo", ());
    assert_eq!(
        echoed.response().payload.as_ref(),
        b"\xff18446744073709551615true1.5"
    );
}

#[test]
fn the_client_is_made_from_the_metadata() {
    let network = Network::new();
    let depot = network.deploy("depot", CHAINCODE);
    let ann = network.client("Org1MSP", "ann");
    let metadata = depot.call(&ann, "org.hyperledger.fabric:GetMetadata", ());
    let described = serde_json::from_slice(&metadata.response().payload).unwrap();
    expect_file!["depot.metadata.json"].assert_eq(&crate::pretty(&described));
    let interface = Interface::parse(&metadata.response().payload).unwrap();
    expect_file!["clients/depot_client.rs"].assert_eq(&rust(&interface));
}
