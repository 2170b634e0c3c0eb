// API keys.
import { PageHead } from '../../parts/page-head.tsx';

export function ApiKeysScreen() {
  return <PageHead title={'API keys'} />;
}
