import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CLIENT_OPERATIONS_FILE, renderClientOperations } from './client-operations.ts';
import { renderErrorsPage } from './errors-page.ts';

writeFileSync(join(import.meta.dirname, '../docs/errors.md'), renderErrorsPage());
writeFileSync(CLIENT_OPERATIONS_FILE, renderClientOperations());
