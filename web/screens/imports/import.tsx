// An upload.
import { PageHead } from '../../parts/page-head.tsx';

export function ImportScreen() {
  return <PageHead title={'Upload'} />;
}
