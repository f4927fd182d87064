// What stands between a class of transactions and the WIT world `fabric:chaincode`: routing, JSON, and errors that have a
// status. The same few lines would carry any contract.
import { getState, putState, delState, getStateByRange, next } from 'fabric:chaincode/state@0.1.0';
import { log } from 'fabric:chaincode/context@0.1.0';

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true });

/** An error that its client sees: 400 to 499 for what the caller did wrong. */
export class Refusal extends Error {
    constructor(status, message) {
        super(message);
        this.status = status;
    }
}

/** JSON as Go's encoder writes it, which is how chaincode on Fabric stores records: <, > and & are escaped. */
const toJson = (value) =>
    JSON.stringify(value).replace(
        /[<>&\u2028\u2029]/g,
        (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );

/** Where an open range of simple keys begins: before it are composite keys. */
const FIRST = '\u0001';

/** Records as JSON under simple keys. Reads never show what the transaction itself has written: that is Fabric's rule. */
export const records = {
    get(key) {
        const value = getState(key);
        return value && value.length > 0 ? JSON.parse(decoder.decode(value)) : null;
    },
    put: (key, record) => putState(key, encoder.encode(toJson(record))),
    delete: (key) => delState(key),
    *range(start, end) {
        let batch = getStateByRange(start || FIRST, end);
        for (;;) {
            for (const { value } of batch.rows) {
                yield JSON.parse(decoder.decode(value));
            }
            if (batch.cursor === undefined) {
                return;
            }
            batch = next(batch.cursor);
        }
    },
};

export const info = (text) => log('info', text);

/** Arguments are text. What a number looks like is stricter than JavaScript thinks. */
export function whole(name, text) {
    if (!/^-?\d+$/.test(text) || !Number.isSafeInteger(Number(text))) {
        throw new Refusal(400, `${name} is ${text}; expected a whole number`);
    }
    return Number(text);
}

function answer(result) {
    const text = typeof result === 'object' ? toJson(result) : String(result ?? '');
    return { status: 200, message: '', payload: encoder.encode(text) };
}

/** The names of a function's parameters, which JavaScript tells in its source only. */
function parametersOf(transaction) {
    const [, list = ''] = /\(([^)]*)\)/.exec(String(transaction)) ?? [];
    const names = list.split(',').map((name) => name.trim()).filter(Boolean);
    return Array.from({ length: transaction.length }, (_, at) => names[at] ?? `arg${at}`);
}

/** What clients of contract-api ask for, and `selvedge invoke` takes its flags from. Arguments and
 * answers are text, whatever is in them. */
function describe({ name, version, reads }, transactions) {
    const described = Object.entries(transactions).map(([key, transaction]) => ({
        name: key,
        parameters: parametersOf(transaction).map((parameter) => ({ name: parameter, schema: { type: 'string' } })),
        returns: { type: 'string' },
        tag: reads.includes(key) ? ['evaluate', 'EVALUATE'] : ['submit', 'SUBMIT'],
    }));
    const info = { title: name, version };
    const contract = { default: true, info, name, transactions: described };
    return { components: {}, contracts: { [name]: contract }, info: { title: 'undefined', version: 'latest' } };
}

/** Runs the transaction that the first argument names: `CreateAsset` or `createAsset`. `about`: its name, version, and which
 * transactions only read. */
export function run(transactions, args, about) {
    try {
        const [name = '', ...rest] = args.map((arg) => decoder.decode(arg));
        if (name === 'org.hyperledger.fabric:GetMetadata') {
            return answer(describe(about, transactions));
        }
        const known = name.charAt(0).toUpperCase() + name.slice(1);
        if (!Object.hasOwn(transactions, known)) {
            throw new Refusal(400, `there is no ${name}; there are ${Object.keys(transactions).join(', ')}`);
        }
        const transaction = transactions[known];
        if (rest.length !== transaction.length) {
            throw new Refusal(400, `${name} takes ${transaction.length} arguments, not ${rest.length}`);
        }
        return answer(transaction(...rest));
    } catch (error) {
        // What the peer refuses arrives with its text as payload. An exception that nobody catches would be a trap.
        const message = typeof error.payload === 'string' ? error.payload : String(error.message ?? error);
        return { status: error.status ?? 500, message, payload: new Uint8Array() };
    }
}
