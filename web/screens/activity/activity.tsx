// The activity feed.
import { PageHead } from '../../parts/page-head.tsx';

export function ActivityScreen() {
  return <PageHead title={'Activity'} />;
}
