// Builds the portal, web/ -> dist/web, unless it is built already. `npm run demo` and `npm start` run it first.
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const root = join(import.meta.dirname, '..');
const built = join(root, 'dist/web');

/** Whether anything that the portal is made of is newer than it. */
function isStale(): boolean {
  const page = join(built, 'index.html');
  if (!existsSync(page)) return true;
  const since = statSync(page).mtimeMs;
  const sources = globSync('{web/**/*.*,package-lock.json}', { cwd: root });
  return sources.some((file) => statSync(join(root, file)).mtimeMs > since);
}

/**
 * Beside, and then put in its place at once: a server that runs meanwhile never has half a portal.
 * @throws when the build fails
 */
export function buildPortal(): void {
  if (!isStale()) return;
  const started = Date.now();
  const fresh = join(root, 'dist', `web-${process.pid}`);
  // A program of its own: whatever NODE_ENV is here (`test`, below vitest), the portal is built for production.
  const { status } = spawnSync(
    process.execPath,
    [
      join(root, 'node_modules/vite/bin/vite.js'),
      'build',
      '--config',
      'web/vite.config.ts',
      '--outDir',
      fresh,
      '--logLevel',
      'warn',
    ],
    { cwd: root, stdio: 'inherit', env: { ...process.env, NODE_ENV: 'production' } },
  );
  if (status !== 0) throw new Error('The portal could not be built: see the errors of Vite above.');
  rmSync(built, { recursive: true, force: true });
  renameSync(fresh, built);
  console.log(`The portal is built (${((Date.now() - started) / 1000).toFixed(1)} s).`);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) buildPortal();
