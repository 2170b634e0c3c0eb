import { expect, test } from 'vitest';
import { Secret } from '../fetchers/secret.ts';
import { createLog } from '../src/log.ts';

function recorder() {
  const lines: string[] = [];
  return { lines, ...createLog({ level: 'trace', write: (line) => lines.push(line) }) };
}

const CANARY = 'c4nary-Pa55';

test('hides values by the name that they have, at any depth', () => {
  const { lines, log } = recorder();
  for (const name of [
    'password',
    'prov_password',
    'Authorization',
    'set-cookie',
    'client_key',
    'passwordSealed',
    'apiKey',
    'key',
  ])
    log.info({ deep: [{ [name]: CANARY }] }, 'settings');
  log.child({ login: { password: CANARY } }).info('scope');
  log.info({ password: new Secret(CANARY), pbx: 'pbx-1' }, 'secret');
  expect(lines.join('')).not.toContain(CANARY);
  expect(lines.at(-1)).toContain('pbx-1');
});

test('hides registered values wherever they stand, in base64 and in addresses too', () => {
  const { lines, log, hide } = recorder();
  hide(new Secret(CANARY));
  const encoded = [`:${CANARY}`, `a:${CANARY}`, `ab:${CANARY}`, CANARY].map((text) =>
    Buffer.from(text).toString('base64'),
  );
  log.info({ note: `it is ${CANARY}!`, [CANARY]: 1, encoded }, `message ${CANARY} ${encodeURIComponent(CANARY)}`);
  log.error({ err: new Error(`no ${CANARY}`, { cause: new Error(CANARY) }), other: new TypeError(CANARY) }, 'failed');
  const all = lines.join('');
  expect(all).not.toContain(CANARY);
  for (const text of encoded) expect(all).not.toContain(text.slice(4, -4));
  expect(JSON.parse(lines[1] ?? '')).toMatchObject({ err: { type: 'Error', cause: {} }, other: { type: 'TypeError' } });
});

test('strips login, query and fragment from addresses', () => {
  const { lines, log } = recorder();
  log.info(
    { url: `https://joe:${CANARY}@pbx.example.com:8443/cfg/a.cfg?token=${CANARY}#${CANARY}` },
    `at postgres://u:${CANARY}@db/x`,
  );
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({
    url: 'https://pbx.example.com:8443/cfg/a.cfg',
    msg: 'at postgres://db/x',
  });
});

test('hides credentials of HTTP in text and leaves prose alone', () => {
  const { lines, log } = recorder();
  log.info('sent Basic am9lOmNhbmFyeQ== and Bearer pva_1234567890; Basic authentication works');
  expect(JSON.parse(lines[0] ?? '').msg).toBe('sent Basic •••••• and Bearer •••••• Basic authentication works');
});

test('shows of an error only what it is, never what it carries', () => {
  const { lines, log } = recorder();
  const error = Object.assign(new Error(`Failed query: insert\nparams: ${CANARY},\n${CANARY}`), {
    code: 'ECONNRESET',
    options: { headers: { authorization: CANARY }, username: CANARY },
    params: [CANARY],
  });
  log.warn({ err: error }, 'fetch failed');
  log.warn(error);
  log.child({ err: error }).warn('child');
  expect(lines.join('')).not.toContain(CANARY);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ err: { code: 'ECONNRESET', message: 'Failed query: insert' } });
});

test('keeps one line per entry and nothing that a terminal obeys', () => {
  const { lines, log } = recorder();
  log.info({ agent: 'a\r\n{"level":"fatal"}\u001b[31m\u009b31m\u2028\u202e\u0000' }, 'a\nb');
  expect(lines).toHaveLength(1);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this is about
  expect(lines[0]?.slice(0, -1)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u202e]/);
  expect(JSON.parse(lines[0] ?? '').agent).toContain('\u001b[31m');
});
