// The list of PBXs.
import { PageHead } from '../../parts/page-head.tsx';

export function PbxListScreen() {
  return <PageHead title={'PBXs'} />;
}
