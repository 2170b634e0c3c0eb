// Webhooks.
import { PageHead } from '../../parts/page-head.tsx';

export function WebhooksScreen() {
  return <PageHead title={'Webhooks'} />;
}
