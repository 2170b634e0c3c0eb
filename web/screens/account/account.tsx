// One's own account.
import { PageHead } from '../../parts/page-head.tsx';

export function AccountScreen() {
  return <PageHead title={'Your account'} />;
}
