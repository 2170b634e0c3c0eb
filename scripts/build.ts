// `npm run build`: src/, fetchers/, parsers/ and vendors/ as JavaScript in dist/, because Node strips no types below
// node_modules; and the portal. Packing runs it (prepack).
import { spawnSync } from 'node:child_process';
import { cpSync, globSync, mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { buildPortal } from './portal.ts';

const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');

for (const part of ['src', 'fetchers', 'parsers', 'vendors'])
  rmSync(join(dist, part), { recursive: true, force: true });
const { status } = spawnSync(
  process.execPath,
  [join(root, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.build.json'],
  {
    stdio: 'inherit',
    cwd: root,
  },
);
if (status !== 0) {
  console.error('The build failed: see the errors of tsc above.');
  process.exit(1);
}

// What tsc does not carry over: files that are read at run time, such as the page of the API reference.
const assets = globSync('{src,fetchers,parsers,vendors}/**/*.{html,css,json,svg}', { cwd: root });
for (const asset of assets) {
  mkdirSync(dirname(join(dist, asset)), { recursive: true });
  cpSync(join(root, asset), join(dist, asset));
}
console.log(`dist/ is built (${assets.length} other files copied).`);
buildPortal();
