import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sniff } from '../../parsers/sniff.ts';
import { readConfig } from '../../vendors/read.ts';

function bytes(text: string, encoding: BufferEncoding = 'utf8'): Buffer {
  return Buffer.from(text, encoding);
}

const CONFIG = '#!version:1.0.0.1\naccount.1.label = Zoë\n';

describe('text is decoded', () => {
  test.each<[string, Buffer, string[]]>([
    ['UTF-8', bytes(CONFIG), []],
    ['UTF-8 with BOM', bytes(`\ufeff${CONFIG}`), ['bom']],
    ['UTF-16 little-endian with BOM', bytes(`\ufeff${CONFIG}`, 'utf16le'), ['bom', 'utf-16']],
    ['UTF-16 big-endian with BOM', bytes(`\ufeff${CONFIG}`, 'utf16le').swap16(), ['bom', 'utf-16']],
    ['Latin-1', bytes(CONFIG, 'latin1'), ['latin-1']],
    ['UTF-8 with a NUL tail, as decryption leaves it', Buffer.concat([bytes(CONFIG), Buffer.alloc(7)]), []],
    ['gzip', gzipSync(CONFIG), ['gzip']],
    ['gzip of Latin-1', gzipSync(bytes(CONFIG, 'latin1')), ['gzip', 'latin-1']],
  ])('%s', (_name, body, warnings) => {
    expect(sniff(body)).toEqual({ kind: 'text', text: CONFIG, shape: { kind: 'key-value' }, warnings });
  });
});

describe('a body that is no configuration', () => {
  const salted = Buffer.concat([bytes('Salted__'), randomBytes(40)]);
  /** No text by its first bytes, whatever the rest. */
  const cipher = (length: number) => Buffer.concat([Buffer.from([0, 0xff, 0xfe, 0xc0]), randomBytes(length - 4)]);
  const html = '<html><head><title>Login</title></head><body></body></html>';

  test.each<[string, Buffer | string, string]>([
    ['nothing', '', 'BODY_EMPTY'],
    ['blanks', ' \r\n\t\n', 'BODY_EMPTY'],
    ['a BOM', '\ufeff', 'BODY_EMPTY'],
    ['HTML', html, 'BODY_HTML'],
    ['HTML with a doctype', `\n<!DOCTYPE html>\n${html}`, 'BODY_HTML'],
    ['HTML behind a comment', `<!-- x -->\n<?xml version="1.0"?>${html}`, 'BODY_HTML'],
    ['HTML without its outer elements', '<h1>404 Not Found</h1>', 'BODY_HTML'],
    ['HTML behind text', `${CONFIG}\n<!DOCTYPE html>\n${html}`, 'BODY_HTML'],
    ['HTML in gzip', gzipSync(html), 'BODY_HTML'],
    ['a PHP error', 'PHP Fatal error:  Uncaught Error in /srv/x.php:3\n', 'BODY_NOT_CONFIG'],
    ['a PHP error with markup', '<br />\n<b>Fatal error</b>:  Uncaught Error in <b>/srv/x.php</b>', 'BODY_NOT_CONFIG'],
    [
      'a PHP error behind text',
      `${CONFIG}\nWarning: Undefined variable $x in /srv/x.php on line 3\n`,
      'BODY_NOT_CONFIG',
    ],
    ['a PHP notice amid text', `${CONFIG}<br />\n<b>Notice</b>:  x in <b>/srv/x.php</b>\n${CONFIG}`, 'BODY_NOT_CONFIG'],
    ['JSON', '{"error": "not found"}', 'BODY_NOT_CONFIG'],
    ['a JSON list', '[{"code": 7}]', 'BODY_NOT_CONFIG'],
    ['an empty JSON list', '[]', 'BODY_NOT_CONFIG'],
    ['a bare refusal', 'access denied', 'BODY_NOT_CONFIG'],
    ['a bare refusal with a colon', 'Error: device unknown\n', 'BODY_NOT_CONFIG'],
    ['prose', 'Hello\nthis is a page about telephones.\n', 'BODY_NOT_CONFIG'],
    ['OpenSSL ciphertext', salted, 'BODY_ENCRYPTED'],
    ['blocks of ciphertext', cipher(4096), 'BODY_ENCRYPTED'],
    ['one block of ciphertext', cipher(16), 'BODY_ENCRYPTED'],
    ['RSA mode', '#!key_ciphertext:aGVsbG8=\n#!---BEGIN CONFIG DATA---\naGVsbG8=\n', 'BODY_ENCRYPTED'],
    ['OpenSSL ciphertext in gzip', gzipSync(salted), 'BODY_ENCRYPTED'],
    ['binary data', cipher(1001), 'BODY_NOT_CONFIG'],
    ['a picture', Buffer.concat([Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), Buffer.alloc(24)]), 'BODY_NOT_CONFIG'],
    ['a damaged gzip', gzipSync(CONFIG).subarray(0, 30), 'BODY_NOT_CONFIG'],
    ['an empty gzip', gzipSync(''), 'BODY_NOT_CONFIG'],
    ['a gzip bomb', gzipSync(Buffer.alloc(64 * 1024 * 1024, 'a')), 'BODY_NOT_CONFIG'],
  ])('%s', (_name, body, reason) => {
    const result = readConfig([{ name: 'x.cfg', bytes: typeof body === 'string' ? bytes(body) : body }]);
    expect(result).toMatchObject({ kind: 'not-config', reason });
    if (result.kind !== 'not-config') return;
    expect(result.message).toMatch(/^[A-Z].{20,300}$/);
    // The file may lie on a disk, and nobody was asked for it.
    expect(result.message).not.toMatch(/answered/);
  });

  test('is not quoted, except for a short refusal', () => {
    const shown = (text: string) => JSON.stringify(readConfig([{ name: 'x.cfg', bytes: bytes(text) }]));
    expect(shown('access denied')).toContain('access denied');
    expect(shown('hunter2')).not.toContain('hunter2');
    expect(shown('hunter2\nerror')).not.toContain('hunter2');
  });
});

test('words of error messages inside values and comments harm nobody', () => {
  const text = `${CONFIG}# Warning: do not edit\naccount.1.display_name = Warning: Fatal error: <html>\n`;
  expect(sniff(bytes(text))).toMatchObject({ kind: 'text' });
});

test('any bytes at all give an answer', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.uint8Array({ maxLength: 300 }),
        fc.string({ maxLength: 300 }).map((text) => bytes(text)),
      ),
      (body) => {
        for (const options of [{}, { vendor: 'yealink' as const }]) {
          expect(readConfig([{ name: 'x', bytes: body }], options).kind).toMatch(/config/);
        }
      },
    ),
    { numRuns: 1000 },
  );
});

describe('2 MiB of hostile text', () => {
  const size = 2 * 1024 * 1024;
  const header = '#!version:1.0.0.1\n';
  const repeat = (text: string) => text.repeat(Math.ceil(size / text.length)).slice(0, size);
  const count = (row: (index: number) => string) => {
    let text = header;
    for (let index = 0; text.length < size; index += 1) text += row(index);
    return text;
  };

  // Quadratic work on any of these takes minutes and runs into the time limit of the test.
  test.each<[string, string]>([
    ['blanks', header + repeat(' ')],
    ['one value of blanks', `${header}a = ${repeat('\t')}`],
    ['lines without "="', header + repeat('x\n')],
    ['"=" only', header + repeat('=\n')],
    ['line breaks', `${header}${repeat('\r\n')}x`],
    ['comments', repeat('#\n')],
    ['accounts', count((index) => `account.${index}.password = x\n`)],
    ['keys', count((index) => `k${index} = 1\n`)],
    ['duplicates', count((index) => `k${index % 2} = ${index}\n`)],
    ['codecs', count((index) => `account.${(index % 999) + 1}.codec.${index % 25}.enable = 1\n`)],
    ['includes', count((index) => `include:config "${index}.cfg"\n`)],
    ['open includes', header + repeat(`include:config <${'a'.repeat(3900)}\n`)],
    ['XML comments', repeat('<!-- -->')],
    ['"<"', repeat('<')],
    ['"["', repeat('[')],
    ['sections', repeat('[ account ]\npath = /config/voip/sipAccount1.cfg\n')],
    ['user names with "@"', `${header}account.1.user_name = ${repeat('@')}`],
    ['a host of parameters', `${header}account.1.user_name = 1\naccount.1.sip_server.1.address = ${repeat(';')}`],
    ['a key of words', `${header}${repeat('password_')}x = 1`],
    ['a comment of hex', `#${repeat('00:')}`],
    ['__proto__', header + repeat('__proto__ = x\n')],
  ])('%s', (_name, text) => {
    const result = readConfig([{ name: 'x', bytes: bytes(text) }], { vendor: 'yealink' });
    expect(result.kind).toMatch(/config/);
  });
});
