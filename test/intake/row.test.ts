import { describe, expect, it } from 'vitest';
import { type CheckedRow, type CheckRules, createCellReader, createRowChecker } from '../../src/intake/check-rows.ts';
import type { Column } from '../../src/intake/columns.ts';
import type { RowProblem } from '../../src/intake/csv.ts';
import { checkMac, checkUser, type PbxFacts, type UserInput } from '../../src/intake/row.ts';

const pbx: PbxFacts = {
  id: 'p1',
  name: 'HQ',
  autoProvision: true,
  autoAssignMac: false,
  pseudoMacOui: null,
  country: 'US',
  host: 'pbx.example.com',
};

const rules: CheckRules = {
  pbxs: [pbx],
  voiceRoutes: [],
  pbxId: 'p1',
  voiceRouteId: null,
  userType: 'pbx',
  existing: 'error',
  createMissing: true,
};

function checkAll(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  more: Partial<CheckRules> = {},
  fileProblems: readonly RowProblem[] = [],
): CheckedRow[] {
  const checker = createRowChecker({ ...rules, ...more });
  const read = createCellReader(columns);
  return rows.map((cells, index) =>
    checker.check(checker.read({ number: index + 1, cells: read(cells), fileProblems })),
  );
}

const codes = (input: UserInput, facts: Partial<PbxFacts> = {}) => {
  const { errors, warnings } = checkUser(input, { ...pbx, ...facts });
  return { errors: errors.map((problem) => problem.code), warnings: warnings.map((problem) => problem.code) };
};

describe('checkUser', () => {
  it('takes a good row apart', () => {
    const input = {
      name: ' Ann ',
      teams_user_id: 'ann@acme.example',
      sip_user_id: '101@pbx.example.com',
      mac_address: '00-00-5E-00-53-01',
      phone_number: '(202) 555-0142',
      auto_provision: 'Yes',
      line_rule: '02',
      prov_username: 'u',
      prov_password: ' =p ',
    };
    const { draft, warnings } = checkUser(input, pbx);
    expect(warnings).toEqual([]);
    expect(draft).toMatchObject({
      name: 'Ann',
      sipUserId: '101@pbx.example.com',
      mac: { kind: 'typed', mac: '00005e005301' },
      did: '+12025550142',
      autoProvision: 'on',
      lineRule: '2',
    });
    expect(draft?.provPassword?.reveal()).toBe(' =p ');
  });

  it.each([
    ['ann#EXT#@acme.onmicrosoft.example', true],
    ["o'neil+x@sub.acme.example", true],
    ['jörg@acme.example', true],
    ['ann@acme', false],
    ['@acme.example', false],
    ['ann@@acme.example', false],
    ['ann@acme..example', false],
    ['a b@acme.example', false],
    [`${'a'.repeat(250)}@acme.example`, false],
  ])('takes %s for an e-mail address: %s', (teams_user_id, good) => {
    expect(codes({ teams_user_id, mac_address: '00005e005301' }).errors.length === 0).toBe(good);
  });

  it.each([
    ['0015651133E5', []],
    ['0000.5e00.5301', []],
    ['1.56511E+12', ['MAC_READ_AS_NUMBER']],
    ['1565113300000', ['MAC_READ_AS_NUMBER']],
    ['="0015651133aa"', []],
    ['8,05012E+11', ['EXCEL_EXPONENT']],
    ['1565113399', ['MAC_LOST_ZEROS']],
    ['15651133990', ['MAC_LOST_ZEROS']],
    ['000000000000', ['MAC_INVALID']],
    ['ffffffffffff', ['MAC_INVALID']],
    ['01005e000001', ['MAC_MULTICAST']],
    ['AUTO_ASSIGN', ['AUTO_ASSIGN_OFF']],
  ])('finds in the MAC %s: %j', (mac_address, expected) => {
    expect(codes({ mac_address }).errors).toEqual(expected);
  });

  it('assigns where the PBX assigns, with and without the word', () => {
    for (const mac_address of ['AUTO_ASSIGN', 'auto assign', '']) {
      expect(checkUser({ mac_address }, { ...pbx, autoAssignMac: true }).draft?.mac).toEqual({ kind: 'assign' });
    }
  });

  it('warns where a user would rest', () => {
    expect(codes({ sip_user_id: '101' }).warnings).toEqual(['MAC_MISSING']);
    expect(codes({ mac_address: '00005e005301' }, { autoProvision: false }).warnings).toEqual(['PROVISIONING_OFF']);
    const own = { mac_address: '00005e005301', auto_provision: 'on' };
    expect(codes(own, { autoProvision: false }).warnings).toEqual([]);
    expect(codes({ mac_address: '00005e005301', prov_username: 'u' }).warnings).toEqual(['USER_NAME_WITHOUT_PASSWORD']);
  });

  it.each([
    ['2101', 'US', ['DID_INVALID']],
    ['2025550142', null, ['DID_INVALID']],
    ['1.2025E+10', 'US', ['EXCEL_EXPONENT']],
    ['12025550142', 'US', []],
    ['+41 44 668 18 00', null, []],
  ])('finds in the number %s (%s): %j', (phone_number, country, expected) => {
    expect(codes({ phone_number, mac_address: '00005e005301' }, { country }).errors).toEqual(expected);
  });

  it('never repeats a password', () => {
    const result = checkUser({ prov_password: 'hidden-one', mac_address: 'x' }, pbx);
    expect(JSON.stringify(result)).not.toContain('hidden-one');
    const good = checkUser({ prov_password: 'hidden-one', prov_username: 'u', mac_address: '00005e005301' }, pbx);
    expect(JSON.stringify(good)).not.toContain('hidden-one');
  });
});

describe('checkMac', () => {
  it('knows no AUTO_ASSIGN', () => {
    expect(checkMac('AUTO_ASSIGN').problems.map((problem) => problem.code)).toEqual(['MAC_INVALID']);
  });
});

describe('createRowChecker', () => {
  it('does not judge the cells of a row that has too few of them', () => {
    const ragged = { column: null, code: 'ROW_CELLS', message: 'm', fix: 'f' };
    expect(checkAll(['mac_address', 'name'], [['zz', '']], {}, [ragged])[0]?.errors).toEqual([ragged]);
  });

  it('finds the other errors of a row whose PBX is not known, but none that the right PBX would take back', () => {
    const columns = ['pbx', 'teams_user_id', 'mac_address', 'phone_number'] as const;
    const rows = [
      ['Nowhere', 'nope', '1565113355', 'abc'],
      ['Nowhere', 'ann@acme.example', 'AUTO_ASSIGN', '(202) 555-0142'],
      ['', 'nope', '00005e005301', ''],
    ];
    const checked = checkAll(columns, rows, { pbxId: null });
    expect(checked.map((row) => row.errors.map((problem) => problem.code))).toEqual([
      ['PBX_UNKNOWN', 'EMAIL_INVALID', 'MAC_LOST_ZEROS', 'DID_INVALID'],
      ['PBX_UNKNOWN'],
      ['PBX_MISSING', 'EMAIL_INVALID'],
    ]);
    expect(checked.flatMap((row) => row.warnings)).toEqual([]);
  });

  it('counts the same MAC with another line rule or PBX as another', () => {
    const columns = ['mac_address', 'line_rule', 'pbx'] as const;
    const other = { ...pbx, id: 'p2', name: 'Branch' };
    const rows = [
      ['00005e005301', '', ''],
      ['00005e005301', '2', ''],
      ['00005e005301', '', 'Branch'],
      ['00:00:5e:00:53:01', '02', 'hq'],
    ];
    const checked = checkAll(columns, rows, { pbxs: [pbx, other] });
    expect(checked.map((row) => row.errors.map((problem) => problem.code))).toEqual([[], [], [], ['MAC_DUPLICATE']]);
  });
});
