// Every sealed column of the schema: how to find its values, and the place that each is sealed to. What checks and what
// rotates keys read this list; a test compares it with schema.ts, so that a new column cannot be forgotten.
import type { Place } from './sealed.ts';

export interface SealedColumn {
  readonly table: string;
  /** Without `_sealed`. */
  readonly column: string;
  /** Columns of the primary key, with their types: joined by dots they are the row of the place. */
  readonly key: readonly (readonly [name: string, type: 'uuid' | 'integer' | 'text' | 'date'])[];
  /** SQL of the tenant of the place. */
  readonly tenant: string;
  /** Where the value is on its way to, and so is sealed to: another table, and the SQL of its row. Null: where it stands. */
  readonly bound?: { readonly table: string; readonly row: string };
}

const OWN_TENANT = 't.tenant_id::text';
/** What belongs to the installation. */
const NONE = `''`;
const ID = [['id', 'uuid']] as const;
const IMPORT_ROW = {
  table: 'import_rows',
  key: [
    ['import_id', 'uuid'],
    ['number', 'integer'],
  ],
  tenant: '(select i.tenant_id::text from imports i where i.id = t.import_id)',
} as const;

const NEW_USER = { table: 'users', row: 't.new_user_id::text' };

export const SEALED_COLUMNS: readonly SealedColumn[] = [
  { table: 'installation', column: 'key_canary', key: [['id', 'integer']], tenant: NONE },
  {
    table: 'member_credentials',
    column: 'totp_secret',
    key: [['member_id', 'uuid']],
    tenant: '(select m.tenant_id::text from members m where m.id = t.member_id)',
  },
  { table: 'sso_providers', column: 'client_secret', key: ID, tenant: OWN_TENANT },
  { table: 'pbxs', column: 'password', key: ID, tenant: OWN_TENANT },
  { table: 'pbxs', column: 'client_key', key: ID, tenant: OWN_TENANT },
  { table: 'pbxs', column: 'file_key', key: ID, tenant: OWN_TENANT },
  { table: 'users', column: 'prov_password', key: ID, tenant: OWN_TENANT },
  { table: 'users', column: 'sip_password', key: ID, tenant: OWN_TENANT },
  { table: 'users', column: 'portal_login_password', key: ID, tenant: OWN_TENANT },
  {
    table: 'harvested_lines',
    column: 'content',
    key: [
      ['user_id', 'uuid'],
      ['version', 'integer'],
    ],
    tenant: OWN_TENANT,
  },
  { ...IMPORT_ROW, column: 'raw' },
  { ...IMPORT_ROW, column: 'before' },
  { ...IMPORT_ROW, column: 'prov_password', bound: NEW_USER },
  { ...IMPORT_ROW, column: 'sip_password', bound: NEW_USER },
  { ...IMPORT_ROW, column: 'portal_login_password', bound: NEW_USER },
  {
    table: 'file_run_parts',
    column: 'content',
    key: [
      ['run_id', 'uuid'],
      ['number', 'integer'],
    ],
    tenant: '(select r.tenant_id::text from file_runs r where r.id = t.run_id)',
  },
  {
    table: 'idempotency_keys',
    column: 'body',
    key: [
      ['account', 'text'],
      ['key', 'text'],
      ['route', 'text'],
    ],
    tenant: NONE,
  },
  { table: 'audit_days', column: 'hash', key: [['day', 'date']], tenant: NONE },
  { table: 'webhooks', column: 'secret', key: ID, tenant: OWN_TENANT },
];

export interface SealedRow {
  readonly row: string;
  readonly tenant: string;
  readonly sealed: string;
}

/** `row, tenant, sealed`, and the parts of the key as `k0`, `k1`, ...; the table is `t`. */
export function selectionOf({ column, key, tenant, bound }: SealedColumn): string {
  const parts = key.map(([name], n) => `t.${name}::text as k${n}`).join(', ');
  const row = bound?.row ?? key.map(([name]) => `t.${name}::text`).join(` || '.' || `);
  return `${row} as row, ${tenant} as tenant, t.${column}_sealed as sealed, ${parts}`;
}

export function homeOf({ table, column, bound }: SealedColumn, tenant: string): Omit<Place, 'row'> {
  return { tenant, table: bound?.table ?? table, column };
}
