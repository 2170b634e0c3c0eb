import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CsvRow, cellOf, readCsv, readCsvStream, sniffDelimiter } from '../../src/intake/csv.ts';
import { writeCsv } from '../../src/intake/csv-out.ts';

const SAMPLE = `teams_user_id,sip_user_id,phone_number,mac_address,pbx,voice_route,sip_auth_id,password,prov_username,prov_password,use_teams_voicemail,user_tag
ann@acme.example,101,+12025550101,0015651133aa,HQ,US East,,,,,false,sales
bob@acme.example,102@acme.pbx.example,,AUTO_ASSIGN,HQ,,,,,,false,
`;

async function tableOf(text: string | Uint8Array) {
  const result = await readCsv(typeof text === 'string' ? Buffer.from(text) : text);
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.table;
}

async function problemsOf(text: string | Uint8Array, limits?: { rows: number; columns: number; cell: number }) {
  const result = await readCsv(typeof text === 'string' ? Buffer.from(text) : text, limits);
  return result.ok ? [] : result.problems;
}

describe('readCsv', () => {
  it('reads the sample with every column mapped', async () => {
    const table = await tableOf(SAMPLE);
    expect(table.rows.map((row) => row.number)).toEqual([1, 2]);
    expect(cellOf(table, table.rows[0] ?? { cells: [] }, 'mac_address')).toBe('0015651133aa');
    expect(table.warnings).toEqual([]);
  });

  it.each([
    ['Mac Address', 'mac_address'],
    ['MAC', 'mac_address'],
    ['uuid', 'mac_address'],
    ['mac-address', 'mac_address'],
    ['\uFEFFmac_address', 'mac_address'],
    ['TeamsUserID', 'teams_user_id'],
    ['SIP UserID', 'sip_user_id'],
    ['PhoneNumber', 'phone_number'],
    ['SIPAuthenticationId', 'sip_auth_id'],
    ['PortalLoginPassword', 'portal_login_password'],
    ['Provisioning Password', 'prov_password'],
  ])('knows the header %j', async (spelling, column) => {
    expect((await tableOf(`${spelling}\nx\n`)).columns).toEqual([column]);
  });

  it.each([
    [',', 'mac,name\n00005E005301,Ann\n'],
    [';', 'mac;name\n00005E005301;Ann\n'],
    ['\t', 'mac\tname\n00005E005301\tAnn\n'],
    [';', 'sep=;\r\nmac;name\r\n00005E005301;Ann\r\n'],
  ])('finds the delimiter %j', async (delimiter, text) => {
    const table = await tableOf(text);
    expect(table.delimiter).toBe(delimiter);
    expect(table.rows[0]?.cells).toEqual(['00005E005301', 'Ann']);
  });

  it('counts known columns, not characters, to find the delimiter', () => {
    expect(sniffDelimiter('mac;name, first, last, and, so, on;pbx')).toBe(';');
  });

  it('keeps cells byte for byte, takes the formula guard off, skips empty rows', async () => {
    const text = 'name,prov_password\r\n"a ""b"", c"," p;#=\u00e4 "\r\n\r\n,,,\r\n\'=1+1,"\'\'@x"\r\npa"ss,x"y\r\n';
    const table = await tableOf(text);
    expect(table.rows.map((row) => row.cells)).toEqual([
      ['a "b", c', ' p;#=\u00e4 '],
      ['=1+1', "'@x"],
      ['pa"ss', 'x"y'],
    ]);
  });

  it('names ragged rows by line and reads the others', async () => {
    const table = await tableOf('mac,name,pbx\n1,2\n1,2,3,4\n1,2,3,\n"a\nb",2,3\n1\n');
    expect(table.rows.map((row) => [row.number, row.line, row.problems.map((problem) => problem.code)])).toEqual([
      [1, 2, ['ROW_CELLS']],
      [2, 3, ['ROW_CELLS']],
      [3, 4, []],
      [4, 6, []],
      [5, 7, ['ROW_CELLS']],
    ]);
    expect(table.rows[0]?.problems[0]?.message).toBe('Line 2 has 2 cells, the header has 3.');
  });

  it('names duplicate and unknown headers', async () => {
    expect(await problemsOf('mac,name,UUID\na,b,c\n')).toEqual([
      {
        code: 'CSV_HEADER_DUPLICATE',
        line: 1,
        message: 'The columns "mac", "UUID" mean the same (mac_address). Keep one of them.',
      },
    ]);
    const table = await tableOf('mac,shoe size,\na,b,c\n');
    expect(table.columns).toEqual(['mac_address', null]);
    expect(table.warnings[0]?.message).toBe('Not read, since unknown: "shoe size".');
    expect((await problemsOf('00005E005301,Ann\n'))[0]).toMatchObject({ code: 'CSV_HEADER_MISSING', line: 1 });
  });

  it('A15 takes __proto__ and constructor for unknown columns', async () => {
    const table = await tableOf('mac,__proto__,constructor,prototype\na,b,c,d\n');
    expect(table.columns).toEqual(['mac_address', null, null, null]);
    expect(({} as { b?: unknown }).b).toBeUndefined();
  });

  it('says in which line a quote is left open', async () => {
    const problems = await problemsOf('mac,name\na,b\nc,"d\ne,f\ng,h\n');
    expect(problems).toMatchObject([{ code: 'CSV_QUOTE_OPEN', line: 3 }]);
  });

  it.each([
    [
      'a broken line in UTF-8',
      Buffer.concat([Buffer.from('mac,name\na,J\u00f6rg\n'), Buffer.from([0x4a, 0xf6, 0x0a])]),
      'CSV_ENCODING',
      3,
    ],
    ['half a character of UTF-16', Buffer.from('\uFEFFmac,name\na,\ud800\n', 'utf16le'), 'CSV_ENCODING', 1],
    ['a NUL in UTF-16', Buffer.from('\uFEFFmac,name\na,\0\n', 'utf16le'), 'CSV_NUL', 2],
    ['a NUL byte', Buffer.from('mac,name\na,b\nc,\0d\n'), 'CSV_NUL', 3],
    ['nothing', Buffer.alloc(0), 'CSV_EMPTY', 1],
    ['line breaks only', Buffer.from('\r\n\r\n'), 'CSV_EMPTY', 1],
  ])('refuses %s with the line', async (_, bytes, code, line) => {
    expect(await problemsOf(bytes)).toMatchObject([{ code, line }]);
  });

  it('refuses millions of commas and of cells in one quote before they are held', async () => {
    expect(await problemsOf(Buffer.alloc(8 * 1024 * 1024, ','))).toMatchObject([
      { code: 'CSV_LINE_TOO_LONG', line: 1 },
    ]);
    const later = Buffer.concat([Buffer.from('mac\na\n'), Buffer.alloc(8 * 1024 * 1024, ',')]);
    expect(await problemsOf(later)).toMatchObject([{ code: 'CSV_LINE_TOO_LONG', line: 3 }]);
    const quoted = `mac\n1\n"${'2,\n'.repeat(1_000_000)}`;
    expect(await problemsOf(quoted)).toMatchObject([{ code: 'CSV_QUOTE_OPEN', line: 3 }]);
  });

  const greeting = 'name;mac\r\nJ\u00f6rg \u20ac;00005E005301\r\n';
  const swapped = (text: string) => Buffer.from(text, 'utf16le').swap16();
  const windows = (text: string) => Buffer.from(text.replaceAll('\u20ac', '\u0080'), 'latin1');
  it.each([
    ['utf-8', Buffer.from(greeting)],
    ['utf-8', Buffer.from(`\uFEFF${greeting}`)],
    ['utf-16le', Buffer.from(`\uFEFF${greeting}`, 'utf16le')],
    ['utf-16be', swapped(`\uFEFF${greeting}`)],
    ['utf-16le', Buffer.from(greeting, 'utf16le')],
    ['utf-16be', swapped(greeting)],
    ['windows-1252', windows(greeting)],
    // The first of its letters comes after many parts that are ASCII.
    ['windows-1252', windows(`name;mac\r\n${'Ann;1\r\n'.repeat(100_000)}${greeting.slice(10)}`)],
  ])('reads %s in whatever parts it comes', async (encoding, bytes) => {
    for (const size of [1, 3, 1000, 65_536]) {
      if (bytes.length / size > 5000) continue;
      const rows: CsvRow[] = [];
      const sink = { head: () => {}, rows: (batch: readonly CsvRow[]) => void rows.push(...batch) };
      async function* parts() {
        for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
      }
      const end = await readCsvStream(parts(), sink);
      expect(end).toEqual({ ok: true, rowCount: rows.length, encoding });
      expect(rows.at(-1)?.cells).toEqual(['J\u00f6rg \u20ac', '00005E005301']);
    }
  });

  it('reads any UTF-8 text the same, however it is cut into parts', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.string({ unit: 'grapheme', maxLength: 8 }), { maxLength: 20 }),
        fc.integer({ min: 1, max: 7 }),
        async (cells, size) => {
          const bytes = Buffer.from(
            writeCsv([['name', 'mac'], ...cells.map((cell) => [cell.replaceAll('\0', ''), 'x'])]),
          );
          const whole = await readCsv(bytes);
          async function* parts() {
            for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
          }
          const rows: CsvRow[] = [];
          await readCsvStream(parts(), { head: () => {}, rows: (batch) => void rows.push(...batch) });
          expect(whole.ok && whole.table.rows).toEqual(rows);
        },
      ),
      { numRuns: 50 },
    );
  });

  it('ends with what the source or the sink throws', async () => {
    async function* broken() {
      yield Buffer.from('mac\n1\n');
      throw new Error('the line is cut');
    }
    const sink = { head: () => {}, rows: () => {} };
    await expect(readCsvStream(broken(), sink)).rejects.toThrow('the line is cut');
    const full = {
      head: () => {},
      rows: () => {
        throw new Error('the store is full');
      },
    };
    async function* good() {
      yield Buffer.from('mac\n1\n');
    }
    await expect(readCsvStream(good(), full)).rejects.toThrow('the store is full');
  });

  it('A5: has limits for rows, columns and cells', async () => {
    const limits = { rows: 2, columns: 3, cell: 5 };
    expect(await problemsOf('mac\n1\n2\n3\n', limits)).toMatchObject([{ code: 'CSV_TOO_MANY_ROWS', line: 4 }]);
    expect(await problemsOf('mac,a,b,c\n', limits)).toMatchObject([{ code: 'CSV_TOO_MANY_COLUMNS' }]);
    const result = await readCsv(Buffer.from('mac\n123456\n'), limits);
    expect(result.ok && result.table.rows[0]?.problems).toMatchObject([
      { code: 'CELL_TOO_LONG', column: 'mac_address' },
    ]);
  });

  it('reads 50,000 rows and leaves the process time for other work', async () => {
    const rows = Array.from({ length: 50_000 }, (_, n) => `u${n}@acme.example,${n},AUTO_ASSIGN`);
    let turns = 0;
    const timer = setInterval(() => {
      turns += 1;
    }, 1);
    const table = await tableOf(`teams_user_id,sip_user_id,mac\n${rows.join('\n')}`);
    clearInterval(timer);
    expect(table.rows).toHaveLength(50_000);
    expect(turns).toBeGreaterThan(1);
  });
});
