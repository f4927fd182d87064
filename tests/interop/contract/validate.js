// Holds the metadata that our contracts answer against contract-api's schema of it, which its npm package brings.
'use strict';

const fs = require('fs');
const Ajv = require('ajv-draft-04');

const schema = JSON.parse(fs.readFileSync(require.resolve('fabric-contract-api/schema/contract-schema.json')));
// A keyword that is none, in the schema itself: `properties` of an object type misses a level.
const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
const draft = ajv.getSchema('http://json-schema.org/draft-04/schema').schema;
// Its references write the fragment of the draft as a path behind `#`.
const text = JSON.stringify(schema)
    .replaceAll('http://json-schema.org/draft-04/schema#/definitions/', '#/definitions/draft/definitions/')
    .replaceAll('http://json-schema.org/draft-04/schema#/properties/', '#/definitions/draft/properties/');
const whole = JSON.parse(text);
const inner = JSON.parse(JSON.stringify(draft).replaceAll('"#/', '"#/definitions/draft/').replaceAll('"#"', '"#/definitions/draft"'));
delete inner.id;
delete inner.$schema;
delete whole.definitions.objecttype.properties.required;
whole.definitions.draft = inner;
const validate = ajv.compile(whole);

let failed = false;
for (const file of process.argv.slice(2)) {
    if (!validate(JSON.parse(fs.readFileSync(file)))) {
        failed = true;
        console.error(`${file} is no metadata to contract-api:`, validate.errors);
    }
}
process.exitCode = failed ? 1 : 0;
