// The list of users.
import { PageHead } from '../../parts/page-head.tsx';

export function UserListScreen() {
  return <PageHead title={'Users'} />;
}
