import { expect, test } from 'vitest';
import { referencePage, schemaFile } from '../../src/config/reference.js';
// `npm run docs:config` writes both files anew.
test('configs/directord.schema.json is what the schema says', async () => {
    await expect(schemaFile()).toMatchFileSnapshot('../../configs/directord.schema.json');
});
test('docs/configuration.md is what the schema says', async () => {
    await expect(referencePage()).toMatchFileSnapshot('../../docs/configuration.md');
});
test('every key has a description', () => {
    const bare = [];
    const walk = (node, path) => {
        if (typeof node !== 'object' || node === null)
            return;
        for (const [key, value] of Object.entries(node.properties ?? {})) {
            if (typeof value.description !== 'string')
                bare.push(`${path}.${key}`);
        }
        for (const [key, value] of Object.entries(node))
            walk(value, `${path}.${key}`);
    };
    walk(JSON.parse(schemaFile()), '');
    expect(bare).toEqual([]);
});
