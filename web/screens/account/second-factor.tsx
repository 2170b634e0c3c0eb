// The second factor: set up with an app, recovery codes, switched off again.
import { Button, Group, PasswordInput, Stack, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useState } from 'react';
import { type Answer, call } from '../../api/client.ts';
import { meQuery, useMe } from '../../api/me.ts';
import { queryClient } from '../../api/query.ts';
import { Confirm, useFresh } from '../../parts/confirm.tsx';
import { CopyText } from '../../parts/copy-text.tsx';
import { useDeed } from '../../parts/deed.ts';
import { QrCode } from '../../parts/qr-code.tsx';
import { Section } from '../../parts/section.tsx';
import { ShownOnce } from '../../parts/shown-once.tsx';
import { Trouble } from '../../parts/states.tsx';
import { Dot } from '../../parts/status-chip.tsx';
import { tell } from '../../parts/toast.ts';
import { accountWords } from '../../words/account.ts';

const words = accountWords.second;
/** From here on one is told to make new ones. */
const FEW = 3;

export function SecondFactor() {
  const { secondFactor, recoveryCodesLeft } = useMe();
  const [enrolment, setEnrolment] = useState<Answer<'POST /me/second-factor'> | null>(null);
  const [codes, setCodes] = useState<readonly string[] | null>(null);
  const [isLeaving, setLeaving] = useState(false);
  const [fresh, dialog] = useFresh();
  const asking = useDeed();
  const begin = () => asking.run(async () => setEnrolment(await fresh(() => call('POST /me/second-factor'))));
  const renew = () =>
    asking.run(async () => {
      const made = await fresh(() => call('POST /me/second-factor/recovery-codes'));
      setCodes(made.recoveryCodes);
      await queryClient.invalidateQueries(meQuery);
    });
  return (
    <Section title={words.title} about={words.why}>
      <Group gap="md">
        <Dot word={secondFactor ? words.on : words.off} dot={secondFactor ? '--dot-ok' : '--dot-off'} />
        {secondFactor && (
          <Text size="sm" c="dimmed">
            {words.left(recoveryCodesLeft)}
            {recoveryCodesLeft <= FEW && ` · ${words.few}`}
          </Text>
        )}
      </Group>
      {asking.error !== null && <Trouble error={asking.error} />}
      {codes !== null ? (
        <Stack maw={520}>
          <ShownOnce
            label={words.codes}
            text={codes.join('\n')}
            what={words.codesWhat}
            file="provender-recovery-codes.txt"
          />
          <Group>
            <Button onClick={() => setCodes(null)}>{words.kept}</Button>
          </Group>
        </Stack>
      ) : enrolment !== null && !secondFactor ? (
        <Enrolment
          {...enrolment}
          onDone={(made) => {
            setEnrolment(null);
            setCodes(made);
          }}
        />
      ) : (
        <Group>
          {secondFactor ? (
            <>
              <Button variant="default" onClick={() => void renew()} loading={asking.isBusy}>
                {words.renew}
              </Button>
              <Button variant="default" onClick={() => setLeaving(true)}>
                {words.disable}
              </Button>
            </>
          ) : (
            <Button onClick={() => void begin()} loading={asking.isBusy}>
              {words.begin}
            </Button>
          )}
        </Group>
      )}
      <Disable opened={isLeaving} onClose={() => setLeaving(false)} />
      {dialog}
    </Section>
  );
}

function Enrolment({
  secret,
  url,
  onDone,
}: Answer<'POST /me/second-factor'> & { readonly onDone: (codes: readonly string[]) => void }) {
  const form = useForm({ initialValues: { code: '' } });
  const confirming = useDeed();
  const confirm = ({ code }: { code: string }) =>
    confirming.run(async () => {
      const { recoveryCodes } = await call('POST /me/second-factor/confirm', { body: { code } });
      await queryClient.invalidateQueries(meQuery);
      onDone(recoveryCodes);
    }, form);
  return (
    <Group align="flex-start" gap="lg">
      <QrCode text={url} label={words.qr} />
      <form onSubmit={form.onSubmit((values) => void confirm(values))}>
        <Stack maw={420}>
          <Text size="sm">{words.scan}</Text>
          <Text size="sm" component="div" style={{ overflowWrap: 'anywhere' }}>
            {words.byHand} <CopyText text={secret} label={words.secret} shown={inFours(secret)} />
          </Text>
          <TextInput
            label={words.code}
            description={words.codeWhy}
            inputMode="numeric"
            autoComplete="one-time-code"
            required
            data-autofocus
            {...form.getInputProps('code')}
          />
          {confirming.error !== null && <Trouble error={confirming.error} />}
          <Group>
            <Button type="submit" loading={confirming.isBusy}>
              {words.confirm}
            </Button>
          </Group>
        </Stack>
      </form>
    </Group>
  );
}

/** Easier to type. */
const inFours = (text: string): string => text.replace(/(.{4})(?=.)/g, '$1 ');

function Disable({ opened, onClose }: { readonly opened: boolean; readonly onClose: () => void }) {
  const { hasPassword } = useMe();
  const [password, setPassword] = useState('');
  function close(): void {
    setPassword('');
    onClose();
  }
  async function disable(): Promise<void> {
    await call('POST /me/second-factor/disable', { body: hasPassword ? { password } : {} });
    await queryClient.invalidateQueries(meQuery);
    tell(words.disabled);
  }
  return (
    <Confirm opened={opened} onClose={close} title={words.disableTitle} deed={words.disable} danger onConfirm={disable}>
      <Stack>
        <Text size="sm">{words.disableWhat}</Text>
        {hasPassword && (
          <PasswordInput
            label={accountWords.current}
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
            autoComplete="current-password"
            required
            data-autofocus
          />
        )}
      </Stack>
    </Confirm>
  );
}
