import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { contractFiles } from './contract-files.ts';

/* Writes what contracts/ generates; with --check it writes nothing and fails when a committed file is stale. */

const check = process.argv.includes('--check');
let stale = 0;
for (const [path, content] of Object.entries(contractFiles())) {
  const file = fileURLToPath(new URL(`../${path}`, import.meta.url));
  if (check) {
    if (readFileSync(file, 'utf8') === content) continue;
    stale += 1;
    console.error(`${path} is stale: run npm run contracts, and commit it.`);
  } else {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
    console.log(path);
  }
}
process.exitCode = stale > 0 ? 1 : 0;
