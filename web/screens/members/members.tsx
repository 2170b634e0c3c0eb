// Members.
import { PageHead } from '../../parts/page-head.tsx';

export function MembersScreen() {
  return <PageHead title={'Members'} />;
}
