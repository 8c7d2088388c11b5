/** `npm run openapi`: writes `api/openapi.json`, from which the pages' client is generated. */
import { writeFileSync } from 'node:fs';
import { format, resolveConfig } from 'prettier';
import { createOpenApiDocument } from './openapi/document.ts';
