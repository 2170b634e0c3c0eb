// A new password by a link.
import { PageHead } from '../../parts/page-head.tsx';

export function ResetScreen() {
  return <PageHead title={'New password'} />;
}
