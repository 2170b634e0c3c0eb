// The list of uploads.
import { PageHead } from '../../parts/page-head.tsx';

export function ImportListScreen() {
  return <PageHead title={'Bulk upload'} />;
}
