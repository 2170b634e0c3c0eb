// Words of the entries of the feed, wherever one is shown.
import type { ItemOf } from '../api/client.ts';

type Outcome = ItemOf<'GET /activity'>['outcome'];

const OUTCOMES = {
  ok: { word: 'Done', dot: '--dot-ok', meaning: 'It went well.' },
  waiting: { word: 'Waiting', dot: '--dot-waiting', meaning: 'Not there yet; it goes on by itself.' },
  failed: { word: 'Failed', dot: '--dot-failed', meaning: 'It did not work.' },
  info: { word: 'Info', dot: '--dot-off', meaning: 'Somebody changed something.' },
} as const satisfies Record<Outcome, { word: string; dot: string; meaning: string }>;

/** Kinds of entries, in the order in which one looks for them. */
const VERBS: Readonly<Record<string, string>> = {
  sync: 'Sync',
  'pbx.unreachable': 'PBX unreachable',
  'pbx.slow': 'PBX slowed down',
  'login.stop': 'Login stopped',
  'pbx.recovered': 'PBX recovered',
  'pbx.files': 'Files of a PBX',
  'certificate.expiring': 'Certificate ends',
  'user.create': 'User added',
  'user.update': 'User changed',
  'user.disable': 'User switched off',
  'user.delete': 'User deleted',
  'pbx.create': 'PBX added',
  'pbx.update': 'PBX changed',
  'pbx.delete': 'PBX deleted',
  'pbx.sync': 'PBX synced',
  'import.submit': 'Upload submitted',
  'import.undo': 'Upload undone',
  'import.cancel': 'Upload cancelled',
  'webhook.failing': 'Webhook failing',
  'webhook.dead': 'Webhook given up',
  'webhook.recovered': 'Webhook recovered',
  'member.join': 'Member joined',
  'api-key.create': 'API key made',
  'api-key.revoke': 'API key revoked',
};

const STEPS: Readonly<Record<string, string>> = {
  fetch: 'Fetch',
  parse: 'Read',
  choose: 'Line',
  did: 'Number',
  compare: 'Compare',
  store: 'Store',
};

const DETAILS: Readonly<Record<string, string>> = {
  changes: 'Changed',
  warnings: 'Warnings',
  accepted: 'Accepted once',
  acceptable: 'May be accepted once',
  retryClass: 'Tried again as',
  fingerprint: 'Fingerprint',
  subject: 'Subject',
  validTo: 'Valid to',
  files: 'Files',
  unknownMacs: 'Unknown MACs',
};

export const entryWords = {
  outcomes: OUTCOMES,
  verbs: VERBS,
  sayVerb: (verb: string): string => VERBS[verb] ?? verb,
  sayStep: (step: string): string => STEPS[step] ?? step,
  sayDetail: (key: string): string => DETAILS[key] ?? key,
  system: 'by itself',
  sayActor: (actor: string): string => (actor === 'system' ? 'by itself' : actor),
  next: 'Next',
  steps: 'Steps',
  step: 'Step',
  took: 'Took',
  total: 'Altogether',
  ms: (ms: number): string => (ms < 10_000 ? `${ms.toLocaleString('en')} ms` : `${(ms / 1000).toFixed(1)} s`),
  worked: 'worked',
  didNotWork: 'did not work',
  when: 'When',
  who: 'Who',
  kind: 'Kind',
  pbx: 'PBX',
  user: 'User',
  upload: 'Upload',
  openUpload: 'Open the upload',
  withoutName: 'without a name',
  ids: 'Ids',
  entryId: 'Entry',
  userId: 'User id',
  pbxId: 'PBX id',
  uploadId: 'Upload id',
  tenantId: 'Tenant id',
  more: 'Older ones',
} as const;
