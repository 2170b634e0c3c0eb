// Address and password, and the providers of the address's domain.
import { Alert, Anchor, Button, Checkbox, Divider, Group, PasswordInput, Stack } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useDebouncedValue } from '@mantine/hooks';
import { IconLogin2 } from '@tabler/icons-react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { call, pathOf } from '../../api/client.ts';
import { isProblem } from '../../api/problem.ts';
import { read } from '../../api/query.ts';
import { Trouble } from '../../parts/states.tsx';
import { openWords } from '../../words/open.ts';
import { useCountdown } from './countdown.ts';
import { EmailField } from './email-field.tsx';
import { useAfterPassword } from './go-on.ts';

interface PasswordStepProps {
  readonly email: string;
  readonly onEmail: (email: string) => void;
  readonly next: string | undefined;
  readonly onForgotten: () => void;
}

export function PasswordStep({ email, onEmail, next, onForgotten }: PasswordStepProps) {
  const form = useForm({ initialValues: { password: '', remember: false } });
  const [error, setError] = useState<unknown>(null);
  const [isBusy, setBusy] = useState(false);
  const [secondsLeft, countDown] = useCountdown();
  const password = useRef<HTMLInputElement>(null);
  const providers = useProviders(email);
  const goOn = useAfterPassword();

  async function signIn(): Promise<void> {
    if (secondsLeft > 0) return;
    setBusy(true);
    setError(null);
    try {
      const body = { ...form.getValues(), email, ...(next !== undefined && { next }) };
      goOn(await call('POST /sign-in', { body }));
    } catch (problem) {
      setError(problem);
      countDown(problem);
      password.current?.focus();
    } finally {
      setBusy(false);
    }
  }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void signIn();
      }}
    >
      <Stack>
        <EmailField email={email} onEmail={onEmail} autoFocus={email === ''} />
        {providers.length > 0 && (
          <>
            <Stack gap="xs">
              {providers.map(({ id, name }) => (
                <Button
                  key={id}
                  component="a"
                  href={pathOf('GET /sign-in/sso/{id}', { params: { id }, query: { next } })}
                  variant="default"
                  leftSection={<IconLogin2 size={16} />}
                >
                  {openWords.with(name)}
                </Button>
              ))}
            </Stack>
            <Divider label={openWords.or} styles={{ label: { color: 'var(--mantine-color-dimmed)' } }} />
          </>
        )}
        <PasswordInput
          ref={password}
          label={openWords.password}
          name="password"
          autoComplete="current-password"
          required
          withAsterisk={false}
          {...form.getInputProps('password')}
        />
        <Group justify="space-between" gap="xs">
          <Checkbox label={openWords.remember} {...form.getInputProps('remember', { type: 'checkbox' })} />
        </Group>
        <SignInTrouble error={error} isWaiting={secondsLeft > 0} />
        <Button type="submit" loading={isBusy} disabled={secondsLeft > 0}>
          {secondsLeft > 0 ? openWords.tryAgainIn(secondsLeft) : openWords.signIn}
        </Button>
        <Anchor component="button" type="button" size="sm" ta="center" onClick={onForgotten}>
          {openWords.forgotten}
        </Anchor>
      </Stack>
    </form>
  );
}

/** One message for all bad sign-ins; what else can go wrong is said as it is. */
export function SignInTrouble({ error, isWaiting }: { readonly error: unknown; readonly isWaiting: boolean }) {
  if (error === null) return null;
  const isTooMany = isProblem(error) && error.status === 429;
  if (!isTooMany && !isProblem(error, 'sign-in-failed')) return <Trouble error={error} />;
  if (isTooMany && !isWaiting) return null;
  return (
    <Alert color="red" variant="light" role="alert" c="var(--mantine-color-text)">
      {isTooMany ? openWords.tooManyTries : openWords.signInFailed}
    </Alert>
  );
}

/** Those of the installation, or of the domain that was typed. */
function useProviders(email: string) {
  const [typed] = useDebouncedValue(email, 300);
  const domain = /@([^@\s]+\.[^@\s.]+)$/.exec(typed.trim())?.[1]?.toLowerCase();
  const options = useQuery({
    ...read('GET /sign-in/options', { query: { domain } }),
    placeholderData: keepPreviousData,
  });
  return options.data?.providers ?? [];
}
