/** `npm run openapi`: writes `api/openapi.json`, which tools outside the process read. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { createOpenApiDocument } from './document.ts';

const file = fileURLToPath(new URL('../openapi.json', import.meta.url));
const style = await resolveConfig(file);
writeFileSync(file, await format(JSON.stringify(createOpenApiDocument()), { ...style, parser: 'json' }));
process.stdout.write(`${file} written\n`);
