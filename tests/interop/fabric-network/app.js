// An application as it was written before Fabric 2.4, on the client `fabric-network`. Argument: the folder of a network
// that `selvedge dev --no-session` with chaincode `script` has made.
'use strict';
const assert = require('node:assert/strict');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { DefaultCheckpointers, DefaultEventHandlerStrategies, DefaultQueryHandlerStrategies, Gateway,
    Wallets } = require('fabric-network');

const directory = process.argv[2];
const CHANNEL = 'dev';
const text = (bytes) => Buffer.from(bytes).toString();
const hex = (value) => Buffer.from(value).toString('hex');
const only = (folder) => fs.readFileSync(path.join(folder, fs.readdirSync(folder)[0]), 'utf8');
const organisation = (number) => path.join(directory, 'peerOrganizations', `org${number}.example.com`);
const script = (...operations) => ['run', JSON.stringify(operations)];

// The users of the development network, as `fabric-ca-client` would have enrolled them.
async function wallet() {
    const made = await Wallets.newInMemoryWallet();
    for (const number of [1, 2]) {
        const msp = path.join(organisation(number), 'users', `User1@org${number}.example.com`, 'msp');
        await made.put(`user${number}`, {
            type: 'X.509', mspId: `Org${number}MSP`,
            credentials: { certificate: only(path.join(msp, 'signcerts')), privateKey: only(path.join(msp, 'keystore')) },
        });
    }
    return made;
}

async function connected(users, number, more = {}) {
    const gateway = new Gateway();
    const profile = JSON.parse(fs.readFileSync(path.join(organisation(number), `connection-org${number}.json`), 'utf8'));
    await gateway.connect(profile, {
        wallet: users, identity: `user${number}`, discovery: { enabled: true, asLocalhost: true }, ...more,
    });
    return gateway;
}

async function fails(promise, words) {
    const error = await promise.then(() => assert.fail('it did not fail'), (error) => error);
    assert.match(error.message, words, error.stack);
    return error;
}

// What a listener hears until `enough` says so; Node ends the program when nothing comes any more.
function listening(enough) {
    const heard = [];
    let done;
    const all = new Promise((resolve) => { done = resolve; });
    const listener = async (event) => {
        heard.push(event);
        if (enough(heard)) {
            done(heard);
        }
    };
    return { all, listener };
}

const cases = {
    async 'evaluate and submit'({ contract }) {
        assert.equal(JSON.parse(text(await contract.submitTransaction(...script(['put', 'k', 'v'], ['get', 'k'])))).length, 2);
        assert.deepEqual(JSON.parse(text(await contract.evaluateTransaction(...script(['get', 'k'])))), [hex('v')]);
    },
    async 'discovery found everybody'({ network }) {
        const channel = network.getChannel();
        assert.deepEqual(channel.getMspids().sort(), ['OrdererMSP', 'Org1MSP', 'Org2MSP']);
        // The profile names one peer and no orderer.
        const owners = channel.getEndorsers().map((endorser) => endorser.mspid).sort();
        assert.deepEqual(owners, ['Org1MSP', 'Org2MSP']);
        assert.equal(channel.getCommitters().length, 1);
    },
    async 'both organisations endorse'({ contract, network }) {
        const transaction = contract.createTransaction('run');
        await transaction.submit(script(['put', 'both', 'v'])[1]);
        const found = await network.getContract('qscc').evaluateTransaction('GetTransactionByID', CHANNEL, transaction.getTransactionId());
        const processed = found.toString('latin1');
        assert.ok(processed.includes('Org1MSP') && processed.includes('Org2MSP'));
    },
    async 'transient data, and members of a collection'({ contract }) {
        const own = '_implicit_org_Org1MSP';
        const secret = { secret: Buffer.from('hush') };
        const put = contract.createTransaction('run').setTransient(secret).setEndorsingOrganizations('Org1MSP');
        await put.submit(script(['putpvtt', own, 'p', 'secret'])[1]);
        assert.deepEqual(JSON.parse(text(await contract.evaluateTransaction(...script(['getpvt', own, 'p'])))), [hex('hush')]);
        // By discovery, which is asked for the peers that hold the collection.
        const { network } = contract;
        const aware = network.getContract('script');
        aware.addDiscoveryInterest({ name: 'script', collectionNames: [own] });
        await aware.createTransaction('run').setTransient(secret).submit(script(['putpvtt', own, 'q', 'secret'])[1]);
        aware.resetDiscoveryInterests();
    },
    async 'what chaincode refuses'({ contract }) {
        await fails(contract.evaluateTransaction(...script(['fail', 'on purpose'])), /on purpose/);
        const error = await fails(contract.submitTransaction(...script(['fail', 'on purpose'])),
            /^No valid responses from any peers\. Errors:/);
        assert.match(error.message, /status=500, message=on purpose/);
    },
    async 'what is not there'({ gateway, network }) {
        await fails(network.getContract('nobody').submitTransaction('f'), /DiscoveryService: .*failed constructing descriptor/);
        await fails(gateway.getNetwork('nowhere'), /DiscoveryService.*access denied/);
    },
    async 'a transaction that loses its conflict'({ contract }) {
        // Two increments of one counter, endorsed on the same state.
        const both = [1, 2].map(() => contract.submitTransaction(...script(['add', 'counter', 1])));
        const failed = (await Promise.allSettled(both)).filter(({ status }) => status === 'rejected');
        for (const { reason } of failed) {
            assert.match(reason.message, /Commit of transaction [0-9a-f]{64} failed on peer .* with status MVCC_READ_CONFLICT/);
            assert.equal(reason.transactionCode, 'MVCC_READ_CONFLICT');
        }
        const [count] = JSON.parse(text(await contract.evaluateTransaction(...script(['get', 'counter']))));
        assert.equal(text(Buffer.from(count, 'hex')), String(2 - failed.length));
    },
    async 'other ways to wait and to ask'({ users }) {
        const ways = [
            [DefaultEventHandlerStrategies.MSPID_SCOPE_ANYFORTX, DefaultQueryHandlerStrategies.MSPID_SCOPE_ROUND_ROBIN],
            [DefaultEventHandlerStrategies.NETWORK_SCOPE_ALLFORTX, DefaultQueryHandlerStrategies.PREFER_MSPID_SCOPE_ROUND_ROBIN],
        ];
        for (const [wait, query] of ways) {
            const gateway = await connected(users, 1, { eventHandlerOptions: { strategy: wait }, queryHandlerOptions: { strategy: query } });
            const contract = (await gateway.getNetwork(CHANNEL)).getContract('script');
            await contract.submitTransaction(...script(['put', 'way', 'v']));
            assert.deepEqual(JSON.parse(text(await contract.evaluateTransaction(...script(['get', 'way'])))), [hex('v')]);
            gateway.disconnect();
        }
    },
    async 'contract events, full and filtered'({ contract }) {
        for (const [type, payload] of [['full', 'of full one'], ['filtered', undefined]]) {
            // A listener begins with the newest block that is there.
            const names = [`${type} one`, `${type} two`];
            const mine = (heard) => heard.filter(({ eventName }) => names.includes(eventName));
            const { all, listener } = listening((heard) => mine(heard).length === 2);
            await contract.addContractListener(listener, { type });
            const sent = [];
            for (const name of names) {
                const transaction = contract.createTransaction('run');
                await transaction.submit(script(['put', name, 'v'], ['event', name, `of ${name}`])[1]);
                sent.push([name, transaction.getTransactionId()]);
            }
            const heard = mine(await all);
            contract.removeContractListener(listener);
            const seen = heard.map((event) => [event.eventName, event.getTransactionEvent().transactionId]);
            assert.deepEqual(seen, sent);
            assert.equal(heard[0].payload?.toString(), payload);
        }
    },
    async 'block events of all three kinds, replayed'({ network, contract }) {
        const transaction = contract.createTransaction('run');
        await transaction.submit(script(['put', 'block', 'v'])[1]);
        const id = transaction.getTransactionId();
        for (const type of ['full', 'filtered', 'private']) {
            const there = (heard) => heard.some((block) => block.getTransactionEvents().some(({ transactionId }) => transactionId === id));
            const { all, listener } = listening(there);
            await network.addBlockListener(listener, { type, startBlock: 0 });
            const blocks = await all;
            network.removeBlockListener(listener);
            assert.deepEqual(blocks.map(({ blockNumber }) => Number(blockNumber)), blocks.map((_, number) => number));
            const event = blocks.at(-1).getTransactionEvents().find(({ transactionId }) => transactionId === id);
            assert.deepEqual([event.status, event.isValid], ['VALID', true]);
        }
    },
    async 'a checkpoint, and again'({ network, contract }) {
        const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'selvedge-')), 'checkpoint.json');
        const numbers = [];
        // The library writes it after the listener has returned, and not in one go.
        const written = async (next) => {
            for (;;) {
                try {
                    if (Number(JSON.parse(fs.readFileSync(file)).blockNumber) === next) {
                        return;
                    }
                } catch (error) {
                    assert.ok(error instanceof SyntaxError, error);
                }
                await new Promise((resolve) => setTimeout(resolve, 10));
            }
        };
        for (const _ of [1, 2]) {
            const checkpointer = await DefaultCheckpointers.file(file);
            const { all, listener } = listening((heard) => heard.length > 0);
            await network.addBlockListener(listener, { checkpointer });
            await contract.submitTransaction(...script(['put', 'checked', String(numbers.length)]));
            const [block] = await all;
            numbers.push(Number(block.blockNumber));
            await written(numbers.at(-1) + 1);
            network.removeBlockListener(listener);
        }
        assert.ok(numbers[1] > numbers[0], numbers.join());
        fs.rmSync(path.dirname(file), { recursive: true });
    },
    async 'a transaction serialized, and submitted by another program'({ contract }) {
        const written = contract.createTransaction('run').setEndorsingOrganizations('Org1MSP', 'Org2MSP').serialize();
        const again = contract.deserializeTransaction(written);
        await again.submit(script(['put', 'later', 'v'])[1]);
        assert.deepEqual(JSON.parse(text(await contract.evaluateTransaction(...script(['get', 'later'])))), [hex('v')]);
    },
    async 'the other organisation sees the same'({ users }) {
        const gateway = await connected(users, 2);
        const contract = (await gateway.getNetwork(CHANNEL)).getContract('script');
        await contract.submitTransaction(...script(['put', 'from', 'two']));
        assert.deepEqual(JSON.parse(text(await contract.evaluateTransaction(...script(['get', 'from'])))), [hex('two')]);
        gateway.disconnect();
    },
    async 'somebody else is refused'({ users }) {
        const [one, two] = [await users.get('user1'), await users.get('user2')];
        // The certificate of one, the key of another.
        await users.put('forged', { ...one, credentials: { ...one.credentials, privateKey: two.credentials.privateKey } });
        const gateway = await connected(users, 1, { identity: 'forged' });
        await fails(gateway.getNetwork(CHANNEL), /DiscoveryService.*access denied/);
        gateway.disconnect();
    },
};

async function main() {
    const users = await wallet();
    const gateway = await connected(users, 1);
    const network = await gateway.getNetwork(CHANNEL);
    const contract = network.getContract('script');
    for (const [name, run] of Object.entries(cases)) {
        await run({ users, gateway, network, contract });
        console.log(`ok  ${name}`);
    }
    gateway.disconnect();
}

main().catch((error) => {
    console.error(error);
    process.exit(1);
});
