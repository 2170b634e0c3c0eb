// Signing in: address and password or a provider, then the second factor; and the way to a new password.
import { Alert, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { isKnownToBeOut, meQuery } from '../../api/me.ts';
import { read } from '../../api/query.ts';
import { openWords } from '../../words/open.ts';
import { ForgottenPassword } from './forgotten-password.tsx';
import { useGoOn } from './go-on.ts';
import { OpenFrame } from './open-frame.tsx';
import { PasswordStep } from './password-step.tsx';
import { SecondFactorStep } from './second-factor-step.tsx';

const route = getRouteApi('/open/sign-in');

export function SignInScreen() {
  const { next, problem, step } = route.useSearch();
  const [email, setEmail] = useState('');
  const [isForgotten, setForgotten] = useState(false);
  const isSignedIn = useIsSignedIn();
  const setup = useQuery({ ...read('GET /setup'), retry: false });
  const goOn = useGoOn();
  useEffect(() => {
    if (isSignedIn) goOn(ownPath(next));
  }, [isSignedIn, next, goOn]);

  if (step === 'second-factor') return <SecondFactorStep next={next} />;
  if (isForgotten) return <ForgottenPassword email={email} onEmail={setEmail} onBack={() => setForgotten(false)} />;
  return (
    <OpenFrame title={openWords.signIn}>
      {problem !== undefined && (
        <Alert color="red" title={openWords.ssoFailed} mb="md" role="alert" c="var(--mantine-color-text)">
          {openWords.sayProblem(problem)}
        </Alert>
      )}
      {setup.data?.open === true && (
        <Alert color="pine" title={openWords.noOwner} mb="md" c="var(--mantine-color-text)">
          <Text size="sm">{openWords.noOwnerWhat}</Text>
        </Alert>
      )}
      <PasswordStep email={email} onEmail={setEmail} next={next} onForgotten={() => setForgotten(true)} />
    </OpenFrame>
  );
}

function useIsSignedIn(): boolean {
  const me = useQuery({ ...meQuery, enabled: !isKnownToBeOut(), retry: false, refetchOnWindowFocus: false });
  return me.data !== undefined;
}

/** As the server does it: nothing but a path of ours leads on. */
function ownPath(next: string | undefined): string {
  const url = next !== undefined && /^\/(?![/\\])/.test(next) ? URL.parse(next, window.location.origin) : null;
  return url?.origin === window.location.origin && !url.pathname.startsWith('//')
    ? `${url.pathname}${url.search}${url.hash}`
    : '/';
}
