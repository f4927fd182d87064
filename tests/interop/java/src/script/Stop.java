package script;

import org.hyperledger.fabric.shim.Chaincode.Response;

/** An operation that ends the script with an answer of its own. */
final class Stop extends RuntimeException {
    private static final long serialVersionUID = 1;
    private final transient Response response;

    Stop(final Response response) {
        super();
        this.response = response;
    }

    Response response() {
        return response;
    }
}
