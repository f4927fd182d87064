// What fabric-contract-api for Node answers to the calls of calls.json, with its own dispatcher and serializer: one
// line for each. The test kit's tests/contracts/dialects.rs has the same contracts in Rust and compares.
'use strict';

const fs = require('fs');
const path = require('path');
const api = require('fabric-contract-api');
const Chaincode = require('fabric-shim/lib/contract-spi/chaincodefromcontract');

const { Context, Contract, Transaction, Returns, Param, Property } = api;

class Point {}
Property('x', 'number')(Point.prototype, 'x');
Property('label', 'string')(Point.prototype, 'label');
api.Object()(Point);

class Twin extends Contract {
    constructor(name = 'Twin') {
        super(name);
    }

    async none() {}
    async text(ctx, text) {
        return text;
    }
    async flag(ctx, flag) {
        return flag;
    }
    async whole(ctx, whole) {
        return whole;
    }
    async float(ctx, float) {
        return float;
    }
    async pair(ctx, left, right) {
        return `${left}/${right}`;
    }
    async list(ctx, list) {
        return list;
    }
    async point(ctx, point) {
        return point;
    }
    async fail(ctx, text) {
        throw new Error(text);
    }
}

class Hooked extends Contract {
    constructor() {
        super('hooked');
    }

    async beforeTransaction() {
        throw new Error('before');
    }
    async pair(ctx, left, right) {
        return `${left}/${right}`;
    }
}

// What TypeScript's compiler makes of decorators and types.
function transaction(contract, name, types, params, returns) {
    const target = contract.prototype;
    Reflect.defineMetadata('design:paramtypes', [Context, ...types], target, name);
    for (const [param, type] of params) {
        Param(param, type)(target, name);
    }
    if (returns) {
        Returns(returns)(target, name);
    }
    Transaction()(target, name);
}

transaction(Twin, 'none', [], []);
transaction(Twin, 'text', [String], [], 'string');
transaction(Twin, 'flag', [Boolean], [], 'boolean');
transaction(Twin, 'whole', [Number], [], 'number');
transaction(Twin, 'float', [Number], [], 'number');
transaction(Twin, 'pair', [String, Number], [], 'string');
transaction(Twin, 'list', [Array], [['list', 'number[]']], 'number[]');
transaction(Twin, 'point', [Point], [], 'Point');
transaction(Twin, 'fail', [String], []);
transaction(Hooked, 'pair', [String, Number], [], 'string');

const serializers = {
    transaction: 'jsonSerializer',
    serializers: { jsonSerializer: 'fabric-contract-api/lib/jsontransactionserializer' },
};

// The library logs to standard output, whatever one asks it.
const [certificate, output] = process.argv.slice(2);
const pem = fs.readFileSync(certificate);

function stub(args) {
    const all = args.map((arg) => Buffer.from(arg));
    return {
        getBufferArgs: () => all,
        getFunctionAndParameters: () => ({ fcn: args[0], params: args.slice(1) }),
        getTxID: () => 'tx',
        getChannelID: () => 'channel',
        getCreator: () => ({ mspid: 'Org1MSP', idBytes: pem }),
    };
}

async function main() {
    const calls = JSON.parse(fs.readFileSync(path.join(__dirname, 'calls.json')));
    const chaincode = new Chaincode([Twin, Hooked], serializers, {}, 'twin', '1');
    const lines = [];
    for (const { args, init } of calls) {
        const method = init ? 'Init' : 'Invoke';
        const { status, message, payload } = await chaincode[method](stub(args));
        const text = Buffer.from(payload || '').toString();
        lines.push(JSON.stringify({ args, init, status, message: message || '', payload: text }));
    }
    fs.writeFileSync(output, `[\n${lines.join(',\n')}\n]\n`);
}

main();
