//! Blocks, from the block down to the rows of read-write sets.

use bytes::Bytes;
use selvedge_protos::common::{
    Block, BlockMetadata, BlockMetadataIndex, LastConfig, Metadata, OrdererBlockMetadata,
    SignatureHeader,
};
use selvedge_protos::etcdraft;
use selvedge_protos::msp::SerializedIdentity;

use crate::golden;
use crate::tally::Tally;
use crate::transaction;

pub(crate) fn block(tally: &mut Tally, place: &str, bytes: &Bytes) {
    tally.at(place);
    let Some(block) = tally.exact::<Block>(bytes) else {
        return;
    };
    metadata(tally, &block.metadata.unwrap());
    for (index, entry) in block.data.unwrap().data.iter().enumerate() {
        tally.at(format!("{place}[{index}]"));
        transaction::envelope(tally, entry);
    }
}

fn metadata(tally: &mut Tally, metadata: &BlockMetadata) {
    for (slot, bytes) in metadata.metadata.iter().enumerate() {
        let slot = BlockMetadataIndex::try_from(i32::try_from(slot).unwrap()).unwrap();
        if slot == BlockMetadataIndex::TransactionsFilter {
            continue; // One byte per transaction, not a message.
        }
        let Some(content) = tally.exact::<Metadata>(bytes) else {
            continue;
        };
        for signature in &content.signatures {
            signature_header(tally, &signature.signature_header);
        }
        match slot {
            BlockMetadataIndex::Signatures => {
                if let Some(value) = tally.exact::<OrdererBlockMetadata>(&content.value) {
                    tally.exact::<etcdraft::BlockMetadata>(&value.consenter_metadata);
                }
            }
            BlockMetadataIndex::LastConfig => {
                tally.exact::<LastConfig>(&content.value);
            }
            _ => {}
        }
    }
}

pub(crate) fn signature_header(tally: &mut Tally, bytes: &Bytes) {
    if let Some(header) = tally.exact::<SignatureHeader>(bytes) {
        tally.exact::<SerializedIdentity>(&header.creator);
    }
}

#[test]
fn every_block_comes_back() {
    let mut tally = Tally::default();
    for file in golden::files("blocks", ".block")
        .into_iter()
        .chain(golden::files("aux/blocks", ".block"))
        .chain(["genesis.block".to_owned()])
    {
        block(
            &mut tally,
            file.trim_end_matches(".block"),
            &golden::read(&file),
        );
    }
    // Transactions that the recording malformed on purpose.
    tally.assert_exceptions(&[
        "blocks/0017[5]: msp::SerializedIdentity does not decode",
        "blocks/0018[0]: protos::ChaincodeHeaderExtension does not decode",
        "blocks/0018[1]: protos::ChaincodeAction does not decode",
        "blocks/0018[2]: rwset::TxReadWriteSet does not decode",
        "blocks/0018[3]: kvrwset::KvrwSet does not decode",
        "blocks/0019[6]: protos::ChaincodeEvent does not decode",
        "blocks/0020[4]: common::ChannelHeader does not decode",
        "blocks/0020[8]: common::Payload does not decode",
        "blocks/0021[4]: protos::ChaincodeInvocationSpec does not decode",
        "blocks/0021[6]: protos::Transaction does not decode",
    ]);
    tally.assert_at_least(&[
        ("common::Block", 59),
        ("protos::Transaction", 208),
        ("kvrwset::KvrwSet", 350),
    ]);
    tally.assert_total(4890);
}
