// Fabric's basic sample in JavaScript: keys, values, answers and error texts are those of chaincodes/asset-transfer, to the
// byte, so that an organisation may run this one and another the one in Rust.
import { Refusal, info, records, run, whole } from './chaincode.js';

function read(id) {
    const asset = records.get(id);
    if (asset === null) {
        throw new Refusal(404, `the asset ${id} does not exist`);
    }
    return asset;
}

// The order of the members is that of the stored bytes.
const assetOf = (id, color, size, owner, appraisedValue) => ({
    AppraisedValue: whole('appraisedValue', appraisedValue),
    Color: color,
    ID: id,
    Owner: owner,
    Size: whole('size', size),
});

const transactions = {
    CreateAsset(id, color, size, owner, appraisedValue) {
        const asset = assetOf(id, color, size, owner, appraisedValue);
        if (records.get(id) !== null) {
            throw new Refusal(409, `the asset ${id} already exists`);
        }
        records.put(id, asset);
        info(`${owner} now owns ${id}`);
    },

    ReadAsset: (id) => read(id),

    UpdateAsset(id, color, size, owner, appraisedValue) {
        const asset = assetOf(id, color, size, owner, appraisedValue);
        read(id);
        records.put(id, asset);
    },

    DeleteAsset(id) {
        read(id);
        records.delete(id);
    },

    AssetExists: (id) => records.get(id) !== null,

    TransferAsset(id, newOwner) {
        const asset = read(id);
        const oldOwner = asset.Owner;
        records.put(id, { ...asset, Owner: newOwner });
        return oldOwner;
    },

    GetAllAssets: () => [...records.range('', '')],

    GetAssetsByRange: (start, end) => [...records.range(start, end)],
};

const about = {
    name: 'SmartContract',
    version: '0.1.0',
    reads: ['ReadAsset', 'AssetExists', 'GetAllAssets', 'GetAssetsByRange'],
};

/** The world's export. Each transaction runs in a fresh instance: nothing that a variable holds outlives it. */
export const invoke = (args) => run(transactions, args, about);
