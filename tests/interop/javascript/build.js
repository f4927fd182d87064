// Makes the component: build.js <wit directory> <source> <output>. The bundle is one module; no feature of JavaScript's
// runtime that would need WASI is taken in, so the component imports nothing but fabric:chaincode.
import { componentize } from '@bytecodealliance/componentize-js';
import { readFile, writeFile } from 'node:fs/promises';
import { rolldown } from 'rolldown';

const [wit, source, output] = process.argv.slice(2);
const bundle = await rolldown({ input: source, external: /^fabric:/ });
const { output: [{ code }] } = await bundle.generate({ format: 'esm' });
const { component, imports } = await componentize(code, {
    witPath: wit,
    worldName: 'contract',
    disableFeatures: ['clocks', 'fetch-event', 'http', 'random', 'stdio'],
});
await writeFile(output, component);
const interfaces = [...new Set(imports.map(([name]) => name))];
console.log(`${output}: ${component.length} bytes, imports ${interfaces.join(', ')}`);
