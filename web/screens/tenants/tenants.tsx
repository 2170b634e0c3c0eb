// Tenants.
import { PageHead } from '../../parts/page-head.tsx';

export function TenantsScreen() {
  return <PageHead title={'Tenants'} />;
}
