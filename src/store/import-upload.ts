// A file of users as it comes: kept batch by batch while the rest is still on its way, seen by nobody before it is whole.
// One that breaks off is thrown away. Knows no HTTP.
import { and, eq, sql } from 'drizzle-orm';
import { v7 as uuidv7 } from 'uuid';
import { createCellReader, createRowChecker, type RowChecker, shownCells } from '../intake/check-rows.ts';
import type { Column } from '../intake/columns.ts';
import {
  type CsvEnd,
  type CsvHead,
  type CsvOptions,
  type CsvProblem,
  type CsvRow,
  type RowProblem,
  readCsvStream,
} from '../intake/csv.ts';
import type { UserType } from '../intake/user-types.ts';
import type { Database, Tx } from './database.ts';
import { sealCells } from './import-cells.ts';
import { fingerprintOf, readRowFacts } from './import-check.ts';
import { type ImportRecord, toRecord } from './imports.ts';
import { jsonText } from './json-text.ts';
import { newIds } from './new-ids.ts';
import { beginningKey, draftBeginning, draftBesides } from './new-users.ts';
import { imports } from './schema.ts';
import type { UserStore } from './users.ts';

/** What the upload says once for all of its rows. */
export interface UploadSettings {
  readonly fileName: string | null;
  readonly pbxId: string | null;
  readonly voiceRouteId: string | null;
  readonly userType: UserType;
  readonly existing: ImportRecord['existing'];
  readonly createMissing: boolean;
}

/** Everything that is kept, and hidden until publishUpload(). */
export interface ReceivedUpload {
  readonly id: string;
  readonly end: CsvEnd & { readonly ok: true };
}

export type ReceiveResult =
  | { readonly kind: 'ok'; readonly upload: ReceivedUpload }
  | { readonly kind: 'no-pbx' }
  | { readonly kind: 'no-voice-route' }
  | { readonly kind: 'unreadable'; readonly problems: readonly CsvProblem[] };

/** Reads and keeps the rows. What the chunks throw is thrown, and nothing is left. */
export async function receiveUpload(
  database: Database,
  store: UserStore,
  settings: UploadSettings,
  chunks: AsyncIterable<Uint8Array>,
  options: CsvOptions,
): Promise<ReceiveResult> {
  const { db } = database;
  const facts = await readRowFacts(db, store);
  const { pbxs, voiceRoutes } = facts;
  if (settings.pbxId !== null && !pbxs.some((pbx) => pbx.id === settings.pbxId)) return { kind: 'no-pbx' };
  if (settings.voiceRouteId !== null && !voiceRoutes.some((route) => route.id === settings.voiceRouteId)) {
    return { kind: 'no-voice-route' };
  }
  const id = uuidv7();
  // Where users are looked for, nothing can be said of a row without them.
  const compares = settings.existing !== 'error' || !settings.createMissing;
  const checker = compares ? null : createRowChecker({ ...settings, ...facts });
  let keep: ((rows: readonly CsvRow[]) => Promise<void>) | null = null;
  // One batch is written while the next one is read.
  let written: Promise<void> = Promise.resolve();
  try {
    const end = await readCsvStream(
      chunks,
      {
        async head(head) {
          await begin(database, store, id, { ...settings, judgedWith: compares ? null : fingerprintOf(facts) }, head);
          keep = createKeeper(database, store, id, head.columns, checker);
        },
        async rows(rows) {
          await written;
          written = keep?.(rows) ?? written;
          written.catch(() => undefined);
        },
      },
      options,
    );
    await written;
    const problems = !end.ok ? end.problems : end.rowCount === 0 ? [noRows()] : [];
    if (end.ok && problems.length === 0) return { kind: 'ok', upload: { id, end } };
    await discardUpload(database, id);
    return { kind: 'unreadable', problems };
  } catch (error) {
    await written.catch(() => undefined);
    await discardUpload(database, id);
    throw error;
  }
}

function noRows(): CsvProblem {
  return { code: 'CSV_EMPTY', line: 1, message: 'The file has a header and no rows.' };
}

async function begin(
  { db }: Database,
  store: UserStore,
  id: string,
  settings: UploadSettings & { readonly judgedWith: string | null },
  { header, columns, delimiter }: CsvHead,
): Promise<void> {
  await db.insert(imports).values({
    ...settings,
    id,
    tenantId: store.tenantId,
    pbxIds: store.pbxIds === null ? null : [...store.pbxIds],
    state: 'uploading',
    delimiter,
    header: [...header],
    columns,
    rowCount: 0,
    createdBy: store.actor,
  });
}

/** Keeps batches of rows. Each is a transaction of its own: one that lasts as long as the upload would hold up the feed. */
function createKeeper(
  { db }: Database,
  store: UserStore,
  id: string,
  columns: readonly (Column | null)[],
  checker: RowChecker | null,
): (rows: readonly CsvRow[]) => Promise<void> {
  const read = createCellReader(columns);
  return async (rows) => {
    const ids = newIds(rows.length);
    const judged = rows.map((row, n) => {
      const cells = read(row.cells);
      const shown = shownCells(cells);
      const found = checker?.check(checker.read({ number: row.number, cells, fileProblems: row.problems })) ?? null;
      return { number: row.number, newUserId: ids[n] ?? '', cells, shown, raw: row.cells, found };
    });
    const sealed = sealCells(store.ring, { id, tenantId: store.tenantId }, judged);
    const warnings = new SaidOnce<readonly RowProblem[]>();
    const beginnings = new SaidOnce<ReturnType<typeof draftBeginning>>();
    // What is undefined is left out of the JSON.
    const values = judged.map(({ number, newUserId, shown, found }, n) => {
      const errors = found?.errors ?? rows[n]?.problems ?? [];
      const warned = found?.warnings ?? [];
      const made = found?.action === 'create' ? found : null;
      return {
        number,
        line: rows[n]?.line,
        id: newUserId,
        shown,
        errors: errors.length === 0 ? undefined : errors,
        warned:
          warned.length === 0 ? undefined : warnings.place(warned.length === 1 ? warned[0] : warned, () => warned),
        action: found?.action ?? undefined,
        begins:
          made === null
            ? undefined
            : beginnings.place(beginningKey(made.draft, made.pbx), () => draftBeginning(made.draft, made.pbx)),
        besides: made === null ? undefined : draftBesides(made.draft, shown),
        raw: sealed.raw.bodies[n],
        prov: sealed.provPassword.bodies[n],
        sip: sealed.sipPassword.bodies[n],
        portal: sealed.portalLoginPassword.bodies[n],
      };
    });
    await db.transaction(async (tx) => {
      // Says to housekeeping that the upload lives; and whoever deletes it waits.
      await tx.update(imports).set({ updatedAt: sql`now()` }).where(eq(imports.id, id));
      await tx.execute(sql`
        insert into import_rows (import_id, number, line, new_user_id, shown, errors, warnings, action, draft, raw_sealed,
          prov_password_sealed, sip_password_sealed, portal_login_password_sealed)
        select ${id}, number, line, id, shown, coalesce(errors, '[]'), coalesce(${jsonText(warnings.values)}::jsonb -> warned, '[]'),
          action, ${jsonText(beginnings.values)}::jsonb -> begins || coalesce(besides, '{}'), ${sealed.raw.head}::text || raw,
          ${sealed.provPassword.head}::text || prov, ${sealed.sipPassword.head}::text || sip,
          ${sealed.portalLoginPassword.head}::text || portal
        from json_to_recordset(${jsonText(values)}::json) as r(number int, line int, id uuid, shown jsonb, errors jsonb,
          warned int, action text, begins int, besides jsonb, raw text, prov text, sip text, portal text)`);
    });
  };
}

/** What many rows have alike goes to PostgreSQL once, and each row says which it has: JSON is a good part of what an upload costs. */
class SaidOnce<T> {
  readonly values: T[] = [];
  readonly #places = new Map<unknown, number>();

  /** Where the value stands. @param key the same for the same value */
  place(key: unknown, value: () => T): number {
    const known = this.#places.get(key);
    if (known !== undefined) return known;
    const place = this.values.push(value()) - 1;
    this.#places.set(key, place);
    return place;
  }
}

/** Makes an upload that is whole a draft. */
export async function publishUpload(tx: Tx, { id, end }: ReceivedUpload): Promise<ImportRecord> {
  const count = (column: string) =>
    sql`(select count(*) from import_rows where import_id = ${id} and ${sql.identifier(column)} <> '[]')`;
  const [row] = await tx
    .update(imports)
    .set({
      state: 'draft',
      rowCount: end.rowCount,
      encoding: end.encoding,
      errorCount: count('errors'),
      warningCount: count('warnings'),
      updatedAt: sql`now()`,
    })
    .where(and(eq(imports.id, id), eq(imports.state, 'uploading')))
    .returning();
  if (row === undefined) throw new Error('an upload that was received is gone');
  return toRecord(row);
}

/** Tells the planner of the rows that came: it knows nothing of a table that was filled a moment ago. */
export async function analyzeRows({ db }: Database): Promise<void> {
  await db.execute(sql`analyze import_rows`);
}

/** Throws away what came of a file. Not for one that was published. */
export async function discardUpload({ db }: Database, id: string): Promise<void> {
  await db.delete(imports).where(and(eq(imports.id, id), eq(imports.state, 'uploading')));
}
