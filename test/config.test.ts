import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { ConfigError, readConfig } from '../src/config.ts';

test('needs no setting at all', () => {
  expect(readConfig({}, {})).toEqual({
    databaseUrl: null,
    dataDir: resolve('data'),
    keyFile: resolve('data/master.key'),
    outboundMode: 'public',
    logLevel: 'info',
    host: '127.0.0.1',
    port: 8080,
    activityRetentionDays: 90,
    uploadLimits: { bytes: 64 * 1024 * 1024, rows: 500_000 },
  });
  expect(Object.isFrozen(readConfig({}, {}))).toBe(true);
});

test('takes the command line before the environment, and empty variables as unset', () => {
  const env = {
    PROVENDER_PORT: '9000',
    PROVENDER_DATA: '/srv/a',
    DATABASE_URL: '',
  };
  expect(readConfig({ port: '0' }, env)).toMatchObject({
    port: 0,
    dataDir: '/srv/a',
    keyFile: '/srv/a/master.key',
    databaseUrl: null,
  });
});

test('shows the database address to nobody who prints the settings', () => {
  const config = readConfig({}, { DATABASE_URL: 'postgres://u:hunter2@db.example.com/x' });
  expect(JSON.stringify(config)).not.toContain('hunter2');
  expect(config.databaseUrl?.reveal()).toContain('hunter2');
});

test('names every wrong setting by the name that was used, without its value', () => {
  const env = {
    DATABASE_URL: 'mysql://u:hunter2@x/y',
    PROVENDER_OUTBOUND: 'all',
    PROVENDER_ACTIVITY_DAYS: '1.5',
  };
  try {
    readConfig({ port: '99999' }, env);
    expect.unreachable();
  } catch (error) {
    expect(error).toBeInstanceOf(ConfigError);
    const { problems } = error as ConfigError;
    expect(problems.map((text) => text.split(' ')[0])).toEqual([
      'DATABASE_URL',
      'PROVENDER_OUTBOUND',
      '--port',
      'PROVENDER_ACTIVITY_DAYS',
    ]);
    expect(problems.join()).not.toContain('hunter2');
  }
});
