// A user.
import { PageHead } from '../../parts/page-head.tsx';

export function UserScreen() {
  return <PageHead title={'User'} />;
}
