// CA and client certificate of a PBX: dropped as files, stored at once, shown by subject, fingerprint and end.
import { Alert, Button, Card, Group, PasswordInput, Stack, Text, Title } from '@mantine/core';
import { Dropzone } from '@mantine/dropzone';
import '@mantine/dropzone/styles.css';
import { IconCertificate } from '@tabler/icons-react';
import { useState } from 'react';
import { type Body, call } from '../../api/client.ts';
import { ApiProblem, isProblem } from '../../api/problem.ts';
import { Ago } from '../../parts/ago.tsx';
import { Confirm } from '../../parts/confirm.tsx';
import { CopyText } from '../../parts/copy-text.tsx';
import { Trouble } from '../../parts/states.tsx';
import { tell } from '../../parts/toast.ts';
import { pbxWords } from '../../words/pbxs.ts';
import { type CertificateFile, gatherClient, readCertificateFile } from './certificate-files.ts';
import { Section } from './section.tsx';
import type { Pbx, Settings } from './use-settings.ts';

type Upload = Body<'PUT /pbxs/{id}/certificates'>;
type Certificate = NonNullable<Pbx['certificates']['client']>;
type Kind = 'client' | 'ca';

const words = pbxWords.tls;

export function Certificates({ settings, disabled }: { readonly settings: Settings; readonly disabled: boolean }) {
  const { certificates } = settings.base;
  const isBlocked = settings.changed.length > 0;
  return (
    <Section title={words.heading} about={words.about}>
      {isBlocked && <Text size="sm">{words.saveFirst}</Text>}
      <CertificateCard
        kind="client"
        stored={certificates.client === null ? [] : [certificates.client]}
        settings={settings}
        disabled={disabled || isBlocked}
      />
      <CertificateCard kind="ca" stored={certificates.ca ?? []} settings={settings} disabled={disabled || isBlocked} />
    </Section>
  );
}

function CertificateCard({
  kind,
  stored,
  settings,
  disabled,
}: {
  readonly kind: Kind;
  readonly stored: readonly Certificate[];
  readonly settings: Settings;
  readonly disabled: boolean;
}) {
  const [isReplacing, setReplacing] = useState(false);
  const [isRemoving, setRemoving] = useState(false);
  const name = words[kind];
  const put = async (body: Upload, userPasswords?: 'forget') => {
    const { base } = settings;
    const now = await call('PUT /pbxs/{id}/certificates', {
      params: { id: base.id },
      query: userPasswords ? { userPasswords } : {},
      body,
      ifMatch: base,
    });
    settings.take(now);
    setReplacing(false);
  };
  const isShown = stored.length > 0 && !isReplacing;
  return (
    <Card withBorder padding="md">
      <Stack gap="sm">
        <Group justify="space-between" gap="xs">
          <Title order={3} size="h5">
            {name}
          </Title>
          {stored.length > 0 && (
            <Group gap="xs">
              <Button
                size="xs"
                variant="default"
                disabled={disabled}
                onClick={() => setReplacing(!isReplacing)}
                aria-label={pbxWords.secret.of(isReplacing ? pbxWords.secret.keep : words.replace, name)}
              >
                {isReplacing ? pbxWords.secret.keep : words.replace}
              </Button>
              <Button
                size="xs"
                variant="default"
                disabled={disabled}
                onClick={() => setRemoving(true)}
                aria-label={pbxWords.secret.of(words.remove, name)}
              >
                {words.remove}
              </Button>
            </Group>
          )}
        </Group>
        <Text size="sm" c="dimmed">
          {kind === 'client' ? words.clientWhat : words.caWhat}
        </Text>
        {isShown && stored.map((one) => <Shown key={one.fingerprint256} certificate={one} />)}
        {!isShown && <Drop kind={kind} settings={settings} disabled={disabled} onPut={put} />}
      </Stack>
      <Confirm
        opened={isRemoving}
        onClose={() => setRemoving(false)}
        title={words.removeTitle(name)}
        deed={words.remove}
        danger
        onConfirm={async () => {
          await put(kind === 'client' ? { clientCertPem: null } : { caPem: null });
          tell(words.removed);
        }}
      >
        {words.removeText}
      </Confirm>
    </Card>
  );
}

function Shown({ certificate }: { readonly certificate: Certificate }) {
  return (
    <Stack gap={2}>
      <Group gap={6} wrap="nowrap" align="flex-start">
        <IconCertificate size={18} aria-hidden />
        <Text size="sm" fw={600} style={{ overflowWrap: 'anywhere' }}>
          {certificate.subject}
        </Text>
      </Group>
      <Text size="sm" component="div">
        {certificate.expired ? words.ended : words.ends} <Ago time={certificate.validTo} />
      </Text>
      <Text size="xs" component="div" style={{ overflowWrap: 'anywhere' }}>
        {words.fingerprint}{' '}
        <CopyText
          text={certificate.fingerprint256}
          label={words.fingerprint}
          shown={`${certificate.fingerprint256.slice(0, 23)}…`}
        />
      </Text>
    </Stack>
  );
}

function Drop({
  kind,
  settings,
  disabled,
  onPut,
}: {
  readonly kind: Kind;
  readonly settings: Settings;
  readonly disabled: boolean;
  readonly onPut: (body: Upload, userPasswords?: 'forget') => Promise<void>;
}) {
  const [files, setFiles] = useState<readonly CertificateFile[]>([]);
  const [passphrase, setPassphrase] = useState('');
  const [password, setPassword] = useState('');
  const [error, setError] = useState<unknown>(null);
  const [isBusy, setBusy] = useState(false);
  const [forgets, setForgets] = useState(false);
  const problem = problemOf(kind, files);
  const fieldErrors = new Map(isProblem(error) ? error.errors.map(({ pointer, detail }) => [pointer, detail]) : []);
  const asksPassword = kind === 'ca' && settings.base.passwordSet;

  async function choose(chosen: readonly File[]): Promise<void> {
    setError(null);
    const read = await Promise.all(
      chosen.map(async (file) => readCertificateFile(file.name, new Uint8Array(await file.arrayBuffer()))),
    );
    // A key dropped after its certificate belongs to it.
    setFiles((before) => (kind === 'client' && problemOf(kind, before) !== null ? [...before, ...read] : read));
  }
  async function upload(): Promise<void> {
    setBusy(true);
    setError(null);
    try {
      await onPut(
        {
          ...bodyOf(kind, files),
          ...(passphrase !== '' && { passphrase }),
          ...(asksPassword && password !== '' && { password }),
        },
        forgets ? 'forget' : undefined,
      );
      tell(words.uploaded);
    } catch (problemOfServer) {
      setError(problemOfServer);
    } finally {
      setBusy(false);
    }
  }
  const needsUserPasswords = fieldErrors.has('#/query/userPasswords') || forgets;
  const shownApart = ['#/body/passphrase', '#/body/password', '#/query/userPasswords'];
  const others = error instanceof ApiProblem ? error.errors.filter(({ pointer }) => !shownApart.includes(pointer)) : [];
  return (
    <Stack gap="sm">
      <Dropzone
        onDrop={(chosen) => void choose(chosen)}
        disabled={disabled}
        maxSize={200_000}
        multiple={kind === 'client'}
        p="md"
        inputProps={{ 'aria-label': pbxWords.secret.of(words.choose, words[kind]) }}
      >
        <Text size="sm" ta="center">
          {kind === 'client' ? words.clientDrop : words.caDrop}
        </Text>
      </Dropzone>
      {files.length > 0 && <Text size="sm">{words.files(files.map(({ name }) => name))}</Text>}
      {problem !== null && (
        <Text size="sm" c="var(--mantine-color-error)" role="alert">
          {problem}
        </Text>
      )}
      {files.length > 0 && kind === 'client' && problem === null && (
        <PasswordInput
          label={words.passphrase}
          description={words.passphraseWhat}
          autoComplete="off"
          maw={420}
          value={passphrase}
          error={fieldErrors.get('#/body/passphrase')}
          onChange={(event) => setPassphrase(event.currentTarget.value)}
        />
      )}
      {files.length > 0 && asksPassword && (
        <PasswordInput
          label={words.passwordAgain}
          description={words.passwordAgainWhy}
          autoComplete="new-password"
          maw={420}
          value={password}
          error={fieldErrors.get('#/body/password')}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
      )}
      {needsUserPasswords && (
        <Alert color="yellow" variant="light" c="var(--mantine-color-text)">
          <Stack gap="xs">
            <Text size="sm">{fieldErrors.get('#/query/userPasswords')}</Text>
            <Group>
              <Button size="xs" variant="default" onClick={() => setForgets(!forgets)} aria-pressed={forgets}>
                {pbxWords.save.userPasswords}
              </Button>
            </Group>
          </Stack>
        </Alert>
      )}
      {others.map(({ pointer, detail }) => (
        <Text key={pointer} size="sm" c="var(--mantine-color-error)" role="alert">
          {detail}
        </Text>
      ))}
      {error !== null && fieldErrors.size === 0 && <Trouble error={error} />}
      {files.length > 0 && problem === null && (
        <Group>
          <Button onClick={() => void upload()} loading={isBusy}>
            {words.upload}
          </Button>
        </Group>
      )}
    </Stack>
  );
}

function problemOf(kind: Kind, files: readonly CertificateFile[]): string | null {
  if (files.length === 0) return null;
  if (kind === 'client') {
    const gathered = gatherClient(files);
    if (gathered.ok) return null;
    if (gathered.why === 'not-readable') return words.notReadable(gathered.name);
    return gathered.why === 'needs-key' ? words.needsKey : words.needsCertificate;
  }
  const odd = files.find((file) => file.kind !== 'pem' || !file.hasCertificate);
  if (odd) return words.notReadable(odd.name);
  return files.some((file) => file.kind === 'pem' && file.hasKey) ? words.holdsKey : null;
}

function bodyOf(kind: Kind, files: readonly CertificateFile[]): Upload {
  if (kind === 'ca') return { caPem: files.map((file) => (file.kind === 'pem' ? file.text : '')).join('\n') };
  const gathered = gatherClient(files);
  return gathered.ok ? gathered.parts : {};
}
