// An application as its author writes it, on Fabric's own gateway library. Arguments: the folder of a network that
// `selvedge dev --no-session` with chaincode `script` has made, and the addresses of its peers as a JSON list.
'use strict';
const assert = require('node:assert/strict');
const crypto = require('node:crypto');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const grpc = require('@grpc/grpc-js');
const { connect, checkpointers, hash, signers, GatewayError, EndorseError, CommitError, CommitStatusError,
    StatusCode } = require('@hyperledger/fabric-gateway');

const [directory, addresses] = [process.argv[2], JSON.parse(process.argv[3])];
const CHANNEL = 'dev';
const text = (bytes) => Buffer.from(bytes).toString();
const only = (folder) => path.join(folder, fs.readdirSync(folder)[0]);
const organisation = (number) => path.join(directory, 'peerOrganizations', `org${number}.example.com`);

function client(number) {
    const peer = path.join(organisation(number), 'peers', `peer0.org${number}.example.com`);
    const roots = fs.readFileSync(path.join(peer, 'tls', 'ca.crt'));
    return new grpc.Client(addresses[number - 1], grpc.credentials.createSsl(roots), { 'grpc.ssl_target_name_override': 'localhost' });
}

function user(number, name = 'User1') {
    const msp = path.join(organisation(number), 'users', `${name}@org${number}.example.com`, 'msp');
    const key = crypto.createPrivateKey(fs.readFileSync(only(path.join(msp, 'keystore'))));
    return {
        identity: { mspId: `Org${number}MSP`, credentials: fs.readFileSync(only(path.join(msp, 'signcerts'))) },
        signer: signers.newPrivateKeySigner(key),
    };
}

const deadline = () => ({ deadline: Date.now() + 60_000 });
const options = {
    hash: hash.sha256, evaluateOptions: deadline, endorseOptions: deadline, submitOptions: deadline,
    commitStatusOptions: deadline,
};
const script = (...operations) => ['run', JSON.stringify(operations)];
const hex = (value) => Buffer.from(value).toString('hex');

async function fails(promise, kind, code, words, details) {
    const error = await promise.then(() => assert.fail('it did not fail'), (error) => error);
    assert.ok(error instanceof kind, `${error.stack}`);
    assert.equal(error.code, code, `${error.stack}`);
    assert.ok(words.test(error.cause.details), error.cause.details);
    if (details) {
        const said = error.details.map(({ mspId, message }) => [mspId, message]).sort();
        assert.deepEqual(said, details);
        assert.ok(error.details.every(({ address }) => addresses.includes(address)), JSON.stringify(error.details));
    }
    return error;
}

const cases = {
    async 'evaluate and submit'({ contract }) {
        const [name, argument] = script(['put', 'k', 'v'], ['get', 'k']);
        assert.equal(JSON.parse(text(await contract.submitTransaction(name, argument))).length, 2);
        const read = await contract.evaluateTransaction(...script(['get', 'k']));
        assert.deepEqual(JSON.parse(text(read)), [hex('v')]);
    },
    async 'every step by itself'({ contract }) {
        const proposal = contract.newProposal('run', { arguments: [script(['put', 'k', 'w'])[1]] });
        assert.equal((await proposal.evaluate()).length > 0, true);
        const transaction = await proposal.endorse();
        const commit = await transaction.submit();
        const status = await commit.getStatus();
        assert.deepEqual([status.successful, status.code, status.transactionId], [true, StatusCode.VALID, proposal.getTransactionId()]);
        assert.ok(status.blockNumber > 0n);
    },
    async 'offline signing'({ client, identity, contract, signer }) {
        const offline = connect({ client, identity, ...options });
        const unsigned = offline.getNetwork(CHANNEL).getContract('script').newProposal('run', { arguments: [script(['put', 'o', 'v'])[1]] });
        const sign = async (item) => [item.getBytes(), await signer(item.getDigest())];
        const proposal = offline.newSignedProposal(...await sign(unsigned));
        const transaction = offline.newSignedTransaction(...await sign(await proposal.endorse()));
        const commit = offline.newSignedCommit(...await sign(await transaction.submit()));
        assert.equal((await commit.getStatus()).code, StatusCode.VALID);
        assert.deepEqual(JSON.parse(text(await contract.evaluateTransaction(...script(['get', 'o'])))), [hex('v')]);
    },
    async 'transient data reaches the chaincode alone'({ contract }) {
        const transient = { transientData: { secret: 'hush' }, arguments: [script(['transient', 'secret'])[1]] };
        assert.deepEqual(JSON.parse(text(await contract.evaluate('run', transient))), [hex('hush')]);
        const own = '_implicit_org_Org1MSP';
        const put = { transientData: { secret: 'hush' }, arguments: [script(['putpvtt', own, 'p', 'secret'])[1]] };
        await contract.submit('run', { ...put, endorsingOrganizations: ['Org1MSP'] });
        assert.deepEqual(JSON.parse(text(await contract.evaluateTransaction(...script(['getpvt', own, 'p'])))), [hex('hush')]);
        // Members alone are asked without being named: the collection belongs to one.
        await contract.submit('run', put);
    },
    async 'endorsing organisations'({ contract }) {
        const put = { arguments: [script(['put', 'e', 'v'])[1]] };
        await contract.submit('run', { ...put, endorsingOrganizations: ['Org1MSP', 'Org2MSP'] });
        const few = contract.submit('run', { ...put, endorsingOrganizations: ['Org2MSP'] });
        const error = await few.then(() => assert.fail('too few'), (error) => error);
        assert.ok(error instanceof CommitError, error.stack);
        assert.equal(error.code, StatusCode.ENDORSEMENT_POLICY_FAILURE);
        await fails(contract.submit('run', { ...put, endorsingOrganizations: ['Org7MSP'] }), EndorseError,
            grpc.status.UNAVAILABLE, /failed to find any endorsing peers for org\(s\): Org7MSP/);
    },
    async 'what chaincode refuses'({ contract }) {
        const words = 'chaincode response 500, on purpose';
        await fails(contract.evaluateTransaction(...script(['fail', 'on purpose'])), GatewayError, grpc.status.UNKNOWN,
            /^evaluate call to endorser returned error: chaincode response 500, on purpose$/, [['Org1MSP', words]]);
        await fails(contract.submitTransaction(...script(['fail', 'on purpose'])), EndorseError, grpc.status.ABORTED,
            /^failed to endorse transaction, see attached details for more info$/, [['Org1MSP', words]]);
    },
    async 'what is not there'({ gateway, network }) {
        await fails(network.getContract('nobody').evaluateTransaction('f'), GatewayError, grpc.status.FAILED_PRECONDITION,
            /^no peers available to evaluate chaincode nobody in channel dev$/);
        await fails(gateway.getNetwork('nowhere').getContract('script').evaluateTransaction('f'), GatewayError,
            grpc.status.UNAVAILABLE, /^failed to get config for channel \[nowhere\]/);
    },
    async 'a conflict has its code'({ contract }) {
        const add = () => contract.newProposal('run', { arguments: [script(['add', 'counter', 1])[1]] }).endorse();
        const endorsed = [await add(), await add()];
        const commits = [];
        for (const transaction of endorsed) {
            commits.push(await transaction.submit());
        }
        const codes = [];
        for (const commit of commits) {
            codes.push((await commit.getStatus()).code);
        }
        assert.deepEqual(codes, [StatusCode.VALID, StatusCode.MVCC_READ_CONFLICT]);
    },
    async 'a client gives up'({ contract, signer, identity, client }) {
        // Endorsed and never sent: nobody hears of it.
        const unsent = await contract.newProposal('run', { arguments: [script(['put', 'k', 'x'])[1]] }).endorse();
        const sent = await contract.submitAsync('run', { arguments: [script(['put', 'k', 'y'])[1]] });
        const offline = connect({ client, identity, ...options });
        // The same question about another transaction, signed anew.
        const bytes = Buffer.from(sent.getBytes());
        const asked = Buffer.from(bytes.toString('latin1').replace(sent.getTransactionId(), unsent.getTransactionId()), 'latin1');
        const unsigned = offline.newSignedCommit(asked, new Uint8Array(1));
        const question = offline.newSignedCommit(asked, await signer(unsigned.getDigest()));
        const error = await question.getStatus({ deadline: Date.now() + 300 })
            .then(() => assert.fail('it was never sent'), (error) => error);
        assert.ok(error instanceof CommitStatusError, error.stack);
        assert.equal(error.code, grpc.status.DEADLINE_EXCEEDED, error.stack);
        assert.equal((await sent.getStatus()).successful, true);
    },
    async 'events, a checkpoint, and again'({ network, contract }) {
        const emit = async (name) => (await contract.submitAsync('run', { arguments: [script(['put', name, 'v'], ['event', name, `of ${name}`])[1]] }));
        const file = path.join(fs.mkdtempSync(path.join(os.tmpdir(), 'selvedge-')), 'checkpoint.json');
        let checkpointer = await checkpointers.file(file);
        const { blockNumber } = await (await contract.submitAsync('run', { arguments: ['[]'] })).getStatus();
        let events = await network.getChaincodeEvents('script', { startBlock: blockNumber, checkpoint: checkpointer });
        const sent = [];
        for (const name of ['one', 'two', 'three']) {
            const commit = await emit(name);
            sent.push([name, commit.getTransactionId()]);
            assert.equal((await commit.getStatus()).successful, true);
        }
        const take = async (count) => {
            const seen = [];
            for await (const event of events) {
                seen.push([event.eventName, event.transactionId]);
                assert.equal(text(event.payload), `of ${event.eventName}`);
                await checkpointer.checkpointChaincodeEvent(event);
                if (seen.length === count) {
                    break;
                }
            }
            events.close();
            return seen;
        };
        assert.deepEqual(await take(2), sent.slice(0, 2));
        // Another run of the program goes on where the first ended, over a connection of its own.
        checkpointer = await checkpointers.file(file);
        assert.equal(checkpointer.getTransactionId(), sent[1][1]);
        events = await network.getChaincodeEvents('script', { checkpoint: checkpointer });
        assert.deepEqual(await take(1), sent.slice(2));
        fs.rmSync(path.dirname(file), { recursive: true });
    },
    async 'blocks, from a checkpoint'({ network, contract }) {
        const status = await (await contract.submitAsync('run', { arguments: [script(['put', 'b', 'v'])[1]] })).getStatus();
        const first = async (iterable) => {
            for await (const item of iterable) {
                iterable.close();
                return item;
            }
        };
        const block = await first(await network.getBlockEvents({ startBlock: status.blockNumber }));
        assert.equal(BigInt(block.getHeader().getNumber()), status.blockNumber);
        const filtered = await first(await network.getFilteredBlockEvents({ startBlock: status.blockNumber }));
        const ids = filtered.getFilteredTransactionsList().map((transaction) => transaction.getTxid());
        assert.ok(ids.includes(status.transactionId), ids.join());
        const both = await first(await network.getBlockAndPrivateDataEvents({ startBlock: status.blockNumber }));
        assert.equal(BigInt(both.getBlock().getHeader().getNumber()), status.blockNumber);
        const memory = checkpointers.inMemory();
        await memory.checkpointBlock(status.blockNumber - 1n);
        const resumed = await first(await network.getBlockEvents({ checkpoint: memory }));
        assert.equal(BigInt(resumed.getHeader().getNumber()), status.blockNumber);
    },
    async 'somebody else is refused'({ client }) {
        const [stranger, owner] = [user(2), user(1)];
        // The certificate of one, the key of another.
        const forged = connect({ client, identity: owner.identity, signer: stranger.signer, ...options });
        const contract = forged.getNetwork(CHANNEL).getContract('script');
        await fails(contract.evaluateTransaction('run', '[]'), GatewayError, grpc.status.FAILED_PRECONDITION,
            /^evaluate call to endorser returned error: error validating proposal: access denied/);
        const events = await forged.getNetwork(CHANNEL).getChaincodeEvents('script');
        const error = await (async () => { for await (const _ of events) { break; } })().then(() => assert.fail('heard'), (error) => error);
        assert.equal(error.code, grpc.status.PERMISSION_DENIED, error.stack);
    },
    async 'the other organisation sees the same'({ contract }) {
        const other = client(2);
        const gateway = connect({ client: other, ...user(2), ...options });
        const theirs = gateway.getNetwork(CHANNEL).getContract('script');
        await theirs.submitTransaction(...script(['put', 'from', 'two']));
        assert.deepEqual(JSON.parse(text(await theirs.evaluateTransaction(...script(['get', 'from'])))), [hex('two')]);
        gateway.close();
        other.close();
        const deadline = Date.now() + 60_000;
        while (JSON.parse(text(await contract.evaluateTransaction(...script(['get', 'from']))))[0] !== hex('two')) {
            assert.ok(Date.now() < deadline, 'the first organisation never saw it');
        }
    },
};

async function main() {
    const connection = client(1);
    const { identity, signer } = user(1);
    const gateway = connect({ client: connection, identity, signer, ...options });
    const network = gateway.getNetwork(CHANNEL);
    const contract = network.getContract('script');
    for (const [name, run] of Object.entries(cases)) {
        await run({ client: connection, identity, signer, gateway, network, contract });
        console.log(`ok  ${name}`);
    }
    gateway.close();
    connection.close();
}

main().catch((error) => {
    console.error(error);
    process.exit(1);
});
