import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ARCHIVE_ADDRESS, type Archive, createArchiveFetch } from '../../fetchers/archive.ts';
import { readFolder } from '../../fetchers/folder.ts';
import { readZip } from '../../fetchers/zip.ts';
import { makeZip, type ZipEntry } from '../help/zip.ts';

/** Asks an archive for a name, or for an address of its own, and tells what came in a word or two. */
async function ask(archive: Archive, url: string): Promise<string> {
  const fetch = createArchiveFetch(archive);
  const address = url.includes(':') ? url : ARCHIVE_ADDRESS + url;
  const result = await fetch({ url: address, userAgent: 'x', login: null });
  if (result.kind === 'fetched') return `${result.url} ${Buffer.from(result.bytes).toString()}`;
  return result.kind === 'failure' ? `${result.code} ${result.message}` : result.kind;
}

async function zip(...entries: ZipEntry[]): Promise<Archive> {
  const read = await readZip('backup.zip', makeZip(entries));
  if (!read.ok) throw new Error(`${read.code}: ${read.message}`);
  return read.archive;
}

const refusal = async (bytes: Uint8Array) => {
  const read = await readZip('backup.zip', bytes);
  return read.ok ? 'ok' : `${read.code} ${read.message}`;
};

describe('files of an archive', () => {
  test('are found by name, in any case and any folder', async () => {
    const archive = await zip({ name: 'tftp/Phones/00005E005301.CFG', body: 'a = b' });
    for (const name of ['00005e005301.cfg', '00005E005301.cfg', 'prov/00005e005301.cfg']) {
      expect(await ask(archive, name)).toBe('file:///backup.zip/tftp/Phones/00005E005301.CFG a = b');
    }
    expect(await ask(archive, '00005e005302.cfg')).toBe('HTTP_404 backup.zip has no file named 00005e005302.cfg.');
    expect(await ask(archive, '')).toMatch(/^HTTP_404/);
  });

  test('a relative include is taken from its own folder first', async () => {
    const archive = await zip({ name: 'old/common.cfg', body: 'old' }, { name: 'new/common.cfg', body: 'new' });
    expect(await ask(archive, 'file:///backup.zip/new/common.cfg')).toBe('file:///backup.zip/new/common.cfg new');
    expect(await ask(archive, 'https://pbx.example.com/x/common.cfg')).toMatch(/^HTTP_4XX .*2 files named common.cfg/);
    expect(await ask(archive, 'file:///etc/passwd')).toMatch(/^HTTP_404/);
  });

  test('copies that are the same are one file; what systems put beside files does not count', async () => {
    const archive = await zip(
      { name: 'a/x.cfg', body: 'same' },
      { name: 'b/X.cfg', body: 'same' },
      { name: '__MACOSX/a/x.cfg', body: 'resource fork' },
      { name: '.cache/x.cfg', body: 'hidden' },
    );
    expect(await ask(archive, 'x.cfg')).toBe('file:///backup.zip/a/x.cfg same');
  });
});

describe('a zip file', () => {
  test('is read with stored and packed files, of Unix and of Windows', async () => {
    const archive = await zip(
      { name: 'stored.cfg', body: 'one', stored: true },
      { name: 'packed.cfg', body: 'two' },
      { name: 'dos.cfg', body: 'three', mode: 0 },
      { name: 'folder\\back.cfg', body: 'four' },
    );
    expect(await ask(archive, 'stored.cfg')).toMatch(/ one$/);
    expect(await ask(archive, 'packed.cfg')).toMatch(/ two$/);
    expect(await ask(archive, 'dos.cfg')).toMatch(/ three$/);
    expect(await ask(archive, 'back.cfg')).toBe('file:///backup.zip/folder/back.cfg four');
  });

  test('A24 links, directories and devices in it are no files', async () => {
    const archive = await zip(
      { name: 'link.cfg', body: '/etc/passwd', mode: 0o120777 },
      { name: 'device.cfg', mode: 0o020666 },
      { name: 'folder.cfg/', mode: 0o040755 },
    );
    expect(archive.files).toEqual([]);
  });

  test.each(['../x.cfg', 'a/../../x.cfg', '/etc/x.cfg', 'C:/x.cfg', '..\\x.cfg'])(
    'A19 A24 is refused whole when it names %s',
    async (name) => {
      expect(
        await refusal(
          makeZip([
            { name: 'good.cfg', body: 'a' },
            { name, body: 'evil' },
          ]),
        ),
      ).toMatch(/^ARCHIVE_PATH/);
    },
  );

  test('is refused when it is none, cut or empty', async () => {
    const good = makeZip([{ name: 'x.cfg', body: 'a = b\n'.repeat(100) }]);
    expect(await refusal(Buffer.from('hello'))).toMatch(/^ARCHIVE_UNREADABLE/);
    expect(await refusal(new Uint8Array())).toMatch(/^ARCHIVE_UNREADABLE/);
    expect(await refusal(good.subarray(0, good.length - 30))).toMatch(/^ARCHIVE_UNREADABLE/);
    expect(await refusal(makeZip([]))).toBe('ok');
  });

  test('A24 is refused when it says or is found to be a bomb', async () => {
    const blanks = Buffer.alloc(1024 * 1024);
    expect(await refusal(makeZip(Array.from({ length: 300 }, (_, i) => ({ name: `${i}.cfg`, body: blanks }))))).toMatch(
      /^ARCHIVE_TOO_LARGE .*hundredfold/,
    );
    expect(await refusal(makeZip([{ name: 'x.cfg', body: 'x', claimedSize: 2 ** 31 }]))).toMatch(/^ARCHIVE_TOO_LARGE/);
    const many = Buffer.from(makeZip([{ name: 'x.cfg', body: 'x' }]));
    // The count in the end record; beyond 65,535 zip64 says it, so the entries themselves are counted too.
    many.writeUInt16LE(0xfffe, many.length - 12);
    expect(await refusal(many)).toMatch(/^ARCHIVE_UNREADABLE/);
  });

  test('one bad file in it fails alone', async () => {
    const archive = await zip(
      { name: 'good.cfg', body: 'good' },
      { name: 'locked.cfg', body: 'x', encrypted: true },
      { name: 'blanks.cfg', body: Buffer.alloc(1024 * 1024) },
      // Keeps the whole below a hundredfold: what is refused here is the one file.
      {
        name: 'noise.bin',
        body: Buffer.from(Array.from({ length: 40_000 }, (_, i) => (i * i * 31 + i) % 251)),
        stored: true,
      },
      { name: 'liar.cfg', body: 'x'.repeat(50_000), claimedSize: 10 },
      { name: 'large.cfg', body: Buffer.from('abcdefgh'.repeat(400_000)), stored: true },
    );
    expect(await ask(archive, 'good.cfg')).toMatch(/ good$/);
    expect(await ask(archive, 'locked.cfg')).toMatch(/^HTTP_4XX .*is encrypted/);
    expect(await ask(archive, 'blanks.cfg')).toMatch(/^HTTP_4XX .*hundredfold/);
    expect(await ask(archive, 'liar.cfg')).toMatch(/^HTTP_4XX .*damaged/);
    expect(await ask(archive, 'large.cfg')).toMatch(/^BODY_TOO_LARGE/);
  });
});

describe('a folder', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'provender-folder-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  test('A24 is read with its folders; links are not followed, neither to files nor to folders', async () => {
    const inside = join(folder, 'backup');
    mkdirSync(join(inside, 'phones'), { recursive: true });
    writeFileSync(join(folder, 'secret.cfg'), 'outside');
    writeFileSync(join(inside, 'phones/00005e005301.cfg'), 'a = b');
    writeFileSync(join(inside, 'large.cfg'), Buffer.alloc(3 * 1024 * 1024, 'x'));
    symlinkSync(join(folder, 'secret.cfg'), join(inside, 'link.cfg'));
    symlinkSync(folder, join(inside, 'up'));
    const read = await readFolder(inside);
    if (!read.ok) throw new Error(read.message);
    expect(read.archive.files.map(({ path }) => path).toSorted()).toEqual(['large.cfg', 'phones/00005e005301.cfg']);
    expect(await ask(read.archive, '00005E005301.cfg')).toBe('file:///backup/phones/00005e005301.cfg a = b');
    expect(await ask(read.archive, 'large.cfg')).toMatch(/^BODY_TOO_LARGE/);
    expect(await ask(read.archive, 'link.cfg')).toMatch(/^HTTP_404/);
    expect(await ask(read.archive, '../secret.cfg')).toMatch(/^HTTP_404/);
  });

  test('that is not there is a failure in words', async () => {
    expect(await readFolder(join(folder, 'none'))).toMatchObject({ ok: false, code: 'ARCHIVE_UNREADABLE' });
  });

  test('a file replaced by a link after the listing is not followed', async () => {
    writeFileSync(join(folder, 'x.cfg'), 'mine');
    const read = await readFolder(folder);
    if (!read.ok) throw new Error(read.message);
    rmSync(join(folder, 'x.cfg'));
    symlinkSync('/etc/hostname', join(folder, 'x.cfg'));
    expect(await ask(read.archive, 'x.cfg')).toMatch(/^HTTP_4XX .*damaged/);
  });
});
