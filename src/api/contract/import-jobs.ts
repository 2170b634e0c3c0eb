// What is done with an upload: the check, the submit, the undo; how far they came, and what became of every row.
import { z } from 'zod';
import { IMPORT_STATES, imported } from './imports.ts';
import { idParams, operation } from './operation.ts';

const RUNS_ON = 'The work goes on after the answer: follow it on the stream, or read the import until `job` is null.';

export const importProgress = z
  .object({
    state: z.enum(IMPORT_STATES),
    job: imported.shape.job,
    /** True: nothing more comes; close the stream. */
    settled: z.boolean().meta({ description: 'True in the last event: close the stream, or it is opened again.' }),
    rowCount: z.int(),
    progressCount: z.int(),
    errorCount: z.int(),
    createdCount: z.int(),
    updatedCount: z.int(),
    skippedCount: z.int(),
    undoneCount: z.int(),
    failure: z.string().nullable(),
  })
  .meta({ id: 'ImportProgress' });

export type ImportProgressView = z.input<typeof importProgress>;

export const importJobContract = {
  validateImport: operation({
    method: 'post',
    path: '/imports/{id}/validate',
    action: 'import.change',
    tag: 'imports',
    summary: 'Dry run: find every error of every row',
    description: `Says also what a submit would make of each row. ${RUNS_ON}`,
    params: idParams,
    status: 202,
    response: imported,
  }),
  submitImport: operation({
    method: 'post',
    path: '/imports/{id}/submit',
    action: 'import.change',
    tag: 'imports',
    summary: 'Create and update the users',
    description: `All rows are checked again. Without \`partial\` all rows are taken or none: with errors the import is \`ready\` again and \`failure\` says why. A second submit of a finished import changes nothing. ${RUNS_ON}`,
    params: idParams,
    body: z
      .strictObject({
        partial: z
          .boolean()
          .default(false)
          .meta({ description: 'Take the good rows, by the thousand, and leave out the others.' }),
      })
      .optional(),
    status: 202,
    response: imported,
  }),
  cancelImport: operation({
    method: 'post',
    path: '/imports/{id}/cancel',
    action: 'import.change',
    tag: 'imports',
    summary: 'Stop a running check or submit',
    description:
      'It holds at once. All or nothing: nothing was done. Partial: what was done so far stays, the counts say how much, and it can be undone or gone on with.',
    params: idParams,
    status: 200,
    response: imported,
  }),
  undoImport: operation({
    method: 'post',
    path: '/imports/{id}/undo',
    action: 'import.change',
    tag: 'imports',
    summary: 'Take a submit back, within 24 hours',
    description: `Created users are deleted with their credentials, updated ones get back what they had. Users that a person, the API or a later import touched since are left alone; the result names them. ${RUNS_ON}`,
    params: idParams,
    status: 202,
    response: imported,
  }),
  streamImport: operation({
    method: 'get',
    path: '/imports/{id}/stream',
    action: 'import.read',
    tag: 'imports',
    summary: 'Follow how far an import came, live',
    description:
      'Server-sent events: `event: progress`, the data is an ImportProgress as JSON. The first comes at once, the last has `settled` true and ends the stream. A stream that is opened again goes on with the present state.',
    params: idParams,
    status: 200,
    produces: 'text/event-stream',
  }),
  getImportResult: operation({
    method: 'get',
    path: '/imports/{id}/result',
    action: 'import.read',
    tag: 'imports',
    summary: "Every row's fate as CSV, with the assigned MACs",
    params: idParams,
    status: 200,
    produces: 'text/csv',
  }),
};
