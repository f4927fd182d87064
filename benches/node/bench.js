// The operations of benches/contract on Fabric's own shim for Node.
'use strict';

const crypto = require('crypto');
const shim = require('fabric-shim');

const key = (number) => `key${String(number).padStart(6, '0')}`;
const length = (value) => (value ? value.length : 0);
const text = (value) => Buffer.from(value || '').toString();

async function rows(iterator) {
    const found = [];
    for (;;) {
        const next = await iterator.next();
        if (next.value) {
            found.push(next.value);
        }
        if (next.done) {
            break;
        }
    }
    await iterator.close();
    return found;
}

function asset(id, size) {
    const of = (content) => JSON.stringify({ content, docType: 'fixed-asset', id, size });
    return of('a'.repeat(Math.max(0, size - of('').length)));
}

function json(count) {
    const records = [];
    for (let n = 0; n < count; n += 1) {
        const id = `asset${String(n).padStart(6, '0')}`;
        records.push({ id, owner: `owner ${n % 97}`, colour: 'blue', size: n % 50, appraisedValue: n });
    }
    const written = JSON.stringify(records);
    const sum = JSON.parse(written).reduce((total, record) => total + record.appraisedValue, 0);
    return `${written.length} ${sum}`;
}

const hash = (size) => crypto.createHash('sha256').update(Buffer.alloc(size, 0x5a)).digest('hex');
const listed = (found) => JSON.stringify(found.map((row) => ({ key: row.key, value: text(row.value) })));

const operations = {
    empty: () => '0',
    which: () => 'copy 0000000 of the contract that is measured',
    'get-put': async (stub, [number]) => {
        const read = length(await stub.getState(key(number)));
        await stub.putState(key(number), Buffer.alloc(100, 'w'));
        return String(read);
    },
    announce: async (stub, [number]) => {
        const read = length(await stub.getState(key(number)));
        await stub.putState(key(number), Buffer.alloc(100, 'w'));
        stub.setEvent('announced', Buffer.from(key(number)));
        return String(read);
    },
    fill: async (stub, [count, first]) => {
        for (let n = Number(first || 0); n < Number(first || 0) + Number(count); n += 1) {
            await stub.putState(key(n), Buffer.alloc(100, 'v'));
        }
        return '0';
    },
    gets: async (stub, [count]) => {
        let read = 0;
        for (let n = 0; n < Number(count); n += 1) {
            read += length(await stub.getState(key(n)));
        }
        return String(read);
    },
    range: async (stub, [count]) => {
        const found = await rows(await stub.getStateByRange(key(0), key(count)));
        return String(found.reduce((total, row) => total + row.value.length, 0));
    },
    'put-value': async (stub, [size]) => {
        await stub.putState('value', Buffer.alloc(Number(size), 'x'));
        return '0';
    },
    'get-value': async (stub) => String(length(await stub.getState('value'))),
    sha256: (stub, [size]) => hash(Number(size)),
    'sha256-own': (stub, [size]) => hash(Number(size)),
    json: (stub, [count]) => json(Number(count)),
    'empty-contract': () => '',
    'create-asset': async (stub, [id, size]) => {
        await stub.putState(id, Buffer.from(asset(id, Number(size))));
        return '';
    },
    'get-asset': async (stub, [id]) => text(await stub.getState(id)),
    'update-asset': async (stub, [id]) => {
        const size = length(await stub.getState(id));
        await stub.putState(id, Buffer.from(asset(id, size)));
        return '';
    },
    'range-page': async (stub, [first, behind, size, bookmark]) => {
        const page = await stub.getStateByRangeWithPagination(first, behind, Number(size), bookmark || '');
        return listed(await rows(page.iterator));
    },
    'rich-page': async (stub, [selector, size, bookmark]) => {
        const page = await stub.getQueryResultWithPagination(selector, Number(size), bookmark || '');
        return listed(await rows(page.iterator));
    },
    'create-private-asset': async (stub, [collection, id, size]) => {
        await stub.putPrivateData(collection, id, Buffer.from(asset(id, Number(size))));
        return '';
    },
    'get-private-asset': async (stub, [collection, id]) => text(await stub.getPrivateData(collection, id)),
};

class Bench {
    async Invoke(stub) {
        const [operation, ...words] = stub.getArgs();
        const perform = operations[operation];
        if (perform === undefined) {
            return shim.error(`unknown operation '${operation}'`);
        }
        try {
            return shim.success(Buffer.from(await perform(stub, words)));
        } catch (error) {
            return shim.error(error.message);
        }
    }

    async Init(stub) {
        return this.Invoke(stub);
    }
}

shim.start(new Bench());
