// Words of the home page.
import { count } from './common.ts';
import { sayDuration } from './times.ts';

export const homeWords = {
  title: 'Home',
  about: 'How everything stands, and what needs somebody.',

  users: 'Users',
  allUsers: (total: number): string => `All ${count(total, 'user')}`,

  pbxs: 'PBXs in trouble',
  pbxsOf: (trouble: number, total: number): string =>
    `${trouble.toLocaleString('en')} of ${count(total, 'PBX', 'PBXs')}`,
  pbxsFine: (total: number): string =>
    total === 0 ? 'There is no PBX yet.' : `None of ${count(total, 'PBX', 'PBXs')}.`,
  whys: { login: 'Login refused', pause: 'Not asked for now', users: 'Users failed' },
  failedUsers: (number: number): string => `${count(number, 'user')} failed`,
  until: 'next probe',
  allPbxs: 'All in trouble',

  certificates: 'Certificates that end',
  certificateKinds: { server: 'Server', client: 'Client', ca: 'CA' },
  certificatesFine: 'None ends within 30 days.',
  ended: 'ended',
  ends: 'ends',
  more: (number: number): string => `and ${number.toLocaleString('en')} more`,

  queue: 'Queue',
  queueFine: 'Nobody waits.',
  queueDue: (due: number): string => `${count(due, 'user')} due`,
  queueOldest: (seconds: number): string => `The oldest waits for ${sayDuration(seconds)}.`,
  queueLate: 'That is long: look whether a worker runs, and at the PBXs in trouble.',

  imports: 'Running uploads',
  importsFine: 'None is running.',
  importWithoutName: 'Upload',
  jobs: { check: 'Checking', submit: 'Submitting', undo: 'Undoing' },
  progress: (done: number, all: number): string => `${done.toLocaleString('en')} of ${count(all, 'row')}`,
  allImports: 'All uploads',

  failures: 'Last failures',
  failuresFine: 'Nothing has failed lately.',
  allFailures: 'All failures',
  notForYou: 'Your role does not show this.',

  start: 'Three steps to the first phone',
  done: 'done',
  steps: {
    pbx: ['Add a PBX', 'Where its provisioning server is, and how to log in there.'],
    test: ['Test the connection', 'With the MAC of one device: you see its file, and where the number is.'],
    users: ['Upload users', 'A CSV with names and MACs, or AUTO_ASSIGN. Each row tells how it fares.'],
  },
  addPbx: 'Add PBX',
  toPbxs: 'Choose the PBX',
  upload: 'Upload users',
} as const;
