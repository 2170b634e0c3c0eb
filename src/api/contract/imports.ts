// Uploads of users as CSV: rows shown, checked in a dry run, submitted, and the result with the assigned MACs.
import { z } from 'zod';
import { id, idParams, operation, time, version } from './operation.ts';
import { pageOf, pageQuery } from './page.ts';

/** Bytes; the rows that fit are limited beside. */
export const CSV_BODY_LIMIT = 32 * 1024 * 1024;

export const IMPORT_STATES = ['draft', 'checking', 'ready', 'submitting', 'done', 'cancelled', 'undone'] as const;

const imported = z
  .object({
    id,
    version,
    state: z.enum(IMPORT_STATES),
    pbxId: id.nullable().meta({ description: 'For rows that name no PBX.' }),
    fileName: z.string().nullable(),
    columns: z
      .array(z.object({ header: z.string(), column: z.string().nullable() }))
      .meta({ description: 'The columns of the file in order, and what each was taken for; null: not read.' }),
    notices: z.array(z.object({ code: z.string(), detail: z.string() })),
    rowCount: z.int(),
    errorCount: z.int().meta({ description: 'Rows with errors, as of the last check.' }),
    createdCount: z.int(),
    createdBy: z.string(),
    createdAt: time,
    updatedAt: time,
    submittedAt: time.nullable(),
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
    cells: z.record(z.string(), z.string()).meta({ description: 'By column; secrets are left out.' }),
    errors: z.array(rowProblem),
    warnings: z.array(rowProblem),
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
    tag: 'imports',
    summary: 'Upload a CSV of users; nothing is created yet',
    description:
      'UTF-8; comma, semicolon or tab; at most 32 MiB and 50,000 rows. Columns: teams_user_id, sip_user_id, name, mac_address (or AUTO_ASSIGN), pbx, phone_number, auto_provision, line_rule, prov_username, prov_password, user_tag, in any usual spelling.',
    query: z.strictObject({
      pbx: id.optional().meta({ description: 'Id of the PBX for rows that name none.' }),
      fileName: z.string().max(255).optional(),
    }),
    upload: ['text/csv', 'text/tab-separated-values'],
    bodyLimit: CSV_BODY_LIMIT,
    status: 201,
    response: imported,
  }),
  listImports: operation({
    method: 'get',
    path: '/imports',
    tag: 'imports',
    summary: 'List imports, newest first',
    query: z.strictObject({
      cursor: pageQuery.cursor,
      limit: pageQuery.limit,
      state: z.enum(IMPORT_STATES).optional(),
    }),
    status: 200,
    response: pageOf(imported),
  }),
  getImport: operation({
    method: 'get',
    path: '/imports/{id}',
    tag: 'imports',
    summary: 'Read an import',
    params: idParams,
    status: 200,
    response: imported,
  }),
  deleteImport: operation({
    method: 'delete',
    path: '/imports/{id}',
    tag: 'imports',
    summary: 'Delete an import that was not submitted',
    params: idParams,
    status: 204,
  }),
  listImportRows: operation({
    method: 'get',
    path: '/imports/{id}/rows',
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
    }),
    status: 200,
    response: pageOf(row),
  }),
  validateImport: operation({
    method: 'post',
    path: '/imports/{id}/validate',
    tag: 'imports',
    summary: 'Dry run: find every error of every row',
    params: idParams,
    status: 200,
    response: imported,
  }),
  submitImport: operation({
    method: 'post',
    path: '/imports/{id}/submit',
    tag: 'imports',
    summary: 'Create the users',
    description:
      'All rows are checked again. Without `partial` all users are created or none; a second submit of a finished import changes nothing.',
    params: idParams,
    body: z
      .strictObject({
        partial: z
          .boolean()
          .default(false)
          .meta({ description: 'Create the users of the good rows, leave out the others.' }),
      })
      .optional(),
    status: 200,
    response: imported,
  }),
  getImportResult: operation({
    method: 'get',
    path: '/imports/{id}/result',
    tag: 'imports',
    summary: "Every row's fate as CSV, with the assigned MACs",
    params: idParams,
    status: 200,
    produces: 'text/csv',
  }),
};
