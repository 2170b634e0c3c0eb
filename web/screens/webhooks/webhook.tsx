// A webhook.
import { PageHead } from '../../parts/page-head.tsx';

export function WebhookScreen() {
  return <PageHead title={'Webhook'} />;
}
