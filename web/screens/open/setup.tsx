// The first owner of an installation, by the link that it printed in the terminal.
import { Button, Code, PasswordInput, Stack, Text, TextInput, Title } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useQuery } from '@tanstack/react-query';
import { Navigate } from '@tanstack/react-router';
import { useState } from 'react';
import { call } from '../../api/client.ts';
import { read } from '../../api/query.ts';
import { showFieldErrors } from '../../parts/form.ts';
import { Keep, type Places } from '../../parts/places.tsx';
import { Trouble, Waiting } from '../../parts/states.tsx';
import { openWords } from '../../words/open.ts';
import { placeWords } from '../../words/places.ts';
import { BadLink, isBadLink } from './bad-link.tsx';
import { useGoOn } from './go-on.ts';
import { useLinkToken } from './link-token.ts';
import { OpenFrame } from './open-frame.tsx';

export function SetupScreen() {
  const token = useLinkToken();
  const setup = useQuery({ ...read('GET /setup'), staleTime: Number.POSITIVE_INFINITY });
  if (setup.data?.open === false) return <Navigate to="/sign-in" replace />;
  if (!setup.data) {
    return (
      <OpenFrame title={openWords.setup}>
        {setup.isError ? (
          <Trouble error={setup.error} onRetry={() => void setup.refetch()} />
        ) : (
          <Waiting lines={4} what={openWords.waitingFor} />
        )}
      </OpenFrame>
    );
  }
  return token === null ? <SeeTheTerminal /> : <WithLink token={token} />;
}

/** What the link is good for is known before a form is filled in for nothing. */
function WithLink({ token }: { readonly token: string }) {
  const link = useQuery({
    // The token is in no key of the cache.
    queryKey: ['setup', 'link'],
    queryFn: () => call('POST /setup/read', { body: { token } }),
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (isBadLink(link.error)) return <BadLink what={openWords.badSetupLink} />;
  if (link.data) return <BecomeOwner token={token} places={link.data} />;
  return (
    <OpenFrame title={openWords.setup}>
      {link.isError ? (
        <Trouble error={link.error} onRetry={() => void link.refetch()} />
      ) : (
        <Waiting lines={4} what={openWords.waitingFor} />
      )}
    </OpenFrame>
  );
}

function SeeTheTerminal() {
  return (
    <OpenFrame title={openWords.setupNoToken}>
      <Stack>
        <Text size="sm">{openWords.setupNoTokenWhat}</Text>
        <Code block>{`${window.location.origin}/setup#token=…`}</Code>
        <Text size="sm">{openWords.setupLost}</Text>
      </Stack>
    </OpenFrame>
  );
}

function BecomeOwner({ token, places }: { readonly token: string; readonly places: Places }) {
  const form = useForm({
    initialValues: { name: '', email: '', password: '' },
    validate: (values) =>
      Object.fromEntries(
        Object.entries(values).map(([name, value]) => [name, value.trim() === '' ? openWords.needed : null]),
      ),
  });
  const [error, setError] = useState<unknown>(null);
  const [isBusy, setBusy] = useState(false);
  const goOn = useGoOn();
  if (isBadLink(error)) return <BadLink what={openWords.badSetupLink} />;
  async function setUp(values: typeof form.values): Promise<void> {
    setBusy(true);
    setError(null);
    try {
      await call('POST /setup', { body: { token, ...values } });
      goOn('/');
    } catch (problem) {
      if (!showFieldErrors(form, problem)) setError(problem);
    } finally {
      setBusy(false);
    }
  }
  return (
    <OpenFrame title={openWords.setup} about={openWords.setupWhat} width={520}>
      <form noValidate onSubmit={form.onSubmit((values) => void setUp(values))}>
        <Stack>
          <TextInput label={openWords.name} autoComplete="name" autoFocus {...form.getInputProps('name')} />
          <TextInput label={openWords.email} type="email" autoComplete="username" {...form.getInputProps('email')} />
          <PasswordInput
            label={openWords.password}
            description={openWords.passwordHint}
            autoComplete="new-password"
            {...form.getInputProps('password')}
          />
          {error !== null && <Trouble error={error} />}
          <Button type="submit" loading={isBusy}>
            {openWords.setupDeed}
          </Button>
        </Stack>
      </form>
      <Title order={2} size="h6" mt="lg" mb={4}>
        {placeWords.title}
      </Title>
      <Keep places={places} />
      <Text size="sm" mt="sm">
        {openWords.setupReaches}
      </Text>
    </OpenFrame>
  );
}
