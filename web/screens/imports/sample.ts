// A file to begin with, for each type of user: a real MAC, one that is to be made, and what else the type needs.
import type { z } from 'zod';
import type { imported } from '../../../src/api/contract/imports.ts';
import type { ColumnName } from './columns.ts';

export type UserType = z.output<typeof imported>['userType'];

type Sample = readonly Readonly<Partial<Record<ColumnName, string>>>[];

const SAMPLES: Readonly<Record<UserType, Sample>> = {
  pbx: [
    {
      teams_user_id: 'ann@acme.example',
      name: 'Ann Arbor',
      sip_user_id: '101',
      mac_address: '00:15:65:11:33:aa',
      phone_number: '+12025550101',
      user_tag: 'sales',
    },
    {
      teams_user_id: 'bob@acme.example',
      name: 'Bob Bay',
      sip_user_id: '102',
      mac_address: 'AUTO_ASSIGN',
      phone_number: '',
      user_tag: 'support',
    },
  ],
  trunk: [
    {
      name: 'Main trunk',
      sip_user_id: 'trunk1',
      mac_address: '00:15:65:11:33:ab',
      did_list: '+12025550110,+12025550111',
      default_did_index_number: '0',
    },
    {
      name: 'Second trunk',
      sip_user_id: 'trunk2',
      mac_address: 'AUTO_ASSIGN',
      did_list: '+12025550120',
      default_did_index_number: '0',
    },
  ],
  callApp: [
    {
      teams_user_id: 'desk@acme.example',
      name: 'Front desk',
      mac_address: '00:15:65:11:33:ac',
      phone_number: '+12025550130',
      use_teams_voicemail: 'FALSE',
    },
    {
      teams_user_id: 'door@acme.example',
      name: 'Door',
      mac_address: 'AUTO_ASSIGN',
      phone_number: '',
      use_teams_voicemail: 'FALSE',
    },
  ],
};

/** Header and rows, to be shown or written. */
export function sampleTable(type: UserType, pbx: string | null): readonly (readonly string[])[] {
  const rows: Sample = pbx === null ? SAMPLES[type] : SAMPLES[type].map((row) => ({ ...row, pbx }));
  const columns = Object.keys(rows[0] ?? {}) as ColumnName[];
  return [columns, ...rows.map((row) => columns.map((column) => row[column] ?? ''))];
}

/** With a byte order mark: spreadsheets take a file without for text of their own code page. */
export function sampleFile(type: UserType, pbx: string | null): string {
  const lines = sampleTable(type, pbx).map((cells) =>
    cells.map((cell) => (/[",;\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(','),
  );
  return `\uFEFF${lines.join('\r\n')}\r\n`;
}
