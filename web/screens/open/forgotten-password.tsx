// The way to a new password: a link by mail, or who can make one.
import { Anchor, Button, List, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { call } from '../../api/client.ts';
import { read } from '../../api/query.ts';
import { CopyText } from '../../parts/copy-text.tsx';
import { Trouble, Waiting } from '../../parts/states.tsx';
import { openWords } from '../../words/open.ts';
import { useCountdown } from './countdown.ts';
import { EmailField } from './email-field.tsx';
import { OpenFrame } from './open-frame.tsx';

interface ForgottenPasswordProps {
  readonly email: string;
  readonly onEmail: (email: string) => void;
  readonly onBack: () => void;
}

export function ForgottenPassword(props: ForgottenPasswordProps) {
  const options = useQuery(read('GET /sign-in/options', { query: {} }));
  const [isSent, setSent] = useState(false);
  const back = (
    <Anchor component="button" type="button" size="sm" onClick={props.onBack}>
      {openWords.back}
    </Anchor>
  );
  if (isSent) {
    return (
      <OpenFrame title={openWords.forgottenSent}>
        <Stack>
          <Text size="sm" role="status">
            {openWords.forgottenSentWhat(props.email)}
          </Text>
          {back}
        </Stack>
      </OpenFrame>
    );
  }
  if (options.data?.forgottenPassword === true) {
    return (
      <OpenFrame title={openWords.forgottenTitle} about={openWords.forgottenWhat}>
        <Stack>
          <AskForLink {...props} onSent={() => setSent(true)} />
          {back}
        </Stack>
      </OpenFrame>
    );
  }
  return (
    <OpenFrame title={openWords.forgottenTitle}>
      <Stack>
        {options.isPending && <Waiting lines={3} />}
        {options.isError && <Trouble error={options.error} onRetry={() => void options.refetch()} />}
        {options.data && <WhoCanHelp email={props.email} />}
        {back}
      </Stack>
    </OpenFrame>
  );
}

function WhoCanHelp({ email }: { readonly email: string }) {
  const command = `${openWords.resetCommand} ${email === '' ? 'you@example.com' : email}`;
  return (
    <>
      <Text size="sm">{openWords.forgottenNoMail}</Text>
      <List size="sm" spacing="xs">
        <List.Item>{openWords.forgottenAdmin}</List.Item>
        <List.Item>
          {openWords.forgottenOperator}
          <CopyText text={command} label={openWords.resetCommand} />
        </List.Item>
      </List>
    </>
  );
}

function AskForLink({ email, onEmail, onSent }: ForgottenPasswordProps & { readonly onSent: () => void }) {
  const [error, setError] = useState<unknown>(null);
  const [isBusy, setBusy] = useState(false);
  const [secondsLeft, countDown] = useCountdown();
  async function ask(): Promise<void> {
    setBusy(true);
    setError(null);
    try {
      await call('POST /password/forgot', { body: { email } });
      onSent();
    } catch (problem) {
      setError(problem);
      countDown(problem);
    } finally {
      setBusy(false);
    }
  }
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void ask();
      }}
    >
      <Stack>
        <EmailField email={email} onEmail={onEmail} autoFocus />
        {error !== null && <Trouble error={error} />}
        <Button type="submit" loading={isBusy} disabled={secondsLeft > 0}>
          {secondsLeft > 0 ? openWords.tryAgainIn(secondsLeft) : openWords.forgottenSend}
        </Button>
      </Stack>
    </form>
  );
}
