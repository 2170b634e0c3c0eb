// Adding a user.
import { PageHead } from '../../parts/page-head.tsx';

export function NewUserScreen() {
  return <PageHead title={'Add user'} />;
}
