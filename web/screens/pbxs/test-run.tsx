// One test: its steps as they are taken, why it failed and what to do, and the file that came.
import { Alert, Anchor, Button, CopyButton, Group, Loader, Stack, Text, Title } from '@mantine/core';
import { IconCheck, IconCircleCheck, IconCircleX, IconCopy } from '@tabler/icons-react';
import { useState } from 'react';
import { CopyText } from '../../parts/copy-text.tsx';
import { Trouble } from '../../parts/states.tsx';
import { pbxWords } from '../../words/pbxs.ts';
import { sayReason } from '../../words/reasons.ts';
import type { PersonaChoice } from './address.ts';
import type { StepShown } from './test-events.ts';
import { TestFile } from './test-file.tsx';
import { writeReport } from './test-report.ts';
import classes from './test-run.module.css';
import type { Settings, SettingsTab } from './use-settings.ts';
import type { TestResult, TestRun } from './use-test.ts';

const words = pbxWords.test;

interface RunProps {
  readonly run: TestRun;
  readonly settings: Settings;
  readonly onTab: (tab: SettingsTab | 'owner') => void;
}

export function TestRunView({ run, settings, onTab }: RunProps) {
  const { result, steps, error, state } = run;
  return (
    <Stack gap="lg">
      <section>
        <Title order={3} size="h5" mb="xs">
          {words.steps}
        </Title>
        <ol className={classes.steps} aria-label={words.steps} aria-busy={state === 'running'}>
          {steps.map((step, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: steps have an order and nothing else.
            <OneStep key={index} step={step} />
          ))}
          {state === 'running' && steps.every((step) => step.state !== 'running') && (
            <li className={classes.step}>
              <Loader size={18} aria-hidden />
              <Text size="sm">{words.running}</Text>
            </li>
          )}
        </ol>
      </section>
      <div role="status">{state === 'stopped' && <Text size="sm">{words.stopped}</Text>}</div>
      {error !== null && <Trouble error={error} />}
      {result !== null && <Verdict result={result} settings={settings} onTab={onTab} />}
      {result?.config && <TestFile result={result} settings={settings} />}
    </Stack>
  );
}

function OneStep({ step }: { readonly step: StepShown }) {
  const { state, ms, text, detail } = step;
  const [isOpen, setOpen] = useState(false);
  const hasMore = detail !== null && Object.keys(detail).length > 0;
  return (
    <li className={classes.step}>
      {state === 'running' && <Loader size={18} aria-hidden />}
      {state === 'ok' && <IconCircleCheck size={20} aria-hidden color="var(--dot-ok)" />}
      {state === 'failed' && <IconCircleX size={20} aria-hidden color="var(--dot-failed)" />}
      <div className={classes.what}>
        <Group gap="xs" align="baseline">
          <Text size="sm" fw={600}>
            {words.stepNames[step.step] ?? step.step}
          </Text>
          <Text size="xs" c={state === 'failed' ? 'var(--mantine-color-error)' : 'dimmed'}>
            {state === 'running'
              ? words.stepRunning
              : `${state === 'ok' ? words.passed : words.failed}${ms === null ? '' : ` · ${words.ms(ms)}`}`}
          </Text>
          {hasMore && (
            <Anchor component="button" type="button" size="xs" onClick={() => setOpen(!isOpen)} aria-expanded={isOpen}>
              {words.details}
            </Anchor>
          )}
        </Group>
        {text !== null && (
          <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
            {text}
          </Text>
        )}
        {isOpen && detail !== null && <StepDetail detail={detail} />}
      </div>
    </li>
  );
}

interface ChainCertificate {
  readonly subject: string;
  readonly issuer: string;
  readonly fingerprint256: string;
  readonly validFrom: string;
  readonly validTo: string;
  readonly names: readonly string[];
}

/** Of the step that looked at the certificate, whether it was trusted or not. */
function chainOf(detail: Readonly<Record<string, unknown>> | null | undefined): readonly ChainCertificate[] {
  return Array.isArray(detail?.chain) ? (detail.chain as ChainCertificate[]) : [];
}

function StepDetail({ detail }: { readonly detail: Readonly<Record<string, unknown>> }) {
  const say = words.detail;
  const plain = Object.entries(detail).filter(([name, value]) => name !== 'chain' && value != null);
  return (
    <div className={classes.detail}>
      <dl>
        {plain.map(([name, value]) => (
          <div key={name}>
            <dt>{say[name] ?? name}</dt>
            <dd>{sayDetail(name, value)}</dd>
          </div>
        ))}
      </dl>
      {chainOf(detail).map((one, index) => (
        <dl key={one.fingerprint256} aria-label={`${say.chain} ${index + 1}`}>
          {(
            [
              [say.subject, one.subject],
              [say.issuer, one.issuer],
              [say.valid, `${one.validFrom.slice(0, 10)} – ${one.validTo.slice(0, 10)}`],
              [say.names, one.names.join(', ')],
            ] as const
          )
            .filter(([, value]) => value !== '')
            .map(([name, value]) => (
              <div key={name}>
                <dt>{name}</dt>
                <dd>{value}</dd>
              </div>
            ))}
          <div>
            <dt>{say.fingerprint}</dt>
            <dd>
              <CopyText text={one.fingerprint256} label={say.fingerprint ?? ''} />
            </dd>
          </div>
        </dl>
      ))}
    </div>
  );
}

function sayDetail(name: string, value: unknown): string {
  const say = words.detail;
  if (name === 'bytes') return words.size(Number(value));
  if (name === 'verifiedBy') return say[String(value)] ?? String(value);
  return Array.isArray(value) ? value.join(', ') : String(value);
}

/** Where a failure is mended. */
const PLACES: Readonly<Record<string, keyof typeof words.goTo>> = {
  DNS_NXDOMAIN: 'source',
  DNS_TIMEOUT: 'source',
  TCP_REFUSED: 'source',
  TCP_TIMEOUT: 'owner',
  TCP_RESET: 'source',
  TARGET_REFUSED: 'source',
  REDIRECT_REFUSED: 'source',
  HTTP_401: 'login',
  HTTP_403: 'owner',
  HTTP_404: 'owner',
  BODY_ENCRYPTED: 'login',
  PLAIN_HTTP_REFUSED: 'tls',
  TLS_UNTRUSTED: 'tls',
  TLS_EXPIRED: 'tls',
  TLS_NAME: 'tls',
  TLS_PIN: 'tls',
  TLS_LEGACY: 'tls',
  TLS_CLIENT_CERT_REQUIRED: 'tls',
  TLS_CLIENT_CERT_REJECTED: 'tls',
  DID_EMPTY: 'mapping',
  DID_INVALID: 'mapping',
  FIELD_MISSING: 'mapping',
  INCLUDE_LIMIT: 'source',
};

/** Where a pin helps: nobody vouches for the certificate, or it has ended, or it is another than before. */
const PINNABLE: ReadonlySet<string> = new Set(['TLS_UNTRUSTED', 'TLS_EXPIRED', 'TLS_PIN', 'TLS_NAME']);

function Verdict({ result, settings, onTab }: Omit<RunProps, 'run'> & { readonly result: TestResult }) {
  const reason = result.code === null ? null : sayReason(result.code);
  const report = writeReport(result, settings.base.name, new Date(), words.report, reason?.meaning ?? null);
  const place = result.code === null ? undefined : PLACES[result.code];
  const isPersonaOther =
    result.config !== null &&
    settings.form.values.persona.vendor !== result.config.vendor &&
    settings.form.values.persona.vendor !== 'auto' &&
    result.config.vendor in pbxWords.vendors;
  const vendor = pbxWords.vendors[(result.config?.vendor ?? 'auto') as PersonaChoice];
  return (
    <Alert
      color={result.ok ? 'green' : 'red'}
      variant="light"
      icon={result.ok ? <IconCircleCheck /> : <IconCircleX />}
      title={result.ok ? words.passed : (reason?.title ?? words.failed)}
      role="status"
      c="var(--mantine-color-text)"
    >
      <Stack gap="xs">
        {result.ok ? (
          <Text size="sm">{result.message}</Text>
        ) : (
          <dl className={classes.why}>
            <dt>{words.cause}</dt>
            <dd>{result.message}</dd>
            {reason && (
              <>
                <dt>{words.meaning}</dt>
                <dd>{reason.meaning}</dd>
              </>
            )}
            {result.nextAction !== null && (
              <>
                <dt>{words.fix}</dt>
                <dd>{(result.code !== null && words.fixes[result.code]) || result.nextAction}</dd>
              </>
            )}
          </dl>
        )}
        {result.code !== null && (
          <Text size="xs" className="mono">
            {result.code}
          </Text>
        )}
        {isPersonaOther && <Text size="sm">{words.personaDiffers(vendor)}</Text>}
        <Group gap="xs">
          {place && (
            <Button size="xs" onClick={() => onTab(place)}>
              {words.goTo[place]}
            </Button>
          )}
          <TlsOffers result={result} settings={settings} />
          {isPersonaOther && (
            <Button size="xs" variant="default" onClick={() => settings.set('persona.vendor', result.config?.vendor)}>
              {words.askAs(vendor)}
            </Button>
          )}
          <CopyButton value={report} timeout={2000}>
            {({ copied, copy }) => (
              <Button
                size="xs"
                variant="default"
                onClick={copy}
                leftSection={copied ? <IconCheck size={14} /> : <IconCopy size={14} />}
              >
                {copied ? words.copied : words.copyReport}
              </Button>
            )}
          </CopyButton>
        </Group>
      </Stack>
    </Alert>
  );
}

/** What the certificate that the server showed is good for. */
function TlsOffers({ result, settings }: { readonly result: TestResult; readonly settings: Settings }) {
  const leaf = chainOf(result.steps.find(({ step }) => step === 'tls')?.detail)[0];
  if (!leaf || result.code === null || !PINNABLE.has(result.code)) return null;
  const isPinned = settings.form.values.pinSha256 === leaf.fingerprint256;
  const name = leaf.names[0];
  return (
    <>
      <Button
        size="xs"
        variant="default"
        disabled={isPinned}
        title={words.pinIs(leaf.fingerprint256)}
        onClick={() => settings.set('pinSha256', leaf.fingerprint256)}
      >
        {words.usePin}
      </Button>
      {result.code === 'TLS_NAME' && name !== undefined && (
        <Button size="xs" variant="default" onClick={() => settings.set('expectedName', name)}>
          {words.expectName(name)}
        </Button>
      )}
    </>
  );
}
