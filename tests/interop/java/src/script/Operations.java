package script;

import static script.Values.hex;
import static script.Values.result;
import static script.Values.strings;
import static script.Values.text;
import static script.Values.value;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import org.hyperledger.fabric.contract.ClientIdentity;
import org.hyperledger.fabric.protos.msp.SerializedIdentity;
import org.hyperledger.fabric.shim.Chaincode.Response;
import org.hyperledger.fabric.shim.ChaincodeStub;
import org.hyperledger.fabric.shim.ledger.CompositeKey;
import org.hyperledger.fabric.shim.ledger.KeyModification;
import org.hyperledger.fabric.shim.ledger.KeyValue;
import org.hyperledger.fabric.shim.ledger.QueryResultsIterator;
import org.hyperledger.fabric.shim.ledger.QueryResultsIteratorWithMetadata;
import org.json.JSONArray;

/** The operations by their names: one method a family, which answers {@link #NONE} to names that are not its own. */
final class Operations {
    private static final Object NONE = new Object();
    private final ChaincodeStub stub;

    Operations(final ChaincodeStub stub) {
        this.stub = stub;
    }

    List<Object> all(final JSONArray script) {
        final List<Object> results = new ArrayList<>();
        for (int i = 0; i < script.length(); i++) {
            final JSONArray operation = script.getJSONArray(i);
            final String name = operation.getString(0);
            try {
                results.add(one(name, operation));
            } catch (Stop stop) {
                throw stop;
            } catch (Exception error) {
                throw new RuntimeException("op " + i + ": " + name + ": " + error.getMessage(), error);
            }
        }
        return results;
    }

    private Object one(final String name, final JSONArray op) throws Exception {
        Object answer = keys(name, op);
        answer = answer == NONE ? scans(name, op) : answer;
        answer = answer == NONE ? composites(name, op) : answer;
        answer = answer == NONE ? rights(name, op) : answer;
        answer = answer == NONE ? secrets(name, op) : answer;
        answer = answer == NONE ? secretScans(name, op) : answer;
        answer = answer == NONE ? surroundings(name, op) : answer;
        answer = answer == NONE ? endings(name, op) : answer;
        if (answer == NONE) {
            throw new IllegalArgumentException("unknown operation");
        }
        return answer;
    }

    private Object keys(final String name, final JSONArray op) {
        switch (name) {
            case "put":
                stub.putState(op.getString(1), value(op.get(2)));
                return "ok";
            case "get":
                return result(stub.getState(op.getString(1)));
            case "del":
                stub.delState(op.getString(1));
                return "ok";
            case "getmulti":
                final List<Object> values = new ArrayList<>();
                for (final String key : strings(op.getJSONArray(1))) {
                    values.add(result(stub.getState(key)));
                }
                return values;
            case "batch":
                return all(op.getJSONArray(1));
            case "copy":
                final byte[] copied = stub.getState(op.getString(1));
                stub.putState(op.getString(2), copied);
                return result(copied);
            case "add":
                return add(op.getString(1), op.getInt(2));
            default:
                return NONE;
        }
    }

    private int add(final String key, final int more) {
        int number;
        try {
            number = Integer.parseInt(text(stub.getState(key)));
        } catch (NumberFormatException none) {
            number = 0;
        }
        number += more;
        stub.putState(key, String.valueOf(number).getBytes(StandardCharsets.UTF_8));
        return number;
    }

    private Object scans(final String name, final JSONArray op) throws Exception {
        switch (name) {
            case "range":
                return rows(stub.getStateByRange(op.getString(1), op.getString(2)), Integer.MAX_VALUE);
            case "rangen":
                return rows(stub.getStateByRange(op.getString(1), op.getString(2)), op.getInt(3));
            case "rangepage":
                return page(stub.getStateByRangeWithPagination(
                        op.getString(1), op.getString(2), op.getInt(3), op.getString(4)));
            case "rangedel":
                final List<String> found = new ArrayList<>();
                try (QueryResultsIterator<KeyValue> query =
                        stub.getStateByRange(op.getString(1), op.getString(2))) {
                    query.forEach(row -> found.add(row.getKey()));
                }
                found.forEach(stub::delState);
                return found.size();
            case "rich":
                return rows(stub.getQueryResult(op.getString(1)), Integer.MAX_VALUE);
            case "richpage":
                return page(stub.getQueryResultWithPagination(op.getString(1), op.getInt(2), op.getString(3)));
            case "history":
                return history(op.getString(1));
            default:
                return NONE;
        }
    }

    private List<Object> history(final String key) throws Exception {
        final List<Object> changes = new ArrayList<>();
        try (QueryResultsIterator<KeyModification> query = stub.getHistoryForKey(key)) {
            for (final KeyModification each : query) {
                changes.add(Arrays.asList(
                        each.getTxId(),
                        result(each.getValue()),
                        each.isDeleted(),
                        each.getTimestamp().getEpochSecond(),
                        each.getTimestamp().getNano()));
            }
        }
        return changes;
    }

    private Object composites(final String name, final JSONArray op) throws Exception {
        switch (name) {
            case "ckput":
                stub.putState(composite(op, 1).toString(), value(op.get(3)));
                return "ok";
            case "ckget":
                return result(stub.getState(composite(op, 1).toString()));
            case "ckdel":
                stub.delState(composite(op, 1).toString());
                return "ok";
            case "ckrange":
                return rows(stub.getStateByPartialCompositeKey(composite(op, 1)), Integer.MAX_VALUE);
            case "ckpage":
                return page(stub.getStateByPartialCompositeKeyWithPagination(
                        composite(op, 1), op.getInt(3), op.getString(4)));
            default:
                return NONE;
        }
    }

    private Object rights(final String name, final JSONArray op) {
        switch (name) {
            case "setep":
                stub.setStateValidationParameter(op.getString(1), value(op.get(2)));
                return "ok";
            case "getep":
                return result(stub.getStateValidationParameter(op.getString(1)));
            case "setpvtep":
                stub.setPrivateDataValidationParameter(op.getString(1), op.getString(2), value(op.get(3)));
                return "ok";
            case "getpvtep":
                return result(stub.getPrivateDataValidationParameter(op.getString(1), op.getString(2)));
            default:
                return NONE;
        }
    }

    private Object secrets(final String name, final JSONArray op) {
        switch (name) {
            case "putpvt":
                stub.putPrivateData(op.getString(1), op.getString(2), value(op.get(3)));
                return "ok";
            case "putpvtt":
                stub.putPrivateData(op.getString(1), op.getString(2), stub.getTransient().get(op.getString(3)));
                return "ok";
            case "delpvt":
                stub.delPrivateData(op.getString(1), op.getString(2));
                return "ok";
            case "purge":
                stub.purgePrivateData(op.getString(1), op.getString(2));
                return "ok";
            case "getpvt":
                return result(stub.getPrivateData(op.getString(1), op.getString(2)));
            case "gethash":
                return result(stub.getPrivateDataHash(op.getString(1), op.getString(2)));
            case "getpvtmulti":
                final List<Object> values = new ArrayList<>();
                for (final String key : strings(op.getJSONArray(2))) {
                    values.add(result(stub.getPrivateData(op.getString(1), key)));
                }
                return values;
            case "pvtckput":
                stub.putPrivateData(op.getString(1), composite(op, 2).toString(), value(op.get(4)));
                return "ok";
            default:
                return NONE;
        }
    }

    private Object secretScans(final String name, final JSONArray op) throws Exception {
        final String collection = op.optString(1);
        switch (name) {
            case "pvtrange":
                return rows(
                        stub.getPrivateDataByRange(collection, op.getString(2), op.getString(3)), Integer.MAX_VALUE);
            case "pvtckrange":
                return rows(
                        stub.getPrivateDataByPartialCompositeKey(collection, composite(op, 2)), Integer.MAX_VALUE);
            case "pvtrich":
                return rows(stub.getPrivateDataQueryResult(collection, op.getString(2)), Integer.MAX_VALUE);
            default:
                return NONE;
        }
    }

    private Object surroundings(final String name, final JSONArray op) throws Exception {
        switch (name) {
            case "event":
                stub.setEvent(op.getString(1), value(op.get(2)));
                return "ok";
            case "invoke":
                return invoke(op);
            case "transient":
                return result(stub.getTransient().get(op.getString(1)));
            case "creator":
                final SerializedIdentity creator = SerializedIdentity.parseFrom(stub.getCreator());
                final byte[] certificate = creator.getIdBytes().toByteArray();
                return Arrays.asList(
                        creator.getMspid(), hex(MessageDigest.getInstance("SHA-256").digest(certificate)));
            case "attr":
                return new ClientIdentity(stub).getAttributeValue(op.getString(1));
            case "txid":
                return stub.getTxId();
            case "channel":
                return stub.getChannelId();
            case "ts":
                return Arrays.asList(
                        stub.getTxTimestamp().getEpochSecond(), stub.getTxTimestamp().getNano());
            case "binding":
                return result(stub.getBinding());
            default:
                return NONE;
        }
    }

    private List<Object> invoke(final JSONArray op) {
        final List<byte[]> arguments = new ArrayList<>();
        for (final Object each : op.getJSONArray(3)) {
            arguments.add(value(each));
        }
        final Response answer = stub.invokeChaincode(op.getString(1), arguments, op.getString(2));
        final String message = answer.getMessage() == null ? "" : answer.getMessage();
        return Arrays.asList(answer.getStatusCode(), message, result(answer.getPayload()));
    }

    private Object endings(final String name, final JSONArray op) {
        switch (name) {
            case "fail":
                throw new Stop(new Response(500, op.getString(1), null));
            case "return":
                throw new Stop(new Response(op.getInt(1), op.getString(2), value(op.get(3))));
            default:
                return NONE;
        }
    }

    private CompositeKey composite(final JSONArray op, final int at) {
        return stub.createCompositeKey(op.getString(at), strings(op.getJSONArray(at + 1)));
    }

    private static List<Object> rows(final QueryResultsIterator<KeyValue> query, final int most) throws Exception {
        final List<Object> rows = new ArrayList<>();
        try (query) {
            final Iterator<KeyValue> found = query.iterator();
            while (rows.size() < most && found.hasNext()) {
                rows.add(row(found.next()));
            }
        }
        return rows;
    }

    private static List<Object> page(final QueryResultsIteratorWithMetadata<KeyValue> query) throws Exception {
        final List<Object> rows = new ArrayList<>();
        try (query) {
            for (final KeyValue found : query) {
                rows.add(row(found));
            }
            return Arrays.asList(
                    rows,
                    query.getMetadata().getFetchedRecordsCount(),
                    hex(query.getMetadata().getBookmark()));
        }
    }

    private static List<Object> row(final KeyValue found) {
        return Arrays.asList(hex(found.getKey()), hex(found.getValue()));
    }
}
