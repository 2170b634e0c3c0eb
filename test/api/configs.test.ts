// Configuration files on the spot: read, written, converted by the API.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestApi, type TestApi } from '../help/api.ts';

const CONFIG = `#!version:1.0.0.1
account.1.user_name = 101
account.1.password = canary-pass
account.1.sip_server.1.address = sip.example.com
`;

let api: TestApi;
beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.close());

describe('vendors and files', () => {
  it('lists whose files are read and written', async () => {
    const { items } = (await api.call('GET', '/vendors')).json;
    const yealink = items.find(({ id }: { id: string }) => id === 'yealink');
    expect(yealink).toMatchObject({ writes: ['yealink-v70'], didFields: expect.arrayContaining(['account.1.label']) });
    expect(yealink.models).toContainEqual({ id: 'T46U', lines: 16, keys: 27, modules: 3, keysPerModule: 60 });
  });

  it('reads a file, with dots for the password unless asked', async () => {
    const body = { name: '00005e005301.cfg', text: CONFIG };
    const reply = await api.call('POST', '/configs/parse', body);
    expect(reply.json).toMatchObject({ vendor: 'yealink', lines: [{ userName: '101', password: '••••••' }] });
    expect(reply.text).not.toContain('canary-pass');
    const base64 = Buffer.from(CONFIG).toString('base64');
    const shown = await api.call('POST', '/configs/parse', { name: 'a', base64, showSecrets: true });
    expect(shown.json.lines[0].password).toBe('canary-pass');
  });

  it.each([
    [{ name: 'a', text: '<html><body>Sign in</body></html>' }, '#/body/text', 'BODY_HTML'],
    [
      { name: 'a', base64: Buffer.from('Salted__0123456789abcdef0123456789abcdef').toString('base64') },
      '#/body/base64',
      'BODY_ENCRYPTED',
    ],
    [{ name: 'a' }, '#/body/text', 'custom'],
    [{ name: 'a', text: CONFIG, vendor: 'nobody' }, '#/body/vendor', 'invalid_value'],
  ])('refuses %j', async (body, pointer, code) => {
    const reply = await api.call('POST', '/configs/parse', body);
    expect(reply.status).toBe(422);
    expect(reply.json.errors).toContainEqual(expect.objectContaining({ pointer }));
    if (/^[A-Z_]+$/.test(code)) expect(reply.json.errors[0].code).toBe(code);
  });

  it('writes and converts', async () => {
    const line = { line: 1, userName: '101', password: 'p', registrar: { host: 'sip.example.com' } };
    const made = await api.call('POST', '/configs/render', {
      vendor: 'yealink',
      mac: '00-00-5E-00-53-01',
      lines: [line],
    });
    expect(made.json).toEqual({
      vendor: 'yealink',
      files: [{ name: '00005e005301.cfg', text: expect.stringContaining('account.1.password = p') }],
      warnings: [],
    });
    const asText = { vendor: 'fanvil', mac: '00005e005301', lines: [line], format: 'fanvil-text' };
    const text = await api.call('POST', '/configs/render', asText);
    expect(text.json.files[0].text).toContain('<<VOIP CONFIG FILE>>');
    const bad = { vendor: 'yealink', mac: '00005e005301', lines: [{ ...line, password: 'a\nb' }] };
    const refused = await api.call('POST', '/configs/render', bad);
    expect(refused.status).toBe(422);
    expect(refused.json.errors[0].detail).toBe('cannot write password as yealink: it holds a line break');

    const moved = await api.call('POST', '/configs/convert', { name: '00005e005301.cfg', text: CONFIG, to: 'snom' });
    expect(moved.status).toBe(200);
    const again = await api.call('POST', '/configs/parse', { ...moved.json.files[0], showSecrets: true });
    expect(again.json).toMatchObject({ vendor: 'snom', lines: [{ userName: '101', password: 'canary-pass' }] });
  });
});
