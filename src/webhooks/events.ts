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

/** What decides whether the admins of a PBX get an e-mail of an entry too, where SMTP is set. */
interface Tellable {
  readonly event?: WebhookEvent | null;
  readonly code?: string | null;
  readonly detail?: Readonly<Record<string, unknown>>;
}

export function isMailed({ event, code, detail }: Tellable): boolean {
  switch (event) {
    case 'certificate.expiring':
      // A pinned one that has ended is in the feed each day.
      return typeof detail?.days === 'number' && detail.days >= 0;
    case 'import.finished':
      return true;
    case 'pbx.blocked':
      return code === 'HTTP_401';
    default:
      return false;
  }
}
