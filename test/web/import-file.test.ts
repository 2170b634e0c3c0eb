// What the portal does to a file before it sends it, against what the API reads of it.
import { describe, expect, it } from 'vitest';
import {
  COLUMN_NAMES,
  COLUMNS,
  columnFor,
  ERROR_COLUMNS,
  foldHeader,
  isSecretColumn,
} from '../../src/intake/columns.ts';
import { readCsv } from '../../src/intake/csv.ts';
import {
  columnNamed,
  foldName,
  guessMapping,
  type Known,
  namesFor,
  rememberedMapping,
  rememberMapping,
  repeatedColumns,
} from '../../web/screens/imports/columns.ts';
import { type CsvHead, readHead, withHeader } from '../../web/screens/imports/csv-head.ts';
import { sampleFile } from '../../web/screens/imports/sample.ts';

const known: Known = {
  items: COLUMN_NAMES.map((name) => ({ name, spellings: [...COLUMNS[name].aliases], secret: isSecretColumn(name) })),
  passedOver: [...ERROR_COLUMNS],
};
const isKnown = (cell: string) => columnNamed(known, cell) !== null;

function headOf(bytes: Uint8Array): CsvHead {
  const read = readHead(bytes, true, isKnown);
  if (!read.ok) throw new Error(`no head: ${read.fault.kind}`);
  return read.head;
}

const utf16 = (text: string, littleEndian: boolean, mark = true) => {
  const bytes = Buffer.from(mark ? `\uFEFF${text}` : text, 'utf16le');
  return littleEndian ? bytes : bytes.swap16();
};

const TEXT =
  '"Gerät, MAC";Nebenstelle;Name;Büro\r\n001565aabbcc;101;"Ann ""A""; B";Zoë\r\n\r\n001565aabbcd;102;"zwei\nZeilen";\r\n';
const FILES: Readonly<Record<string, Uint8Array>> = {
  'utf-8': Buffer.from(TEXT),
  'utf-8 with a mark': Buffer.from(`\uFEFF${TEXT}`),
  'windows-1252': Buffer.from(TEXT, 'latin1'),
  'utf-16le': utf16(TEXT, true),
  'utf-16be': utf16(TEXT, false),
  'utf-16le without a mark': utf16(TEXT, true, false),
  'with the line of Excel': Buffer.from(`sep=;\r\n${TEXT}`),
  'with empty lines before': Buffer.from(`\r\n\n${TEXT}`),
};

describe.each(Object.entries(FILES))('a file in %s', (_, bytes) => {
  it('shows its columns and first rows', () => {
    const head = headOf(bytes);
    expect(head.delimiter).toBe(';');
    expect(head.header).toEqual(['Gerät, MAC', 'Nebenstelle', 'Name', 'Büro']);
    expect(head.rows).toEqual([
      ['001565aabbcc', '101', 'Ann "A"; B', 'Zoë'],
      ['001565aabbcd', '102', 'zwei\nZeilen', ''],
    ]);
  });

  it('is read by the API as it was mapped, with all else as it was', async () => {
    const head = headOf(bytes);
    const names = namesFor(known, head.header, ['mac_address', 'sip_user_id', null, 'user_tag']);
    const sent = new Uint8Array(await withHeader(new Blob([bytes.slice()]), head, names ?? []).arrayBuffer());
    const read = await readCsv(sent);
    if (!read.ok) throw new Error(read.problems[0]?.message);
    expect(read.table.columns).toEqual(['mac_address', 'sip_user_id', null, 'user_tag']);
    expect(read.table.header[2]).toBe('Name (left out)');
    expect(read.table.rows.map((row) => row.cells)).toEqual(head.rows);
    expect(Buffer.from(sent).subarray(-60)).toEqual(Buffer.from(bytes).subarray(-60));
    expect(read.table.encoding).toBe(head.encoding);
  });
});

describe('a head', () => {
  it('says what is no file of users, and where', () => {
    expect(readHead(Buffer.from('PK\u0003\u0004rest'), true, isKnown)).toEqual({
      ok: false,
      fault: { kind: 'workbook' },
    });
    expect(readHead(Buffer.from('mac\n00\0'), true, isKnown)).toEqual({ ok: false, fault: { kind: 'binary', at: 7 } });
    expect(readHead(Buffer.from('\n \n'), true, isKnown)).toEqual({ ok: false, fault: { kind: 'empty' } });
    expect(readHead(Buffer.from('"mac\n00'), false, isKnown)).toEqual({ ok: false, fault: { kind: 'header-open' } });
  });

  it('shows no row that is cut off by what was read', () => {
    const read = readHead(Buffer.from('mac,name\n1,a\n2,b'), false, isKnown);
    expect(read.ok && read.head.rows).toEqual([['1', 'a']]);
  });

  it('takes the delimiter that is chosen, and no line of Excel that says otherwise', async () => {
    const bytes = Buffer.from('sep=,\nA;B\n1;2\n');
    const read = readHead(bytes, true, isKnown, ';');
    if (!read.ok) throw new Error('no head');
    expect(read.head.header).toEqual(['A', 'B']);
    expect(await withHeader(new Blob([bytes]), read.head, ['mac', 'name']).text()).toBe('mac;name\n1;2\n');
  });
});

describe('a mapping', () => {
  it('folds names as the API does', () => {
    for (const name of [' MAC Address', 'Sip_User-ID', '\uFEFFｐｂｘ', 'E-Mail'])
      expect(foldName(name)).toBe(foldHeader(name));
    for (const name of ['UUID', 'Extension', 'e mail', 'nothing'])
      expect(columnNamed(known, name)).toBe(columnFor(name));
  });

  it('is guessed by name, then by what a name holds, each column once', () => {
    const { mapping, unsure } = guessMapping(known, [
      'MAC',
      'Phone MAC of desk',
      'SIP user ID (PBX)',
      'uuid',
      'Room',
      'error_code',
    ]);
    expect(mapping).toEqual(['mac_address', 'phone_number', 'sip_user_id', null, null, null]);
    expect([...unsure]).toEqual([1, 2]);
  });

  it('needs no other names where the API takes the columns so anyway', () => {
    expect(namesFor(known, ['MAC', 'Room'], ['mac_address', null])).toBeNull();
    expect(namesFor(known, ['MAC', 'Room'], [null, 'mac_address'])).toEqual(['MAC (left out)', 'mac_address']);
    expect(repeatedColumns(['name', null, 'name', null])).toEqual(['name']);
  });

  it('is remembered per tenant and header', () => {
    const stored = new Map<string, string>();
    const storage = {
      getItem: (key: string) => stored.get(key) ?? null,
      setItem: (key: string, value: string) => void stored.set(key, value),
    };
    expect(rememberedMapping(storage, known, 't1', ['A', 'B'])).toBeNull();
    rememberMapping(storage, 't1', ['A', 'B'], ['mac_address', null]);
    rememberMapping(storage, 't1', ['A', 'B', 'C'], [null, null, 'name']);
    expect(rememberedMapping(storage, known, 't1', ['a ', 'B'])).toEqual(['mac_address', null]);
    expect(rememberedMapping(storage, known, 't2', ['A', 'B'])).toBeNull();
    stored.set('import-mappings', 'broken');
    expect(rememberedMapping(storage, known, 't1', ['A', 'B'])).toBeNull();
  });
});

it.each(['pbx', 'trunk', 'callApp'] as const)(
  'the sample for %s has columns that are known, a MAC and AUTO_ASSIGN',
  async (type) => {
    const read = await readCsv(Buffer.from(sampleFile(type, 'HQ')));
    if (!read.ok) throw new Error('unreadable');
    expect(read.table.columns).not.toContain(null);
    expect(read.table.rows.every((row) => row.problems.length === 0)).toBe(true);
    const macs = read.table.rows.map((row) => row.cells[read.table.columns.indexOf('mac_address')]);
    expect(macs).toEqual([expect.stringMatching(/^00:15:65/), 'AUTO_ASSIGN']);
  },
);
