// `npm run pictures`: takes docs/pictures again from the running portal (e2e/pictures.e2e.ts).
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const { status } = spawnSync(
  process.execPath,
  [join(root, 'node_modules/vitest/vitest.mjs'), 'run', '--config', 'e2e/vitest.config.ts', 'pictures'],
  { cwd: root, stdio: 'inherit', env: { ...process.env, PICTURES: 'keep' } },
);
process.exitCode = status ?? 1;
