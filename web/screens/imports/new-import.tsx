// A new upload.
import { PageHead } from '../../parts/page-head.tsx';

export function NewImportScreen() {
  return <PageHead title={'New upload'} />;
}
