// Is the installation in order? What must always hold of the stored data, the migrations and the key. Reads only.
import type postgres from 'postgres';
import { REASONS, type ReasonCode } from '../sync/outcome.ts';
import { isProbed } from '../sync/retry.ts';
import type { Database } from './database.ts';
import { checkCanary, type KeyRing, openKeyRing, type Place, SealError } from './key-ring.ts';
import type { KeySource } from './key-source.ts';
import { compareMigrations } from './migrate.ts';
import { homeOf, SEALED_COLUMNS, type SealedRow, selectionOf } from './sealed-columns.ts';
import { StoreError } from './store-error.ts';

export interface Finding {
  readonly code: string;
  /** error: something that must not be. warning: something to look at. */
  readonly severity: 'error' | 'warning';
  /** What is wrong and what to do. */
  readonly sentence: string;
  readonly count: number;
  /** Ids of up to five of the rows. */
  readonly examples: readonly string[];
}

interface Rule {
  readonly code: string;
  readonly severity: Finding['severity'];
  /** For one, and for many: `#` is how many. */
  readonly sentence: readonly [one: string, many: string];
  /** Rows with one column `id`. */
  readonly find: (sql: postgres.Sql) => postgres.PendingQuery<{ id: string }[]>;
}

const RESTING = Object.entries(REASONS)
  .filter(([code, reason]) => reason.retry === 'human' && !isProbed(code as ReasonCode))
  .map(([code]) => code);

const RULES: readonly Rule[] = [
  {
    code: 'USER_NOT_SCHEDULED',
    severity: 'error',
    sentence: [
      '1 user is to be provisioned, waits for nobody, and has no next try. Press Sync for its PBX.',
      '# users are to be provisioned, wait for nobody, and have no next try. Press Sync for their PBX.',
    ],
    // At rest: only a person can help, or the login of the PBX was refused.
    find: (sql) => sql`
      select u.id from users u join pbxs p on p.id = u.pbx_id left join pbx_runs r on r.pbx_id = u.pbx_id
      where u.due_at is null and u.status <> 'off' and u.mac is not null and p.provisioning_url is not null
        and (u.reason_code is null or u.reason_code not in ${sql(RESTING)})
        and not (u.prov_username is null and coalesce(r.login->>'state', '') in ('refused', 'probing'))`,
  },
  {
    code: 'USER_SWITCH',
    severity: 'error',
    sentence: [
      '1 user has a status that its switch and that of its PBX do not allow.',
      '# users have a status that their switch and that of their PBX do not allow.',
    ],
    find: (sql) => sql`
      select u.id from users u join pbxs p on p.id = u.pbx_id
      where (u.status = 'off') <> (u.auto_provision = 'off' or (u.auto_provision = 'inherit' and not p.auto_provision))
        or (u.status = 'off' and u.due_at is not null)`,
  },
  {
    code: 'CLAIM_AHEAD',
    severity: 'error',
    sentence: [
      '1 user is claimed by a slice that was never begun.',
      '# users are claimed by a slice that was never begun.',
    ],
    find: (sql) => sql`
      select u.id from users u left join pbx_runs r on r.pbx_id = u.pbx_id where u.claim_epoch > coalesce(r.slice_epoch, 0)`,
  },
  {
    code: 'CLAIM_LEFT',
    severity: 'warning',
    sentence: [
      '1 user is claimed by a slice that has ended, and is not due. Press Sync for it.',
      '# users are claimed by a slice that has ended, and are not due. Press Sync for them.',
    ],
    find: (sql) => sql`
      select u.id from users u join pbx_runs r on r.pbx_id = u.pbx_id
      where u.claim_epoch < r.slice_epoch and u.due_at is null and u.claimed_at < now() - interval '5 minutes'`,
  },
  {
    code: 'CREDENTIALS_MISSING',
    severity: 'error',
    sentence: [
      '1 user counts as provisioned, and what was harvested for it is not stored. Press Sync for it.',
      '# users count as provisioned, and what was harvested for them is not stored. Press Sync for them.',
    ],
    find: (sql) => sql`
      select u.id from users u where (u.status in ('provisioned', 'stale') or u.lines_version is not null)
        and not exists (select from harvested_lines h where h.user_id = u.id and h.version = u.lines_version)`,
  },
  {
    code: 'LINES_KEPT',
    severity: 'warning',
    sentence: [
      '1 user has more than ten stored versions of its lines.',
      '# users have more than ten stored versions of their lines.',
    ],
    find: (sql) => sql`select user_id as id from harvested_lines group by user_id having count(*) > 10`,
  },
  {
    code: 'TENANT_MIXED',
    severity: 'error',
    sentence: [
      '1 row belongs to another tenant than the PBX or user that it is of.',
      '# rows belong to another tenant than the PBX or user that they are of.',
    ],
    find: (sql) => sql`
      select u.id from users u join pbxs p on p.id = u.pbx_id where u.tenant_id <> p.tenant_id
      union all select h.user_id from harvested_lines h join users u on u.id = h.user_id where h.tenant_id <> u.tenant_id`,
  },
  {
    code: 'IMPORT_STUCK',
    severity: 'warning',
    sentence: [
      '1 upload has waited more than ten minutes for a worker to check, submit or undo it. Start a worker.',
      '# uploads have waited more than ten minutes for a worker to check, submit or undo them. Start a worker.',
    ],
    find: (sql) => sql`select id from imports where job is not null and updated_at < now() - interval '10 minutes'`,
  },
  {
    code: 'IMPORT_STATE',
    severity: 'error',
    sentence: [
      '1 upload says that it is being checked or submitted, and there is no job to do so.',
      '# uploads say that they are being checked or submitted, and there is no job to do so.',
    ],
    find: (sql) => sql`
      select id from imports where (state = 'checking' and job is distinct from 'check')
        or (state = 'submitting' and job is distinct from 'submit')
        or (job = 'undo' and state not in ('done', 'cancelled'))`,
  },
  {
    code: 'IMPORT_HALF',
    severity: 'error',
    sentence: [
      '1 upload that takes all rows or none has taken some of them.',
      '# uploads that take all rows or none have taken some of them.',
    ],
    // Rows are kept for 30 days. What a partial submit did before it was cancelled stays.
    find: (sql) => sql`
      select i.id from imports i where not i.partial and i.created_at > now() - interval '29 days'
        and (i.submitted_at is null or i.state = 'done')
        and (select count(r.outcome) from import_rows r where r.import_id = i.id)
          <> case when i.state in ('done', 'undone') then i.row_count else 0 end`,
  },
  {
    code: 'IMPORT_ROW_LOST',
    severity: 'error',
    sentence: [
      '1 user was made by an upload, and no row of it says so.',
      '# users were made by an upload, and no row of it says so.',
    ],
    find: (sql) => sql`
      select u.id from users u join imports i on i.id = u.import_id
      where i.created_at > now() - interval '29 days' and not exists (
        select from import_rows r where r.user_id = u.id and r.import_id = i.id and r.outcome in ('created', 'kept'))`,
  },
  {
    code: 'ACTIVITY_PARTITION',
    severity: 'warning',
    sentence: [
      '1 feed entry lies outside of the monthly partitions. The next start moves it.',
      '# feed entries lie outside of the monthly partitions. The next start moves them.',
    ],
    find: (sql) => sql`select id from activity_default`,
  },
];

function said([one, many]: Rule['sentence'], count: number): string {
  return count === 1 ? one : many.replace('#', String(count));
}

async function applyRule(sql: postgres.Sql, rule: Rule): Promise<Finding[]> {
  const rows = await sql<{ n: number; examples: string[] }[]>`
    select count(*)::int as n, coalesce((array_agg(id::text))[1:5], '{}') as examples from (${rule.find(sql)}) found`;
  const { n, examples } = rows[0] ?? { n: 0, examples: [] };
  return n === 0
    ? []
    : [{ code: rule.code, severity: rule.severity, sentence: said(rule.sentence, n), count: n, examples }];
}

function opens(ring: KeyRing, sealed: string, place: Place): boolean {
  try {
    ring.unseal(sealed, place);
    return true;
  } catch (error) {
    if (error instanceof SealError) return false;
    throw error;
  }
}

const BROKEN = 'changed, moved, or sealed with a key that is not in the key file.';

/** `sample`: about how many values of each column are tried; null: all of them. */
async function checkSealed(sql: postgres.Sql, ring: KeyRing, sample: number | null): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const sealedColumn of SEALED_COLUMNS) {
    const { table, column } = sealedColumn;
    const broken: string[] = [];
    const rows = sql.unsafe<SealedRow[]>(
      `select ${selectionOf(sealedColumn)} from ${table} t
       where t.${column}_sealed is not null ${sample === null ? '' : 'order by random() limit $1'}`,
      sample === null ? [] : [sample],
    );
    for await (const batch of rows.cursor(1000))
      for (const { row, tenant, sealed } of batch)
        if (!opens(ring, sealed, { ...homeOf(sealedColumn, tenant), row })) broken.push(row);
    if (broken.length > 0)
      findings.push({
        code: 'SEALED_BROKEN',
        severity: 'error',
        sentence: said(
          [
            `1 sealed value in ${table}.${column} does not open: it was ${BROKEN}`,
            `# sealed values in ${table}.${column} do not open: they were ${BROKEN}`,
          ],
          broken.length,
        ),
        count: broken.length,
        examples: broken.slice(0, 5),
      });
  }
  return findings;
}

/** Whether the database has exactly the migrations of this version. Works on a database that was never migrated. */
export async function checkMigrations(database: Database): Promise<Finding[]> {
  const { lacking, unknown } = await compareMigrations(database.sql);
  if (unknown > 0)
    return [
      {
        code: 'MIGRATIONS_UNKNOWN',
        severity: 'error',
        sentence: `The database was used with a newer Provender: this version does not know ${unknown} of its changes. Install the newer version.`,
        count: unknown,
        examples: [],
      },
    ];
  if (lacking > 0)
    return [
      {
        code: 'MIGRATIONS_PENDING',
        severity: 'error',
        sentence: `Changes of the database that this version needs are missing (${lacking}). Start Provender: it makes them.`,
        count: lacking,
        examples: [],
      },
    ];
  return [];
}

/** Everything that must hold of the stored data. The database must be migrated (checkMigrations), the ring its own. */
export async function checkStore(
  database: Database,
  ring: KeyRing,
  options: { readonly sample?: number | null } = {},
): Promise<Finding[]> {
  const { sql } = database;
  const findings: Finding[] = [];
  for (const rule of RULES) findings.push(...(await applyRule(sql, rule)));
  findings.push(...(await checkSealed(sql, ring, options.sample ?? null)));
  return findings;
}

/** Migrations, key and stored data, in this order: what cannot be asked because of an earlier finding is left out. */
export async function checkInstallation(
  database: Database,
  options: { readonly keySource: KeySource; readonly sample?: number | null },
): Promise<Finding[]> {
  const shape = await checkMigrations(database);
  if (shape.length > 0) return shape;
  try {
    const ring = await openKeyRing(options.keySource, { create: false });
    const made = await database.sql`select 1 from installation where id = 1`;
    if (made.length > 0) await checkCanary(database, ring);
    return await checkStore(database, ring, options);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    return [{ code: error.code, severity: 'error', sentence: error.message, count: 1, examples: [] }];
  }
}
