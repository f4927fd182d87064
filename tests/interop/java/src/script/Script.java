package script;

import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Properties;
import org.hyperledger.fabric.metrics.Metrics;
import org.hyperledger.fabric.shim.ChaincodeBase;
import org.hyperledger.fabric.shim.ChaincodeServerProperties;
import org.hyperledger.fabric.shim.ChaincodeStub;
import org.hyperledger.fabric.shim.NettyChaincodeServer;
import org.hyperledger.fabric.traces.Traces;
import org.json.JSONArray;

/** What {@code chaincodes/script} does, on Fabric's shim for Java: its argument is a list of operations. */
public final class Script extends ChaincodeBase {
    /** Dials the peer; or, where the environment says so, is dialled. */
    public static void main(final String[] arguments) throws Exception {
        final Script script = new Script();
        final String address = System.getenv("CHAINCODE_SERVER_ADDRESS");
        if (address == null || address.isEmpty()) {
            script.start(arguments);
        } else {
            script.serve(address);
        }
    }

    private void serve(final String address) throws Exception {
        initializeLogging();
        processEnvironmentOptions();
        processCommandLineOptions(new String[] {"-i", System.getenv("CHAINCODE_ID")});
        final Properties settings = getChaincodeConfig();
        Metrics.initialize(settings);
        Traces.initialize(settings);
        final int colon = address.lastIndexOf(':');
        final int port = Integer.parseInt(address.substring(colon + 1));
        final ChaincodeServerProperties properties = new ChaincodeServerProperties();
        properties.setServerAddress(new InetSocketAddress(address.substring(0, colon), port));
        new NettyChaincodeServer(this, properties).start();
    }

    @Override
    public Response init(final ChaincodeStub stub) {
        return invoke(stub);
    }

    @Override
    public Response invoke(final ChaincodeStub stub) {
        final List<byte[]> arguments = stub.getArgs();
        final String script = arguments.size() < 2 ? "[]" : Values.text(arguments.get(1));
        try {
            final List<Object> results = new Operations(stub).all(new JSONArray(script));
            return new Response(200, "", Values.json(results).getBytes(StandardCharsets.UTF_8));
        } catch (Stop stop) {
            return stop.response();
        } catch (RuntimeException error) {
            return new Response(500, error.getMessage(), null);
        }
    }
}
