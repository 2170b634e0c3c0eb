// Voice routes.
import { PageHead } from '../../parts/page-head.tsx';

export function VoiceRoutesScreen() {
  return <PageHead title={'Voice routes'} />;
}
