// Texts that the portal reads and writes around a PBX: events of a test, its report, files of certificates, sheets, what the
// owner of a PBX is told.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { TestResult } from '../../src/api/contract/pbxs.ts';
import { writeCsv } from '../../src/intake/csv-out.ts';
import { gatherClient, readCertificateFile } from '../../web/screens/pbxs/certificate-files.ts';
import { readCsv } from '../../web/screens/pbxs/csv-preview.ts';
import { writeOwnerText } from '../../web/screens/pbxs/owner-text.ts';
import { EventText, type StepShown, withStep } from '../../web/screens/pbxs/test-events.ts';
import { writeReport } from '../../web/screens/pbxs/test-report.ts';
import { pbxWords } from '../../web/words/pbxs.ts';
import { aPbx } from './pbx-example.ts';

const fixture = (name: string) => new Uint8Array(readFileSync(join(import.meta.dirname, '../../fixtures/tls', name)));

test('events are read however the stream is cut', () => {
  const text = [
    'id: 1\nevent: step\ndata: {"state":"began","step":"tcp"}\n\n',
    ': still here\n\n',
    'id: 2\r\nevent: step\r\ndata: {"state":"ended","step":"tcp","ok":true,"ms":3,"text":"Ünd"}\r\n\r\n',
    'id: 3\nevent: result\ndata: {"ok":true}\n\n',
  ].join('');
  for (const size of [1, 7, text.length]) {
    const events = new EventText();
    const read = Array.from({ length: Math.ceil(text.length / size) }, (_, at) =>
      events.add(text.slice(at * size, (at + 1) * size)),
    ).flat();
    expect(read.map(({ event }) => event)).toEqual(['step', 'step', 'result']);
    expect(read[1]?.data).toMatchObject({ text: 'Ünd' });
  }
});

test('a step that began may end under another name', () => {
  const names = (steps: readonly StepShown[]) => steps.map(({ step, state }) => `${step} ${state}`);
  const began = withStep([], { state: 'began', step: 'dns' });
  expect(names(began)).toEqual(['dns running']);
  const ended = withStep(began, { state: 'ended', step: 'guard', ok: false, ms: 0, text: 'no' });
  expect(names(ended)).toEqual(['guard failed']);
});

test('the report says what was asked, each step, and what to do', () => {
  const result: TestResult = {
    ok: false,
    code: 'TLS_UNTRUSTED',
    message: 'The certificate is not trusted.',
    nextAction: 'Upload the CA.',
    mac: '00005e005301',
    userId: null,
    url: null,
    steps: [
      { step: 'tcp', ok: true, ms: 3.4, text: 'Connected.' },
      {
        step: 'tls',
        ok: false,
        ms: 20,
        text: 'Not trusted.',
        detail: { protocol: 'TLSv1.3', verifiedBy: null, chain: [{ subject: 'CN=x', names: ['a', 'b'] }] },
      },
    ],
    config: null,
    did: null,
    didCandidates: [],
    raw: null,
    rawUrl: null,
    rawCut: false,
    rawReason: null,
    warnings: ['crlf'],
    warningTexts: ['Old file.'],
  };
  const text = writeReport(
    result,
    'Head office',
    new Date('2026-03-01T10:00:30Z'),
    pbxWords.test.report,
    'Nobody signed it.',
  );
  expect(text).toBe(`Test connection of Head office, 2026-03-01 10:00 UTC
Asked for the MAC 00005e005301
Result: failed (TLS_UNTRUSTED)
The certificate is not trusted.
Nobody signed it.
-> Upload the CA.

1. tcp ok (3 ms): Connected.
2. tls FAILED (20 ms): Not trusted.
   protocol: TLSv1.3
   chain 1: subject CN=x; names a, b
! Old file.`);
});

test('files of certificates are told apart by what is in them', () => {
  expect(readCertificateFile('a.pem', fixture('client.pem'))).toMatchObject({
    kind: 'pem',
    hasCertificate: true,
    hasKey: false,
  });
  expect(readCertificateFile('a.txt', fixture('client-des.key'))).toMatchObject({
    kind: 'pem',
    hasCertificate: false,
    hasKey: true,
  });
  const p12 = readCertificateFile('no-name', fixture('client.p12'));
  expect(p12).toMatchObject({ kind: 'p12', base64: Buffer.from(fixture('client.p12')).toString('base64') });
  expect(readCertificateFile('notes.txt', new TextEncoder().encode('hello'))).toMatchObject({ kind: 'unknown' });
});

test('certificate and key may come in two files, in any order', () => {
  const certificate = readCertificateFile('c.pem', fixture('client-rsa.pem'));
  const key = readCertificateFile('k.pem', fixture('client-des.key'));
  expect(gatherClient([certificate])).toMatchObject({ ok: false, why: 'needs-key' });
  expect(gatherClient([key])).toMatchObject({ ok: false, why: 'needs-certificate' });
  const both = gatherClient([key, certificate]);
  expect(both).toMatchObject({ ok: true });
  expect(both.ok && both.parts.clientKeyPem).toContain('PRIVATE KEY');
  expect(gatherClient([readCertificateFile('a', fixture('client.p12'))])).toMatchObject({ ok: true });
});

test('a CSV is read back as the server writes it', () => {
  const rows = [
    ['mac', 'name'],
    ['00:00:5e:00:53:01', 'Ann "the boss", office'],
    ['00:00:5e:00:53:02', 'two\nlines'],
    ['', ''],
  ];
  expect(readCsv(writeCsv(rows))).toEqual(rows);
  expect(readCsv('\ufeffa,b\n1,2')).toEqual([
    ['a', 'b'],
    ['1', '2'],
  ]);
});

test('the owner of a PBX is told whom to let in, where, and which MACs', () => {
  const macs = Array.from({ length: 52 }, (_, n) => `02:00:00:00:00:${String(n).padStart(2, '0')}`);
  const pbx = aPbx({ provisioningUrl: 'https://pbx.example.com:8443/p/{mac}.cfg', username: 'prov' });
  const text = writeOwnerText(pbx, ['192.0.2.10'], macs, 'Yealink', pbxWords.owner.lines);
  expect(text).toContain('192.0.2.10');
  expect(text).toContain('to pbx.example.com, port 8443 (https)');
  expect(text).toContain('Path of the files: /p/{mac}.cfg');
  expect(text).toContain('user name prov');
  expect(text).toContain('52 MACs');
  expect(text).toContain('and 2 more');
  const plain = writeOwnerText(
    aPbx({ provisioningUrl: 'http://pbx.example.com/' }),
    [],
    [],
    'Yealink',
    pbxWords.owner.lines,
  );
  expect(plain).toContain('port 80 (http)');
  expect(plain).toContain('ask us for them');
  expect(plain).toContain('offer https');
  expect(writeOwnerText(aPbx({ provisioningUrl: null }), [], [], 'Yealink', pbxWords.owner.lines)).toContain(
    'tell us where',
  );
});
