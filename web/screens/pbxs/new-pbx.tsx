// Adding a PBX.
import { PageHead } from '../../parts/page-head.tsx';

export function NewPbxScreen() {
  return <PageHead title={'Add PBX'} />;
}
