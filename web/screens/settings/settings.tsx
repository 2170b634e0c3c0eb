// Settings.
import { PageHead } from '../../parts/page-head.tsx';

export function SettingsScreen() {
  return <PageHead title={'Settings'} />;
}
