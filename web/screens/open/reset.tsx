// A new password, by a link.
import { Button, PasswordInput, Stack, Text } from '@mantine/core';
import { useForm } from '@mantine/form';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { call } from '../../api/client.ts';
import { showFieldErrors } from '../../parts/form.ts';
import { Trouble } from '../../parts/states.tsx';
import { openWords } from '../../words/open.ts';
import { BadLink, isBadLink, NoLink } from './bad-link.tsx';
import { useLinkToken } from './link-token.ts';
import { OpenFrame } from './open-frame.tsx';

export function ResetScreen() {
  const token = useLinkToken();
  const form = useForm({
    initialValues: { password: '' },
    validate: { password: (value) => (value === '' ? openWords.needed : null) },
  });
  const [error, setError] = useState<unknown>(null);
  const [state, setState] = useState<'open' | 'busy' | 'done'>('open');
  if (token === null) return <NoLink />;
  if (isBadLink(error)) return <BadLink what={openWords.badResetLink} />;
  if (state === 'done') {
    return (
      <OpenFrame title={openWords.resetDone}>
        <Stack>
          <Text size="sm" role="status">
            {openWords.resetDoneWhat}
          </Text>
          <Button renderRoot={(props) => <Link to="/sign-in" {...props} />}>{openWords.toSignIn}</Button>
        </Stack>
      </OpenFrame>
    );
  }
  async function reset(password: string, link: string): Promise<void> {
    setState('busy');
    setError(null);
    try {
      await call('POST /password/reset', { body: { token: link, password } });
      setState('done');
    } catch (problem) {
      if (!showFieldErrors(form, problem)) setError(problem);
      setState('open');
    }
  }
  return (
    <OpenFrame title={openWords.reset} about={openWords.resetWhat}>
      <form noValidate onSubmit={form.onSubmit(({ password }) => void reset(password, token))}>
        <Stack>
          <PasswordInput
            label={openWords.newPassword}
            description={openWords.passwordHint}
            autoComplete="new-password"
            autoFocus
            {...form.getInputProps('password')}
          />
          {error !== null && <Trouble error={error} />}
          <Button type="submit" loading={state === 'busy'}>
            {openWords.resetDeed}
          </Button>
        </Stack>
      </form>
    </OpenFrame>
  );
}
