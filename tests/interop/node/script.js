// The `script` chaincode on Fabric's own shim for Node.
'use strict';

const shim = require('fabric-shim');
const { run, Stop } = require('./operations.js');

class Script {
    async Invoke(stub) {
        const script = stub.getArgs()[1];
        if (script === undefined) {
            return shim.success(Buffer.from('[]'));
        }
        try {
            return shim.success(Buffer.from(await run(stub, script)));
        } catch (error) {
            return error instanceof Stop ? error.response : shim.error(error.message);
        }
    }

    async Init(stub) {
        return this.Invoke(stub);
    }
}

const address = process.env.CHAINCODE_SERVER_ADDRESS;
if (address) {
    shim.server(new Script(), { ccid: process.env.CHAINCODE_ID, address }).start();
} else {
    shim.start(new Script());
}
