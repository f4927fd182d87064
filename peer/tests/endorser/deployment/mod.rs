//! What organisations do with definitions: agree, disagree, come late, miss blocks, upgrade one after the other. Three
//! organisations, each peer with its own store; each story on a native build of the chaincode and on a component.

mod agreement;
mod channels;
mod initialization;
mod packages;
mod story;
mod upgrades;
