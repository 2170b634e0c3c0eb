// The six words of provisioning and the five of registration. The colour only repeats what the word says.
import type { Answer } from '../api/client.ts';

export type ProvisioningStatus = Answer<'GET /users/{id}'>['status'];

interface StatusWord {
  readonly word: string;
  /** A colour of style.css. */
  readonly dot: `--dot-${'off' | 'waiting' | 'fetching' | 'ok' | 'stale' | 'failed'}`;
  readonly meaning: string;
}

export const provisioningWords: Readonly<Record<ProvisioningStatus, StatusWord>> = {
  off: { word: 'Off', dot: '--dot-off', meaning: 'Switched off: nothing is fetched.' },
  waiting: { word: 'Waiting', dot: '--dot-waiting', meaning: 'Switched on, and not there yet. It goes on by itself.' },
  fetching: { word: 'Fetching', dot: '--dot-fetching', meaning: 'The file is being fetched right now.' },
  provisioned: { word: 'Provisioned', dot: '--dot-ok', meaning: 'The credentials were read and stored.' },
  stale: {
    word: 'Stale',
    dot: '--dot-stale',
    meaning: 'The newest try failed. The last good credentials are kept and still used.',
  },
  failed: { word: 'Failed', dot: '--dot-failed', meaning: 'There are no credentials, and somebody should look.' },
};

export const registrationWords = {
  off: { word: 'Off', dot: '--dot-off', meaning: 'Not registered from here.' },
  pending: { word: 'Pending', dot: '--dot-waiting', meaning: 'The registration is being asked for.' },
  registered: { word: 'Registered', dot: '--dot-ok', meaning: 'Registered at the PBX.' },
  expired: { word: 'Expired', dot: '--dot-stale', meaning: 'The registration ran out and was not renewed.' },
  rejected: { word: 'Rejected', dot: '--dot-failed', meaning: 'The PBX does not accept the credentials.' },
} as const satisfies Record<string, StatusWord>;
