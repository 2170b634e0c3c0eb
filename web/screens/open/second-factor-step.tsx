// The second factor: six digits of an app, or a recovery code.
import { Anchor, Button, Stack, TextInput } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { call } from '../../api/client.ts';
import { isProblem } from '../../api/problem.ts';
import { tell } from '../../parts/toast.ts';
import { openWords } from '../../words/open.ts';
import { useCountdown } from './countdown.ts';
import { useGoOn } from './go-on.ts';
import { OpenFrame } from './open-frame.tsx';
import { SignInTrouble } from './password-step.tsx';

export function SecondFactorStep({ next }: { readonly next: string | undefined }) {
  const [isRecovery, setRecovery] = useState(false);
  const [code, setCode] = useState('');
  const [error, setError] = useState<unknown>(null);
  const [isBusy, setBusy] = useState(false);
  const [secondsLeft, countDown] = useCountdown();
  const goOn = useGoOn();
  const navigate = useNavigate();

  async function send(given: string): Promise<void> {
    if (isBusy || secondsLeft > 0) return;
    setBusy(true);
    setError(null);
    try {
      const body = { code: given, ...(next !== undefined && { next }) };
      goOn((await call('POST /sign-in/second-factor', { body })).next);
    } catch (problem) {
      setError(problem);
      countDown(problem);
      // The password was too long ago.
      if (isProblem(problem, 'sign-in-needed')) {
        tell(openWords.startAgain);
        await navigate({ to: '/sign-in', search: { next } });
      }
    } finally {
      setBusy(false);
    }
  }
  return (
    <OpenFrame title={openWords.secondFactor} about={isRecovery ? openWords.recoveryWhat : openWords.secondFactorWhat}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void send(code);
        }}
      >
        <Stack>
          <TextInput
            // Another field, so that what was typed into the other one does not stay.
            key={String(isRecovery)}
            label={isRecovery ? openWords.recoveryCode : openWords.code}
            name="code"
            autoComplete={isRecovery ? 'off' : 'one-time-code'}
            inputMode={isRecovery ? 'text' : 'numeric'}
            required
            withAsterisk={false}
            autoFocus
            value={code}
            onChange={(event) => {
              const typed = event.currentTarget.value;
              setCode(typed);
              // Nothing is left to decide once all digits are there.
              if (!isRecovery && /^\d{6}$/.test(typed.trim())) void send(typed);
            }}
          />
          <SignInTrouble error={error} isWaiting={secondsLeft > 0} />
          <Button type="submit" loading={isBusy} disabled={secondsLeft > 0}>
            {secondsLeft > 0 ? openWords.tryAgainIn(secondsLeft) : openWords.confirm}
          </Button>
          <Anchor
            component="button"
            type="button"
            size="sm"
            onClick={() => {
              setRecovery(!isRecovery);
              setCode('');
              setError(null);
            }}
          >
            {isRecovery ? openWords.useCode : openWords.useRecovery}
          </Anchor>
          <Anchor
            component="button"
            type="button"
            size="sm"
            onClick={() => void navigate({ to: '/sign-in', search: { next } })}
          >
            {openWords.back}
          </Anchor>
        </Stack>
      </form>
    </OpenFrame>
  );
}
