// What a webhook can be told of. An event is a property of a feed entry: what is not in the feed is no event.

/** Closed list; names are a contract. */
export const WEBHOOK_EVENTS = [
  /** Credentials are there: for the first time, again after a failure, or with another DID. */
  'user.provisioned',
  /** The newest try failed: the status is `failed`, or `stale` where the last good credentials are kept. */
  'user.failed',
  'user.credentialsChanged',
  /** A submit is through, whole or in part. */
  'import.finished',
  /** Nobody is asked, or hardly anybody: login refused, refusals in a row, or the PBX cannot be reached. One per incident. */
  'pbx.blocked',
  'pbx.recovered',
  /** 30, 7 and 1 days before a certificate ends, and when it has ended. */
  'certificate.expiring',
] as const;

export type WebhookEvent = (typeof WEBHOOK_EVENTS)[number];

/** Of these the admins of the PBX get an e-mail too, where SMTP is set. */
export function isMailed(entry: { readonly event?: WebhookEvent | null; readonly code?: string | null }): boolean {
  switch (entry.event) {
    case 'certificate.expiring':
    case 'import.finished':
      return true;
    case 'pbx.blocked':
      return entry.code === 'HTTP_401';
    default:
      return false;
  }
}
