// Why a user is not provisioned, for somebody without an account.
import { PageHead } from '../../parts/page-head.tsx';

export function WhyScreen() {
  return <PageHead title={'Why?'} />;
}
