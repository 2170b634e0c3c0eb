// The codes that say why, for whoever has to have words for each of them: the portal.
export type { ReasonCode } from '../../sync/outcome.ts';

/** Of entries that are no sync. */
export type FeedCode = 'CERTIFICATE_EXPIRING' | 'CERTIFICATE_EXPIRED' | 'WEBHOOK_STATUS' | 'WEBHOOK_DEAD';
