// Uploads of users as CSV, and their rows. What is done with them is in import-jobs.ts.
import { z } from 'zod';
import { COLUMN_NAMES, type Column } from '../../intake/columns.ts';
import { MENDS } from '../../intake/mend.ts';
import { id, idParams, operation, time, version } from './operation.ts';
import { pageOf, pageQuery, tenantQuery } from './page.ts';
import { userCounts } from './pbxs.ts';
import { userType } from './users.ts';

const column = z.enum(COLUMN_NAMES as [Column, ...Column[]]);

export const IMPORT_STATES = ['draft', 'checking', 'ready', 'submitting', 'done', 'cancelled', 'undone'] as const;

const OUTCOMES = ['created', 'updated', 'skipped', 'failed', 'undone', 'kept'] as const;

export const imported = z
  .object({
    id,
    tenantId: id,
    version,
    state: z.enum(IMPORT_STATES),
    pbxId: id.nullable().meta({ description: 'For rows that name no PBX.' }),
    voiceRouteId: id.nullable(),
    userType,
    existing: z.enum(['error', 'skip', 'update']),
    createMissing: z.boolean(),
    fileName: z.string().nullable(),
    encoding: z.string().meta({ description: 'What the file was read as: utf-8, utf-16le, utf-16be, windows-1252.' }),
    delimiter: z.string(),
    columns: z
      .array(z.object({ header: z.string(), column: z.string().nullable() }))
      .meta({ description: 'The columns of the file in order, and what each was taken for; null: not read.' }),
    notices: z.array(z.object({ code: z.string(), detail: z.string() })).meta({
      description:
        'On the file as a whole. `USER_LIMIT` (when read by id): its rows would be more users than the tenant may have.',
    }),
    rowCount: z.int(),
    errorCount: z.int().meta({ description: 'Rows with errors, as of the last check.' }),
    warningCount: z.int(),
    job: z
      .enum(['check', 'submit', 'undo'])
      .nullable()
      .meta({ description: 'What is being done, or waits for a worker; null: the import has settled.' }),
    progressCount: z.int().meta({ description: 'Rows that the check, submit or undo is through with.' }),
    createdCount: z.int().meta({ description: 'Users that would be created (ready) or were created.' }),
    updatedCount: z.int(),
    skippedCount: z.int(),
    undoneCount: z.int(),
    partial: z.boolean().meta({ description: 'The submit takes the good rows; else all or nothing.' }),
    failure: z.string().nullable().meta({ description: 'Why the last check, submit or undo did not reach its end.' }),
    createdBy: z.string(),
    createdAt: time,
    updatedAt: time,
    submittedBy: z.string().nullable(),
    submittedAt: time.nullable(),
    undoneAt: time.nullable(),
    undoUntil: time.nullable().meta({ description: 'Until when an undo is possible; null: there is nothing to undo.' }),
  })
  .meta({ id: 'Import' });

export type ImportView = z.input<typeof imported>;

const rowProblem = z
  .object({
    column: z.string().nullable().meta({ description: 'Null: the row as a whole.' }),
    code: z.string().meta({ example: 'MAC_LOST_ZEROS' }),
    message: z.string(),
    fix: z.string(),
  })
  .meta({ id: 'RowProblem' });

const row = z
  .object({
    number: z.int().meta({ description: 'From 1; header and empty rows are not counted.' }),
    line: z.int().nullable().meta({ description: 'Line of the file where the row ends.' }),
    edited: z.boolean().meta({ description: 'Some cell was mended since the upload.' }),
    cells: z.record(z.string(), z.string()).meta({ description: 'By column; secrets are left out.' }),
    errors: z.array(rowProblem),
    warnings: z.array(rowProblem),
    action: z
      .enum(['create', 'update', 'skip'])
      .nullable()
      .meta({ description: 'What a submit would do, as of the last check; null: not checked, or errors.' }),
    changes: z
      .array(
        z.object({
          field: z.string(),
          before: z.string().nullable().optional(),
          after: z.string().nullable().optional(),
          secret: z.literal(true).optional(),
        }),
      )
      .meta({ description: 'What an update changes, by column; of secrets only that they change.' }),
    outcome: z.enum(OUTCOMES).nullable().meta({ description: 'What was done; null: nothing yet.' }),
    outcomeReason: z.string().nullable().meta({
      description: 'Why a row is skipped (EXISTS, MISSING, UNCHANGED), or a sentence why an undo left a user alone.',
    }),
    userId: id.nullable(),
    mac: z.string().nullable().meta({ description: 'Of the user that was made, assigned or from the file.' }),
    macAssigned: z.boolean(),
    status: z.string().nullable(),
  })
  .meta({ id: 'ImportRow' });

export type ImportRowView = z.input<typeof row>;

export const importContract = {
  createImport: operation({
    method: 'post',
    path: '/imports',
    action: 'import.change',
    tag: 'imports',
    summary: 'Upload a CSV of users; nothing is created yet',
    description:
      'At most 64 MiB and 500,000 rows unless the installation is set otherwise; comma, semicolon or tab; UTF-8, UTF-16 or Windows-1252, found out and said in the answer. Columns: teams_user_id, sip_user_id, name, mac_address (or AUTO_ASSIGN), pbx, voice_route, user_type, phone_number, auto_provision, line_rule, prov_username, prov_password, sip_auth_id, password, portal_login_name, portal_login_password, use_teams_voicemail, did_list, default_did_index_number, user_tag, in any usual spelling. The user of a row is found by teams_user_id, else by sip_user_id at its PBX, else by mac_address at its PBX. An empty cell leaves what an existing user has; `(clear)` empties it, `(keep)` says so openly.',
    query: z.strictObject({
      tenantId: id.optional().meta({
        description: "Whose users they are. Absent: the tenant of `pbx`, or else the caller's own.",
      }),
      pbx: id.optional().meta({ description: 'Id of the PBX for rows that name none.' }),
      voiceRoute: id.optional().meta({ description: 'Id of the voice route for new users whose row names none.' }),
      userType: userType.default('pbx').meta({ description: 'For new users whose row names none.' }),
      existing: z
        .enum(['error', 'skip', 'update'])
        .default('error')
        .meta({ description: 'What a row whose user exists is: an error, left alone, or an update of that user.' }),
      createMissing: z
        .enum(['true', 'false'])
        .default('true')
        .meta({ description: 'false: rows whose user does not exist are left alone.' }),
      fileName: z.string().max(255).optional(),
    }),
    upload: ['text/csv', 'text/tab-separated-values'],
    status: 201,
    response: imported,
  }),
  listImports: operation({
    method: 'get',
    path: '/imports',
    action: 'import.read',
    tag: 'imports',
    summary: 'List imports, newest first',
    query: z.strictObject({
      cursor: pageQuery.cursor,
      limit: pageQuery.limit,
      ...tenantQuery,
      state: z.enum(IMPORT_STATES).optional(),
    }),
    status: 200,
    response: pageOf(imported),
  }),
  listImportColumns: operation({
    method: 'get',
    path: '/imports/columns',
    action: 'import.read',
    tag: 'imports',
    summary: 'List the columns that a file may have, and how they may be spelled',
    status: 200,
    response: z.object({
      items: z.array(
        z.object({
          name: column,
          spellings: z.array(z.string()).meta({
            description: 'Besides the name; of a header, case, blanks, `_` and `-` do not count.',
          }),
          secret: z.boolean().meta({ description: 'What its cells say is never shown again.' }),
        }),
      ),
      passedOver: z
        .array(z.string())
        .meta({ description: 'Columns of our own error list: not read, and not unknown.' }),
    }),
  }),
  getImport: operation({
    method: 'get',
    path: '/imports/{id}',
    action: 'import.read',
    tag: 'imports',
    summary: 'Read an import',
    params: idParams,
    status: 200,
    response: imported,
  }),
  deleteImport: operation({
    method: 'delete',
    path: '/imports/{id}',
    action: 'import.change',
    tag: 'imports',
    summary: 'Delete an import that was not submitted',
    params: idParams,
    status: 204,
  }),
  listImportRows: operation({
    method: 'get',
    path: '/imports/{id}/rows',
    action: 'import.read',
    tag: 'imports',
    summary: 'List the rows of an import',
    params: idParams,
    query: z.strictObject({
      cursor: pageQuery.cursor,
      limit: pageQuery.limit,
      problems: z
        .enum(['errors', 'warnings', 'any'])
        .optional()
        .meta({ description: 'Only rows with errors, with warnings, or with either.' }),
      code: z.string().min(1).max(100).optional().meta({ description: 'Only rows with this error or warning.' }),
      column: column.optional().meta({ description: 'With `code`: of this column.' }),
      outcome: z.enum(OUTCOMES).optional().meta({ description: 'Only rows that this became of.' }),
      from: z.coerce
        .number<string>()
        .int()
        .min(1)
        .max(2_147_483_647)
        .optional()
        .meta({ description: 'Begin with this row; with `cursor` it counts for nothing.' }),
    }),
    status: 200,
    response: pageOf(row),
  }),
  mendImportRow: operation({
    method: 'patch',
    path: '/imports/{id}/rows/{number}',
    action: 'import.change',
    tag: 'imports',
    summary: 'Mend cells of a row',
    description:
      'By column; null empties a cell, columns that the file does not have are added. The row and those that share a Teams user, SIP user or MAC with it are checked again at once. Values of secret columns are not shown again.',
    params: z.strictObject({ id, number: z.coerce.number<string>().int().min(1).max(2_147_483_647) }),
    body: z.strictObject({
      cells: z
        .partialRecord(column, z.string().max(2000).nullable())
        .refine((cells) => Object.keys(cells).length > 0, 'must name a column'),
    }),
    ifMatch: false,
    status: 200,
    response: row
      .extend({ others: z.array(row).meta({ description: 'The rows that were checked again with it.' }) })
      .meta({ id: 'MendedImportRow' }),
  }),
  mendImport: operation({
    method: 'post',
    path: '/imports/{id}/mend',
    action: 'import.change',
    tag: 'imports',
    summary: 'Mend a column in all rows with the same problem',
    description:
      '`set` writes `value`, `clear` empties the cell, `pad-zeros` gives MACs back their leading zeros (MAC_LOST_ZEROS), `use-nearest` takes the PBX, voice route or user type with the nearest name (..._UNKNOWN). All rows are checked again after the answer.',
    params: idParams,
    body: z
      .strictObject({
        column,
        code: z.string().min(1).max(100),
        action: z.enum(MENDS),
        value: z.string().max(2000).optional(),
      })
      .refine((body) => (body.action === 'set') === (body.value !== undefined), {
        path: ['value'],
        message: 'is needed for set, and for nothing else',
      }),
    status: 202,
    response: z.object({
      mended: z.int().meta({ description: 'Rows that were changed.' }),
      left: z.int().meta({ description: 'Rows with the problem of which nothing could be made.' }),
      import: imported,
    }),
  }),
  listImportProblems: operation({
    method: 'get',
    path: '/imports/{id}/problems',
    action: 'import.read',
    tag: 'imports',
    summary: 'What is wrong with the rows, counted by kind',
    params: idParams,
    status: 200,
    response: z.object({
      items: z.array(
        z.object({
          severity: z.enum(['error', 'warning']),
          column: z.string().nullable(),
          code: z.string(),
          rows: z.int(),
          firstRow: z.int(),
          message: z.string().meta({ description: 'Of the first row.' }),
          fix: z.string(),
          mends: z.array(z.enum(MENDS)).meta({ description: 'What mend can do about it.' }),
        }),
      ),
    }),
  }),
  getImportHarvest: operation({
    method: 'get',
    path: '/imports/{id}/harvest',
    action: 'import.read',
    tag: 'imports',
    summary: 'How the users fare that an import created or updated',
    params: idParams,
    status: 200,
    response: z.object({
      users: userCounts,
      reasons: z
        .array(z.object({ status: z.string(), code: z.string(), users: z.int() }))
        .meta({ description: 'Of those that are waiting, stale or failed: at most 10, the most frequent first.' }),
    }),
  }),
  getImportErrors: operation({
    method: 'get',
    path: '/imports/{id}/errors.csv',
    action: 'import.change',
    tag: 'imports',
    summary: 'The rows with errors, to be corrected and uploaded again',
    description:
      'With the columns of the file, and error_code, error and fix behind them, which an upload does not read. Secrets are left out: `(keep)` stands in their place, which an existing user takes for what it says; for a new one the secret is to be written again.',
    params: idParams,
    status: 200,
    produces: 'text/csv',
  }),
};
