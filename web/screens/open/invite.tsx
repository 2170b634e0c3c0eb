// Taking up an invitation.
import { Button, PasswordInput, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { type Answer, call } from '../../api/client.ts';
import { showFieldErrors } from '../../parts/form.ts';
import { Trouble, Waiting } from '../../parts/states.tsx';
import { openWords } from '../../words/open.ts';
import { BadLink, isBadLink, NoLink } from './bad-link.tsx';
import { useAfterPassword } from './go-on.ts';
import { useLinkToken } from './link-token.ts';
import { OpenFrame } from './open-frame.tsx';

export function InviteScreen() {
  const token = useLinkToken();
  return token === null ? <NoLink /> : <Invited token={token} />;
}

function Invited({ token }: { readonly token: string }) {
  const invitation = useQuery({
    queryKey: ['invitations'],
    queryFn: () => call('POST /invitations/read', { body: { token } }),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
  if (isBadLink(invitation.error)) return <BadLink what={openWords.badInvitation} />;
  if (invitation.data) return <Join token={token} invited={invitation.data} />;
  return (
    <OpenFrame title={openWords.invite}>
      {invitation.isError ? (
        <Trouble error={invitation.error} onRetry={() => void invitation.refetch()} />
      ) : (
        <Waiting lines={4} what={openWords.waitingFor} />
      )}
    </OpenFrame>
  );
}

function Join({ token, invited }: { readonly token: string; readonly invited: Answer<'POST /invitations/read'> }) {
  const form = useForm({
    initialValues: { name: invited.name, password: '' },
    validate: {
      name: (value) => (value.trim() === '' ? openWords.needed : null),
      password: (value) => (value === '' ? openWords.needed : null),
    },
  });
  const [error, setError] = useState<unknown>(null);
  const [isBusy, setBusy] = useState(false);
  const goOn = useAfterPassword();
  if (isBadLink(error)) return <BadLink what={openWords.badInvitation} />;
  async function join(values: typeof form.values): Promise<void> {
    setBusy(true);
    setError(null);
    try {
      goOn(await call('POST /invitations/accept', { body: { token, ...values } }));
    } catch (problem) {
      if (!showFieldErrors(form, problem)) setError(problem);
    } finally {
      setBusy(false);
    }
  }
  return (
    <OpenFrame title={openWords.invite} about={openWords.inviteFor(invited.email)}>
      <form noValidate onSubmit={form.onSubmit((values) => void join(values))}>
        <Stack>
          {/* So that a password manager knows whose password it keeps. */}
          <input type="hidden" name="username" autoComplete="username" value={invited.email} readOnly />
          <TextInput label={openWords.name} autoComplete="name" {...form.getInputProps('name')} />
          <PasswordInput
            label={openWords.password}
            description={openWords.passwordHint}
            autoComplete="new-password"
            autoFocus
            {...form.getInputProps('password')}
          />
          {error !== null && <Trouble error={error} />}
          <Button type="submit" loading={isBusy}>
            {openWords.inviteDeed}
          </Button>
        </Stack>
      </form>
    </OpenFrame>
  );
}
