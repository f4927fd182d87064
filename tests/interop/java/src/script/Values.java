package script;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.StringJoiner;
import org.json.JSONArray;
import org.json.JSONObject;

/** Values as scripts and their results write them: text, or {@code {"hex": …}}. */
final class Values {
    private Values() {}

    static String text(final byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    static String hex(final byte[] bytes) {
        final StringBuilder text = new StringBuilder();
        for (final byte each : bytes) {
            text.append(String.format("%02x", each));
        }
        return text.toString();
    }

    static String hex(final String text) {
        return hex(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Of what may not be there. */
    static String result(final byte[] bytes) {
        return bytes == null || bytes.length == 0 ? null : hex(bytes);
    }

    static byte[] value(final Object written) {
        if (written instanceof String) {
            return ((String) written).getBytes(StandardCharsets.UTF_8);
        }
        return unhex(((JSONObject) written).getString("hex"));
    }

    static byte[] unhex(final String hex) {
        final byte[] bytes = new byte[hex.length() / 2];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) Integer.parseInt(hex.substring(2 * i, 2 * i + 2), 16);
        }
        return bytes;
    }

    static String[] strings(final JSONArray array) {
        final String[] strings = new String[array.length()];
        for (int i = 0; i < strings.length; i++) {
            strings[i] = array.getString(i);
        }
        return strings;
    }

    /** As Go's encoding/json writes it, which no library for Java does. */
    static String json(final Object value) {
        if (value == null) {
            return "null";
        }
        if (value instanceof Number || value instanceof Boolean) {
            return value.toString();
        }
        if (value instanceof List) {
            final StringJoiner list = new StringJoiner(",", "[", "]");
            for (final Object each : (List<?>) value) {
                list.add(json(each));
            }
            return list.toString();
        }
        final StringBuilder text = new StringBuilder("\"");
        for (final char each : value.toString().toCharArray()) {
            text.append(escaped(each));
        }
        return text.append('"').toString();
    }

    private static String escaped(final char each) {
        if (each == '"' || each == '\\') {
            return "\\" + each;
        }
        if (each == '\n') {
            return "\\n";
        }
        final boolean plain = each >= ' ' && "<>&\u2028\u2029".indexOf(each) < 0;
        return plain ? String.valueOf(each) : String.format("\\u%04x", (int) each);
    }
}
