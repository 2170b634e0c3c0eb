import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { ConfigError, readConfig } from '../src/config.ts';

test('needs no setting at all', () => {
  expect(readConfig({}, {})).toEqual({
    databaseUrl: null,
    dataDir: resolve('data'),
    keySource: { file: resolve('data/master.key') },
    outboundMode: 'public',
    outboundAddresses: [],
    logLevel: 'info',
    host: '127.0.0.1',
    port: 8080,
    publicUrl: null,
    trustProxy: [],
    firstOwner: null,
    mail: null,
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
    keySource: { file: '/srv/a/master.key' },
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

test('takes a public address without a path, networks of proxies, and mail only when it can be of use', () => {
  const env = {
    PROVENDER_PUBLIC_URL: 'https://provender.example.com/',
    PROVENDER_TRUST_PROXY: '10.0.0.0/8, 2001:db8::1',
    PROVENDER_OUTBOUND_ADDRESSES: '192.0.2.1, 2001:db8::/64',
    PROVENDER_SMTP_URL: 'smtps://mail:hunter2@mail.example.com',
    PROVENDER_MAIL_FROM: 'Provender <provender@example.com>',
  };
  const config = readConfig({}, env);
  expect(config.publicUrl?.origin).toBe('https://provender.example.com');
  expect(config.trustProxy).toEqual(['10.0.0.0/8', '2001:db8::1']);
  expect(config.outboundAddresses).toEqual(['192.0.2.1', '2001:db8::/64']);
  expect(JSON.stringify(config)).not.toContain('hunter2');
  for (const wrong of [
    { PROVENDER_PUBLIC_URL: 'https://provender.example.com/path' },
    { PROVENDER_PUBLIC_URL: 'provender.example.com' },
    { PROVENDER_TRUST_PROXY: 'true' },
    { PROVENDER_TRUST_PROXY: '10.0.0.0/33' },
    { PROVENDER_OUTBOUND_ADDRESSES: 'nat.example.com' },
    { PROVENDER_SMTP_URL: 'mail.example.com' },
    { PROVENDER_MAIL_FROM: 'x@example.com\nBcc: y@example.com' },
    { PROVENDER_MAIL_FROM: '' },
    { PROVENDER_PUBLIC_URL: '' },
  ]) {
    expect(() => readConfig({}, { ...env, ...wrong })).toThrow(ConfigError);
  }
});
