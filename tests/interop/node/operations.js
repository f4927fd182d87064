// The operations of the `script` chaincode on Fabric's own shim for Node, one after another. What each does and answers is
// set down in tests/golden/README.md. What this shim lacks is done with what it has: it reads and writes keys one by one.
'use strict';

const crypto = require('crypto');
const { ClientIdentity } = require('fabric-shim');

class Stop extends Error {
    constructor(response) {
        super(response.message);
        this.response = response;
    }
}

const bytes = (value) => (typeof value === 'string' ? Buffer.from(value) : Buffer.from(value.hex, 'hex'));
const result = (value) => (value && value.length > 0 ? Buffer.from(value).toString('hex') : null);
const row = (found) => [Buffer.from(found.key).toString('hex'), Buffer.from(found.value).toString('hex')];

async function rows(iterator, limit = Infinity) {
    const found = [];
    try {
        while (found.length < limit) {
            const next = await iterator.next();
            if (next.value) {
                found.push(row(next.value));
            }
            if (next.done) {
                break;
            }
        }
    } finally {
        await iterator.close();
    }
    return found;
}

async function page(promise) {
    // Without a size and a bookmark there is no page, and nothing to say about it.
    const { iterator, metadata = {} } = await promise;
    const found = await rows(iterator);
    const bookmark = Buffer.from(metadata.bookmark || '').toString('hex');
    return [found, metadata.fetchedRecordsCount || 0, bookmark];
}

async function history(iterator) {
    const found = [];
    for (;;) {
        const next = await iterator.next();
        if (next.value) {
            const { txId, value, isDelete, timestamp } = next.value;
            found.push([txId, result(value), isDelete, timestamp.seconds, timestamp.nanos]);
        }
        if (next.done) {
            break;
        }
    }
    await iterator.close();
    return found;
}

const ok = async (promise) => {
    await promise;
    return 'ok';
};

const operations = {
    put: (stub, [key, value]) => ok(stub.putState(key, bytes(value))),
    get: async (stub, [key]) => result(await stub.getState(key)),
    del: (stub, [key]) => ok(stub.deleteState(key)),
    getmulti: async (stub, [keys]) => {
        const values = [];
        for (const key of keys) {
            values.push(result(await stub.getState(key)));
        }
        return values;
    },
    batch: (stub, [inner]) => all(stub, inner),
    copy: async (stub, [from, to]) => {
        const value = await stub.getState(from);
        await stub.putState(to, value);
        return result(value);
    },
    add: async (stub, [key, more]) => {
        const before = /^-?\d+$/.exec((await stub.getState(key)).toString());
        const after = (before ? Number(before[0]) : 0) + more;
        await stub.putState(key, Buffer.from(String(after)));
        return after;
    },
    range: async (stub, [start, end]) => rows(await stub.getStateByRange(start, end)),
    rangen: async (stub, [start, end, count]) => rows(await stub.getStateByRange(start, end), count),
    rangepage: (stub, [start, end, size, bookmark]) =>
        page(stub.getStateByRangeWithPagination(start, end, size, bookmark)),
    rangedel: async (stub, [start, end]) => {
        const found = await rows(await stub.getStateByRange(start, end));
        for (const [key] of found) {
            await stub.deleteState(Buffer.from(key, 'hex').toString());
        }
        return found.length;
    },
    ckput: (stub, [type, attributes, value]) =>
        ok(stub.putState(stub.createCompositeKey(type, attributes), bytes(value))),
    ckget: async (stub, [type, attributes]) => result(await stub.getState(stub.createCompositeKey(type, attributes))),
    ckdel: (stub, [type, attributes]) => ok(stub.deleteState(stub.createCompositeKey(type, attributes))),
    ckrange: async (stub, [type, attributes]) => rows(await stub.getStateByPartialCompositeKey(type, attributes)),
    ckpage: (stub, [type, attributes, size, bookmark]) =>
        page(stub.getStateByPartialCompositeKeyWithPagination(type, attributes, size, bookmark)),
    rich: async (stub, [query]) => rows(await stub.getQueryResult(query)),
    richpage: (stub, [query, size, bookmark]) => page(stub.getQueryResultWithPagination(query, size, bookmark)),
    history: async (stub, [key]) => history(await stub.getHistoryForKey(key)),
    setep: (stub, [key, policy]) => ok(stub.setStateValidationParameter(key, bytes(policy))),
    getep: async (stub, [key]) => result(await stub.getStateValidationParameter(key)),
    setpvtep: (stub, [collection, key, policy]) =>
        ok(stub.setPrivateDataValidationParameter(collection, key, bytes(policy))),
    getpvtep: async (stub, [collection, key]) => result(await stub.getPrivateDataValidationParameter(collection, key)),
    putpvt: (stub, [collection, key, value]) => ok(stub.putPrivateData(collection, key, bytes(value))),
    putpvtt: (stub, [collection, key, field]) =>
        ok(stub.putPrivateData(collection, key, stub.getTransient().get(field) || Buffer.alloc(0))),
    delpvt: (stub, [collection, key]) => ok(stub.deletePrivateData(collection, key)),
    purge: (stub, [collection, key]) => ok(stub.purgePrivateData(collection, key)),
    getpvt: async (stub, [collection, key]) => result(await stub.getPrivateData(collection, key)),
    gethash: async (stub, [collection, key]) => result(await stub.getPrivateDataHash(collection, key)),
    getpvtmulti: async (stub, [collection, keys]) => {
        const values = [];
        for (const key of keys) {
            values.push(result(await stub.getPrivateData(collection, key)));
        }
        return values;
    },
    pvtckput: (stub, [collection, type, attributes, value]) =>
        ok(stub.putPrivateData(collection, stub.createCompositeKey(type, attributes), bytes(value))),
    // The queries whose iterator comes wrapped.
    pvtrange: async (stub, [collection, start, end]) =>
        rows((await stub.getPrivateDataByRange(collection, start, end)).iterator),
    pvtckrange: async (stub, [collection, type, attributes]) =>
        rows((await stub.getPrivateDataByPartialCompositeKey(collection, type, attributes)).iterator),
    pvtrich: async (stub, [collection, query]) =>
        rows((await stub.getPrivateDataQueryResult(collection, query)).iterator),
    event: async (stub, [name, payload]) => {
        stub.setEvent(name, bytes(payload));
        return 'ok';
    },
    invoke: async (stub, [name, channel, args]) => {
        try {
            const response = await stub.invokeChaincode(name, args.map(bytes), channel);
            return [response.status, response.message, result(response.payload)];
        } catch (error) {
            // Other shims answer with the peer's refusal as the payload.
            return [500, '', result(Buffer.from(error.message))];
        }
    },
    transient: async (stub, [field]) => result(stub.getTransient().get(field)),
    creator: async (stub) => {
        const { mspid, idBytes } = stub.getCreator();
        return [mspid, crypto.createHash('sha256').update(idBytes).digest('hex')];
    },
    attr: async (stub, [name]) => new ClientIdentity(stub).getAttributeValue(name),
    txid: async (stub) => stub.getTxID(),
    channel: async (stub) => stub.getChannelID(),
    ts: async (stub) => {
        const { seconds, nanos } = stub.getTxTimestamp();
        return [Number(seconds), nanos];
    },
    binding: async (stub) => stub.getBinding(),
    fail: async (stub, [message]) => {
        throw new Stop({ status: 500, message });
    },
    return: async (stub, [status, message, payload]) => {
        throw new Stop({ status, message, payload: bytes(payload) });
    },
};

async function all(stub, script) {
    const results = [];
    for (const [index, [name, ...parameters]] of script.entries()) {
        try {
            if (!Object.hasOwn(operations, name)) {
                throw new Error('unknown operation');
            }
            results.push(await operations[name](stub, parameters));
        } catch (error) {
            if (error instanceof Stop) {
                throw error;
            }
            throw new Error(`op ${index}: ${name}: ${error.message}`);
        }
    }
    return results;
}

// As Go's encoder writes strings.
const json = (value) =>
    JSON.stringify(value).replace(
        /[<>&\u2028\u2029]/g,
        (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`
    );

/** Runs a script and answers with its results as text; throws what it fails with, or `Stop` with an answer of its own. */
const run = async (stub, script) => json(await all(stub, JSON.parse(script)));

module.exports = { run, Stop };
