// Taking up an invitation.
import { PageHead } from '../../parts/page-head.tsx';

export function InviteScreen() {
  return <PageHead title={'Invitation'} />;
}
