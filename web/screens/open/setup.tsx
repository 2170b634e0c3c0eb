// The first owner of an installation.
import { PageHead } from '../../parts/page-head.tsx';

export function SetupScreen() {
  return <PageHead title={'Set up'} />;
}
