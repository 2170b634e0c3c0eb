// Configuration files of a PBX that lets nobody in, handed over as a zip: a run through its users, and how far it came.
import { z } from 'zod';
import { id, idParams, operation, time } from './operation.ts';

const counts = {
  provisioned: z.int().meta({ description: 'New, or changed.' }),
  unchanged: z.int(),
  failed: z.int(),
  off: z.int().meta({ description: 'Users with a file that are switched off: left alone.' }),
  left: z.int().meta({ description: 'Not come to. Upload the file again to go on.' }),
  unknownMacs: z
    .array(z.string())
    .meta({ description: 'The first 100 MACs in names of files that no user of this PBX has.' }),
  failures: z
    .array(z.object({ userId: id, mac: z.string(), code: z.string(), message: z.string() }))
    .meta({ description: 'The first 100. All are in the feed, and in the list of users.' }),
};

const users = z.int().meta({ description: 'Users with a file in the archive that are switched on.' });

const filesReport = z.object({ users, ...counts }).meta({ id: 'FilesReport' });

const fileRun = z
  .object({
    id,
    pbxId: id,
    fileName: z.string(),
    state: z.enum(['waiting', 'running', 'done', 'cancelled', 'failed']).meta({
      description: 'Files of one PBX are gone through one zip after the other. What a cancelled run wrote stays.',
    }),
    /** True: nothing more comes. */
    settled: z.boolean().meta({ description: 'Nothing more comes.' }),
    users: users.nullable().meta({
      description: 'Users with a file in the archive that are switched on; null: nobody has looked yet.',
    }),
    ...counts,
    left: counts.left.meta({ description: 'To come; of a run that is settled: not come to.' }),
    unknownCount: z.int().meta({ description: 'All MACs in names of files that no user of this PBX has.' }),
    failure: z.string().nullable().meta({ description: 'Why it ended without its end.' }),
    createdBy: z.string(),
    createdAt: time,
    endedAt: time.nullable(),
  })
  .meta({ id: 'FileRun' });

export type FileRunView = z.input<typeof fileRun>;
export type FilesReport = z.input<typeof filesReport>;

const WHAT =
  'For a PBX that lets nobody in; it needs no provisioningUrl. The files are those that a phone would ask for, in any folder and case; the users are found by the MAC in the name. Each file is checked as if it had been fetched, and leaves the same entries in the feed. Users without a file stay as they are. At most 64 MiB and 100,000 files, each of at most 2 MiB; links are ignored.';
const KEPT = 'The zip is kept sealed until the end of the run, and no longer.';

const runParams = z.strictObject({ id, runId: id });
const upload = {
  params: idParams,
  query: z.strictObject({
    fileName: z.string().max(255).optional().meta({ description: 'As the feed names it.', example: 'backup.zip' }),
  }),
  upload: ['application/zip'],
} as const;
const tag = 'pbxs';

export const pbxFilesContract = {
  uploadPbxFiles: operation({
    method: 'post',
    path: '/pbxs/{id}/files',
    action: 'pbx.change',
    tag,
    summary: 'Provision users of a PBX from a zip of its configuration files, and wait for the end',
    description: `${WHAT} ${KEPT} Answers when it is through, which takes seconds for a thousand files and minutes for 100,000. The work goes on when the connection is cut: its run is in the list of \`/pbxs/{id}/file-runs\`, which also takes a zip and answers at once.`,
    ...upload,
    status: 200,
    response: filesReport,
  }),
  startFileRun: operation({
    method: 'post',
    path: '/pbxs/{id}/file-runs',
    action: 'pbx.change',
    tag,
    summary: 'Provision users of a PBX from a zip of its configuration files',
    description: `${WHAT} ${KEPT} The work goes on after the answer, also through a restart: read the run until \`settled\` is true. 409 while five zips of this PBX wait.`,
    ...upload,
    status: 202,
    response: fileRun,
  }),
  listFileRuns: operation({
    method: 'get',
    path: '/pbxs/{id}/file-runs',
    action: 'pbx.read',
    tag,
    summary: 'The last 20 runs through files of a PBX, newest first',
    description: 'Runs are kept for 30 days.',
    params: idParams,
    status: 200,
    response: z.object({ items: z.array(fileRun) }),
  }),
  getFileRun: operation({
    method: 'get',
    path: '/pbxs/{id}/file-runs/{runId}',
    action: 'pbx.read',
    tag,
    summary: 'How far a run through files came, and what failed',
    params: runParams,
    status: 200,
    response: fileRun,
  }),
  cancelFileRun: operation({
    method: 'post',
    path: '/pbxs/{id}/file-runs/{runId}/cancel',
    action: 'pbx.change',
    tag,
    summary: 'Stop a run through files',
    description: 'It holds at once. Users that were provisioned so far stay so. A run that is settled stays as it is.',
    params: runParams,
    status: 200,
    response: fileRun,
  }),
};
