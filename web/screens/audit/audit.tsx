// The audit.
import { PageHead } from '../../parts/page-head.tsx';

export function AuditScreen() {
  return <PageHead title={'Audit'} />;
}
