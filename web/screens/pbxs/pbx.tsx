// A PBX.
import { PageHead } from '../../parts/page-head.tsx';

export function PbxScreen() {
  return <PageHead title={'PBX'} />;
}
