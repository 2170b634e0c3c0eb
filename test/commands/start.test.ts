// provender start, api and worker as a shell sees them: real processes, a real database, real signals.
import { mkdtempSync, renameSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { removeCluster } from '../../src/store/cluster.ts';
import { begin, provender } from '../help/cli.ts';
import { emptyDatabase } from '../help/database.ts';

async function health(url: string): Promise<string> {
  const response = await fetch(`${url}/api/v1/health`);
  return ((await response.json()) as { status: string }).status;
}

// Each test begins and ends several programs with a database.
describe('provender start', { timeout: 120_000 }, () => {
  let folder: string;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'provender-start-'));
  });

  afterAll(() => {
    removeCluster(join(folder, 'data'));
    rmSync(folder, { recursive: true, force: true });
  });

  const start = () => begin(['start', '--data', join(folder, 'data'), '--port', '0'], /Listening/);

  it('shows the admin token at the first start only, and lives through kill -9', async () => {
    const first = await start();
    const token = /Admin token (pvk_\S+)/.exec(first.output())?.[1] ?? '';
    expect(token).not.toBe('');
    expect(first.output()).toContain('back it up');
    expect(statSync(join(folder, 'data', 'master.key')).mode & 0o777).toBe(0o600);
    expect(await health(first.url)).toBe('ok');
    await first.end('SIGKILL');

    const second = await start();
    expect(second.output()).not.toContain('pvk_');
    const answer = await fetch(`${second.url}/api/v1/pbxs`, { headers: { authorization: `Bearer ${token}` } });
    expect(answer.status).toBe(200);
    // Beside the running program, on its server.
    const checked = await provender(['check', '--data', join(folder, 'data')]);
    expect(checked).toEqual({ code: 0, stdout: expect.stringContaining('in order'), stderr: '' });
    expect(await second.end('SIGTERM')).toBe(0);
  });

  it('is checked while it does not run, and a lost key file is found', async () => {
    const data = join(folder, 'data');
    const good = await provender(['check', '--data', data, '--json']);
    expect(good.code).toBe(0);
    expect(JSON.parse(good.stdout)).toEqual({ ok: true, findings: [] });
    renameSync(join(data, 'master.key'), join(data, 'elsewhere.key'));
    const lost = await provender(['check', '--data', data, '--json']);
    const refused = await provender(['start', '--data', data, '--port', '0']);
    renameSync(join(data, 'elsewhere.key'), join(data, 'master.key'));
    expect(lost.code).toBe(1);
    expect(JSON.parse(lost.stdout)).toMatchObject({ ok: false, findings: [{ code: 'KEY_MISSING' }] });
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('KEY_MISSING');
  });

  it('says that there is nothing to check where nothing is', async () => {
    const { code, stderr } = await provender(['check', '--data', join(folder, 'nothing')]);
    expect(code).toBe(1);
    expect(stderr).toContain('There is no installation in');
  });

  it('says which program has the data directory', async () => {
    const running = await start();
    const { code, stderr } = await provender(['start', '--data', join(folder, 'data'), '--port', '0']);
    expect(code).toBe(1);
    expect(stderr).toContain(`is in use by provender start (process ${running.child.pid}`);
    expect(await running.end('SIGINT')).toBe(0);
  });

  it('says that a port is in use, and stops its database again', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { port: number };
    const { code, stderr } = await provender(['start', '--data', join(folder, 'data'), '--port', String(port)]);
    server.close();
    expect(code).toBe(1);
    expect(stderr).toContain(`Port ${port} of 127.0.0.1 is in use`);
    expect(stderr).not.toContain('    at ');
    const again = await start();
    expect(await again.end('SIGTERM')).toBe(0);
  });
});

describe('provender api and worker', { timeout: 120_000 }, () => {
  it.each(['api', 'worker'])('%s says that it needs DATABASE_URL and the same key file', async (role) => {
    const { code, stderr } = await provender([role], { env: { DATABASE_URL: '' } });
    expect(code).toBe(2);
    expect(stderr).toContain(`${role} needs DATABASE_URL`);
    expect(stderr).toContain('PROVENDER_KEY_FILE');
  });

  it('run side by side on one database with one key file', async () => {
    const database = await emptyDatabase();
    const folder = mkdtempSync(join(tmpdir(), 'provender-roles-'));
    const env = { DATABASE_URL: database.url, PROVENDER_KEY_FILE: join(folder, 'key') };
    try {
      const api = await begin(['api', '--port', '0'], /Listening/, env);
      const worker = await begin(['worker'], /Working/, env);
      expect(await health(api.url)).toBe('ok');
      expect(await worker.end('SIGTERM')).toBe(0);
      expect(await api.end('SIGTERM')).toBe(0);

      const other = { ...env, PROVENDER_KEY_FILE: join(folder, 'other') };
      const refused = await provender(['worker'], { env: other });
      expect(refused.code).toBe(1);
      expect(refused.stderr).toContain('key file');
    } finally {
      await database.close();
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it('says that a database cannot be reached, without its password', async () => {
    const { code, stderr } = await provender(['api'], {
      env: { DATABASE_URL: 'postgres://someone:hush-hush@127.0.0.1:9/provender' },
    });
    expect(code).toBe(1);
    expect(stderr.trimEnd().split('\n')).toHaveLength(1);
    expect(stderr).not.toContain('hush-hush');
  });
});
