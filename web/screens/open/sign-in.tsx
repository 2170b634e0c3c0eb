// Signing in.
import { PageHead } from '../../parts/page-head.tsx';

export function SignInScreen() {
  return <PageHead title={'Sign in'} />;
}
