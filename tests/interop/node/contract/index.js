// Contracts on `fabric-contract-api` that together use all that it and the shim below it offer. Started by the shim's own
// command, as the images of Fabric's Node platform start contracts.
'use strict';

const crypto = require('crypto');
const { Context, Contract } = require('fabric-contract-api');
const { KeyEndorsementPolicy } = require('fabric-shim');
const { run } = require('../operations.js');

const hex = (bytes) => Buffer.from(bytes).toString('hex');

/** The operations of the stub; the default contract, so that it answers to `run` as other chaincode does. */
class Script extends Contract {
    constructor() {
        super('script');
    }

    async run(ctx, script) {
        return run(ctx.stub, script);
    }
}

/** A context of its own, and a word before, around and after every transaction, also those that do not exist. */
class Watched extends Context {
    constructor() {
        super();
        this.seen = [];
    }
}

class Hooked extends Contract {
    constructor() {
        super('hooked');
    }

    createContext() {
        return new Watched();
    }

    async beforeTransaction(ctx) {
        const { fcn } = ctx.stub.getFunctionAndParameters();
        ctx.seen.push(`before ${fcn}`);
        if (fcn === 'hooked:forbidden') {
            throw new Error('not before');
        }
    }

    async aroundTransaction(ctx, fcn, parameters) {
        ctx.seen.push(`around ${fcn}`);
        return super.aroundTransaction(ctx, fcn, parameters);
    }

    async afterTransaction(ctx, result) {
        ctx.seen.push(`after ${result}`);
        await ctx.stub.putState('seen', ctx.seen.join(', '));
    }

    async unknownTransaction(ctx) {
        await ctx.stub.putState('unknown', ctx.stub.getFunctionAndParameters().fcn);
    }

    async touch(ctx, key, value) {
        await ctx.stub.putState(key, value);
        return `touched ${key}`;
    }

    async forbidden() {
        return 'never';
    }

    async object() {
        return { number: 1, list: ['a', null], nested: { yes: true } };
    }

    async nothing() {}
}

/** Policies of single keys, by the names of organisations. */
class Policies extends Contract {
    constructor() {
        super('policies');
    }

    async restrict(ctx, key, first, second) {
        const policy = new KeyEndorsementPolicy();
        policy.addOrgs('PEER', first, second);
        await ctx.stub.putState(key, 'v');
        await ctx.stub.setStateValidationParameter(key, policy.getPolicy());
    }

    async loosen(ctx, key, organisation) {
        const policy = new KeyEndorsementPolicy(await ctx.stub.getStateValidationParameter(key));
        policy.delOrgs(organisation);
        await ctx.stub.setStateValidationParameter(key, policy.getPolicy());
        return policy.listOrgs().join(' ');
    }

    async restrictPrivate(ctx, collection, key, organisation) {
        const policy = new KeyEndorsementPolicy();
        policy.addOrgs('MEMBER', organisation);
        await ctx.stub.setPrivateDataValidationParameter(collection, key, policy.getPolicy());
    }
}

/** What a transaction knows of itself and of who sent it. */
class Facts extends Contract {
    constructor() {
        super('facts');
    }

    async identity(ctx) {
        const id = ctx.clientIdentity;
        return [
            id.getMSPID(),
            id.getID(),
            id.getAttributeValue('role'),
            id.assertAttributeValue('role', 'auditor'),
            crypto.createHash('sha256').update(id.getIDBytes()).digest('hex'),
        ];
    }

    async proposal(ctx) {
        const { signature, proposal } = ctx.stub.getSignedProposal();
        const { signatureHeader, channelHeader } = proposal.header;
        return [
            hex(signature),
            hex(signatureHeader.nonce),
            signatureHeader.creator.getMspid(),
            channelHeader.getTxId(),
            proposal.payload.getInput_asU8().length > 0,
        ];
    }

    async transaction(ctx, given) {
        const { stub } = ctx;
        const { seconds, nanos } = stub.getTxTimestamp();
        return [
            stub.getTxID(),
            stub.getChannelID(),
            [Number(seconds), nanos],
            stub.getDateTimestamp().getTime(),
            stub.getBinding(),
            stub.getTransient().get('secret').toString(),
            stub.getStringArgs(),
            given,
        ];
    }

    /** Known to a program that its peer has started. */
    async organisation(ctx) {
        return ctx.stub.getMspID();
    }

    async split(ctx, type, first, second) {
        return ctx.stub.splitCompositeKey(ctx.stub.createCompositeKey(type, [first, second]));
    }

    /** Iterators as newer contracts use them. */
    async iterate(ctx, start, end) {
        const found = [];
        for await (const { key, value } of ctx.stub.getStateByRange(start, end)) {
            found.push(`${key}=${value.toString()}`);
        }
        return found.join(' ');
    }

    /** Leaves an iterator before its end, which closes it. */
    async first(ctx, start, end) {
        for await (const { key, value } of ctx.stub.getStateByRange(start, end)) {
            return `${key}=${value.toString()}`;
        }
        return '';
    }
}

module.exports.contracts = [Script, Hooked, Policies, Facts];
